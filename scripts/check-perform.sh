#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-perform.sh - scripts/perform: how tests end, what is kept, how a run goes on; and
# scripts/report: its page. Without a virtual machine. Says what could not be tried.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)

status=0
for test in perform report; do
	if out=$(/usr/bin/python3 -B -W error "$REPO/scripts/$test.d/test_$test.py" -v 2>&1); then
		sed -n "s/.* \.\.\. skipped ['\"]\(.*\)['\"]\$/check-perform: \1/p" <<<"$out" >&2
	else
		printf '%s\n' "$out"
		status=1
	fi
done
exit $status
