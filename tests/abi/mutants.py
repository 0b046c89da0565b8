#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Show that the gate rejects what it has to: build each mutant of the reworked DPDK and compare it.

usage: tests/abi/mutants.py [<part of a mutant's description>]
"""

import os
import re
import shutil
import sys
import tomllib
from pathlib import Path

sys.dont_write_bytecode = True
import gate
import tap

# what mutations are in, unless they name a library; linked without applications
LIBRARIES = ["eal", "dmadev"]
DRIVERS = ["bus/auxiliary", "bus/pci", "common/mlx5"]


class Tree:
    """A copy of the reworked tree, built, in which mutations come and go."""

    def __init__(self, source, work):
        self.folder = work / "tree"
        self.build = work / "build"
        self.originals = {}
        shutil.rmtree(work, ignore_errors=True)
        # files, not the links to this repository that the source may have
        shutil.copytree(source, self.folder)
        options = {"default_library": "shared", "buildtype": "debug", "platform": "generic",
                   "disable_apps": "*", "enable_drivers": ",".join(DRIVERS), "tests": "false",
                   "enable_docs": "false", "developer_mode": "disabled"}
        status, said = gate.run(["meson", "setup", self.build, self.folder,
                                 *(f"-D{name}={value}" for name, value in options.items())])
        if status:
            tap.note(said[-2000:])
            tap.bail_out("the copy of the reworked DPDK could not be configured; see above")

    def mutate(self, edits):
        """Make edits; return what went wrong."""
        has_map = (self.folder / "lib/eal/version.map").exists()
        for edit in edits:
            if edit.get("version", "") == ("macros" if has_map else "map"):
                continue
            made = 0
            for glob in edit["files"]:
                for path in self.folder.glob(glob):
                    before = path.read_text()
                    after, n = re.subn(edit["find"], edit["replace"], before)
                    if n:
                        self.originals.setdefault(path, before)
                        path.write_text(after)
                        made += n
            if not made:
                return (f"nothing in {', '.join(edit['files'])} matches {edit['find']!r}; correct "
                        "tests/abi/mutants.toml")
        return None

    def restore(self):
        for path, text in self.originals.items():
            path.write_text(text)
        self.originals = {}

    def make(self, names):
        """Build; return what went wrong."""
        status, said = gate.run(["meson", "compile", "-C", self.build,
                                 *(f"rte_{name}:shared_library" for name in names)])
        return said if status else None

    def contents(self):
        return {name: path.read_bytes() for name, path in gate.libraries(self.build).items()}


def lay_out(folder, libraries, include, other_headers):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(include, folder / "include")
    for name, path in other_headers.items():
        if (folder / "include" / name).exists():
            shutil.copy(path, folder / "include" / name)
    (folder / "lib").mkdir()
    for path in libraries.values():
        shutil.copy(path, folder / "lib")


def main():
    gate.need("abidiff", "abigail-tools")
    installed = Path(os.environ["BUILD"], "abi")
    mutants = [mutant for mutant in tomllib.loads((gate.HERE / "mutants.toml").read_text())["mutant"]
               if all(part in mutant["what"] for part in sys.argv[1:])]
    if not mutants:
        tap.bail_out(f"no mutant's description contains {sys.argv[1]!r}")
    if not (installed / "reworked").exists():
        tap.bail_out("nothing to compare with: run the test abi-compare first")
    work = installed / "mutants"
    tree = Tree(Path("subprojects", os.environ["BASE"]), work)

    results = tap.Tap()
    include = {name: next((installed / name).rglob("include")) for name in ("reference", "reworked")}
    mutable = {name: None for mutant in mutants for name in mutant.get("libraries", LIBRARIES)}
    failure = tree.make(mutable)
    if failure:
        tap.note(failure[-2000:])
        tap.bail_out("the copy of the reworked DPDK could not be built; see above")
    before, references = tree.contents(), gate.libraries(installed / "reference")

    def judged(names):
        """Which parts of the gate reject libraries; those that a mutation leaves alone pass as before."""
        lay_out(work / "reference", {name: references[name] for name in names}, include["reference"], {})
        built = gate.libraries(tree.build)
        headers = {path.name: path for path in tree.originals if path.suffix == ".h"}
        lay_out(work / "mutated", {name: built[name] for name in names}, include["reworked"], headers)
        return judge(tree.folder, work / "reference", work / "mutated")

    rejected_by = judged(before)
    results.add(not rejected_by, row(1, "no mutation", rejected_by or ["nothing"]))
    rejected = 0
    for number, mutant in enumerate(mutants, 2):
        failure = tree.mutate(mutant["edit"]) or tree.make(mutant.get("libraries", LIBRARIES))
        if failure:
            results.add(False, f"{mutant['what']}: could not be built", failure[-2000:])
        else:
            changed = [name for name, content in tree.contents().items() if content != before[name]]
            rejected_by = judged(changed) if changed else []
            rejected += bool(rejected_by)
            results.add(rejected_by, row(number, mutant["what"], rejected_by or ["NOTHING"]))
        tree.restore()
    tap.note(f"{rejected}/{len(mutants)} mutants rejected")
    sys.exit(results.end())


def row(number, what, rejected_by):
    return f"{what:{68 - len(str(number))}} rejected by {' and '.join(rejected_by)}"


def judge(tree, reference, mutated):
    """Which parts of the gate reject the mutated libraries."""
    rejected_by = []
    compatible, said = gate.check_abi(tree, reference, mutated)
    print(said)
    if not compatible:
        rejected_by.append("check-abi.sh")
    after = gate.libraries(mutated / "lib")
    for name, path in gate.libraries(reference / "lib").items():
        if text := gate.unexpected(path, after[name]):
            print(text)
            rejected_by.append("the exact report")
            break
    return rejected_by


if __name__ == "__main__":
    main()
