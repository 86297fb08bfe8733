#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-perform.sh - scripts/perform: how tests end, what is kept, how a run goes on. Without
# a virtual machine.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)

out=$(/usr/bin/python3 -B -W error "$REPO/scripts/perform.d/test_perform.py" 2>&1) && exit 0
printf '%s\n' "$out"
exit 1
