#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Show that the tests on the model HCA catch what they are for: plant bugs in mlx5's registration,
one at a time, and run the tests in the guest on each library so made. Prints TAP.

usage: tests/hca/mutants.py [<part of a mutant's description>]
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

sys.path.append(f"{sys.path[0]}/../lib")
from planted import Target

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 50
MLX5 = "common/mlx5/"
REG = MLX5 + "linux/mlx5_common_verbs_dmabuf.c"
DMABUF = MLX5 + "mlx5_common_dmabuf.c"
MR = MLX5 + "mlx5_common_mr.c"
COMMON = MLX5 + "mlx5_common.c"
VERBS = "common/verbs/verbs_dmabuf.h"
# what is planted into, relative to drivers/ of DPDK, and what is copied beside it
HCA = ([REG, DMABUF, MR, COMMON], [VERBS])
OTHERS = (["net/mlx4/mlx4_mr.c", "net/mana/mr.c", "net/mana/mp.c"], [VERBS, "net/mana/mana.h"])
# a description, the file, what is replaced there by what, and the case of hca that is to catch it
MUTANTS = [
    # the bug that every driver which keeps what ibv_reg_dmabuf_mr() returns has
    ("the memory region's address is the offset", REG, r"\tmr->addr = addr;\n", "",
     "rte_dev_dma_map and"),
    ("the offset is that of the list", REG, r"\tpart->offset \+= distance;\n", "",
     "by mlx5's registration itself"),
    ("the NIC's address is the offset", REG, r"len, \(uintptr_t\)addr, part\.fd",
     "len, part.offset, part.fd",
     "by mlx5's registration itself"),
    ("the access is not that of ordinary memory", REG, r"part\.fd, access\);",
     "part.fd, IBV_ACCESS_LOCAL_WRITE);",
     "ordinary memory is registered"),
    ("a range that leaves its dma-buf is registered", REG,
     r"part->len == 0 \|\| distance >= part->msl->len \|\| part->len > part->msl->len - distance",
     "false",
     "leaves a dma-buf reaches"),
    ("a range that starts outside of a dma-buf is taken for ordinary", REG,
     r"rte_mem_find_dmabuf_list\(addr, RTE_MAX\(len, \(size_t\)1\)\)",
     "rte_mem_find_dmabuf_list(addr, 1)",
     "leaves a dma-buf reaches"),
    ("a refusal falls back to the addresses", REG, r"return refuse\(&part, errno\);",
     "return mlx5_glue->reg_mr(pd, addr, len, access);",
     "a refusal is final"),
    ("the reason is lost in logging", REG, r"(\trte_errno = error;\n)\terrno = error;\n",
     r"\1\terrno = 0;\n",
     "a refusal is final"),
    ("nobody looks whether the dma-buf went meanwhile", REG,
     r"rte_extmem_dmabuf_attached\(part\.msl\) != part\.registration", "false",
     "while the kernel registers"),
    ("what the primary has not attached is not looked at", REG, r"part->registration == 0 \|\| "
     r"part->fd < 0 \|\|", "false ||",
     "detached and attached"),
    ("a message for each packet of a burst", VERBS, r"may = !same \|\|", "may = true ||",
     "refusals of a burst"),
    ("a message for one refusal hides another", VERBS, r"refusal->device == last.device &&", "true ||",
     "refusals of a burst"),
    ("mlx5 notes the page in which a buffer starts", MR,
     r"\tmlx5_dmabuf_widen\(addr, &seg->start, &seg->end\);\n", "",
     "smaller and larger"),
    ("a buffer that leaves a known dma-buf is not seen", MR,
     r"\t\t\tdata->ret = mlx5_dmabuf_check_mbuf\(obj, seg->end\);\n\t\t\treturn;", "\t\t\treturn;",
     "buffer in two dma-bufs"),
    ("a buffer that leaves a dma-buf met first is not seen", MR,
     r"(?m)^\tdata->ret = mlx5_dmabuf_check_mbuf\(obj, seg->end\);\n", "",
     "buffer in two dma-bufs"),
    ("chunks of several lists become one range", MR,
     r" \|\| mlx5_dmabuf_border\(chunks\[i\]\.start\)", "",
     "adjacent lists"),
    ("what is missed is registered by memsegs", MR, r"mlx5_dmabuf_list\(addr\) != NULL", "false",
     "what is not mapped"),
    ("what is missed is registered over what is mapped", DMABUF,
     r"(?s)(mlx5_dmabuf_widen\(addr, start, end\);\n).*?\n\}\n", r"\1(void)mr; (void)share_cache;\n}\n",
     "what is not mapped"),
    ("nobody is told that a dma-buf goes", DMABUF,
     r"rte_extmem_dmabuf_callback_register\(told, cdev\) < 0", "cdev == NULL",
     "unregistered after a miss"),
    ("missed and mapped memory regions stay", MR,
     r"(addr \+ mr->pmd_mr\.len <= start \|\| addr >= end)", r"\1 || 1",
     "unregistered while mapped"),
    ("memory regions of pools stay", MR, r"if \(addr >= start && addr < end\)", "if (addr == 1)",
     "unregistered under a pool"),
    ("the device's cache keeps a key", MR,
     r"\tshare_cache->cache\.len = n;\n(\t/\* The unlock makes it)", r"\1",
     "unregistered while mapped"),
    ("the queues' caches keep a key", MR, r"(it visible to the queues, which flush their caches\. \*/\n)"
     r"\t\+\+share_cache->dev_gen;\n", r"\1",
     "unregistered while mapped"),
    ("rte_dev_dma_map() has one errno for all", COMMON, r"mlx5_dmabuf_map_errno\(addr, len\)", "EINVAL",
     "a refusal is final"),
    ("mlx4 registers the addresses", "net/mlx4/mlx4_mr.c", r"if \(verbs_dmabuf_refuse\(",
     "if (false && verbs_dmabuf_refuse(", ""),
    ("mlx4 allocates on the socket of the dma-buf", "net/mlx4/mlx4_mr.c", r"return SOCKET_ID_ANY;",
     "return rte_memseg_list_get_socket_id(msl);", ""),
    ("mana registers the addresses", "net/mana/mana.h", r"if \(mana_refuse_dmabuf\(",
     "if (false && mana_refuse_dmabuf(", ""),
    ("mana does not look at external buffers", "net/mana/mr.c", r"if \(mana_refuse_dmabuf\(",
     "if (false && mana_refuse_dmabuf(", ""),
]


def main():
    os.chdir(ROOT)
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    build = Path(os.environ["BUILD"]).resolve()
    base = os.environ["BASE"]
    drivers = Path("subprojects", base, "drivers").resolve()
    library = next(p for p in (build / "subprojects" / base / "drivers").glob("librte_common_mlx5.so.*.*")
                   if not p.is_symlink() and p.suffix != ".symbols" and p.is_file())
    hca = Target(build, library, drivers, *HCA)
    others = Target(build, build / "tests/hca/hca-others", drivers, *OTHERS,
                    ["/tests/hca/mlx4.c", "/tests/hca/mana.c"])
    mutants = [m for m in MUTANTS if wanted in m[0]]
    script = ""
    for i, (_, file, find, replace, case) in enumerate(mutants):
        target = others if file.startswith("net/") else hca
        planted = target.plant(build / "hca-mutants" / str(i), file, find, replace)
        program = "hca-others" if target is others else "hca"
        # the guest's changes of files are its own
        script += (f"echo '= {i}'; "
                   f"cp {shlex.quote(str(planted))} {shlex.quote(str(target.path))}; "
                   f"{shlex.quote(str(build))}/tests/hca/{program} "
                   f"{f'--rounds {ROUNDS} --only {shlex.quote(case)}' if target is hca else ''} 2>/dev/null; "
                   f"echo \"= $?\"; cp {shlex.quote(str(target.path))}.good "
                   f"{shlex.quote(str(target.path))}\n")
    script = "".join(f"cp {shlex.quote(str(t.path))} {shlex.quote(str(t.path))}.good; "
                     for t in (hca, others)) + script
    guest = subprocess.run(["tools/guest", "--hugepages", "256", "--timeout", "1700", "--", "sh",
                            "-c", script], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                           check=False)

    print(f"1..{len(mutants)}")
    said = re.split(r"^= (\d+)\n", guest.stdout, flags=re.MULTILINE)[1:]
    runs = [(said[j + 1], said[j + 2]) for j in range(0, len(said) - 3, 4)]
    for i, (name, *_) in enumerate(mutants):
        lines, status = runs[i] if i < len(runs) else ("", "none")
        caught = status != "0" and "not ok" in lines
        print(f"{'ok' if caught else 'not ok'} {i + 1} - caught: {name}")
        shown = [line for line in lines.splitlines() if line.startswith(("#", "not ok"))][1:]
        for line in shown if caught else lines.splitlines()[-20:]:
            print(f"#   {line}")


if __name__ == "__main__":
    main()
