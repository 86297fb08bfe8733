#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-man.sh - manual pages: one of section 8 for bsdnet and each applet of
# tools/bsdnet.c, one of section 4 for each driver and pseudo device, nothing for
# mandoc to warn of, and every option that an applet's --help names in its page.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$REPO/scripts/lib.sh"

cd "$REPO" || exit 1
mapfile -t pages < <(project_files '*.4' '*.5' '*.8')
status=0

# bad TEXT: one thing that is wrong.
bad() {
	printf '%s\n' "$1"
	status=1
}

# page NAME: the file of that name, or nothing.
page() {
	local file

	for file in "${pages[@]}"; do
		[ "${file##*/}" != "$1" ] || printf '%s\n' "$file"
	done
}

# text PAGE: as a reader sees it.
text() {
	mandoc -Tascii "$1" | sed 's/.\x08//g'
}

# has TEXT OPTION: the option stands there as a word.
has() {
	grep -qE -- "(^|[^-a-zA-Z0-9])$2([^-a-zA-Z0-9]|$)" <<<"$1"
}

# options PAGE APPLET: those of its --help that the page does not have. What the page
# has not as it is may be letters behind one dash: then it must have each of them.
options() {
	local have option letter help

	have=$(text "$1")
	help=$("$OUT/bsdnet" "$2" --help) || { bad "bsdnet $2 --help: fails"; return; }
	while read -r option; do
		! has "$have" "$option" || continue
		case $option in
		--*) bad "$1: says nothing of $option" ;;
		*)
			while read -r letter; do
				has "$have" "-$letter" && continue
				bad "$1: says nothing of $option"
				break
			done < <(fold -w1 <<<"${option#-}")
			;;
		esac
	done < <({ grep -oE "(^|[^-a-zA-Z0-9/])--?[a-zA-Z][a-zA-Z0-9]*" <<<"$help" |
		grep -oE -- '--?[a-zA-Z0-9]+'; echo --help; } | sort -u)
}

if ! out=$(make -s -C tools 2>&1); then
	printf '%s\n' "$out"
	exit 1
fi
OUT=$REPO/build/tools

[ -n "$(page bsdnet.8)" ] || bad "tools/bsdnet.8: missing"
[ -n "$(page bsdnet.4)" ] || bad "kmod/linux/bsdnet.4: missing"
while read -r applet; do
	file=$(page "bsdnet-$applet.8")
	if [ -z "$file" ]; then
		bad "tools/bsdnet.c: applet $applet has no page bsdnet-$applet.8"
		continue
	fi
	options "$file" "$applet"
done < <(sed -nE 's/^\t\{ "([a-z]+)",\t+[a-z]+_main,.*/\1/p' tools/bsdnet.c)

# Drivers are folders, pseudo devices what BSDNET_IF_CLONE() names.
for device in $(find kmod/drivers -mindepth 1 -maxdepth 1 -type d ! -name common -printf '%f\n') \
	$(project_files 'kmod/*.c' | xargs -r sed -nE 's/^BSDNET_IF_CLONE\(([a-z]+),.*/\1/p'); do
	[ -n "$(page "$device.4")" ] || bad "kmod: device $device has no page $device.4"
done

out=$(mandoc -Tlint -W warning "${pages[@]}" 2>&1)
[ -z "$out" ] || bad "$out"
exit $status
