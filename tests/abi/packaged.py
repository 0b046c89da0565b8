#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Run the distribution's own DPDK programs and drivers, not rebuilt, on the reworked librte_eal; print TAP.

usage: tests/abi/packaged.py autotests|testpmd|old

autotests: dpdk-test, whose tests have to pass as they do on the packaged librte_eal. testpmd: packets
between two ports. old: a program compiled with the packaged headers, on a dma-buf in the guest.
"""

import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
import gate
import tap

PROGRAMS = Path("/usr/bin")  # of the distribution, whatever else is on PATH
DPDK_TESTS = ["memory", "malloc", "memzone", "fbarray", "external_mem", "mempool", "mbuf", "ring"]
PACKETS = 100_000
PATIENCE = 120  # seconds; only for a testpmd that hangs


def main():
    build = Path(os.environ["BUILD"] + "-drop-in").absolute()
    if reason := why_not():
        print(f"1..0 # SKIP {reason}")
        return
    done = subprocess.run(["tools/build", os.environ["BASE"], "--drop-in"], check=False)
    if done.returncode:
        tap.bail_out("the librte_eal to run the packaged programs on could not be built; see above")
    gate.TOOLS["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"] = str(build / "lib")
    if f"{build}/lib/librte_eal.so" not in gate.run(["ldd", PROGRAMS / "dpdk-test"])[1]:
        tap.bail_out(f"{PROGRAMS}/dpdk-test does not load the librte_eal in {build}/lib")
    {"autotests": autotests, "testpmd": testpmd, "old": old}[sys.argv[1]](build)


def why_not():
    """Why the packaged programs can't run on the reworked librte_eal; None if they can."""
    if not (PROGRAMS / "dpdk-testpmd").exists():
        return "the distribution's programs are needed: install the package dpdk-dev"
    version = Path("subprojects", os.environ["BASE"], "ABI_VERSION").read_text().strip()
    major = version.split(".")[0]
    if f"librte_eal.so.{major} " not in gate.run(["ldd", PROGRAMS / "dpdk-testpmd"])[1]:
        return f"the distribution's programs are not for ABI {major}: make abi BASE=distro"
    return None


def autotests(build):
    # of the two, one has the reworked librte_eal put before the packaged one
    packaged, reworked = build / "packaged-dpdk-test", build / "dpdk-test"
    packaged.write_text(f'#!/bin/sh\nunset LD_LIBRARY_PATH\nexec {PROGRAMS}/dpdk-test "$@"\n')
    reworked.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{build}/lib" exec {PROGRAMS}/dpdk-test "$@"\n')
    for program in packaged, reworked:
        program.chmod(0o755)
    done = subprocess.run(["tests/eal/autotests.py", "compare", "--guest", packaged, reworked,
                           *(f"{name}_autotest" for name in DPDK_TESTS)], text=True, errors="replace",
                          stdout=subprocess.PIPE, check=False)
    print(done.stdout, end="")
    if "passes as on stock" not in done.stdout:
        tap.bail_out("not one test of the packaged dpdk-test passes; see above")
    sys.exit(done.returncode)


def testpmd(build):
    results = tap.Tap()
    for driver in "net_null", "net_ring":
        good, loaded, said = forward(build, driver)
        results.add(loaded, f"dpdk-testpmd: the reworked librte_eal with the packaged {driver}", said)
        results.add(good, f"dpdk-testpmd: {PACKETS} packets or more between two {driver} ports",
                    said)
    sys.exit(results.end())


def forward(build, driver):
    """Forward packets with testpmd; whether it did, with which libraries, and what it said."""
    cpu = min(os.sched_getaffinity(0))
    # its output would stay in a buffer
    command = ["stdbuf", "-oL", PROGRAMS / "dpdk-testpmd", "--no-huge", "-m", "256", "--no-pci",
               f"--lcores=0@{cpu},1@{cpu}",
               f"--file-prefix=packaged{os.getpid()}", f"--vdev={driver}0", f"--vdev={driver}1",
               "--", "--interactive", "--total-num-mbufs=8192"]
    child = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    said = []
    maps = ""

    def ask(line):
        child.stdin.write(line + "\n")
        child.stdin.flush()

    def read_until(pattern):
        text = ""
        while select.select([child.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
            part = os.read(child.stdout.fileno(), 65536).decode(errors="replace")
            text += part
            said.append(part)
            if not part or re.search(pattern, text):
                return text
        raise TimeoutError(f"no answer within {PATIENCE} seconds")

    deadline = time.monotonic() + PATIENCE
    total = 0
    try:
        read_until(r"testpmd> ")
        maps = Path(f"/proc/{child.pid}/maps").read_text()
        ask("start tx_first 1")
        while total < PACKETS and time.monotonic() < deadline and child.poll() is None:
            ask("show fwd stats all")
            text = read_until(r"Accumulated forward statistics for all ports(.|\n)*TX-total: *\d+")
            total = max(map(int, re.findall(r"TX-total: *(\d+)", text)), default=0)
        ask("stop")
        ask("quit")
        child.communicate(timeout=PATIENCE)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        said.append(str(error))
        child.kill()
        child.wait()
    loaded = f"{build}/lib/librte_eal.so" in maps and re.search(rf"/usr/lib/\S*librte_{driver}\.so", maps)
    return child.returncode == 0 and total >= PACKETS, bool(loaded), "".join(said)


def old(build):
    results = tap.Tap()
    program = build / "old"
    gate.TOOLS.pop("PKG_CONFIG_PATH", None)  # it may name another DPDK
    flags = gate.run(["/usr/bin/pkg-config", "--cflags", "--libs", "libdpdk"])[1].split()
    status, said = gate.run(["cc", "-o", program, gate.HERE / "old.c", *flags])
    results.add(status == 0, "a program compiles with the headers of the unmodified DPDK", said)
    done = subprocess.run(["tools/guest", "--env", f"LD_LIBRARY_PATH={build}/lib", "--", program,
                           "--in-memory", "--no-pci"], text=True, errors="replace",
                          stdout=subprocess.PIPE, check=False)
    expected = "dma-buf: external; EAL's memory: not external; external lists in a walk: 1"
    results.add(done.returncode == 0 and expected in done.stdout,
           "it sees a dma-buf's list as external, and no other", done.stdout)
    sys.exit(results.end())


if __name__ == "__main__":
    main()
