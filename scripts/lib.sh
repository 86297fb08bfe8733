# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# lib.sh - what the scripts share: where things are, how to fail, how to
# become root. Sourced with REPO set to the top of the tree.

CACHE=${BSDNET_CACHE:-$HOME/.cache/bsdnet}

# Kernels by name: Debian packages, or our own build for reports.
# shellcheck disable=SC2034  # used by the scripts that source this file
KERNELS="debian-6.1 debian-6.12 debian-7.3 debug-6.12"

# die STATUS MESSAGE...: one line on stderr, then exit.
die() {
	local status=$1

	shift
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit "$status"
}

note() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# as_root "$@": start the calling script again through sudo unless root. The
# cache stays the caller's, so that both find the same kernels.
as_root() {
	[ "$(id -u)" -ne 0 ] || return 0
	command -v sudo >/dev/null || die 125 "needs root (or sudo)"
	exec sudo -E env "BSDNET_CACHE=$CACHE" "PATH=$PATH" "$0" "$@"
}

# kernel_dir NAME: where the kernel called NAME lives in the cache.
kernel_dir() {
	printf '%s/%s' "$CACHE" "$1"
}

# kernel_image NAME, kernel_headers NAME, kernel_modules NAME: paths of a
# kernel that scripts/setup has prepared.
kernel_image() {
	case $1 in
	debug-*) printf '%s/build/arch/x86/boot/bzImage' "$(kernel_dir "$1")" ;;
	*) printf '%s/root/boot/vmlinuz-%s' "$(kernel_dir "$1")" "$(kernel_release "$1")" ;;
	esac
}

kernel_headers() {
	case $1 in
	debug-*) printf '%s/build' "$(kernel_dir "$1")" ;;
	*) printf '%s/root/usr/src/linux-headers-%s' "$(kernel_dir "$1")" "$(kernel_release "$1")" ;;
	esac
}

kernel_modules() {
	printf '%s/root/lib/modules' "$(kernel_dir "$1")"
}

# kernel_initrd NAME: the initramfs, named after the script it starts with.
kernel_initrd() {
	printf '%s/initrd-%s.gz' "$(kernel_dir "$1")" \
		"$(sha256sum <"$REPO/scripts/qemu/initrd-init" | cut -c1-12)"
}

kernel_release() {
	cat "$(kernel_dir "$1")/release"
}

# kernel_ready NAME: true when scripts/setup has nothing left to do for it,
# the debug configuration being as it was when the kernel was built.
kernel_ready() {
	local dir

	dir=$(kernel_dir "$1")
	[ -s "$dir/release" ] || return 1
	case $1 in
	debug-*) [ "$(debug_stamp)" = "$(cat "$dir/stamp" 2>/dev/null)" ] ;;
	*) [ -s "$(kernel_initrd "$1")" ] ;;
	esac
}

# debug_stamp: what the debug kernel depends on: the source's version and the
# options, comments and order left out.
debug_stamp() {
	local src=$CACHE/src/linux-source-6.12

	[ -f "$src/Makefile" ] || return 0
	sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = //p' "$src/Makefile" | tr '\n' '.'
	grep CONFIG_ "$REPO/scripts/qemu/debug-6.12.config" | sort | sha256sum | cut -c1-16
}

# plugin_header: what plugins of this machine's QEMU are compiled with; scripts/setup plugin
# fetches it.
plugin_header() {
	printf '%s/qemu-%s/qemu-plugin.h' "$CACHE" \
		"$(dpkg-query -W -f='${source:Version}' qemu-system-x86 | tr -d :/)"
}

# headers_release KDIR: the release a build folder makes modules for. Debian's
# kernel.release does not always have the name that the kernel then has.
headers_release() {
	sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' "$1/include/generated/utsrelease.h"
}

# project_files PATHSPEC...: the tree's files, new ones included, built ones not.
project_files() {
	git -C "$REPO" ls-files -co --exclude-standard -- "$@" | sort -u |
	while IFS= read -r file; do
		[ ! -f "$REPO/$file" ] || printf '%s\n' "$file"
	done
}
