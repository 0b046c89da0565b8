#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""tools/series: its patches do what tools/apply does."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(f"{sys.path[0]}/../lib")
import tap

ROOT = Path(__file__).resolve().parents[2]
results = tap.Tap()


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def contents(tree):
    """What is in the files of a tree, but for records of git and tools/apply."""
    found = {}
    for folder, folders, names in os.walk(tree):
        folders[:] = [name for name in folders if name not in (".git", ".dpdk-dmabuf")]
        for name in names:
            path = Path(folder, name)
            found[str(path.relative_to(tree))] = (os.readlink(path) if path.is_symlink()
                                                  else path.read_bytes())
    return found


def main():
    stock = ROOT / "subprojects" / f"{os.environ['BASE']}-stock"
    with tempfile.TemporaryDirectory(prefix="series-test-") as folder:
        run_all(stock, Path(folder))
    return results.end()


def run_all(stock, work):
    tree, series, flat = work / "tree", work / "series", work / "flat"
    shutil.copytree(stock, tree, symlinks=True)
    before = contents(tree)
    config = work / "gitconfig"
    as_someone = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    as_someone.update(GIT_CONFIG_GLOBAL=str(config), GIT_CONFIG_SYSTEM=os.devnull)

    config.write_text("")
    done = run(ROOT / "tools/series", tree, series, env=as_someone)
    results.add(done.returncode == 1 and "git config --global user.name" in done.stderr
                and len(done.stderr.splitlines()) == 1, "without an author, a refusal", done.stderr)
    config.write_text("[user]\n\tname = An Author\n\temail = author@example.org\n"
                      "[diff]\n\tnoprefix = true\n[core]\n\tautocrlf = false\n[gc]\n\tauto = 0\n")
    done = run(ROOT / "tools/series", tree, series, env=as_someone)
    patches = [Path(line) for line in done.stdout.splitlines()]
    results.add(done.returncode == 0 and len(patches) > 5 and contents(tree) == before,
                f"{len(patches)} patches; the tree stays as it is", done.stderr)
    texts = [path.read_text() for path in patches[1:]]
    results.add(all("\nSigned-off-by: An Author <author@example.org>\n" in text for text in texts),
                "the author signs off")
    done = run(ROOT / "tools/series", "--flat", tree, flat)
    results.add(done.returncode == 0 and contents(tree) == before, "one patch", done.stderr)

    applied = work / "applied"
    shutil.copytree(tree, applied, symlinks=True)
    run(ROOT / "tools/apply", applied)
    wanted = contents(applied)
    done = run(ROOT / "tools/series", applied, series, env=as_someone)
    results.add(done.returncode == 1 and "--undo" in done.stderr, "a reworked tree is refused",
                done.stderr)
    shutil.rmtree(applied)

    patch = (flat / "dmabuf.patch").read_text()
    code = "\n".join(part for part in patch.split("\ndiff --git ") if part.split("\n")[0].endswith((".c", ".h")))
    long = [line for line in code.splitlines()
            if line.startswith("+") and len(line.expandtabs(8)) > 101 and not re.search(r'"(,|\);)$', line)]
    results.add(not long, "no line of code is longer than DPDK's checkpatches.sh allows", "\n".join(long))
    for command in ["git", "apply", "--whitespace=error-all"], ["patch", "-sp1"]:
        copy = work / "copy"
        shutil.copytree(tree, copy, symlinks=True)
        done = run(*command, cwd=copy, input=patch)
        results.add(done.returncode == 0 and contents(copy) == wanted,
                    f"{' '.join(command[:2])} does what tools/apply does", done.stderr)
        done = run(ROOT / "tools/apply", copy)
        results.add(done.returncode == 1 and "is reworked" in done.stderr and
                    "git checkout" in done.stderr, "tools/apply sees that it was", done.stderr)
        shutil.rmtree(copy)

    for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "before"],
                    ["am", "-q", *map(str, patches[1:])]):
        done = run("git", *command, cwd=tree, env=as_someone)
    results.add(done.returncode == 0 and contents(tree) == wanted, "so does git am", done.stderr)


if __name__ == "__main__":
    sys.exit(main())
