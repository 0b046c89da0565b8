#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Compare what compilers say about the reworked DPDK with what they say of the unmodified one."""

import collections
import concurrent.futures
import filecmp
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.append(f"{sys.path[0]}/../lib")
import tap

HERE = Path(__file__).resolve().parent
COMPILED = re.compile(r"^\[\d+/\d+\] Compiling C object (\S+)", re.MULTILINE)
MESSAGE = re.compile(r"(\S+?):\d+(?::\d+)?: (?:warning|(?:fatal )?error): (.*)")
PACKAGES = {"gcc": "gcc", "g++": "g++", "clang": "clang", "clang++": "clang"}
# DPDK defines the macro when it is built with clang
CLANG = ["-fsyntax-only", "-Wthread-safety", "-DRTE_ANNOTATE_LOCKS", "-Wno-unknown-warning-option"]
HEADER = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic"]
STANDARDS = {"c": ["c99", "gnu99", "c11", "c17"], "c++": ["c++11", "c++17", "c++20"]}
# the kernel's headers are the same for 32 bits; Debian has them in the folder for 64 only
M32 = ["-m32", f"-I{HERE}/warnings_32", "-idirafter", "/usr/include/x86_64-linux-gnu"]
# Debian has Windows' headers; of FreeBSD's, Linux's library lacks two
SYSTEMS = {
    "freebsd": ["-U__linux__", "-D__FreeBSD__=13", f"-I{HERE}/warnings_freebsd"],
    "windows": ["--target=x86_64-w64-windows-gnu", "-isystem", "/usr/share/mingw-w64/include",
                "-D_UCRT", "-D_WIN32_WINNT=0x0A00", "-D__USE_MINGW_ANSI_STDIO"],
}
NOT_ON = {"freebsd": (), "windows": ("eal_common_proc.c", "malloc_mp.c")}  # has no IPC
pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
results = tap.Tap()


class Side:
    """One of the two builds: the unmodified DPDK or the reworked one."""

    def __init__(self, build, name):
        self.log = Path(build, "logs/build.log")
        self.name = name
        self.files = {}  # DPDK's own .c files, none that are generated, and the options of each
        for entry in json.loads(Path(build, "compile_commands.json").read_text()):
            file = self.plain(entry["file"])
            if re.match(rf"\.\./.*/subprojects/{re.escape(name)}/.*\.c$", entry["file"]):
                self.folder = Path(entry["directory"])
                self.tree = Path(entry["directory"], entry["file"].removesuffix(file))
                command = re.sub(r" -(c|o|MD|M[QF] \S+)(?= )", "", entry["command"])
                self.files[file] = [part for part in shlex.split(command)
                                    if part.startswith("-") or part == "rte_config.h"]
        self.eal = {file: options for file, options in self.files.items()
                    if file.startswith("lib/eal/")}
        some = next(iter(self.eal.values()))
        # of a program that uses DPDK
        self.public = ["-include", "rte_config.h",
                       *(part for part in some if part[:2] in ("-I", "-m"))]

    def plain(self, line):
        """Without colours and the folder, in which the builds differ."""
        line = re.sub(r"\x1b\[[\d;]*[mK]", "", line)
        return re.sub(rf"\S*subprojects/{re.escape(self.name)}/", "", line)

    def said(self, text):
        """What was said while one file was compiled, and how often."""
        found = (MESSAGE.match(self.plain(line)) for line in text.splitlines())
        return collections.Counter((message[1], re.sub(r":\d+:\d+", "", message[2]))
                                   for message in found if message)

    def logged(self):
        """What was said of each file of the build when it was last compiled."""
        _, *parts = COMPILED.split(self.log.read_text(errors="replace"))
        files = dict(zip(parts[::2], parts[1::2]))
        return [(self.said(text), None) for text in files.values()]

    def compile(self, command, file):
        """What a compiler says about a file, and why it failed."""
        run = self.run(command, file)
        if run.returncode == 0:
            return self.said(run.stderr), None
        errors = [self.plain(line) for line in run.stderr.splitlines() if "error:" in line]
        return self.said(run.stderr), f"{self.name}: {file}: {errors[:1] or run.returncode}"

    def run(self, command, file):
        return subprocess.run([*command, file], cwd=self.folder, capture_output=True, text=True,
                              errors="replace", check=False)


def report(passed, what, why=()):
    results.add(passed, what, "\n".join(why))


def compare(what, stock, ours):
    """Pass if all was compiled, and nothing was said about a file more often than in stock."""
    before, after = collections.Counter(), collections.Counter()
    for most, files in (before, stock), (after, ours):
        for said, _ in files:
            most |= said  # the larger of each count; changes it in place
    new = [f"{file}: {text} ({before[file, text]} before, {after[file, text]} now)"
           for file, text in sorted(after - before)]
    failed = sorted({why for _, why in stock + ours if why})
    report(ours and not new and not failed, f"{what}: {len(new)} new warnings, {len(ours)} files",
           new + failed)


def compile_all(what, sides, command, files):
    """Compile files of both sides, and compare; files(side) gives their options and paths."""
    futures = [[pool.submit(side.compile, [*command, *options], file)
                for options, file in files(side)] for side in sides]
    compare(what, *([future.result() for future in side] for side in futures))


def layout(sides, bits, options):
    """Compare where the members of struct rte_memseg_list are."""
    stock, ours = (side.run(["gcc", *options, *side.public, f"-DREWORKED={int(side is sides[1])}",
                             "-w", "-S", "-o", "-"], HERE / "warnings_layout.c") for side in sides)
    before, after = (dict(re.findall(r"\.size\s+(\w+), (\d+)", run.stdout))
                     for run in (stock, ours))
    moved = [f"{what}: {before.get(what)} before, {after.get(what)} now"
             for what in sorted(before | after) if before.get(what) != after.get(what)]
    report(before and not moved and not ours.returncode,
           f"the {before.get('size_of_all')} bytes of struct rte_memseg_list, {bits} bits: "
           f"{len(moved)} places differ",
           moved + stock.stderr.splitlines() + ours.stderr.splitlines())


def other_system(system, sides):
    """Compile what was changed of another system's EAL, in its name; nothing is linked."""
    stock, ours = sides
    config = next(ours.folder.rglob("rte_build_config.h")).read_text()
    for name in "LINUX", system.upper():
        config = re.sub(rf"(IS_{name}) [01]", lambda m: f"{m[1]} {int(name != 'LINUX')}", config)
    config = config.replace("RTE_EXEC_ENV_LINUX", f"RTE_EXEC_ENV_{system.upper()}")
    config = re.sub("#define RTE_EAL_VFIO.*", "", config)
    folder = ours.folder / "other-systems" / system
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rte_build_config.h").write_text(config)

    def changed(side):
        options = [option.replace("lib/eal/linux", f"lib/eal/{system}")
                   for option in next(iter(side.eal.values()))]
        for file in sorted(path for part in ("common", system)
                           for path in (side.tree / "lib/eal" / part).glob("*.c")):
            same = stock.tree / file.relative_to(side.tree), ours.tree / file.relative_to(side.tree)
            if file.name not in NOT_ON[system] and not (
                    same[0].exists() and filecmp.cmp(*same, shallow=False)):
                yield options, file

    compile_all(f"clang, EAL of {system}, changed files", sides,
                ["clang", "-fsyntax-only", *SYSTEMS[system], f"-I{folder}"], changed)


def main():
    base = os.environ["BASE"]
    stock = Side(os.environ["STOCK"], f"{base}-stock")
    ours = Side(os.environ["BUILD"], base)
    sides = stock, ours
    for file, options in ours.files.items():
        # testpmd is not built of the unmodified DPDK
        if file not in stock.files and (stock.tree / file).exists():
            stock.files[file] = [re.sub(rf"(subprojects/{re.escape(base)})(?=/|$)", r"\1-stock",
                                        option) for option in options]

    def is_changed(file):
        """Ours, or one with lines of DPDK rewritten."""
        return not (stock.tree / file).exists() or \
            not filecmp.cmp(stock.tree / file, ours.tree / file, shallow=False)

    def changed(side):
        return [(options, side.tree / file) for file, options in side.files.items()
                if is_changed(file)]

    def changed_and_eal(side):
        return [(options, side.tree / file) for file, options in side.files.items()
                if file in side.eal or is_changed(file)]

    def header(side):
        return [(side.public, HERE / "warnings_header.c")]

    compare("the build", stock.logged(), ours.logged())
    missing = [compiler for compiler in PACKAGES if not shutil.which(compiler)]
    for compiler in missing:
        report(False, f"{compiler} is missing: install the package {PACKAGES[compiler]}")
    if "clang" not in missing:
        compile_all("clang, EAL and changed files", sides, ["clang", *CLANG], changed_and_eal)
        for system in SYSTEMS:
            other_system(system, sides)
    for compiler, language in ("gcc", "c"), ("clang", "c"), ("g++", "c++"), ("clang++", "c++"):
        for standard in STANDARDS[language] if compiler not in missing else ():
            compile_all(f"{compiler} -std={standard}, rte_memory.h", sides,
                        [compiler, *HEADER, "-x", language, f"-std={standard}"], header)
    if "gcc" not in missing:
        layout(sides, 64, [])
    if "gcc" not in missing and platform.machine() == "x86_64":
        probe = ["gcc", *M32, "-fsyntax-only", "-include", "stdlib.h", "-include", "errno.h", "-xc"]
        if stock.run(probe, os.devnull).returncode:
            report(False, "gcc -m32 finds no C library: install the package libc6-dev-i386")
        else:
            layout(sides, 32, M32)
            compile_all("gcc -m32, changed files", sides,
                        ["gcc", *M32, "-S", "-o", os.devnull], changed)
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
