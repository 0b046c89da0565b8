#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Register and attach dma-bufs where the system gives no more, or another process does not answer; print TAP.

Each call fails with an errno and one line of the log, leaves descriptors and lists as they were, and works when the
obstacle is gone.

Runs in the guest: tools/guest --hugepages 512 -- tests/processes/limits.py WORKER
"""

import contextlib
import errno
import os
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import peers
import tap
from workers import Failure, Set

VA, OTHER = 0x600000000000, 0x600040000000
RUNTIME_SIZE = "64M"


@contextlib.contextmanager
def full_folder(folder):
    filler = f"{folder}/filler"
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=64K"], stderr=subprocess.DEVNULL, check=False)
    yield
    os.unlink(filler)


@contextlib.contextmanager
def read_only_folder(folder):
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    yield
    subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def limited(worker, what, value):
    before = resource.prlimit(worker.pid, what)
    resource.prlimit(worker.pid, what, (value, before[1]))
    yield
    resource.prlimit(worker.pid, what, before)


@contextlib.contextmanager
def stopped(worker):
    os.kill(worker.pid, signal.SIGSTOP)
    os.waitpid(worker.pid, os.WUNTRACED)  # until then, its threads may run
    yield
    os.kill(worker.pid, signal.SIGCONT)


@contextlib.contextmanager
def moved(path):
    os.rename(path, f"{path}.moved")
    yield
    os.rename(f"{path}.moved", path)


def without_capability(program, folder):
    """A program that RLIMIT_MEMLOCK is for: root's are not limited by it."""
    script = Path(folder, "worker")
    script.write_text(f'#!/bin/sh\nexec setpriv --bounding-set=-ipc_lock -- {shlex.quote(program)} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script


def used(worker):
    """Bytes of address space."""
    with open(f"/proc/{worker.pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * os.sysconf("SC_PAGESIZE")


def locked(worker):
    """Its memory that is locked or pinned."""
    with open(f"/proc/{worker.pid}/status", encoding="ascii") as status:
        return [line for line in status if line.startswith(("VmLck", "VmPin"))]


class Trial:
    """A set of processes whose calls fail."""

    def __init__(self, program, log):
        self.set = Set(program, log)
        self.log = open(log.name, encoding="utf-8", errors="replace")
        self.files = {}
        self.note_files()

    def note_files(self):
        """What each process has open. Not before each call: one may still be late with the call before."""
        for each, before in self.files.items():
            peers.wait_for_files(each.pid, before)
        self.files = {each: peers.open_files(each.pid) for each in self.set.all()}

    def attempt(self, worker, call, obstacle):
        with obstacle:
            self.log.seek(0, os.SEEK_END)
            self.done = worker.do(call, VA)
            self.said = self.log.read()

    def fails(self, worker, call, obstacle, *errors):
        """Returns why it does not fail as it should, or does not work afterwards."""
        self.attempt(worker, call, obstacle)
        if self.done is None:
            return f"no answer: status {worker.child.poll()}"
        if self.done[0] == 0 or self.done[1] not in errors:
            return f"{self.done[0]}, {os.strerror(self.done[1])}"
        return self.failed_well(worker, call)

    def failed_well(self, worker, call):
        if self.done[1] <= 0:
            return f"rte_errno is {self.done[1]}"
        said = [line for line in self.said.splitlines() if ": Cannot register" in line or ": Cannot attach" in line]
        if len(said) != 1:
            return f"the log has {len(said)} lines: {said}"
        return self.left_anything() or self.works(worker, call)

    def left_anything(self):
        for each, before in self.files.items():
            now = peers.wait_for_files(each.pid, before)
            if now != before:
                return f"process {each.pid} has opened {now - before} and closed {before - now}"
        return ""

    def works(self, worker, call):
        try:
            worker.must(call, VA)
            self.undo(worker, call)
        except Failure as failure:
            return f"afterwards, {failure}"
        return ""

    def undo(self, worker, call):
        worker.must("detach" if call == "attach" else "unregister", VA)


def main():
    program = sys.argv[1]
    results = tap.Tap()
    folder = tempfile.mkdtemp()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={RUNTIME_SIZE},mode=755", "none", folder], check=True)
    os.environ["RUNTIME_DIRECTORY"] = folder
    program = without_capability(program, folder)
    with tempfile.NamedTemporaryFile("a") as log:
        trial = Trial(program, log)
        primary, secondary = trial.set.primary, trial.set.secondary[0]

        def check(what, worker, call, obstacle, *errors):
            why = trial.fails(worker, call, obstacle, *errors)
            results.add(not why, f"{call}: {what}", f"{why}\n{trial.said}")

        for who, worker in ("primary", primary), ("secondary", secondary):
            check(f"runtime directory full, {who}", worker, "register", full_folder(folder), errno.ENOSPC)
            check(f"runtime directory read-only, {who}", worker, "register", read_only_folder(folder), errno.EROFS)
            check(f"no descriptor left, {who}", worker, "register",
                  limited(worker, resource.RLIMIT_NOFILE, len(peers.open_files(worker.pid))), errno.EMFILE)
            check(f"no address space left, {who}", worker, "register",
                  limited(worker, resource.RLIMIT_AS, used(worker)), errno.ENOMEM)
        check("the primary process is stopped", secondary, "register", stopped(primary), errno.ETIMEDOUT)
        check("the primary process's socket is gone", secondary, "register", moved(trial.set.folder / "mp_socket"),
              errno.ECONNREFUSED)
        trial.note_files()
        before = locked(primary), locked(secondary)
        primary.must("register", VA)
        trial.files[primary] = peers.open_files(primary.pid)
        check("no address space left", secondary, "attach",
              limited(secondary, resource.RLIMIT_AS, used(secondary)), errno.ENOMEM)
        check("runtime directory read-only", secondary, "attach", read_only_folder(folder), errno.EROFS)
        check("the primary process is stopped", secondary, "attach", stopped(primary), errno.ETIMEDOUT)
        check("the primary process's socket is gone", secondary, "attach", moved(trial.set.folder / "mp_socket"),
              errno.ECONNREFUSED)
        with limited(secondary, resource.RLIMIT_MEMLOCK, 0):
            secondary.must("register", OTHER)
            registered = locked(primary), locked(secondary)
            secondary.must("unregister", OTHER)
        with full_folder(folder), limited(secondary, resource.RLIMIT_MEMLOCK, 0):
            trial.attempt(secondary, "attach", contextlib.nullcontext())
            now = locked(primary), locked(secondary)
        results.add(trial.done == (0, 0) and now == before,
                    "attach: runtime directory full, no memory may be locked, and neither process locks any",
                    f"{before}, {now}\n{trial.said}")
        results.add(registered == before, "register: no memory may be locked, and neither process locks any",
                    f"{before}, {registered}")
        trial.set.leave()
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
