#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Have processes share dma-bufs for a long time, while some are killed and started again; print TAP.

At random, one of them registers a dma-buf and writes a pattern to it, attaches what another has, looks whether the
pattern is there, detaches, unregisters, or is killed between two calls; up to ten times, the primary process is, and
all are started again. A call that fails and should not ends it. Beside them, the demo moves packets through dma-bufs of
its own, and one of four times is killed while it does.
A line of the file OUT tells what the primary process has at that time; tools/soak draws it.

Runs in the guest:
    tools/guest --hugepages 512 --timeout 30000 --out DIR -- tests/processes/soak.py SECONDS OUT WORKER [DEMO]
"""

import collections
import errno
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import peers
import tap
from workers import Failure, Set

SECONDARY = 4
SLOTS = [0x600000000000 + i * 0x40000000 for i in range(12)]
KILL_ONE_IN = 300
LEAST_KILLS = 2
PRIMARY_KILLS = 10  # one in a minute at most
TRACEFS = "/sys/kernel/tracing"
PACKETS = 6000  # for the demo to move at a time
INTERVALS = 200  # lines of the file
GROWTH = 1 << 20  # bytes of memory that a primary process may have more at the end than at the beginning
COLUMNS = ("seconds", "calls", "kills", "memory", "descriptors", "files", "longest", "wrong",
           "packets", "lost")


class Shared:
    """What is registered at an address, and who has it."""

    def __init__(self, va, seed, owner):
        self.va, self.seed, self.having = va, seed, {owner}


class Packets:
    """The demo, again and again."""

    def __init__(self, program, rng, count, log):
        self.command = [program, "--packets", str(PACKETS), "--iommu", os.environ["DMABUF_NICS_IOMMU"]]
        self.rng, self.count, self.log = rng, count, log
        # The demo traces a function of the kernel, which patches __schedule() to know the names of processes. Now and
        # then, QEMU without KVM still runs into the breakpoint that was there meanwhile: "Oops: int3", and a panic.
        subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACEFS], check=False)
        Path(TRACEFS, "options/record-cmd").write_text("0")
        self.start()

    def start(self):
        # it takes from 5 to 60 s, by what else the machine does
        self.killed_at = time.monotonic() + 10 ** self.rng.uniform(0, 1.8) if self.rng.randrange(4) == 0 else None
        # a NIC without an IOMMU goes on for a moment, and may write to memory that is free by then
        nics = [] if self.killed_at else ["--pa", os.environ["DMABUF_NICS_PA"]]
        self.child = subprocess.Popen(self.command + nics, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                      start_new_session=True)

    def step(self):
        if self.child.poll() is None:
            if self.killed_at and time.monotonic() > self.killed_at:
                self.end()
                self.count["demo kills"] += 1
                self.start()
            return
        said = self.child.stdout.read()
        found = re.search(r"^([\d,]+) packets, ([\d,]+) mismatches", said, re.MULTILINE)
        if not found:
            raise Failure(f"the demo: status {self.child.returncode}\n{said}")
        packets, wrong = (int(number.replace(",", "")) for number in found.groups())
        self.count["packets"] += packets
        # if it was done before it was to be killed: half of them are for a heap, which the other NICs can't reach
        self.count["lost"] += max(PACKETS // (2 if self.killed_at else 1) - packets, 0) + wrong
        self.start()

    def end(self):
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.communicate()


class Soak:
    def __init__(self, program, log, demo):
        self.rng = random.Random(1)
        self.program, self.log = program, log
        self.count = collections.Counter()
        self.longest = 0.0
        self.start()
        self.packets = Packets(demo, self.rng, self.count, log) if demo else None

    def start(self):
        self.workers = Set(self.program, self.log, SECONDARY)
        self.shared = {}
        self.memory_at = []
        self.folder = self.workers.folder
        self.files_before = self.files()

    def call(self, worker, call, va, number=0):
        start = time.monotonic()
        done = worker.do(call, va, number)
        self.longest = max(self.longest, time.monotonic() - start)
        self.count["calls"] += 1
        if done is None:
            raise Failure(f"process {worker.pid} ended, or hangs, in {call}")
        return done[1] if done[0] else 0

    def must(self, worker, call, va, number=0):
        error = self.call(worker, call, va, number)
        if error:
            raise Failure(f"process {worker.pid}: {call} {va:#x}: {os.strerror(error)}")

    def step(self):
        if self.packets:
            self.packets.step()
        if self.rng.randrange(KILL_ONE_IN) == 0:
            self.kill()
            return
        worker = self.rng.choice(self.workers.all())
        va = self.rng.choice(SLOTS)
        shared = self.shared.get(va)
        if shared is None:
            seed = self.rng.getrandbits(62)
            self.must(worker, "new", va)
            self.must(worker, "register", va)
            self.must(worker, "write", va, seed)
            self.shared[va] = Shared(va, seed, worker)
        elif worker not in shared.having:
            error = self.call(worker, "attach", va)
            if error == 0:
                self.count["attached"] += 1
                shared.having.add(worker)
                self.look(worker, shared)
            # where one process has the memsegs, this one may have something else
            elif error != errno.EADDRNOTAVAIL:
                raise Failure(f"process {worker.pid}: attach {va:#x}: {os.strerror(error)}")
        elif self.rng.randrange(2):
            self.look(worker, shared)
        elif shared.having == {worker}:
            self.must(worker, "unregister", va)
            del self.shared[va]
        else:
            self.must(worker, "detach", va)
            shared.having.remove(worker)

    def look(self, worker, shared):
        self.count["wrong"] += self.call(worker, "look", shared.va, shared.seed) != 0
        if self.rng.randrange(16) == 0:
            self.count["other"] += self.call(worker, "look", shared.va, shared.seed + 1) != 0
            self.count["wrong"] += self.count["other"] == 0

    def kill(self):
        number = self.rng.randrange(SECONDARY)
        dead = self.workers.secondary[number]
        dead.end()
        self.count["kills"] += 1
        for va, shared in list(self.shared.items()):
            shared.having.discard(dead)
            if not shared.having:
                self.must(self.workers.primary, "unregister", va)
                del self.shared[va]
        self.workers.secondary[number] = self.workers.start().wait_until_ready()

    def kill_primary(self):
        """And look whether the others keep what they have, before they end, too."""
        self.workers.primary.end()
        self.count["primary kills"] += 1
        for shared in self.shared.values():
            for worker in shared.having - {self.workers.primary}:
                self.look(worker, shared)
        self.workers.end()
        self.start()

    def grown(self):
        """Bytes of memory that the primary process has more than when all of its code had run."""
        return self.memory_at[-1] - self.memory_at[len(self.memory_at) // 10] if self.memory_at else 0

    def unregister_all(self):
        for shared in self.shared.values():
            last, *others = shared.having
            for worker in others:
                self.must(worker, "detach", shared.va)
            self.must(last, "unregister", shared.va)
        self.shared.clear()

    def files(self):
        """What the primary process has open; the number of its own dma-buf changes."""
        return collections.Counter(name for _, name in peers.open_files(self.workers.primary.pid))

    def memory(self):
        with open(f"/proc/{self.workers.primary.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def line(self, start):
        longest, self.longest = self.longest, 0.0
        self.memory_at.append(self.memory())
        return (round(time.monotonic() - start, 1), self.count["calls"], self.count["kills"], self.memory_at[-1],
                sum(self.files().values()),
                sum(1 for path in self.folder.iterdir() if path.name.startswith("fbarray_extmem")),
                round(1000 * longest, 1), self.count["wrong"], self.count["packets"], self.count["lost"])


def main():
    seconds, out, program, demo = float(sys.argv[1]), *sys.argv[2:4], sys.argv[4] if len(sys.argv) > 4 else None
    log_name = "/dev/null" if out == "/dev/null" else f"{out}.log"
    results = tap.Tap()
    why = ""
    with open(out, "w", encoding="ascii") as file, open(log_name, "w+", errors="replace") as log:
        soak = Soak(program, log, demo)
        print(*COLUMNS, file=file)
        start = time.monotonic()
        interval = max(seconds / (PRIMARY_KILLS + 1), min(60, seconds / 2))
        grown = [0]
        try:
            # on a slow machine it takes longer
            while time.monotonic() - start < seconds or soak.count["kills"] < LEAST_KILLS:
                until = time.monotonic() + seconds / INTERVALS
                while time.monotonic() < until:
                    soak.step()
                print(*soak.line(start), file=file, flush=True)
                # not at the end, where what is left is looked at
                if interval * (soak.count["primary kills"] + 1) < time.monotonic() - start < seconds:
                    grown.append(soak.grown())
                    soak.kill_primary()
            grown.append(soak.grown())
            soak.unregister_all()
        except Failure as failure:
            log.seek(0)
            why = f"{failure}\n{log.read()}"
        calls, kills, primary, wrong = (soak.count[name] for name in ("calls", "kills", "primary kills", "wrong"))
        results.add(not why and soak.count["attached"] > 0 and primary > 0,
                    f"{calls} calls in {seconds:.0f} s, {kills} secondary processes killed, {primary} primary ones", why)
        results.add(wrong == 0, f"each pattern was there; another one was not, {soak.count['other']} times")
        until = time.monotonic() + 30  # a thread may be about to close more
        while (now := soak.files()) != soak.files_before and time.monotonic() < until:
            time.sleep(0.001)
        left = [path.name for path in soak.folder.iterdir() if path.name.startswith("fbarray_extmem")]
        results.add(now == soak.files_before and not left, "no descriptor and no file is left",
                    f"{now - soak.files_before} {soak.files_before - now} {left}")
        # in a short time, not all of its code has run
        results.add(seconds < 600 or max(grown) < GROWTH, f"no primary process has more than {max(grown)} bytes more")
        if soak.packets:
            packets, lost, killed = (soak.count[name] for name in ("packets", "lost", "demo kills"))
            results.add(packets > 0 and lost == 0, f"{packets} packets, {lost} lost; {killed} times, who moved them was killed")
            soak.packets.end()
        soak.workers.end()
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
