#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-docs.sh - what the documents name is there: paths below kmod/, kunit/ and
# scripts/, and functions, which are written ``name()``. Paths with a part that
# varies (*, <x>) are passed over.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$REPO/scripts/lib.sh"

cd "$REPO" || exit 1
mapfile -t documents < <(project_files README 'Documentation/*.rst')
status=0

while IFS=: read -r file line path; do
	case $path in
	*'*'* | *'<'*) continue ;;
	esac
	[ ! -e "${path%.}" ] || continue
	printf '%s:%s: there is no %s\n' "$file" "$line" "$path"
	status=1
done < <(grep -noHE '\b(kmod|kunit|scripts)/[A-Za-z0-9_./*<>-]+' "${documents[@]}")

# Whatever is followed by a parenthesis in the sources is a function or a macro.
known=$(project_files 'kmod/*.c' 'kmod/*.h' 'tools/*.c' 'tools/*.h' |
	xargs -r grep -hoE '\b[A-Za-z_][A-Za-z0-9_]*\(' | sort -u)
while IFS=: read -r file line name; do
	name=${name#\`\`}
	name=${name%%)*}
	! grep -qxF -- "$name" <<<"$known" || continue
	printf '%s:%s: there is no function %s)\n' "$file" "$line" "$name"
	status=1
done < <(grep -noHE '``[A-Za-z_][A-Za-z0-9_]*\(\)``' "${documents[@]}")
exit $status
