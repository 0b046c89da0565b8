#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Processes of the unmodified and of the reworked DPDK of one version beside each other; prints TAP.

Runs in the guest, as it needs dma-bufs and hugepages: tools/guest --hugepages 512 -- tests/processes/mixed.py
STOCK OURS BASE; the first two are a dpdk-test each.
"""

import argparse
import mmap
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(f"{sys.path[0]}/../lib")
import peers
import tap

ROOT = Path(__file__).resolve().parents[2]
LENGTH = 16 * 4096
MISMATCH = "Primary and secondary process DPDK version mismatch"


class Trial:
    """The processes of one file prefix."""

    def __init__(self, args, name):
        self.args = args
        self.prefix = f"mixed{os.getpid()}{name}"
        self.log = tempfile.TemporaryFile()
        self.peers = []

    def ours(self, primary=False):
        peer = peers.Peer(self.args.ours, self.prefix, primary, self.log)
        self.peers.append(peer)
        return peer

    def stock(self, primary=False):
        return peers.Stock(self.args.stock, self.prefix, primary)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for peer in self.peers:
            try:
                peer.kill()
            except (OSError, peers.Gone):
                pass  # ended already


def init_failed(status, output, reason):
    """Did rte_eal_init() fail and say why? When it did, any dpdk-test then dies of something else,
    in rte_timer_subsystem_finalize()."""
    return status != 0 and reason in output and "Cannot init config" in output


def is_refused(trial):
    """A stock secondary process is told that the versions differ."""
    stock = trial.stock()
    ready = stock.is_ready()
    status = stock.end()
    return not ready and init_failed(status, stock.output.decode(), MISMATCH)


def ours_is_refused(args, trial):
    env = dict(os.environ, DPDK_TEST="version_autotest")
    ours = subprocess.run([args.ours, "-l", "0", *peers.NO_DEVICE, "--proc-type=secondary",
                           f"--file-prefix={trial.prefix}"], env=env, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True)
    return init_failed(ours.returncode, ours.stdout + ours.stderr, MISMATCH)


def stock_secondary(args, results):
    with Trial(args, "secondary") as t:
        primary = t.ours(True)
        results.add(is_refused(t), "a stock secondary process is refused as another version")
        first = primary.do(peers.REGISTER, length=LENGTH)
        results.add(first.ret == 0 and is_refused(t), "with a dma-buf it is, too")
        secondary = t.ours()
        results.add(secondary.do(peers.ATTACH, first.va, LENGTH).ret == 0,
                  "a reworked secondary process is let in, and attaches")


def stock_primary(args, results):
    with Trial(args, "primary") as t:
        stock = t.stock(True)
        results.add(stock.is_ready() and ours_is_refused(args, t),
                  "a reworked secondary process is refused by a stock primary as another version")
        other = t.stock()
        results.add(other.is_ready() and other.end() == 0,
                  "a stock secondary process works beside that")
        results.add(stock.end() == 0, "the stock primary process ends as usual")


def layout_offset(base):
    """Where the shared configuration has the number of its layout."""
    tree = ROOT / "subprojects" / base
    build = ROOT / "build" / base
    folders = [tree / "lib/eal/x86/include", tree / "lib/eal/common", tree / "lib/eal/include",
               tree / "lib/eal/linux/include", tree / "lib/log", tree / "lib/kvargs", tree / "config",
               build / "subprojects" / base, build]
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/offset"
        subprocess.run(["cc", "-march=native", "-D_GNU_SOURCE", "-DALLOW_INTERNAL_API", "-include",
                        "rte_config.h", *(f"-I{path}" for path in folders), "-x", "c", "-", "-o",
                        program], check=True, text=True, input="""
#include <stdio.h>
#include <eal_memcfg.h>
int main(void) { printf("%zu", offsetof(struct rte_mem_config, extmem.layout)); }
""")
        return int(subprocess.run([program], check=True, capture_output=True, text=True).stdout)


def another_layout(args, results):
    with Trial(args, "layout") as t:
        t.ours(True)
        runtime = os.environ.get("RUNTIME_DIRECTORY", "/var/run")
        with open(f"{runtime}/dpdk/{t.prefix}/config", "r+b") as f:
            config = mmap.mmap(f.fileno(), 0)
        at = layout_offset(args.base)
        layout = config[at:at + 4]
        config[at:at + 4] = (int.from_bytes(layout, "little") + 1).to_bytes(4, "little")
        results.add(layout != bytes(4) and ours_is_refused(args, t),
                  "a secondary process is refused by a primary whose overlay is another")
        config[at:at + 4] = layout
        secondary = t.ours()
        results.add(secondary.do(peers.REGISTER, length=LENGTH).ret == 0, "let in by its own")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stock", help="dpdk-test of the unmodified DPDK")
    parser.add_argument("ours", help="dpdk-test of the reworked DPDK of the same version")
    parser.add_argument("base", help="its folder under subprojects/")
    args = parser.parse_args()
    results = tap.Tap()
    for trial in stock_secondary, stock_primary, another_layout:
        trial(args, results)
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
