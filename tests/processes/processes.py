#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""A table of what several processes do with dma-bufs, with the descriptors that each has open before
and after; prints it as comments in TAP.

Runs in the guest: tools/guest --hugepages 512 -- tests/processes/processes.py DPDK-TEST
"""

import argparse
import errno
import itertools
import os
import subprocess
import sys
import tempfile
import time

sys.path.append(f"{sys.path[0]}/../lib")
import peers
import tap

LENGTH = 16 * 4096
FORMAT = "# {:<49} | {:>5} | {:>6} | {:<6} | {:<12} | {}"


SLOW = ", slow locks"  # of files; see slow-lock.c


class Failure(Exception):
    """What should have worked, or should not have."""


def must(peer, op, va=0, error=0, **more):
    call = peer.do(op, va, LENGTH, **more)
    if call.err != error or (call.ret == 0) != (error == 0):
        raise Failure(f"operation {op} of process {peer.pid}: {os.strerror(call.err)}")
    return call


def attach(peer, registered):
    """Attach, and see that the descriptor is the same."""
    must(peer, peers.ATTACH, registered.va)
    got = must(peer, peers.FD, registered.va)
    if (got.fd, got.ino) != (registered.fd, registered.ino):
        raise Failure(f"process {peer.pid} has {got.fd}, {got.ino} and not {registered.fd}, "
                      f"{registered.ino}")


def see(writer, reader, va, value):
    """What one writes through its descriptor, the other reads through its own."""
    must(writer, peers.POKE, va, value=value)
    if must(reader, peers.PEEK, va).value != value:
        raise Failure(f"process {reader.pid} does not see what {writer.pid} wrote")


def any_with_any(processes, number):
    by = processes[number % len(processes)]
    others = [p for p in processes if p is not by]
    registered = must(by, peers.REGISTER)
    for peer in others:
        attach(peer, registered)
    for value, (writer, reader) in enumerate(itertools.permutations(processes, 2), 1):
        see(writer, reader, registered.va, value)
    for peer in others:
        must(peer, peers.DETACH, registered.va)
    must(by, peers.UNREGISTER, registered.va)


def all_with_all(processes, _):
    registered = [must(p, peers.REGISTER) for p in processes]
    pairs = [(p, r) for p in processes for q, r in zip(processes, registered) if p is not q]
    for peer, r in pairs:
        attach(peer, r)
    for peer, r in pairs:
        must(peer, peers.DETACH, r.va)
    for peer, r in zip(processes, registered):
        must(peer, peers.UNREGISTER, r.va)


def again(processes, number):
    by, other = processes[number % 2], processes[2]
    registered = must(by, peers.REGISTER)
    for _ in range(5):
        attach(other, registered)
        must(other, peers.DETACH, registered.va)
    must(by, peers.UNREGISTER, registered.va)


def handed_on(processes, number):
    by, other = processes[number % 3], processes[(number + 1) % 3]
    registered = must(by, peers.REGISTER)
    attach(other, registered)
    must(other, peers.UNREGISTER, registered.va, errno.EBUSY)
    must(by, peers.UNREGISTER, registered.va, errno.EBUSY)
    must(by, peers.DETACH, registered.va)
    attach(by, registered)
    must(by, peers.DETACH, registered.va)
    must(other, peers.UNREGISTER, registered.va)


def number_taken(processes, number):
    by, other = processes[number % 3], processes[(number + 1) % 3]
    registered = must(by, peers.REGISTER)
    must(other, peers.TAKE_FD, fd=registered.fd)
    must(other, peers.ATTACH, registered.va, errno.EBUSY)
    must(other, peers.FREE_FD, fd=registered.fd)
    attach(other, registered)
    must(other, peers.DETACH, registered.va)
    must(by, peers.UNREGISTER, registered.va)


def twice(processes, number):
    by, other = processes[number % 3], processes[(number + 1) % 3]
    must(other, peers.ATTACH, 0x1000, errno.ENOENT)
    registered = must(by, peers.REGISTER)
    must(by, peers.ATTACH, registered.va, errno.EEXIST)
    attach(other, registered)
    must(other, peers.ATTACH, registered.va, errno.EEXIST)
    must(other, peers.DETACH, registered.va)
    must(other, peers.DETACH, registered.va, errno.ENOENT)
    must(by, peers.UNREGISTER, registered.va)


def at_once(*begun):
    """Operations that processes do at the same time, with a pause before each, in seconds."""
    for pause, peer, op, va in begun:
        time.sleep(pause)
        peer.begin(op, va, LENGTH)
    return [errno.errorcode.get(peer.finish().err, "ok") for _, peer, _, _ in begun]


def attach_while_unregistered(processes, number):
    by, other = processes[number % 3], processes[(number + 1) % 3]
    registered = must(by, peers.REGISTER)
    pause = number % 25 * 0.0004  # until one or the other has happened
    attached, unregistered = at_once((0, other, peers.ATTACH, registered.va),
                                     (pause, by, peers.UNREGISTER, registered.va))
    if (attached, unregistered) == ("ok", "EBUSY"):
        must(other, peers.FD, registered.va)
        must(other, peers.DETACH, registered.va)
        must(by, peers.UNREGISTER, registered.va)
    elif attached != "ENOENT" or unregistered != "ok":
        raise Failure(f"attaching: {attached}, unregistering: {unregistered}")


def unregister_at_once(processes, number):
    by, other = processes[number % 3], processes[(number + 1) % 3]
    registered = must(by, peers.REGISTER)
    attach(other, registered)
    results = at_once((0, by, peers.UNREGISTER, registered.va),
                      (0, other, peers.UNREGISTER, registered.va))
    if results != ["EBUSY", "EBUSY"]:
        raise Failure(f"both have it, and unregistering it: {results}")
    see(by, other, registered.va, number)
    detached, unregistered = at_once((0, other, peers.DETACH, registered.va),
                                     (number % 5 * 0.0001, by, peers.UNREGISTER, registered.va))
    if detached != "ok" or unregistered not in ("ok", "EBUSY"):
        raise Failure(f"detaching: {detached}, unregistering: {unregistered}")
    if unregistered == "EBUSY":
        must(by, peers.UNREGISTER, registered.va)


def unattached(processes, number):
    by = processes[number % len(processes)]
    for op in peers.REGISTER, peers.REGISTER_ORDINARY:
        registered = must(by, op)
        for peer in processes:
            if peer is not by:
                must(peer, peers.LOOK, registered.va)
        must(by, peers.UNREGISTER, registered.va)


SCENARIOS = [
    ("each registers, others attach, write, read", any_with_any, 4, 20),
    ("all register, all attach all", all_with_all, 4, 10),
    ("attach and detach again and again", again, 3, 20),
    ("registrar detaches, another unregisters", handed_on, 3, 21),
    ("number in use in the other: EBUSY", number_taken, 3, 21),
    ("not registered: ENOENT; twice: EEXIST", twice, 3, 21),
    ("one attaches, one unregisters at once", attach_while_unregistered, 3, 100),
    ("one attaches, one unregisters at once" + SLOW, attach_while_unregistered, 3, 100),
    ("both unregister, then one detaches", unregister_at_once, 3, 30),
    ("both unregister, then one detaches" + SLOW, unregister_at_once, 3, 30),
    ("looked at where it is not attached", unattached, 4, 12),
]


def make_slow_lock(folder):
    """A library to preload."""
    library = f"{folder}/slow-lock.so"
    subprocess.run(["cc", "-O2", "-Wall", "-shared", "-fPIC", "-D_GNU_SOURCE",
                    f"{os.path.dirname(os.path.abspath(__file__))}/../eal/slow-lock.c", "-o", library,
                    "-ldl"], check=True)
    return library


def run(args, scenario, processes, rounds, log, preload):
    """Returns how it went, and the descriptors open before and after in each process."""
    prefix = f"processes{os.getpid()}{scenario.__name__}"
    started = []
    try:
        for number in range(processes):
            started.append(peers.Peer(args.dpdk_test, prefix, number == 0, log,
                                      preload=preload))
        before = [peers.open_files(p.pid) for p in started]
        result = "ok"
        try:
            for number in range(rounds):
                scenario(started, number)
        except (Failure, peers.Gone) as failure:
            with open(log.name, errors="replace") as said:
                return f"round {number + 1}: {failure}\n{said.read()[-3000:]}", before, []
        # the primary process may still be about to close what it passed on
        after = [peers.wait_for_files(p.pid, files) for p, files in zip(started, before)]
        if after != before:
            result = "descriptors differ"
        return result, before, after
    finally:
        for peer in reversed(started):
            peer.leave()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dpdk_test", help="dpdk-test of the reworked DPDK")
    args = parser.parse_args()
    results = tap.Tap()
    print(FORMAT.format("scenario", "proc.", "rounds", "result", "open before", "open after"))
    with tempfile.NamedTemporaryFile("a") as log, tempfile.TemporaryDirectory() as folder:
        slow = make_slow_lock(folder)
        for name, scenario, processes, rounds in SCENARIOS:
            result, before, after = run(args, scenario, processes, rounds, log,
                                        slow if name.endswith(SLOW) else None)
            print(FORMAT.format(name, processes, rounds, "ok" if result == "ok" else "FAILED",
                                " ".join(str(len(files)) for files in before),
                                " ".join(str(len(files)) for files in after)))
            results.add(result == "ok", f"{name}: {processes} processes, {rounds} rounds", result)
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
