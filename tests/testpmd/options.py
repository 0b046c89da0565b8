#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Give testpmd wrong options for dma-bufs: it says one sentence and ends; print TAP.

usage: tests/testpmd/options.py TESTPMD
"""

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import tap

BOTH = "--mp-alloc=dmabuf"
TOGETHER = "go together"
# options, and what the sentence has
WRONG = [
    ([BOTH], TOGETHER),
    (["--dmabuf=udmabuf"], TOGETHER),
    (["--mp-alloc=xbuf", "--dmabuf=udmabuf"], TOGETHER),
    ([BOTH, "--dmabuf="], "is no source"),
    ([BOTH, "--dmabuf=gpu"], "gpu is no source"),
    ([BOTH, "--dmabuf=heap:"], "heap: is no source"),
    ([BOTH, "--dmabuf=heap:../null"], "is no source"),
    ([BOTH, f"--dmabuf=heap:{'x' * 300}"], "is no source"),
    ([BOTH, "--dmabuf=fd:x"], "fd:x is no source"),
    ([BOTH, "--dmabuf=fd:-1"], "fd:-1 is no source"),
    ([BOTH, "--dmabuf=fd:4294967299"], "is no source"),
    ([BOTH, "--dmabuf=udmabuf,"], "is not size="),
    ([BOTH, "--dmabuf=udmabuf,size"], "size is not size="),
    ([BOTH, "--dmabuf=udmabuf,size=1X"], "is not size="),
    ([BOTH, "--dmabuf=udmabuf,offset=-4096"], "is not size="),
    ([BOTH, "--dmabuf=udmabuf,size=99999999999999999999"], "is not size="),
    ([BOTH, "--dmabuf=udmabuf,size=99999999999G"], "is not size="),
    ([BOTH, "--dmabuf=udmabuf,size=0"], "out of range"),
    ([BOTH, "--dmabuf=udmabuf,speed=1"], "out of range"),
    ([BOTH, "--dmabuf=udmabuf,offset=1"], "out of range"),
    ([BOTH, "--dmabuf=udmabuf,page_sz=512"], "out of range"),
    ([BOTH, "--dmabuf=udmabuf,page_sz=12K"], "out of range"),
    ([BOTH, "--dmabuf=udmabuf,page_sz=64K,size=100K"], "no multiple of page_sz"),
    ([BOTH, "--dmabuf=udmabuf,size=4K"], "too small"),
    ([BOTH, "--dmabuf=heap:none-of-this-name"], "open /dev/dma_heap/none-of-this-name"),
    ([BOTH, "--dmabuf=fd:99"], "fd:99: Bad file descriptor"),
    ([BOTH, "--dmabuf=fd:0"], "fd:0 is no dma-buf"),
]


def main():
    cpus = sorted(os.sched_getaffinity(0))
    command = [sys.argv[1], "--no-shconf", "--no-telemetry", "--no-huge", "-m", "64", "--no-pci",
               f"--lcores=0@{cpus[0]},1@{cpus[-1]}", "--log-level=*:error", "--vdev=net_null0", "--", "--no-numa",
               "--no-mlockall", "--total-num-mbufs=2048"]
    results = tap.Tap()
    for options, sentence in WRONG:
        done = subprocess.run([*command, *options], text=True, errors="replace", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        # EAL's own errors are lines of its own
        lines = [line for line in done.stdout.splitlines() if re.search(r"dmabuf.*\w|EAL: ", line)
                 and "exiting with code" not in line]
        results.add(done.returncode == 1 and len(lines) == 1 and sentence in lines[0],
                    f"{' '.join(options)[:60]} is refused in a sentence", f"{done.returncode}\n{done.stdout}")
    sys.exit(results.end())


if __name__ == "__main__":
    main()
