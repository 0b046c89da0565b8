#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Register and attach in a secondary process while each system call and each allocation of it, and of the primary
process that it asks, fails once, but for those left out; print TAP.

What fails has to say so by an errno and one line of the log, to leave descriptors, and what is allocated where an
allocation fails, as they were, and to work when it is called again.

Runs in the guest: tools/guest --hugepages 512 -- tests/processes/handover.py WORKER
"""

import contextlib
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import peers
import tap
from kill import system_calls, traced
from limits import VA, Trial
from workers import Failure

# what fails otherwise than by EIO
ERRORS = {"fcntl": "EMFILE", "openat": "EMFILE", "flock": "ENOLCK", "ftruncate": "ENOSPC", "mmap": "ENOMEM",
          "sendmsg": "ENOMEM"}
# the C library ends a process when futex() fails, EAL does not look at munmap(), strace leaves open what is closed,
# and a pause may be shorter
LEFT_OUT = {"futex", "munmap", "close", "clock_nanosleep"}
# a hint, and whether there is room, which is not known everywhere
MAY_FAIL = {"madvise", "statfs", "geteuid"}
# who meets the fault, in which call of a secondary process, and how many faults there are at least
CASES = [("secondary", "register", 12), ("secondary", "attach", 9), ("serving", "register", 4), ("serving", "attach", 2)]


def fault(trial, victim, call, name, nth):
    """Have a system call fail; returns whether it was called, and what is wrong then."""
    worker = trial.set.secondary[0]
    with tempfile.NamedTemporaryFile("r") as trace:
        trial.attempt(worker, call, traced(victim.pid, "-o", trace.name, "-e",
                                           f"inject={name}:error={ERRORS.get(name, 'EIO')}:when={nth}"))
        injected = "(INJECTED)" in trace.read()
    if trial.done is None:
        return injected, f"no answer: status {worker.child.poll()}"
    if trial.done[0] != 0:
        return injected, trial.failed_well(worker, call)
    trial.undo(worker, call)
    return injected, trial.left_anything() or ("nobody minds" if injected and name not in MAY_FAIL else "")


def no_memory(trial, victim, call, _, nth):
    """The same for an allocation."""
    worker = trial.set.secondary[0]
    before = [each.do("allocated") for each in trial.set.all()]
    victim.must("fail", 0, nth)
    trial.attempt(worker, call, contextlib.nullcontext())
    injected = victim.do("failed") == (0, 0)
    if trial.done is None:
        return injected, f"no answer: status {worker.child.poll()}"
    if trial.done[0] == 0:
        trial.undo(worker, call)
    wrong = trial.failed_well(worker, call) if trial.done[0] != 0 else trial.left_anything()
    after = [each.do("allocated") for each in trial.set.all()]
    if not wrong and after != before:
        wrong = f"{before} bytes were allocated, {after} are"
    return injected, wrong or ("nobody minds" if injected and trial.done[0] == 0 else "")


def run_case(program, log, who, call, least):
    """Returns how many faults there were, and what is wrong."""
    points = [point for point in system_calls(program, who, call, log) if point[0] not in LEFT_OUT]
    trial = Trial(program, log)
    if call == "attach":
        trial.set.primary.must("register", VA)
        trial.files[trial.set.primary] = peers.open_files(trial.set.primary.pid)
    victim = trial.set.secondary[0] if who == "secondary" else trial.set.primary
    n, wrong = 0, ""
    try:
        for how, name, nth in [(fault, *point) for point in points] + [(no_memory, "malloc", i + 1) for i in range(20)]:
            injected, wrong = how(trial, victim, call, name, nth)
            n += injected
            what = os.strerror(trial.done[1]) if trial.done and trial.done[1] else "no matter"
            tap.note(f"{who}, {call}, {name}() number {nth} {'fails' if injected else 'is not called'}: {what}")
            if wrong or how == no_memory and not injected:
                break
    except Failure as failure:
        wrong = str(failure)
    trial.set.leave()
    if n < least and not wrong:
        wrong = f"no more than {n} faults"
    return n, f"{wrong}\n{trial.said}" if wrong else ""


def main():
    results = tap.Tap()
    with tempfile.NamedTemporaryFile("a") as log:
        for who, call, least in CASES:
            n, wrong = run_case(sys.argv[1], log, who, call, least)
            results.add(not wrong, f"{call}, {who}: {n} faults, one at a time", wrong)
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
