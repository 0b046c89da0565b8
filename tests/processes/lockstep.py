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

PAGE = 4096
LEN = 64 * PAGE  # that of a worker's dma-buf
# some overlap, some touch
ADDRESSES = [0x600000000000 + i * LEN // 2 for i in range(8)]
WRONG_ADDRESSES = [0, ADDRESSES[0] + 1, ADDRESSES[1] + PAGE - 1]
LENGTHS = LEN, LEN - PAGE, LEN // 2
WRONG_LENGTHS = 0, 1, LEN - 1, LEN + PAGE
WRONG_ONE_IN = 8
CALLS = ("register", "attach", "attach", "detach", "unregister")


class Registered:
    """A dma-buf at an address, and the processes that have it."""

    def __init__(self, inode, process, length):
        self.inode, self.having, self.length = inode, {process}, length


class Model:
    def __init__(self, workers):
        self.workers = workers
        self.at = {}
        # dma-bufs that a process had open before
        self.own = {worker: collections.Counter([worker.inode]) for worker in workers.all()}

    def register(self, worker, va, length):
        if va == 0 or va % PAGE or length == 0 or length % PAGE or length > LEN:
            return errno.EINVAL
        if any(va < other + each.length and other < va + length for other, each in self.at.items()):
            return errno.EEXIST
        self.at[va] = Registered(worker.inode, worker, length)
        return 0

    def exact(self, va, length):
        """What is registered as exactly this range, or the error."""
        if va == 0 or length == 0:
            return None, errno.EINVAL
        registered = self.at.get(va)
        return (registered, 0) if registered and registered.length == length else (None, errno.ENOENT)

    def attach(self, worker, va, length):
        registered, error = self.exact(va, length)
        if error:
            return error
        if worker in registered.having:
            return errno.EEXIST
        registered.having.add(worker)
        return 0

    def detach(self, worker, va, length):
        registered, error = self.exact(va, length)
        if error:
            return error
        if worker not in registered.having:
            return errno.ENOENT
        registered.having.remove(worker)
        return 0

    def unregister(self, worker, va, length):
        registered, error = self.exact(va, length)
        if error:
            return error
        if registered.having - {worker}:
            return errno.EBUSY
        del self.at[va]
        return 0

    def find(self, address):
        return next((each for va, each in self.at.items() if va <= address < va + each.length), None)

    def has(self, worker, address):
        registered = self.find(address)
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


def compare(model, worker, call, va, length, rng):
    """Make one call, and look at everything; returns its error."""
    before = model.has(worker, va)
    done = worker.do(call, va, (LEN - length) % 2**64)
    if done is None:
        raise Failure("the process ended, or hangs")
    # a process may have something else where another one has the memsegs: nothing has changed then
    if call == "attach" and done[1] == errno.EADDRNOTAVAIL and not before and model.exact(va, length)[0]:
        expected = errno.EADDRNOTAVAIL
    else:
        expected = getattr(model, call)(worker, va, length)
    if done[1] != expected or (done[0] == 0) != (expected == 0):
        raise Failure(f"{done[0]}, {os.strerror(done[1])}, and not {os.strerror(expected)}")
    edges = [edge for start, other in model.at.items() for edge in (start - 1, start + other.length - 1, start + other.length)]
    for each in model.workers.all():
        for address in va, rng.choice(edges or [va]):
            registered = model.find(address)
            has = each.do("has", address, registered.inode if registered else 0)
            if has is None or (has[0] == 0) != model.has(each, address):
                raise Failure(f"process {each.pid} has {address:#x} or has it not, unlike the model")
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
                length = model.at[va].length if va in model.at else rng.choice(LENGTHS)
                if rng.randrange(WRONG_ONE_IN) == 0:
                    va = rng.choice(WRONG_ADDRESSES)
                elif rng.randrange(WRONG_ONE_IN) == 0:
                    length = rng.choice(LENGTHS + WRONG_LENGTHS)
                trail.append(f"{workers.all().index(worker)} {call} {va:#x} {length:#x}")
                registered = len(model.at)
                error = compare(model, worker, call, va, length, rng)
                came_to[call] += 1
                came_to["attached"] += call == "attach" and error == 0
                came_to[errno.errorcode.get(error, "0")] += 1
                came_to["registered at once"] = max(came_to["registered at once"], registered)
        except Failure as failure:
            log.seek(0)
            why = "\n".join([f"{failure}, seed {seed}, after:", *trail, log.read()[-3000:]])
        results.add(not why and came_to["attached"] > 0, f"{calls} calls in three processes are as the model has them", why)
        tap.note(", ".join(f"{n} {what}" for what, n in came_to.items()))
        workers.leave()
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
