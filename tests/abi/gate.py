# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Compare the ABI of two builds of DPDK, with DPDK's own check and without any leniency."""

import difflib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "lib"))
import tap

ROOT = HERE.parent.parent
# what was reviewed of the differences of a library, by its name
EXPECTED = {name: HERE / f"{name}.txt" for name in ("librte_eal", "librte_common_mlx5")}
# libraries with functions that reach a memseg list by members of their own types; the full report repeats
# what librte_eal's says, by ways that depend on the version
PASS_LIST_ON = {"librte_common_mlx5"}
# Debian's python3 has what DPDK's build needs
TOOLS = {**os.environ, "PATH": "/usr/bin:/bin:/usr/sbin:/sbin:" + os.environ["PATH"],
         "LC_ALL": "C"}
# what librte_eal's report has shown already; only for those
SHOWN = HERE / "shown.abignore"
# bits of abidiff's exit status
CHANGE, INCOMPATIBLE = 4, 8


def need(program, package):
    if not shutil.which(program):
        tap.bail_out(f"{program} is missing: install the package {package}")


def run(command, **options):
    """Run a command; return its exit status and what it said."""
    done = subprocess.run(command, env=TOOLS, text=True, errors="replace", check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    return done.returncode, done.stdout


def install(build, folder):
    """Install a build as DPDK's check wants it: libraries and headers in a folder of their own."""
    shutil.rmtree(folder, ignore_errors=True)
    status, said = run(["meson", "install", "-C", build, "--no-rebuild", "--quiet",
                        "--destdir", folder.absolute()])
    if status:
        tap.note(said[-2000:])
        tap.bail_out(f"{build} could not be installed for the comparison; the reason is above")


def libraries(folder):
    """The libraries in a folder, by name."""
    return {path.name: path for path in sorted(folder.rglob("librte_*.so.*"))
            if re.search(r"\.so\.[\d.]+$", path.name) and path.is_file() and not path.is_symlink()}


def has_debug_info(library):
    # abidiff 2.2 finds two libraries without it the same, --fail-no-debug-info or not
    return ".debug_info" in run(["readelf", "--section-headers", "--wide", library])[1]


def check_abi(tree, reference, reworked):
    """DPDK's check-abi.sh on two folders: whether it passes, and what it said."""
    for folder in reference, reworked:
        if not any(path.is_dir() for path in folder.rglob("include")):
            return False, f"{folder} has no folder include: install the headers there too"
    if (tree / "devtools/gen-abi.sh").exists():  # until 23.03, the check compares dumps
        for folder in reference, reworked:
            status, said = run(["sh", "-e", tree / "devtools/gen-abi.sh", folder])
            if status or len(list(folder.rglob("*.dump"))) != len(libraries(folder)):
                return False, f"not every library in {folder} could be read\n{said}"
    status, said = run(["sh", "-e", tree / "devtools/check-abi.sh", reference, reworked])
    return status == 0, said


def relative(report):
    """A report with sizes and offsets counted from where the type ended before the rework: that end
    depends on the version."""
    def section(text):
        size = re.search(r"type size changed from \d+ to (\d+)", text)
        return re.sub(r"\d+(?= to \d| \(in bits\))",
                      lambda number: f"end{int(number[0]) - int(size[1]):+}", text) if size else text
    return "\n\n".join(map(section, report.split("\n\n")))


def unexpected(reference, reworked):
    """In what two libraries differ otherwise than expected, as a text; empty if they don't.

    The report is of the way back, from the reworked to the reference: there, abidiff 2.2 names every
    change of a union without a name. On the way forth it crashes on some.
    """
    library = reference.name.split(".")[0]
    if library in PASS_LIST_ON:
        options = ["--leaf-changes-only", "--suppressions", SHOWN]
    else:
        options = []
    status, report = run(["abidiff", "--harmless", "--no-show-locs", *options, reworked, reference])
    # what it has to say, it says with one of two
    if status not in (0, CHANGE, CHANGE | INCOMPATIBLE) or (status and not report.strip()):
        return f"abidiff of {reference.name} ended with status {status}\n{report}"
    if library in PASS_LIST_ON:
        report = relative(report)
    expected = EXPECTED[library].read_text() if library in EXPECTED else ""
    return "".join(difflib.unified_diff(
        expected.splitlines(True), report.splitlines(True) if status else [],
        f"{reference.name}: {'expected' if expected else 'no difference'}",
        f"{reference.name}: found", n=1))
