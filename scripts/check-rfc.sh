#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-rfc.sh - every RFC that the sources name has a row in
# Documentation/rfc-index.rst, with the path of a test that exists. A row is a
# line that says "RFC <number>" and kunit/... or tools/testing/cases/...
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$REPO/scripts/lib.sh"

cd "$REPO" || exit 1
status=0

# has_test NUMBER: some row of this RFC names a test that is there.
has_test() {
	local path

	for path in $(grep -E "RFC $1([^0-9]|$)" Documentation/rfc-index.rst |
		grep -oE '(kunit|tools/testing/cases)/[A-Za-z0-9_./-]*[A-Za-z0-9_]'); do
		[ ! -e "$path" ] || return 0
	done
	return 1
}

while read -r number where; do
	if ! grep -qE "RFC $number([^0-9]|$)" Documentation/rfc-index.rst 2>/dev/null; then
		printf '%s: RFC %s has no row in Documentation/rfc-index.rst\n' "$where" "$number"
		status=1
	elif ! has_test "$number"; then
		printf 'Documentation/rfc-index.rst: RFC %s: no test that exists\n' "$number"
		status=1
	fi
done < <(project_files 'kmod/*.c' 'kmod/*.h' | xargs -r grep -HnoE 'RFC ?[0-9]+' |
	sed -E 's/^([^:]*:[^:]*):RFC ?([0-9]+)$/\2 \1/' | sort -n -u -k1,1)
exit $status
