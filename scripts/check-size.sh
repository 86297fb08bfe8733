#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-size.sh - files over 900 lines, functions over 80. A function is what
# stands between a brace alone in the first column and its closing one; in
# shell, between "name() {" and its closing brace.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$REPO/scripts/lib.sh"

cd "$REPO" || exit 1
project_files '*.c' '*.h' '*.py' scripts tools kunit | sort -u |
	grep -vE '\.(config|8|4|5|ini|txt|rst|json)$' |
	xargs -r awk '
	function close_file() {
		if (file != "" && lines > 900) { print file ":1: " lines " lines, more than 900"; status = 1 }
	}
	FNR == 1 { close_file(); file = FILENAME; begin = 0 }
	{ lines = FNR }
	/^\{/ || /^[a-z_0-9-]+\(\) \{/ { begin = FNR }
	/^\}/ && begin {
		if (FNR - begin - 1 > 80) {
			print FILENAME ":" begin ": function of " FNR - begin - 1 " lines, more than 80"
			status = 1
		}
		begin = 0
	}
	END { close_file(); exit status }'
