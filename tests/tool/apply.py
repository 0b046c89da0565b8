#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""tools/apply: what it does to a tree, and that it does nothing to a tree that it refuses."""

import ast
import fcntl
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.append(f"{sys.path[0]}/../lib")
import tap

ROOT = pathlib.Path(__file__).resolve().parents[2]
APPLY = ROOT / "tools/apply"
MEMORY = "lib/eal/common/eal_common_memory.c"
results = tap.Tap()


def apply(*args, **kwargs):
    return subprocess.run([APPLY, *args], capture_output=True, text=True, check=False, **kwargs)


def contents(tree):
    """Path, mode, owner and digest of everything in a tree, but for git's."""
    found = {}
    for folder, folders, names in os.walk(tree):
        if ".git" in folders:
            folders.remove(".git")
        for name in [*names, *folders]:
            path = pathlib.Path(folder, name)
            data = b"" if path.is_dir() else path.read_bytes()
            if path.is_symlink():
                data = os.readlink(path).encode()
            status = path.lstat()
            found[str(path.relative_to(tree))] = (status.st_mode, status.st_uid,
                                                  hashlib.sha256(data).digest())
    return found


def data_of(found):
    return {path: what[2] for path, what in found.items()}


def refused(what, tree, words, status=1, **kwargs):
    """Expect one sentence with these words, this status and no change of the tree."""
    before = contents(tree)
    run = apply(tree, **kwargs)
    lines = run.stderr.splitlines()
    results.add(run.returncode == status and len(lines) == 1 and all(w in lines[0] for w in words)
           and contents(tree) == before, f"refuses {what}", run.stdout + run.stderr)


def edit(path, old, new):
    text = path.read_text()
    assert old in text, f"{old} is not in {path}"
    path.write_text(text.replace(old, new))


def stopped(tree, by, *options):
    """Stop a run by a signal while it changes the tree; what it said, None if it had not begun."""
    for _ in range(20):  # it may end before the signal comes
        child = subprocess.Popen([APPLY, *options, tree], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True,
                                 env={**os.environ, "TMPDIR": str(tree.parent)})
        while child.poll() is None and not (tree / ".dpdk-dmabuf/plan.json").exists():
            pass
        child.send_signal(by)
        said = child.communicate()[1]
        if (tree / ".dpdk-dmabuf/plan.json").exists():
            return said
        apply(*([tree] if "--undo" in options else ["--undo", tree]))
    return None


def git(tree, *command):
    # tidying up in the background would go on while the tests remove the tree
    settings = ["user.name=n", "user.email=e@x", "safe.directory=*", "core.autocrlf=false", "gc.auto=0"]
    options = [option for setting in settings for option in ("-c", setting)]
    subprocess.run(["git", *options, *command], cwd=tree, check=True, capture_output=True)


def main():
    stock = ROOT / "subprojects" / f"{os.environ['BASE']}-stock"
    work = pathlib.Path(tempfile.mkdtemp(prefix="apply-test-"))
    try:
        run_all(stock, work)
    finally:
        shutil.rmtree(work)
    return results.end()


def run_all(stock, work):
    tree = work / "tree"
    shutil.copytree(stock, tree, symlinks=True)
    original = contents(tree)
    memory = tree / MEMORY
    version = (tree / "VERSION").read_text().strip().removesuffix(".0")
    if version not in (ROOT / "coccinelle/versions").read_text().split():
        version = ""

    run = apply(tree)
    words = ("DPDK ", "files copied", "rule base-va", "insertions")
    results.add(run.returncode == 0 and all(w in run.stdout for w in words), "applies, with a summary",
           run.stdout + run.stderr)
    tap.note(run.stdout)
    applied = contents(tree)
    run = apply(tree)
    results.add(run.returncode == 0 and "applied already" in run.stdout and contents(tree) == applied,
           "changes nothing the second time", run.stdout + run.stderr)

    edit(memory, "rte_extmem_attach", "rte_extmem_attached")
    run = apply("--undo", tree)
    results.add(run.returncode == 1 and MEMORY in run.stderr, "does not undo a file changed since",
           run.stderr)
    edit(memory, "rte_extmem_attached", "rte_extmem_attach")

    index = tree / "lib/eal/common/eal_memseg_index.c"
    edit(index, "<stdbool.h>", "<stdbool.h> ")
    run = apply("--undo", tree)
    results.add(run.returncode == 1 and index.name in run.stderr, "nor when an added file was",
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
    results.add(run.returncode == 0 and contents(tree) == original, "undoes all", run.stderr)

    if stopped(tree, signal.SIGKILL) is not None:
        refused("a tree half-applied by a killed run", tree, ["half-applied", "--undo"])
    else:
        results.add(False, "refuses a tree half-applied by a killed run", "the run ended too soon")
    run = apply("--undo", tree)
    results.add(run.returncode == 0 and contents(tree) == original, "undoes a killed run", run.stderr)

    edit(memory, "struct rte_memseg_list *msl;\n\tint msl_idx;", "struct rte_memseg_list *msl = NULL;\n\tint msl_idx;")
    refused("a tree where a function that goes has a text it does not know", tree,
            ["function virt2memseg_list", MEMORY])
    edit(memory, "struct rte_memseg_list *msl = NULL;\n\tint msl_idx;", "struct rte_memseg_list *msl;\n\tint msl_idx;")

    edit(memory, "rte_eal_memory_init(void)", "rte_eal_memory_start(void)")
    refused("a tree where a rule finds too few sites", tree, ["rule index-write", f"of which {version}"])
    edit(memory, "rte_eal_memory_start(void)", "rte_eal_memory_init(void)")

    meson = tree / "lib/eal/include/meson.build"
    edit(meson, "'rte_memory.h',", "'rte_memory.h' ,")
    refused("a tree where an insertion has no place", tree, ["lib/eal/include/meson.build"])
    edit(meson, "'rte_memory.h' ,", "'rte_memory.h',")

    upstream_changes(tree)
    results.add(contents(tree) == original, "undone with what upstream may change")
    others(tree, work, original)
    refused("to run without spatch", tree, ["coccinelle"], env={"PATH": str(work)})
    results.add(contents(tree) == original, "leaves nothing behind")

    empty = work / "empty"
    empty.mkdir()
    refused("a folder that is no DPDK tree", empty, ["no DPDK source tree"])
    old = work / "old"
    (old / "lib/eal/include").mkdir(parents=True)
    (old / "VERSION").write_text("21.11.9\n")
    (old / "lib/eal/include/rte_eal.h").write_text("")
    refused("a DPDK older than 22.11", old, ["21.11.9", "older than 22.11"])


def upstream_changes(tree):
    """Rules follow the code: what upstream changes elsewhere does not matter."""
    eal = tree / "lib/eal/common"
    memory, other = tree / MEMORY, eal / "eal_common_memzone.c"
    ranges = tree / "drivers/common/mlx5/mlx5_common_mr.c"
    heaps = [path for path in eal.glob("*.[ch]") if "total_size" in path.read_text()]
    before = {path: path.read_bytes() for path in {memory, other, ranges, *heaps}}

    # "common/mlx5: fix overlapping memory ranges", of 2026
    edit(ranges, "(chunks[i - 1].end != chunks[i].start)", "(chunks[i - 1].end < chunks[i].start)")
    # a statement more, as a rework of RTE_PTR_ADD() would bring
    text, n = re.subn(r"(?m)(^virt2memseg\(.*\n(?:.*\n)*?)(\n\tif )", r"\1\tone_more(addr);\n\2", memory.read_text(), 1)
    assert n == 1
    # a function in another file of the folder
    moved = re.search(r"(?ms)^void\nrte_dump_physmem_layout\(.*?^\}\n", text)
    memory.write_text(text.replace(moved[0], ""))
    other.write_text(f"{other.read_text()}\n{moved[0]}")
    # a member's name
    for path in heaps:
        path.write_text(path.read_text().replace("total_size", "size_of_all"))

    run = apply(tree)
    results.add(run.returncode == 0 and
                "(chunks[i - 1].end < chunks[i].start || mlx5_dmabuf_border(chunks[i].start))" in
                ranges.read_text(), "keeps upstream's fix of overlapping ranges", run.stderr)
    results.add("one_more(addr);" in memory.read_text() and
                memory.read_text().count("!eal_memsegs_are_readable(") >= 4 and
                other.read_text().count("eal_dmabuf_dump(") == 1,
                "takes a statement more, a function moved, and a member renamed")
    apply("--undo", tree)
    for path, data in before.items():
        path.write_bytes(data)


def others(tree, work, original):
    """What users do, by mistake or because of where they are."""
    # as a user who is not root, or root on the tree of one who is not
    if os.geteuid() == 0:
        for path in [tree, *tree.rglob("*")]:
            os.chown(path, 65534, 65534, follow_symlinks=False)
    before = contents(tree)
    # what Python 3.9 reads; there is none in Debian 12
    for name in "apply", "base", "raw-access", "rework.py", "series", "../coccinelle/overlay.py":
        ast.parse((APPLY.parent / name).read_text(), feature_version=(3, 9))
    program = ("import runpy, sys; sys.modules['tomllib'] = None; "
               f"sys.path.insert(0, {str(APPLY.parent)!r}); sys.argv[:] = ['apply', {str(tree)!r}]; "
               f"runpy.run_path({str(APPLY)!r}, run_name='__main__')")
    run = subprocess.run(["bash", "-c", 'set -o pipefail; umask 077; python3 -c "$0" | true', program],
                         capture_output=True, text=True, check=False)
    results.add(run.returncode == 0 and not run.stderr,
                "needs no module that Python 3.9 lacks, nor anybody who reads what it prints", run.stderr)
    after = contents(tree)
    owner, mode = before["VERSION"][1], before["VERSION"][0]
    wrong = [path for path, (m, o, _) in after.items() if o != owner or
             (path not in before and m != (tree.stat().st_mode if (tree / path).is_dir() else mode))]
    results.add(run.returncode == 0 and not wrong, "new files have the tree's owner and mode",
                f"{wrong[:3]} {run.stderr}")

    # a reworked tree in git
    git(tree, "init", "-q")
    git(tree, "add", "-A", "-f")
    git(tree, "commit", "-qm", "reworked")
    clone = work / "clone of it's"
    git(work, "clone", "-q", str(tree), str(clone))
    run = subprocess.run(["make", "--no-print-directory", "apply", f"DPDK={clone}"], cwd=ROOT,
                         capture_output=True, text=True, check=False)
    results.add(run.returncode == 0 and "applied already" in run.stdout,
           "make apply of a committed and cloned tree, with a quote and spaces in its name",
           run.stdout + run.stderr)
    run = apply("--undo", clone)
    results.add(run.returncode == 0 and data_of(contents(clone)) == data_of(before), "undo there", run.stderr)
    git(clone, "add", "-A", "-f")
    git(clone, "commit", "-qm", "as it was")
    run = apply("--link", clone)
    links = [path for path in clone.rglob("*") if path.is_symlink()]
    results.add(run.returncode == 0 and len(links) > 50 and
                not any(os.path.isabs(os.readlink(link)) or not link.exists() for link in links),
                "links are relative, to survive a move", run.stderr)
    git(clone, "clean", "-qfdx")
    refused("a tree after git clean", clone, ["is reworked", "git checkout"])
    run = apply("--undo", clone)
    results.add(run.returncode == 1 and "git checkout" in run.stderr, "nor undoes that", run.stderr)
    git(clone, "checkout", "-q", ".")
    results.add(data_of(contents(clone)) == data_of(before), "which makes it as it was")
    shutil.rmtree(clone)
    shutil.rmtree(tree / ".git")

    said = stopped(tree, signal.SIGINT, "--undo")
    results.add(said is not None and "half-applied" in said and "--undo" in said,
           "an interrupted undo says so", said)
    run = apply("--undo", tree)
    results.add(run.returncode == 0 and contents(tree) == before, "the next one ends it", run.stderr)

    header = tree / "lib/eal/include/rte_memory.h"
    edit(header, "int\nrte_extmem_attach(", "int\nrte_extmem_register_dmabuf(void);\nint\nrte_extmem_attach(")
    refused("a tree with another patch for dma-bufs", tree, [header.name, "leave that patch out"])
    edit(header, "int\nrte_extmem_register_dmabuf(void);\nint\nrte_extmem_attach(", "int\nrte_extmem_attach(")

    memory = tree / MEMORY
    data = memory.read_bytes()
    memory.write_bytes(data.replace(b"\n", b"\r\n"))
    refused("a tree with the line ends of Windows", tree, [MEMORY, "core.autocrlf"])
    memory.write_bytes(data)

    lock = os.open(tree, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    refused("to run beside another run", tree, ["another run"])
    os.close(lock)

    refused("to run where nothing can be written", tree, ["File too large", "without the overlay"],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 10, 1 << 10)))
    refused("to run where there is no room for anything", tree,
            ["No usable temporary directory", "without the overlay"],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    if os.geteuid() == 0:
        for path in [tree, *tree.rglob("*")]:
            os.chown(path, 0, 0, follow_symlinks=False)
    results.add(contents(tree) == original, "all that was undone again")


if __name__ == "__main__":
    sys.exit(main())
