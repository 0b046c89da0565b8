#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Random calls in three processes beside a model of them: results, errors and descriptors agree; print TAP.

Runs in the guest: tools/guest --hugepages 512 -- tests/processes/lockstep.py CALLS WORKER [SEED]
"""

import collections
import contextlib
import errno
import os
import random
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import tap
from workers import Failure, Set

LEN = 64 * 4096  # that of a worker's dma-buf
# some overlap, some touch
ADDRESSES = [0x600000000000 + i * LEN // 2 for i in range(8)]
CALLS = ("register", "attach", "attach", "detach", "unregister")


class Registered:
    """A dma-buf at an address, and the processes that have it."""

    def __init__(self, inode, process):
        self.inode, self.having = inode, {process}


class Model:
    def __init__(self, workers):
        self.workers = workers
        self.at = {}
        # dma-bufs that a process had open before
        self.own = {worker: collections.Counter([worker.inode]) for worker in workers.all()}

    def register(self, worker, va):
        if any(abs(va - other) < LEN for other in self.at):
            return errno.EEXIST
        self.at[va] = Registered(worker.inode, worker)
        return 0

    def attach(self, worker, va):
        registered = self.at.get(va)
        if registered is None:
            return errno.ENOENT
        if worker in registered.having:
            return errno.EEXIST
        registered.having.add(worker)
        return 0

    def detach(self, worker, va):
        registered = self.at.get(va)
        if registered is None or worker not in registered.having:
            return errno.ENOENT
        registered.having.remove(worker)
        return 0

    def unregister(self, worker, va):
        registered = self.at.get(va)
        if registered is None:
            return errno.ENOENT
        if registered.having - {worker}:
            return errno.EBUSY
        del self.at[va]
        return 0

    def has(self, worker, va):
        registered = self.at.get(va)
        return registered is not None and worker in registered.having

    def descriptors(self, worker):
        """The dma-bufs that a process has open, by inode: the primary one keeps one more of each."""
        expected = collections.Counter(self.own[worker])
        for registered in self.at.values():
            expected[registered.inode] += (worker in registered.having) + (worker is self.workers.primary)
        return expected


def open_dmabufs(worker):
    found = collections.Counter()
    folder = f"/proc/{worker.pid}/fd"
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if os.readlink(f"{folder}/{name}").startswith("/dmabuf:"):
                found[os.stat(f"{folder}/{name}").st_ino] += 1
    return found


def compare(model, worker, call, va):
    """Make one call, and look at everything; returns its error."""
    before = model.has(worker, va)
    done = worker.do(call, va)
    if done is None:
        raise Failure("the process ended, or hangs")
    # a process may have something else where another one has the memsegs: nothing has changed then
    if call == "attach" and done[1] == errno.EADDRNOTAVAIL and not before and va in model.at:
        expected = errno.EADDRNOTAVAIL
    else:
        expected = getattr(model, call)(worker, va)
    if done[1] != expected or (done[0] == 0) != (expected == 0):
        raise Failure(f"{done[0]}, {os.strerror(done[1])}, and not {os.strerror(expected)}")
    for each in model.workers.all():
        registered = model.at.get(va)
        has = each.do("has", va, registered.inode if registered else 0)
        if has is None or (has[0] == 0) != model.has(each, va):
            raise Failure(f"process {each.pid} has it or has it not, unlike the model")
        # the primary process may be about to close one
        until = time.monotonic() + 30
        while (found := open_dmabufs(each)) != model.descriptors(each) and time.monotonic() < until:
            pass
        if found != model.descriptors(each):
            raise Failure(f"process {each.pid} has {found}, not {model.descriptors(each)}")
    return expected


def main():
    calls, program = int(sys.argv[1]), sys.argv[2]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    results = tap.Tap()
    came_to = collections.Counter()
    why = ""
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        workers = Set(program, log)
        model = Model(workers)
        trail = collections.deque(maxlen=30)
        try:
            for _ in range(calls):
                worker, call, va = rng.choice(workers.all()), rng.choice(CALLS), rng.choice(ADDRESSES)
                trail.append(f"{workers.all().index(worker)} {call} {va:#x}")
                registered = len(model.at)
                error = compare(model, worker, call, va)
                came_to[call] += 1
                came_to["attached"] += call == "attach" and error == 0
                came_to["registered at once"] = max(came_to["registered at once"], registered)
        except Failure as failure:
            log.seek(0)
            why = "\n".join([f"{failure}, seed {seed}, after:", *trail, log.read()[-3000:]])
        results.add(not why and came_to["attached"] > 0, f"{calls} calls in three processes are as the model has them", why)
        tap.note(", ".join(f"{n} {what}" for what, n in came_to.items()))
        workers.end()
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
