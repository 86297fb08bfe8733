# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# net.sh - the peer: a network namespace whose taps are the other ends of the
# virtual machine's NICs. Sourced by scripts/vm.

# peer_lock NAME: hold the namespace for this run (descriptor 9) and make it.
peer_lock() {
	mkdir -p /run/lock
	exec 9>"/run/lock/$1.lock"
	flock -w "$TIMEOUT" 9 || die 125 "peer namespace $1 is in use"
	if ! ip -n "$1" link set lo up 2>/dev/null; then
		# A name without a namespace: made where mounts were private, and gone with them.
		rm -f "/run/netns/$1"
		ip netns add "$1" && ip -n "$1" link set lo up ||
			die 125 "cannot make the namespace $1"
	fi
}

# peer_taps NAME MODEL:QUEUES...: new taps, tap0 for the first NIC and so on.
# A tap with several queues is another kind of device than one with a single.
peer_taps() {
	local net=$1 i=0 nic kind old

	shift
	for old in $(ip -n "$net" -o link show type tun | sed -n 's/^[0-9]*: \(tap[0-9]*\)[:@].*/\1/p'); do
		ip -n "$net" link del "$old"
	done
	for nic in "$@"; do
		kind=
		case $nic in
		vio:1) ;;
		vio:*) kind=multi_queue ;;
		esac
		# shellcheck disable=SC2086  # $kind is a word or nothing
		{
			ip netns exec "$net" ip tuntap add dev "tap$i" mode tap $kind vnet_hdr &&
			ip -n "$net" addr add "10.77.$i.1/24" dev "tap$i" &&
			ip -n "$net" addr add "fd77:$i::1/64" dev "tap$i" nodad &&
			ip -n "$net" link set "tap$i" up txqueuelen 1000
		} || die 125 "cannot make tap$i in $net"
		i=$((i + 1))
	done
}

# peer_command NAME LOG COMMAND: run a shell command in the namespace, from the
# moment QEMU has opened the first tap. Its process group is stopped at the end.
peer_command() {
	# shellcheck disable=SC2016  # expanded by the inner shell
	setpriv --pdeathsig TERM setsid ip netns exec "$1" sh -c '
		until grep -qx 1 /sys/class/net/tap0/carrier 2>/dev/null; do sleep 0.1; done
		exec sh -c "$1"' sh "$3" >"$2" 2>&1 </dev/null 9>&- &
	# shellcheck disable=SC2034  # scripts/vm stops it
	PEER_PID=$!
}
