#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-abi.sh - every knob has an entry under Documentation/ABI/testing. Knobs
# are rows KNOB_<KIND>("subsystem/name", ...) in the sources; "%" or "<" in a
# name stands for a part that varies and matches any one part of an entry.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$REPO/scripts/lib.sh"

cd "$REPO" || exit 1
known=$(project_files Documentation/ABI | xargs -r sed -n 's|^What:[[:space:]]*/sys/kernel/bsdnet/||p')
status=0
while IFS=: read -r file line text; do
	name=$(sed -n 's/.*KNOB_[A-Z0-9]*("\([^"]*\)".*/\1/p' <<<"$text")
	pattern=$(sed 's|[.]|\\.|g; s|[^/]*[%<][^/]*|[^/]*|g' <<<"$name")
	if ! grep -qx -- "$pattern" <<<"$known"; then
		printf '%s:%s: %s has no entry in Documentation/ABI/testing\n' "$file" "$line" "$name"
		status=1
	fi
done < <(project_files 'kmod/*.c' | xargs -r grep -HnE 'KNOB_[A-Z0-9]+\("')
exit $status
