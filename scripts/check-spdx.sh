#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
#
# check-spdx.sh - every file says its licence in its first line, or in the next
# two where the first is for the interpreter. The format of ABI entries has no
# room for it.
set -uo pipefail

REPO=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$REPO/scripts/lib.sh"

cd "$REPO" || exit 1
project_files . ':!Documentation/LICENSES' ':!Documentation/ABI' ':!README*' ':!.gitignore' |
	xargs -r awk '
	FNR == 1 { if (file != "" && !found) bad(); file = FILENAME; found = 0 }
	FNR <= 3 && /SPDX-License-Identifier: .*BSD-2-Clause/ { found = 1 }
	function bad() { print file ":1: no SPDX line"; status = 1 }
	END { if (file != "" && !found) bad(); exit status }'
