#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Kill secondary processes at random instants and see whether the others can go on; prints TAP.

Two of them register, attach, use, detach and unregister dma-bufs without end. After each kill, the
primary process and another secondary one register, look up, attach and unregister, and must then
have the descriptors that they had before.

EAL's memory hotplug lock has no owner: who is killed while holding it leaves it locked for good, in
the unmodified DPDK as well. That is told from a pass by the lock itself, counted, and all processes
are started anew.

Runs in the guest: tools/guest --hugepages 512 --timeout 3600 -- tests/processes/kill.py --kills 500 DPDK-TEST
"""

import argparse
import collections
import mmap
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

sys.path.append(f"{sys.path[0]}/../lib")
import peers

LENGTH = 64 * 4096
DEADLINE = 60  # seconds for an operation, the longest of which waits 5 s for a dead process
WRITE_LOCKED = 2  # RTE_RWLOCK_WRITE
STUCK_AFTER = 1.0  # seconds without the lock being free, which is held for microseconds
SLOTS = 2
# where the killed processes register; theirs alone
VICTIM_VA = [0x600000000000 + slot * 0x40000000 for slot in range(SLOTS)]


class Failure(Exception):
    """What must not happen."""


class Lock:
    """The memory hotplug lock of a set of processes, as anyone can see it in the shared file."""

    def __init__(self, prefix, peer):
        runtime = os.environ.get("RUNTIME_DIRECTORY", "/var/run")
        with open(f"{runtime}/dpdk/{prefix}/config", "rb") as f:
            self.memory = mmap.mmap(f.fileno(), 4096, prot=mmap.PROT_READ)
        self.offset = self.find(peer)

    def words(self):
        return struct.unpack("=1024i", self.memory[:])

    def find(self, peer):
        """Where the one word is that changes when the lock is taken, for reading or for writing."""
        free = self.words()
        where = set(range(len(free)))
        for lock, unlock in (0, 2), (1, 3):
            peer.do(peers.HOLD, value=lock)
            held = self.words()
            peer.do(peers.HOLD, value=unlock)
            now = self.words()
            where = {i for i in where if free[i] == 0 == now[i] and held[i] != 0}
        if len(where) != 1:
            raise Failure(f"the lock is in {len(where)} places of the shared configuration")
        return where.pop() * 4

    def value(self):
        return struct.unpack_from("=i", self.memory, self.offset)[0]

    def is_for_writing(self):
        return self.value() & WRITE_LOCKED != 0

    def is_stuck(self):
        until = time.monotonic() + STUCK_AFTER
        while self.value() != 0:
            if time.monotonic() > until:
                return True
        return False


class Set:
    """A primary process, a secondary one that is to survive, and those that are killed."""

    def __init__(self, args, number, rng, log):
        self.args, self.rng, self.log = args, rng, log
        self.prefix = f"kill{os.getpid()}n{number}"
        self.victims = [None] * SLOTS
        self.primary = self.start(True)
        self.survivor = self.start()
        self.lock = Lock(self.prefix, self.survivor)
        # what victims attach, one from each survivor
        self.register = peers.REGISTER_ORDINARY if args.ordinary else peers.REGISTER
        self.shared = [self.must(p, self.register, length=LENGTH).va for p in self.survivors()]
        self.before = [peers.open_files(p.pid) for p in self.survivors()]
        for slot in range(SLOTS):
            self.replace(slot)

    def start(self, primary=False):
        return peers.Peer(self.args.dpdk_test, self.prefix, primary, self.log, DEADLINE)

    def survivors(self):
        return [self.primary, self.survivor]

    def replace(self, slot):
        victim = self.victims[slot] = self.start()
        # struct dbt_call has the address to attach in ino
        message = list(peers.LAYOUT.unpack(bytes(peers.LAYOUT.size)))
        message[:5] = (peers.CHURN, VICTIM_VA[slot], LENGTH, self.args.ordinary,
                       self.rng.getrandbits(31))
        message[7] = self.shared[slot % len(self.shared)]
        victim.socket.send(peers.LAYOUT.pack(*message))

    def must(self, peer, op, va=0, length=LENGTH):
        call = peer.do(op, va, length)
        if call.ret != 0:
            raise Failure(f"operation {op} on {va:#x} in process {peer.pid} failed: "
                          f"{os.strerror(call.err)}")
        return call

    def kill_one(self, slot):
        """Kill a process at a random instant, while another may be attaching what it has."""
        victim = self.victims[slot]
        attaching = self.rng.choice([None, *self.survivors()])
        time.sleep(self.rng.random() * self.args.within)
        if attaching:
            attaching.begin(peers.ATTACH, VICTIM_VA[slot], LENGTH)
        time.sleep(self.rng.random() * self.args.within / 10)
        if victim.has_said() or not victim.kill():
            raise Failure(f"process {victim.pid} had ended by itself, or given up")
        return attaching

    def after(self, slot, attaching):
        """What the survivors have to be able to do; returns whether the lock was left locked."""
        # an operation that is under way either finishes, or waits for the lock for good
        if self.lock.is_stuck():
            self.check_survivors()
            return True
        if attaching:
            call = attaching.finish()
            if call.ret == 0:
                self.must(attaching, peers.DETACH, VICTIM_VA[slot])
        # what the dead one had registered stays until another process unregisters it
        orphan = self.primary.do(peers.UNREGISTER, VICTIM_VA[slot], LENGTH)
        for by, other in (self.primary, self.survivor), (self.survivor, self.primary):
            va = self.must(by, self.register).va
            self.must(other, peers.ATTACH, va)
            if not self.args.ordinary:
                self.must(by, peers.FD, va)
                self.must(other, peers.FD, va)
                self.must(other, peers.POKE, va)
            self.must(other, peers.DETACH, va)
            self.must(by, peers.UNREGISTER, va)
        self.slot = slot
        self.orphan = orphan.ret == 0
        self.orphan_error = os.strerror(orphan.err)
        self.compare()
        return False

    def check_survivors(self):
        """A lock that is stuck is a killed process's, not that of a survivor that crashed."""
        for peer in self.survivors():
            if os.waitpid(peer.pid, os.WNOHANG) != (0, 0):
                raise Failure(f"process {peer.pid}, which nobody killed, ended")

    def compare(self):
        """The survivors have the descriptors that they had, once what they pass on is done."""
        for peer, before in zip(self.survivors(), self.before):
            now = peers.wait_for_files(peer.pid, before)
            if now != before:
                raise Failure(f"process {peer.pid} has opened {sorted(now - before)} and closed "
                              f"{sorted(before - now)}; it was killed at {VICTIM_VA[self.slot]:#x}, "
                              f"unregistering that: {self.orphan_error}")

    def end(self):
        for peer in (*self.victims, *self.survivors()):
            try:
                peer.kill()
            except (OSError, AttributeError):
                pass  # not started, or ended


def run(args, log):
    """Returns what happened, and descriptors before and after in survivors."""
    rng = random.Random(args.seed)
    seen = collections.Counter()
    fds = None
    current = None
    try:
        for number in range(args.kills):
            if current is None:
                seen["sets"] += 1
                current = Set(args, seen["sets"], rng, log)
            slot = rng.randrange(SLOTS)
            attaching = current.kill_one(slot)
            seen["kills"] += 1
            try:
                stuck = current.after(slot, attaching)
            except peers.Gone as error:
                current.check_survivors()
                if not current.lock.is_stuck():
                    raise Failure(f"kill {number + 1}: {error}, and the lock is free") from error
                stuck = True
            except Failure as error:
                raise Failure(f"kill {number + 1}: {error}") from error
            if stuck:
                seen["locked"] += 1
                seen["for writing"] += current.lock.is_for_writing()
                current.end()
                current = None
                continue
            seen["passes"] += 1
            seen["orphans"] += current.orphan
            fds = ([len(files) for files in current.before],
                   [len(peers.wait_for_files(p.pid, files))
                    for p, files in zip(current.survivors(), current.before)])
            current.replace(slot)
            if (number + 1) % 50 == 0:
                print(f"# {number + 1} kills, {seen['locked']} left the lock locked", flush=True)
    finally:
        if current is not None:
            current.end()
    return seen, fds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dpdk_test", help="dpdk-test of the reworked DPDK")
    parser.add_argument("--kills", type=int, default=500, help="how many (%(default)s)")
    parser.add_argument("--ordinary", action="store_true",
                        help="memory that is no dma-buf, by rte_extmem_register(), to compare with")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32),
                        help="of the instants and of what processes do then (random)")
    parser.add_argument("--within", type=float, default=0.05,
                        help="seconds until a kill, at most (%(default)s)")
    args = parser.parse_args()
    print(f"# seed {args.seed}", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryFile() as log:
        try:
            seen, fds = run(args, log)
            if seen["passes"] == 0:
                raise Failure(f"all {seen['kills']} kills left the lock locked")
        except Failure as failure:
            log.seek(0)
            # they repeat themselves: each line once, in the order in which they came last
            lines = log.read().decode(errors="replace").splitlines()
            times = collections.Counter(lines)
            for line in list(dict.fromkeys(reversed(lines)))[40::-1]:
                print(f"# {times[line]} x {line}")
            # the kernel says where a program crashed
            crashes = subprocess.run(["dmesg"], text=True, capture_output=True).stdout.splitlines()
            for line in [line for line in crashes if "segfault" in line or "trap" in line][-5:]:
                print(f"# {line}")
            print(f"not ok 1 - {failure} (seed {args.seed})")
            print("1..1")
            return 1
    print(f"ok 1 - {seen['kills']} kills: after {seen['passes']} the others went on, "
          f"{seen['locked']} left EAL's lock locked, {seen['for writing']} of them for writing")
    before, after = fds or ([], [])
    print(f"# {seen['orphans']} left a dma-buf registered, which another process unregistered; "
          f"descriptors of the primary and of the secondary process: {before} before, {after} after; "
          f"{seen['sets']} sets of processes, {time.monotonic() - start:.0f} s")
    print("1..1")
    return 0


if __name__ == "__main__":
    sys.exit(main())
