#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Show that random calls beside the model and faults find bugs: plant bugs in EAL and mlx5, one at a time, and run
them on each library so made, as many as make check does at most. Prints TAP.

usage: tests/model/mutants.py [<part of a mutant's description>]
"""

import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.append(f"{sys.path[0]}/../lib")
import tap
from planted import Target

ROOT = Path(__file__).resolve().parent.parent.parent
SEQUENCES = 100000
TOO_LONG = 900  # seconds; only for a bug that hangs
API = "common/eal_common_dmabuf.c"
EXTMEM = "common/eal_extmem.c"
INDEX = "common/eal_memseg_index.c"
MEMORY = "common/eal_common_memory.c"
HEAP = "common/malloc_heap.c"
DMABUF = "linux/eal_dmabuf.c"
FD = "linux/eal_dmabuf_fd.c"
KEEPER = "linux/eal_dmabuf_keeper.c"
MLX5 = "common/mlx5/"
MLX5_DMABUF = MLX5 + "mlx5_common_dmabuf.c"
# a description, the file, what is replaced there by what, and what finds it if not the sequences
MUTANTS = [
    ("what could not be made keeps its descriptor", DMABUF,
     r"(dmabuf\) == NULL\) \{\n)\t\teal_dmabuf_fd_close\(dmabuf->fd\);\n", r"\1", "faults"),
    ("what the keeper refused stays", DMABUF, r"take_back\(dmabuf->msl_idx, registration\)\)", "true)", "faults"),
    ("what could not be attached keeps its descriptor", DMABUF,
     r"\teal_dmabuf_fd_close\(number\);\n", "", "faults"),
    ("what is not a dma-buf's descriptor stays open", DMABUF,
     r"\teal_dmabuf_fd_close\(fd\);\n(\treturn ret;\n\}\n\n/\* ---- attaching)", r"\1", "faults"),
    ("a list that could not be locked is taken for unlocked", DMABUF,
     r"fd >= 0 && eal_file_lock\(fd, EAL_FLOCK_EXCLUSIVE, EAL_FLOCK_RETURN\) < 0", "false", "faults"),
    ("pages may be smaller than the system's", API, r"page_sz < rte_mem_page_size\(\) \|\| ", ""),
    ("a page size is not looked at", API, r" \|\| \(page_sz & \(page_sz - 1\)\) != 0", ""),
    ("an address need not be aligned", API, r"\(uintptr_t\)va_addr % page_sz != 0", "false"),
    ("a length need not be whole pages", API, r"len % page_sz != 0", "false"),
    ("a range may wrap around", API, r"\(uintptr_t\)va_addr \+ len < \(uintptr_t\)va_addr", "false"),
    ("the number of IO addresses is not looked at", API, r"len / page_sz != n_pages", "false"),
    ("getters give what is not attached", API,
     r"likely\(eal_extmem_attached_registration\(msl_idx\) != 0\)", "true"),
    ("the offset of a memseg is that of the list", API, r" \+ RTE_PTR_DIFF\(ms->addr, [^;]*\);", ";"),
    ("an offset beyond the dma-buf", DMABUF, r"dmabuf_offset > dmabuf\.id\.size \|\| ", ""),
    ("a length beyond the dma-buf", DMABUF, r"len > dmabuf\.id\.size - dmabuf_offset", "false"),
    ("only the start of other memory is in the way", DMABUF,
     r"eal_memseg_index_find_range\(va_addr, len, 0\)", "eal_memseg_index_find(va_addr)"),
    ("each dma-buf has the same socket", DMABUF, r"\tmcfg->next_socket_id\+\+;\n", ""),
    ("a number that is in use ends it", DMABUF, r" \|\| rte_errno != EBUSY\)", " || true)"),
    ("any descriptor will do", FD, r" && fs\.f_type == DMABUF_FS_MAGIC", ""),
    ("a program that is executed gets the descriptor", FD, r"fcntl\(fd, F_DUPFD_CLOEXEC, number\)",
     "fcntl(fd, F_DUPFD, number)"),
    ("the number is not the list's", FD, r"if \(dup == number\)", "if (dup >= 0)"),
    ("detaching leaves the descriptor open", DMABUF,
     r"(eal_dmabuf_tell_drivers\(eal_memseg_list_va\(msl\), msl->len\);\n)\t\teal_dmabuf_fd_close\(msl->dmabuf_fd\);\n",
     r"\1"),
    ("unregistering leaves the descriptor open", DMABUF,
     r"(eal_dmabuf_tell_drivers\(gone->va, len\);\n)\t\teal_dmabuf_fd_close\(fd\);\n", r"\1"),
    ("unregistering leaves what the keeper has", DMABUF, r"(gone->error == 0\) \{\n)\t\teal_dmabuf_mp_drop\(\);\n", r"\1"),
    ("the keeper has a descriptor more", KEEPER, r"\teal_dmabuf_fd_close\(fds\[--n\]\);", "\t--n;"),
    ("attaching twice", DMABUF, r"else if \(eal_extmem_is_attached\(msl\)\)", "else if (false)"),
    ("who registered it has not attached it", EXTMEM,
     r"(rte_memory_order_release\);\n)\tset_attached\(msl, registration\);\n", r"\1"),
    ("detaching twice takes the memsegs of others", EXTMEM,
     r"if \(!eal_extmem_is_attached\(msl\)\)", "if (false)"),
    ("unregistering what was detached takes the memsegs of others", DMABUF,
     r"return eal_extmem_unregister_attached\(msl\);", "return malloc_heap_destroy_external_seg(msl);"),
    ("a list has no offset", EXTMEM, r"msl->dmabuf_offset = dmabuf->offset;", "msl->dmabuf_offset = 0;"),
    ("a list has its former socket", EXTMEM, r"\t\trecord->socket_id = [^;]*;\n", ""),
    ("ordinary memory may overlap a dma-buf", HEAP,
     r"rte_mem_find_dmabuf_list\(va_addr, [^)]*\) != NULL", "false"),
    ("memory may be found that is not attached", MEMORY, r"msl == NULL \|\| !eal_memsegs_are_readable\(msl\)",
     "msl == NULL"),
    ("a walk over what is contiguous leaves external memory out", MEMORY,
     r"(?s)(\nrte_memseg_contig_walk_thread_unsafe\(.*?)!eal_memsegs_are_readable\(msl\)", r"\1msl->properties != 0"),
    ("lists are taken to be disjoint", INDEX, r"\t\t\tcopy->sorted = 0;", "\t\t\t;"),
    ("a list is found one byte too long", INDEX, r"(if \(addr - copy->start\[slot\]) < (copy->len\[slot\]\))", r"\1 <= \2"),
    ("of overlapping lists, the last is found", INDEX, r"copy->list\[i\] < list", "copy->list[i] > list"),
    ("a range that ends with a list is not in it", INDEX, r"copy->start\[i\] <= last;", "copy->start[i] < last;"),
    ("the memory regions of what goes stay", MLX5_DMABUF,
     r"\tmlx5_mr_destroy_range\(&[^;]*;\n(\}\n\nvoid\n)", r"\1"),
    ("those of what is beside it go, too", MLX5 + "mlx5_common_mr.c", r"mr->pmd_mr\.len <= start",
     "mr->pmd_mr.len < start"),
    ("a device is given the start of a dma-buf", MLX5 + "linux/mlx5_common_verbs_dmabuf.c",
     r"\tpart->offset \+= distance;\n", ""),
    ("the memory of memory regions that went is lost", MLX5 + "mlx5_common.c",
     r"mlx5_dmabuf_before_map\(&[^;]*;", ";"),
]


def run(folder, arguments, built):
    # newer DPDKs find what a library needs beside it
    return subprocess.run(["tests/model/model.sh", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=TOO_LONG,
                          env={**os.environ, "LD_LIBRARY_PATH": f"{folder}:{built / 'lib'}:{built / 'drivers'}"}).stdout


def main():
    os.chdir(ROOT)
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    build = Path(os.environ["BUILD"]).resolve()
    base = os.environ["BASE"]
    source, built = (parent.resolve() / "subprojects" / base for parent in (Path(), build))
    report = tap.Tap()
    folder = build / "model-mutants"

    def plant(file, find, replace):
        where, name, headers = (("drivers", "common_mlx5", ["common/verbs/verbs_dmabuf.h"]) if file.startswith(MLX5)
                                else ("lib/eal", "eal", []))
        library = next(p for p in (built / where.split("/")[0]).glob(f"librte_{name}.so.*.*")
                       if not p.is_symlink() and p.suffix != ".symbols" and p.is_file())
        planted = Target(build, library, source / where, [file], headers).plant(folder, file, find, replace)
        (folder / re.sub(r"^(.*\.so\.\d+).*", r"\1", library.name)).symlink_to(planted.name)

    # planted as the others are, but no bug
    for program, file in (["sequences", "1000"], DMABUF), (["sequences", "1000"], MLX5_DMABUF), (["faults"], DMABUF):
        plant(file, r"#include <errno\.h>", "#include <errno.h>")
        said = run(folder, program, built)
        report.add("\nok 1 - " in f"\n{said}" and "not ok" not in said,
                   f"{program[0]}: nothing is found where there is no bug", said)
    for name, file, find, replace, *finder in MUTANTS:
        if wanted not in name:
            continue
        plant(file, find, replace)
        said = run(folder, finder or ["sequences", str(SEQUENCES)], built)
        report.add(re.search(r"^not ok", said, re.MULTILINE) is not None, f"found: {name}", said)
        tap.note("\n".join(line.lstrip("# ") for line in said.splitlines()[-2:]))
    sys.exit(report.end())


if __name__ == "__main__":
    main()
