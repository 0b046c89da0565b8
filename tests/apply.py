#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""tools/apply: what it does to a tree, and that it does nothing to a tree that it refuses."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
APPLY = ROOT / "tools/apply"
MEMORY = "lib/eal/common/eal_common_memory.c"
results = []


def report(passed, what, why=""):
    results.append(passed)
    print(f"{'ok' if passed else 'not ok'} {len(results)} - {what}", flush=True)
    if not passed and why:
        print("\n".join(f"# {line}" for line in str(why).splitlines()))


def apply(*args, **kwargs):
    return subprocess.run([APPLY, *args], capture_output=True, text=True, check=False, **kwargs)


def contents(tree):
    """Path, type and digest of everything in a tree."""
    found = {}
    for folder, _, names in os.walk(tree):
        for name in names:
            path = pathlib.Path(folder, name)
            is_link = path.is_symlink()
            data = os.readlink(path).encode() if is_link else path.read_bytes()
            found[path.relative_to(tree)] = (is_link, hashlib.sha256(data).digest())
    return found


def refused(what, tree, words, status=1, **kwargs):
    """Expect one sentence with these words, this status and no change of the tree."""
    before = contents(tree)
    run = apply(tree, **kwargs)
    lines = run.stderr.splitlines()
    report(run.returncode == status and len(lines) == 1 and all(w in lines[0] for w in words)
           and contents(tree) == before, f"refuses {what}", run.stdout + run.stderr)


def edit(path, old, new):
    text = path.read_text()
    assert old in text, f"{old} is not in {path}"
    path.write_text(text.replace(old, new))


def killed(tree):
    """Kill a run while it changes the tree; tell whether it was at it."""
    child = subprocess.Popen([APPLY, tree], stdout=subprocess.DEVNULL)
    state = tree / ".dpdk-dmabuf"
    while child.poll() is None and not state.exists():
        time.sleep(0.001)
    child.send_signal(signal.SIGKILL)
    child.wait()
    return state.exists() and not (state / "applied.json").exists()


def main():
    stock = ROOT / "subprojects" / f"{os.environ['BASE']}-stock"
    work = pathlib.Path(tempfile.mkdtemp(prefix="apply-test-"))
    try:
        run_all(stock, work)
    finally:
        shutil.rmtree(work)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


def run_all(stock, work):
    tree = work / "tree"
    shutil.copytree(stock, tree, symlinks=True)
    original = contents(tree)
    memory = tree / MEMORY

    run = apply(tree)
    words = ("DPDK ", "files copied", "rule base-va", "insertions")
    report(run.returncode == 0 and all(w in run.stdout for w in words), "applies, with a summary",
           run.stdout + run.stderr)
    print("\n".join(f"# {line}" for line in run.stdout.splitlines()))
    applied = contents(tree)
    run = apply(tree)
    report(run.returncode == 0 and "applied already" in run.stdout and contents(tree) == applied,
           "changes nothing the second time", run.stdout + run.stderr)

    edit(memory, "rte_extmem_attach", "rte_extmem_attached")
    run = apply("--undo", tree)
    report(run.returncode == 1 and MEMORY in run.stderr, "does not undo a file changed since",
           run.stderr)
    edit(memory, "rte_extmem_attached", "rte_extmem_attach")

    index = tree / "lib/eal/common/eal_memseg_index.c"
    edit(index, "<stdbool.h>", "<stdbool.h> ")
    run = apply("--undo", tree)
    report(run.returncode == 1 and index.name in run.stderr, "nor when an added file was",
           run.stderr)
    edit(index, "<stdbool.h> ", "<stdbool.h>")

    ours = memory.read_bytes()
    memory.write_bytes((tree / ".dpdk-dmabuf/original" / MEMORY).read_bytes())
    refused("a tree that lost a change, to git for example", tree, [MEMORY, "--undo"])
    memory.write_bytes(ours)

    record = tree / ".dpdk-dmabuf/applied.json"
    state = json.loads(record.read_text())
    record.write_text(json.dumps({**state, "overlay": "of another day"}))
    refused("a tree with another version of the overlay", tree, ["--undo"], status=3)

    run = apply("--undo", tree)
    report(run.returncode == 0 and contents(tree) == original, "undoes all", run.stderr)

    if killed(tree):
        refused("a tree half-applied by a killed run", tree, ["half-applied", "--undo"])
    else:
        report(False, "refuses a tree half-applied by a killed run", "the run ended too soon")
    run = apply("--undo", tree)
    report(run.returncode == 0 and contents(tree) == original, "undoes a killed run", run.stderr)

    edit(memory, "struct rte_memseg_list *msl;\n\tint msl_idx;", "struct rte_memseg_list *msl = NULL;\n\tint msl_idx;")
    refused("a tree where a function that goes has a text it does not know", tree,
            ["function virt2memseg_list", MEMORY])
    edit(memory, "struct rte_memseg_list *msl = NULL;\n\tint msl_idx;", "struct rte_memseg_list *msl;\n\tint msl_idx;")

    edit(memory, "rte_eal_memory_init(void)", "rte_eal_memory_start(void)")
    refused("a tree where a rule finds too few sites", tree, ["rule lookup", MEMORY])
    edit(memory, "rte_eal_memory_start(void)", "rte_eal_memory_init(void)")

    meson = tree / "lib/eal/include/meson.build"
    edit(meson, "'rte_memory.h',", "'rte_memory.h' ,")
    refused("a tree where an insertion has no place", tree, ["lib/eal/include/meson.build"])
    edit(meson, "'rte_memory.h' ,", "'rte_memory.h',")

    # "common/mlx5: fix overlapping memory ranges", of 2026
    ranges = tree / "drivers/common/mlx5/mlx5_common_mr.c"
    edit(ranges, "(chunks[i - 1].end != chunks[i].start)", "(chunks[i - 1].end < chunks[i].start)")
    run = apply(tree)
    report(run.returncode == 0 and
           "(chunks[i - 1].end < chunks[i].start || mlx5_dmabuf_border(chunks[i].start))" in
           ranges.read_text(), "keeps upstream's fix of overlapping ranges", run.stderr)
    apply("--undo", tree)
    edit(ranges, "(chunks[i - 1].end < chunks[i].start)", "(chunks[i - 1].end != chunks[i].start)")

    refused("to run without spatch", tree, ["coccinelle"], env={"PATH": str(work)})
    report(contents(tree) == original, "leaves nothing behind")

    empty = work / "empty"
    empty.mkdir()
    refused("a folder that is no DPDK tree", empty, ["no DPDK source tree"])
    old = work / "old"
    (old / "lib/eal/include").mkdir(parents=True)
    (old / "VERSION").write_text("21.11.9\n")
    (old / "lib/eal/include/rte_eal.h").write_text("")
    refused("a DPDK older than 22.11", old, ["21.11.9", "older than 22.11"])


if __name__ == "__main__":
    sys.exit(main())
