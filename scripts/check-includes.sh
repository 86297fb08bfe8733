#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-includes.sh - who may include what. The stack is written against its own
# headers; Linux's network headers are for kmod/linux/ alone, whose members in
# turn see only the parts of the stack that face them.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$REPO/scripts/lib.sh"

cd "$REPO" || exit 1
project_files 'kmod/*.c' 'kmod/*.h' 'tools/*.c' 'tools/*.h' |
	xargs -r grep -HnoE '^[[:space:]]*#[[:space:]]*include[[:space:]]+[<"][^>"]+[>"]' |
	sed -E 's/#[[:space:]]*include[[:space:]]+//' |
	awk -F: '
	# Headers of Linux that bring sk_buff, sock or net_device with them.
	function network(h) {
		return h ~ /^net\// || h ~ /^linux\/(skbuff|netdevice|etherdevice|if_ether|if_vlan|ip|ipv6|icmp|icmpv6|tcp|udp|inetdevice|rtnetlink|virtio_net|netlink|ethtool|igmp)\.h$/
	}
	function bad(why) {
		print $1 ":" $2 ": " why ": " $3
		status = 1
	}
	{
		header = $3
		gsub(/^[[:space:]]+|[<>"]/, "", header)
		quoted = $3 ~ /"/
		folder = $1
		sub(/\/[^\/]*$/, "", folder)
	}
	header ~ /_priv\.h$/ {
		if (!quoted || header ~ /\//)
			bad("a private header is for its own folder, in quotes")
		next
	}
	$1 ~ /^tools\// {
		if (header ~ /^bsdnet\// && system("test -e kmod/include/uapi/" header) != 0)
			bad("tools see only the ABI, kmod/include/uapi")
		next
	}
	# The line between the two worlds, the tracepoints which Linux defines, and
	# what hides the differences between kernels.
	$1 ~ /^kmod\/(linux|trace)\// || $1 ~ /\/compat[a-z_]*\.h$/ { next }
	network(header) { bad("only kmod/linux/ may include this header of Linux"); next }
	$1 ~ /^kmod\/(drivers|pseudo)\// && !quoted {
		if (header ~ /^bsdnet\// && !listed($1, header))
			bad("drivers include bsdnet/driver.h")
	}
	# What every driver may use; and the protocols some interfaces carry.
	function listed(file, h) {
		return h ~ /^bsdnet\/(driver|rxpool|compat_[a-z]+)\.h$/ ||
		       file ~ /^kmod\/pseudo\/[a-z_]*(carp|wg|vxlan)/ && h ~ /^bsdnet\/(in|in6|ip|udp)[a-z_0-9]*\.h$/
	}
	END { exit status }'
