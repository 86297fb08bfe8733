#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-names.sh - names that would collide with Linux's.
#
#  - a global name of a family that Linux implements itself takes bsd_;
#  - no global name is one that the kernel exports;
#  - what we export is in the namespace BSDNET;
#  - no struct has a tag that Linux uses.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$REPO/scripts/lib.sh"

FAMILIES="ah arp bpf bridge esp ether gre icmp icmp6 igmp ip ip6 ipcomp tcp udp vlan"
TAGS="socket mutex rtentry rtable in_ifaddr tcphdr udphdr arphdr icmphdr vlan_hdr nd_opt_hdr
	bpf_insn sadb_msg sadb_sa ifreq ifconf klist kstat device virtqueue sockaddr_storage"

kernel=debian-6.12
kernel_ready $kernel || "$REPO/scripts/setup" kernel $kernel >&2 || die 125 "no $kernel"
headers=$(kernel_headers $kernel)
tree=$REPO/build/tree/$(kernel_release $kernel)
status=0

cd "$REPO" || exit 1
if ! log=$("$REPO/scripts/build-modules" "$headers" 2>&1); then
	printf '%s\n' "$log" | tail -n 40
	exit 1
fi

# Names with linkage; what the module machinery adds begins with underscores.
globals=$(find "$tree/kmod" -name 'bsdnet*.ko' -print0 | xargs -0 -r nm -g --defined-only |
	awk 'NF == 3 && $2 ~ /[A-Z]/ && $3 !~ /^(__|init_module$|cleanup_module$)/ { print $3 }' | sort -u)

pattern="^($(tr ' ' '|' <<<"$FAMILIES"))_"
if found=$(grep -E "$pattern" <<<"$globals"); then
	sed 's/$/: a global name of a family of Linux takes bsd_/' <<<"$found"
	status=1
fi

found=$(comm -12 <(printf '%s\n' "$globals") <(cut -f2 "$headers/Module.symvers" | sort -u) | grep .)
if [ -n "$found" ]; then
	sed 's/$/: the kernel exports this name/' <<<"$found"
	status=1
fi

awk -F'\t' '$5 != "BSDNET" && $5 != "EXPORTED_FOR_KUNIT_TESTING" {
	print $2 ": exported outside the namespace BSDNET"; bad = 1 }
	END { exit bad }' "$tree/Module.symvers" || status=1

# shellcheck disable=SC2086  # a list of words
pattern="^struct ($(printf '%s|' $TAGS)-) \{"
if project_files 'kmod/*.c' 'kmod/*.h' ':!kmod/include/uapi' | xargs -r grep -nE "$pattern"; then
	echo "these tags are Linux's: they take bsd_"
	status=1
fi
exit $status
