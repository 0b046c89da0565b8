# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""DPDK processes that do what they are told: tests/processes/worker.c."""

import contextlib
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

DEADLINE = 60  # seconds for a call, the longest of which waits 5 s for a dead process


class Failure(Exception):
    """What must not happen."""


class Worker:
    """A process that makes calls."""

    def __init__(self, program, prefix, primary, log):
        """Starts; it is there after finish()."""
        command = [program, "-l", "0", "--no-pci", "--no-telemetry", f"--file-prefix={prefix}"]
        if not primary:
            command.append("--proc-type=secondary")
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.pid = self.child.pid
        self.said = b""
        self.inode = None

    def wait_until_ready(self):
        self.inode = (self.finish() or [None])[0]
        if self.inode is None:
            raise Failure(f"process {self.pid} does not start")
        return self

    def begin(self, call, va=0, number=0):
        try:
            self.child.stdin.write(f"{call} {va:#x} {number}\n".encode())
            self.child.stdin.flush()
        except OSError as error:
            raise Failure(f"process {self.pid} ended: status {self.child.poll()}") from error

    def finish(self, deadline=DEADLINE):
        """Its result and error number; None if it is killed or has not answered."""
        until = time.monotonic() + deadline
        while select.select([self.child.stdout], [], [], max(0, until - time.monotonic()))[0]:
            said = os.read(self.child.stdout.fileno(), 4096)
            self.said += said
            *lines, self.said = self.said.split(b"\n")
            for line in lines:
                if line.startswith(b"= "):
                    return tuple(map(int, line.split()[1:]))
            if not said:
                return None
        return None

    def do(self, call, va=0, number=0):
        self.begin(call, va, number)
        return self.finish()

    def must(self, call, va=0, number=0, error=0):
        done = self.do(call, va, number)
        if done is None or done[1] != error or (done[0] == 0) != (error == 0):
            raise Failure(f"process {self.pid}: {call} {va:#x}: "
                          f"{os.strerror(done[1]) if done else 'no answer'}, not {os.strerror(error)}")

    def end(self):
        """At once, whatever it does."""
        with contextlib.suppress(OSError):
            self.child.kill()
        self.child.wait()
        self.child.stdin = None

    def leave(self):
        """As programs end, if it can within some seconds."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self.child.stdin.close()
            self.child.wait(10)
        self.end()


class Set:
    """A primary process and secondary ones."""

    number = 0

    def __init__(self, program, log, n_secondary=2):
        Set.number += 1
        self.prefix = f"set{os.getpid()}n{Set.number}"
        self.folder = Path(os.environ.get("RUNTIME_DIRECTORY", "/var/run"), "dpdk", self.prefix)
        self.program, self.log = program, log
        self.primary = self.start(True).wait_until_ready()
        self.secondary = [self.start() for _ in range(n_secondary)]
        for worker in self.secondary:
            worker.wait_until_ready()

    def start(self, primary=False):
        return Worker(self.program, self.prefix, primary, self.log)

    def end(self):
        for worker in self.all():
            worker.end()
        # hundreds of them would fill the memory
        shutil.rmtree(self.folder, ignore_errors=True)

    def leave(self):
        for worker in reversed(self.all()):
            worker.leave()
        self.end()

    def all(self):
        return [self.primary, *self.secondary]
