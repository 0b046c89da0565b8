#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Run each rule on a few lines, rules/NAME.in.c, which become rules/NAME.out.c.

--write writes what they become now; look at the difference before you commit it.
"""

import argparse
import concurrent.futures
import difflib
import shutil
import sys
import tempfile
import types
from pathlib import Path

sys.dont_write_bytecode = True
sys.path += [f"{sys.path[0]}/../lib", f"{sys.path[0]}/../../tools"]
import rework
import tap

HERE = Path(__file__).resolve().parent / "rules"
ROOT = Path(__file__).resolve().parents[2]
# these find reads, and rewrite nothing
FIND = {"raw-access"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="take what the rules do as right")
    args = parser.parse_args()
    results = tap.Tap()
    rules = sorted(path.stem for path in (ROOT / "coccinelle").glob("*.cocci")
                   if path.stem not in FIND)

    with tempfile.TemporaryDirectory() as folder:
        def run(name):
            file = Path(folder, f"{name}.c")
            shutil.copy(HERE / f"{name}.in.c", file)
            rework.spatch(name, [file.name], rework.INSIDE, types.SimpleNamespace(folder=Path(folder)))
            return file.read_text()

        with concurrent.futures.ThreadPoolExecutor() as pool:
            for name, got in zip(rules, pool.map(run, rules)):
                out = HERE / f"{name}.out.c"
                if args.write:
                    out.write_text(got)
                wanted = out.read_text()
                same = got == wanted and got != (HERE / f"{name}.in.c").read_text()
                results.add(same, f"rule {name}", "\n".join(difflib.unified_diff(
                    wanted.splitlines(), got.splitlines(), "expected", "found", lineterm="")))
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
