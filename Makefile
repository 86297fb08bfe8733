# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# Verbs for people. "make help" lists them. The module build itself is Kbuild's.

# Modules are built for KDIR: as given, else the running kernel's build folder,
# else the newest supported headers installed here, else those in the cache.
CACHE := $(or $(BSDNET_CACHE),$(HOME)/.cache/bsdnet)
KDIR ?= $(firstword \
	$(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -dv1 /usr/src/linux-headers-[67].*-amd64 2>/dev/null | tac) \
	$(wildcard $(CACHE)/debian-6.12/root/usr/src/linux-headers-*-amd64))

MODULES_DIR = build/modules/$(shell uname -r)
# Core first: the others need its symbols.
LOAD = bsdnet $(filter-out bsdnet bsdnet_kunit,$(basename $(notdir $(wildcard $(MODULES_DIR)/*.ko))))
LOADED = $(shell lsmod | awk '/^bsdnet_/ { print $$1 }')

PREFIX ?= /usr/local

all: modules tools

modules:
	@test -n "$(KDIR)" || { echo "no kernel headers found: run scripts/setup, or give KDIR=" >&2; exit 1; }
	@echo "modules for $(KDIR)"
	@scripts/build-modules "$(KDIR)" $(foreach v,V W C CF,$(if $($v),'$v=$($v)'))

tools:
	@if [ -f tools/Makefile ]; then $(MAKE) --no-print-directory -C tools; fi

install: all
	scripts/install-modules "$(KDIR)"
	@if [ -f tools/Makefile ]; then $(MAKE) --no-print-directory -C tools install PREFIX=$(PREFIX); fi

deb:
	@scripts/setup base
	@scripts/make-deb

load:
	@test -e $(MODULES_DIR)/bsdnet.ko || { echo "nothing built for $$(uname -r): run make first" >&2; exit 1; }
	@for m in $(LOAD); do \
		grep -q "^$$m " /proc/modules || insmod $(MODULES_DIR)/$$m.ko || exit 1; \
	done

unload:
	@for m in $(LOADED); do rmmod $$m || exit 1; done
	@if grep -q '^bsdnet ' /proc/modules; then rmmod bsdnet; fi

demo:
	@scripts/setup base
	@scripts/demo
	@! ls build/perform/*.json >/dev/null 2>&1 || scripts/report

check:
	@scripts/setup base
	@scripts/check

check-full:
	@scripts/setup base
	@scripts/perform --self-test
	@BSDNET_FULL=1 scripts/check

bench:
	@scripts/setup bench
	@scripts/bench

ladder:
	@scripts/setup base
	@scripts/bench ladder

bench-compare:
	@scripts/setup base
	@scripts/bench-compare $(or $(BASE),HEAD)

perform:
	@scripts/setup base
	@scripts/perform --quick

report:
	@scripts/report

package:
	@scripts/setup base
	@scripts/check package

kunit:
	@scripts/setup base
	@scripts/check kunit

systest:
	@scripts/setup base
	@scripts/check systest

style:
	@scripts/setup base
	@scripts/check-style

kernels:
	@scripts/setup base
	@scripts/check-kernels

clean:
	rm -rf build

help:
	@echo "make [all]        build every module and tool"
	@echo "make modules      only the modules; KDIR=... chooses the kernel"
	@echo "make tools        only the tools"
	@echo "make install      modules under /lib/modules, tools, manual, headers under PREFIX ($(PREFIX))"
	@echo "make deb          Debian packages bsdnet-dkms and bsdnet-tools, into build/deb/"
	@echo "make load|unload  insert or remove the modules in the running kernel"
	@echo "make check        style, KUnit and system tests (in virtual machines)"
	@echo "make check-full   the same with the long versions"
	@echo "make kunit|systest|style|package   one part of it"
	@echo "make kernels      build for every supported kernel, warnings being errors"
	@echo "make demo         a first look, in a virtual machine"
	@echo "make bench        measure, beside Linux's own stack"
	@echo "make ladder       what the rungs of the locking ladder and the models of netisr do"
	@echo "make bench-compare BASE=COMMIT   what the change since then costs or saves"
	@echo "make perform      the performance matrix in ten minutes: scripts/perform has all of it"
	@echo "make report       a page of what perform and bench have measured, build/report.html"
	@echo "make clean        remove build/"

.PHONY: all modules tools install deb load unload demo check check-full bench ladder bench-compare perform report kunit systest style package kernels clean help
