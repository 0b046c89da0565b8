#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Kill processes in the middle of a call and see whether the others can go on; print TAP.

A process is killed as it enters its n-th system call of a call, for n spread over all of them: what happens then is
nearly the same each time. After each kill, the others register, attach, detach and unregister, and must then have the
descriptors that they had before.

EAL's memory hotplug lock has no owner: who is killed while holding it leaves it locked for good, in the unmodified
DPDK as well. That is told from a pass by the lock itself, counted, and all processes are started anew.

Runs in the guest:
    tools/guest --hugepages 512 --timeout 7200 -- tests/processes/kill.py --kills 500 OURS --stock STOCK
Both are a tests/processes/worker, built for the reworked and the unmodified DPDK.
"""

import argparse
import collections
import contextlib
import errno
import mmap
import os
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import peers
import tap
from workers import DEADLINE, Failure, Set

WRITE_LOCKED = 2  # RTE_RWLOCK_WRITE
STUCK_AFTER = 1.0  # seconds without the lock being free, which is held for microseconds
OF_VICTIM, OF_OTHER, NEW = 0x600000000000, 0x600040000000, 0x600080000000
# who is killed, in which call; "serving": the primary process, while a secondary one makes the call
CASES = [(who, call) for who in ("secondary", "primary") for call in ("register", "attach", "detach", "unregister")]
CASES += [("serving", "register"), ("serving", "attach")]
# Of the kills, how many at most may leave the lock locked, in percent: a little more than did.
MOST_LOCKED = 70


class Lock:
    """The memory hotplug lock of a set of processes, as anyone can see it in the shared file."""

    def __init__(self, folder, worker):
        with open(folder / "config", "rb") as f:
            self.memory = mmap.mmap(f.fileno(), 4096, prot=mmap.PROT_READ)
        self.offset = self.find(worker)

    def words(self):
        return struct.unpack("=1024i", self.memory[:])

    def find(self, worker):
        """Where the one word is that changes when the lock is taken, for reading or for writing."""
        free = self.words()
        where = set(range(len(free)))
        for kind in "read", "write":
            worker.must(f"{kind}_lock")
            held = self.words()
            worker.must(f"{kind}_unlock")
            now = self.words()
            where = {i for i in where if free[i] == 0 == now[i] and held[i] != 0}
        if len(where) != 1:
            raise Failure(f"the lock is in {len(where)} places of the shared configuration")
        return where.pop() * 4

    def value(self):
        return struct.unpack_from("=i", self.memory, self.offset)[0]

    def is_stuck(self):
        until = time.monotonic() + STUCK_AFTER
        while self.value() != 0:
            if time.monotonic() > until:
                return True
        return False


class LockedSet(Set):
    """Processes whose lock can be looked at."""

    def __init__(self, program, log):
        super().__init__(program, log)
        self.lock = Lock(self.folder, self.primary)

    def roles(self, who):
        """Who is killed, who makes the call, and those that survive."""
        first, second = self.secondary
        if who == "secondary":
            return second, second, [self.primary, first]
        return self.primary, self.primary if who == "primary" else first, self.secondary


def prepare(call, caller, other):
    """Have the caller able to make the call; returns the address."""
    if call == "register":
        return OF_VICTIM
    owner, va = (caller, OF_VICTIM) if call == "unregister" else (other, OF_OTHER)
    owner.must("register", va)
    if call == "detach":
        caller.must("attach", va)
    return va


@contextlib.contextmanager
def traced(pid, *options):
    """strace of all threads of a process, from when it has begun until the process ends or the context does."""
    child = subprocess.Popen(["strace", "-f", "-p", str(pid), *options], stderr=subprocess.PIPE, text=True)
    if "attached" not in child.stderr.readline():
        raise Failure(f"strace can't follow process {pid}")
    try:
        yield child
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate()


def system_calls(program, who, call, log):
    """Those of the thread that makes most: the name of each, and how many there were of that name by then."""
    current = LockedSet(program, log)
    victim, caller, survivors = current.roles(who)
    va = prepare(call, caller, survivors[-1])
    threads = collections.defaultdict(list)
    with tempfile.NamedTemporaryFile("r") as trace:
        with traced(victim.pid, "-o", trace.name):
            caller.must(call, va)
        for line in trace:
            if found := re.match(r"(\d+) +(\w+)\(", line):
                threads[found[1]].append(found[2])
    current.end()
    # without what it waits for before and after, and the answer
    names = [name for name in max(threads.values(), key=len) if name not in ("read", "write", "recvmsg")]
    return [(name, names[:i + 1].count(name)) for i, name in enumerate(names)]


def kill(current, who, call, point):
    """Kill a process at a system call; returns those that survive, and who of them still waits."""
    victim, caller, survivors = current.roles(who)
    va = prepare(call, caller, survivors[-1])
    ended = os.pidfd_open(victim.pid)
    with traced(victim.pid, "-o", "/dev/null", "-e", f"inject={point[0]}:signal=SIGKILL:when={point[1]}"):
        caller.begin(call, va)
        # if it did not come to that, it is killed afterwards
        ready = select.select([ended, caller.child.stdout], [], [], DEADLINE)[0]
        victim.child.kill()
        victim.child.wait()
    os.close(ended)
    if not ready:
        raise Failure(f"process {caller.pid} does not return from its call")
    if caller is not victim:
        return survivors, caller, False
    return survivors, None, caller.finish() is not None


def go_on(primary, survivors, caller, before, ours):
    """What the survivors have to be able to do."""
    if caller and caller.finish() is None:
        raise Failure(f"process {caller.pid} does not return from its call")
    for va in OF_VICTIM, OF_OTHER:
        # one of them has it or may take it away, or it is not there
        for call in "detach", "unregister":
            for worker in survivors:
                worker.do(call, va)
        if ours:
            survivors[0].must("attach", va, error=errno.ENOENT)
    for by, other in survivors, survivors[::-1]:
        done = by.do("register", NEW)
        if done and done[1] == errno.ECONNREFUSED and primary not in survivors:
            continue  # which passes dma-bufs on
        if done is None or done[0] != 0:
            raise Failure(f"process {by.pid} can't register: {os.strerror(done[1]) if done else 'no answer'}")
        done = other.do("attach", NEW)
        if done and done[1] == 0:
            other.must("has", NEW, by.inode)
            other.must("detach", NEW)
        # where a process puts memsegs, another may have something else
        elif done is None or done[1] != errno.EADDRNOTAVAIL:
            raise Failure(f"process {other.pid} can't attach: {os.strerror(done[1]) if done else 'no answer'}")
        by.must("unregister", NEW)
    for worker, files in zip(survivors, before):
        now = peers.wait_for_files(worker.pid, files)
        if now != files:
            raise Failure(f"process {worker.pid} has opened {sorted(now - files)} and closed "
                          f"{sorted(files - now)}")


def kill_and_look(current, who, call, point, ours):
    """Returns what it came to: "went on", "missed" if it was killed too late, or what the lock was left locked for."""
    before = {worker: peers.open_files(worker.pid) for worker in current.all()}
    survivors, caller, missed = kill(current, who, call, point)
    if missed:
        return "missed"
    if not current.lock.is_stuck():
        go_on(current.primary, survivors, caller, [before[worker] for worker in survivors], ours)
        return "went on"
    for worker in survivors:
        if worker.child.poll() is not None:
            raise Failure(f"process {worker.pid}, which nobody killed, ended")
    return "for writing" if current.lock.value() & WRITE_LOCKED else "for reading"


def run_case(program, who, call, kills, log, ours):
    """Returns how many system calls there are, and how often each thing happened."""
    points = system_calls(program, who, call, log)
    came_to = collections.Counter()
    current = None
    for i in range(kills):
        point = points[i * len(points) // kills]
        try:
            current = current or LockedSet(program, log)
            what = kill_and_look(current, who, call, point, ours)
        except Failure as failure:
            what = "failed"
            tap.note(f"{who}, {call}, at {point[0]}() number {point[1]}: {failure}")
        came_to[what] += 1
        if what == "went on" and who == "secondary":
            current.secondary[1].end()
            current.secondary[1] = current.start().wait_until_ready()
        elif current:
            current.end()
            current = None
    if current:
        current.end()
    return len(points), came_to


def locked(came_to):
    return came_to["for writing"] + came_to["for reading"]


def run(what, program, kills, log, ours):
    """A table of what happened; returns how often, and how often a process that served left the lock locked."""
    tap.note(f"{what}\n{'killed':10} {'in':11} calls  kills  went on  locked for writing  for reading  missed  failed")
    total, serving = collections.Counter(), 0
    for who, call in CASES:
        if who == "serving" and not ours:
            continue  # nothing is asked of the primary process
        n_calls, came_to = run_case(program, who, call, kills // len(CASES), log, ours)
        total += came_to
        serving += locked(came_to) if who == "serving" else 0
        tap.note(f"{who:10} {call:11} {n_calls:5} {sum(came_to.values()):6} {came_to['went on']:8} "
                 f"{came_to['for writing']:19} {came_to['for reading']:12} {came_to['missed']:7} {came_to['failed']:7}")
    return total, serving


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours", help="worker of the reworked DPDK, with dma-bufs")
    parser.add_argument("--stock", help="worker of the unmodified DPDK, with ordinary memory, to compare with")
    parser.add_argument("--kills", type=int, default=500, help="how many (%(default)s)")
    args = parser.parse_args()
    results = tap.Tap()
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        total, serving = run("dma-bufs", args.ours, args.kills, log, True)
        kills = sum(total.values())
        percent = 100 * locked(total) // kills
        log.seek(0)
        results.add(total["failed"] == 0, f"{kills} kills: the others go on, or the lock was left locked",
                    log.read())
        results.add(total["missed"] <= kills // 10, f"no more than a tenth came too late: {total['missed']}")
        results.add(percent <= MOST_LOCKED, f"no more than {MOST_LOCKED} % left it locked: {percent} %")
        results.add(serving == 0, f"none did that was killed while it served another: {serving}")
        if args.stock:
            run("ordinary memory, unmodified DPDK", args.stock, args.kills, log, False)
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
