#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# The guide builds without a warning, and what becomes part of DPDK's has none of this project's commands.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
out=build/doc
. tests/lib/tap.sh

warnings=$(/usr/bin/python3 -m sphinx -q -W --keep-going -n -E -b html doc/guides "$out" 2>&1)
result $? "the guide is in $out/index.html" "$warnings"

commands=$(python3 - << 'END'
import re
import sys

sys.path.append("coccinelle")
from pathlib import Path

from overlay import ADD

for pattern in (pattern for patterns in ADD.values() for pattern in patterns if pattern.endswith(".rst")):
    for number, line in enumerate(Path(pattern).read_text().splitlines(), 1):
        if re.search(r"``(make |tests/|tools/)|^ +[$#] (make|tests/|tools/)", line):
            print(f"{pattern}:{number}: {line}")
END
)
[ -z "$commands" ]
result $? "what becomes part of DPDK's has none of this project's commands" "$commands"
finish
