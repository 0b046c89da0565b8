#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Compare headers of a newer ABI, as a distribution ships them, with the same, reworked; print TAP.

The headers are those of libdpdk-dev of Debian 13, whose ABI stays; it is downloaded and unpacked, not
installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import gate
import tap

sys.path.append(f"{gate.ROOT}/tools")
import rework

SUITE = "trixie"


def main():
    gate.need("abidiff", "abigail-tools")
    work = Path(os.environ["BUILD"], "abi", "probe")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    done = subprocess.run(["tools/apt-private", "download", "-t", SUITE, "libdpdk-dev"],
                          text=True, capture_output=True, check=False)
    if done.returncode:
        print(f"1..0 # SKIP libdpdk-dev of {SUITE} is needed: {done.stderr.strip()}")
        return
    package = Path(done.stdout.strip())
    subprocess.run(["dpkg-deb", "-x", package, work / "package"], check=True)
    shipped = next((work / "package").rglob("rte_memory.h")).parent
    reworked = work / "reworked"
    rework_headers(shipped, reworked)
    grown = mutant(reworked, "grown", r"unsigned int properties;", "uint64_t properties;")
    widened = mutant(reworked, "widened", r"(rte_extmem_register\([^)]*)unsigned int n_pages",
                     r"\1uint64_t n_pages")

    results = tap.Tap()
    tap.note(f"rte_memory.h of {package.name}, shipped and reworked")
    before, after = layout(shipped, work), layout(reworked, work)
    tap.note(before)
    results.add(before == after, "rte_memseg_list: size and every offset are the same", after)
    status, said = compare(shipped, reworked, work)
    results.add(status == 0, "types and prototypes are compatible, says abidiff", said)
    tap.note(said.strip())
    status, said = compare(shipped, grown, work)
    results.add(status & gate.CHANGE and layout(grown, work) != before,
           "a member that grew does not pass", said)
    status, said = compare(shipped, widened, work)
    results.add(status & gate.CHANGE, "a wider parameter does not pass", said)
    sys.exit(results.end())


def mutant(headers, name, find, replace):
    """Copy headers and change one thing in rte_memory.h."""
    copy = headers.with_name(name)
    shutil.copytree(headers, copy)
    path = copy / "rte_memory.h"
    text, n = re.subn(find, replace, path.read_text())
    if n != 1:
        tap.bail_out(f"{path} has {n} matches of {find!r}; correct tests/abi/probe.py")
    path.write_text(text)
    return copy


def rework_headers(shipped, reworked):
    """Copy installed headers and do to them what tools/apply does to those of a tree."""
    shutil.copytree(shipped, reworked)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        include = tree / "lib/eal/include"
        include.mkdir(parents=True)
        shutil.copy(shipped / "rte_memory.h", include)
        (tree / "VERSION").write_text("22.11.0")
        overlay = rework.Overlay(tree)
        stage = rework.Stage(tree, Path(folder, "stage"))
        rules = [rule | {"least": {path: least for path, least in rule["least"].items()
                                   if (tree / path).exists()}}
                 for rule in overlay.rules
                 if list(stage.select(rule["files"], rule.get("tokens")))]
        for name, sites, _ in rework.run_rules(rules, stage):
            tap.note(f"rule {name}: {sites} sites")
        rework.run_insertions([entry for entry in overlay.insertions
                              if (tree / entry["file"]).exists()], stage)
        for path, text in stage.changed():
            (reworked / Path(path).name).write_bytes(text)
    shutil.copy(gate.ROOT / "lib/eal/include/rte_memory_dmabuf.h", reworked)


def compile_with(headers, work, *arguments):
    # rte_config.h of the package is where its architecture's headers are
    config = next((work / "package").rglob("rte_config.h")).parent
    status, said = gate.run(["cc", "-g", f"-I{headers}", f"-I{config}", "-include", "rte_config.h",
                             "-DALLOW_EXPERIMENTAL_API", "-Wno-deprecated-declarations",
                             *march(), *arguments])
    if status:
        tap.note(said)
        tap.bail_out(f"{arguments[-1]} does not compile with the headers in {headers}")


def march():
    """The instructions that DPDK's headers need, as the base is compiled for."""
    commands = json.loads(Path(os.environ["BUILD"], "compile_commands.json").read_text())
    return re.findall(r"-march=\S+", commands[0]["command"])[:1]


def layout(headers, work):
    program = work / "layout"
    compile_with(headers, work, "-o", program, gate.HERE / "layout.c")
    return gate.run([program])[1]


def compare(one, other, work):
    libraries = []
    for number, headers in enumerate((one, other)):
        libraries.append(work / str(number) / "probe.so")
        libraries[-1].parent.mkdir(exist_ok=True)
        compile_with(headers, work, "-shared", "-fPIC", "-o", libraries[-1], gate.HERE / "probe.c")
    return gate.run(["abidiff", *libraries])


if __name__ == "__main__":
    main()
