#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Compare all libraries of the reworked DPDK with those of the unmodified one; print TAP.

usage: tests/abi/compare.py [<reference> <reworked>]

The folders are installs of the two; without them, the builds are installed first.
"""

import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import gate
import tap


def main():
    gate.need("abidiff", "abigail-tools")
    tree = Path("subprojects", os.environ["BASE"])
    if sys.argv[1:]:
        reference, reworked = map(Path, sys.argv[1:])
    else:
        work = Path(os.environ["BUILD"], "abi")
        reference, reworked = work / "reference", work / "reworked"
        gate.install(os.environ["STOCK"], reference)
        gate.install(os.environ["BUILD"], reworked)
    before, after = gate.libraries(reference), gate.libraries(reworked)
    if not before:
        tap.bail_out(f"{reference} has no library to compare with; build the unmodified DPDK first")

    results = tap.Tap()
    missing = [name for name in before if name not in after]
    new = [name for name in after if name not in before]
    stripped = [path for path in (*before.values(), *after.values())
                if not gate.has_debug_info(path)]
    results.add(not stripped, f"all {len(before)} libraries have debug information",
                "\n".join(f"{path} has none: build with -Dbuildtype=debugoptimized"
                          for path in stripped))
    compatible, said = gate.check_abi(tree, reference, reworked)
    results.add(compatible, "compatible: DPDK's check-abi.sh accepts every library", said)
    surprises = {name: text for name in before if name not in missing
                 if (text := gate.unexpected(before[name], after[name]))}
    results.add(not surprises, "exact: the differences are those expected, and no other",
                "\n".join(surprises.values()))
    results.add(not missing and not new, "no library is missing or new",
                "\n".join([f"missing: {name}" for name in missing] + [f"new: {name}" for name in new]))
    table(before, surprises, missing, new)
    sys.exit(results.end())


def table(before, surprises, missing, new):
    def row(name, what):
        tap.note(f"{name:34} {what}")

    tap.note("")
    row("library", "differences from the unmodified one")
    changed = [name for name in before if name not in missing and
               (name in surprises or name.split(".")[0] in gate.EXPECTED)]
    for name in changed:
        if name in surprises:
            row(name, "unexpected, shown above")
        else:
            expected = gate.EXPECTED[name.split(".")[0]]
            row(name, f"as expected: {expected.relative_to(gate.ROOT)}")
    row(f"{len(before) - len(changed) - len(missing)} others", "none")
    tap.note("")
    tap.note(f"{len(before)} compared, {len(changed)} changed, {len(missing)} missing, "
                 f"{len(new)} added")


if __name__ == "__main__":
    main()
