# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""A testpmd as a child process."""

import ctypes
import os
import re
import select
import subprocess
import time

PATIENCE = 200  # seconds; only for a testpmd that hangs
PROMPT = "testpmd> "
MBUFS = 2048
SYS_PIDFD_GETFD = 438


class Testpmd:
    """A testpmd that is told what to do."""

    program = None
    preload = None  # a library

    def __init__(self, eal, *options, fds=(), preload=True):
        environment = dict(os.environ, LD_PRELOAD=self.preload) if preload and self.preload else os.environ
        # its output would stay in a buffer
        command = ["stdbuf", "-oL", self.program, "--in-memory", "--no-telemetry", *eal, "--", "-i",
                   "--no-mlockall", "--no-lsc-interrupt", f"--total-num-mbufs={MBUFS}", *options]
        self.said = ""
        self.child = subprocess.Popen(command, text=False, stdin=subprocess.PIPE, env=environment,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=fds)
        self.started = self.read_until(PROMPT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    def read_until(self, pattern):
        """What it says, up to a pattern; False if it ended, or says that in vain for too long."""
        text = ""
        until = time.monotonic() + PATIENCE
        while select.select([self.child.stdout], [], [], max(0, until - time.monotonic()))[0]:
            part = os.read(self.child.stdout.fileno(), 65536).decode(errors="replace")
            self.said += part
            text += part
            if re.search(pattern, text):
                return text
            if not part:
                return False
        self.said += f"\nno answer within {PATIENCE} seconds\n"
        return False

    def do(self, command):
        try:
            self.child.stdin.write(f"{command}\n".encode())
            self.child.stdin.flush()
        except BrokenPipeError:
            self.said += f"\ntestpmd ended: {self.child.wait()}\n"
            return ""
        return self.read_until(PROMPT) or ""

    def wait_for(self, command, good):
        """Ask again until the answer is good."""
        until = time.monotonic() + PATIENCE
        while self.child.poll() is None and time.monotonic() < until:
            if good(self.do(command)):
                return True
        return False

    def links_up(self):
        return self.wait_for("show port summary all", lambda said: len(re.findall(r" up ", said)) == 2)

    def forwarded(self, packets, ports=2):
        """Wait until so many packets went out of each port."""
        def enough(said):
            sent = [int(n) for n in re.findall(r"TX-packets: *(\d+)", said)]
            return len(sent) == ports and min(sent) >= packets
        return self.wait_for("show port stats all", enough)

    def quit(self):
        """Its status, and what it left to EAL's end."""
        self.child.stdin.write(b"quit\n")
        self.child.stdin.close()
        self.end()
        left = re.search(r"left: (\d+) lists, (\d+) descriptors", self.said)
        return self.child.returncode, left and left.groups()

    def end(self):
        """Read what it says to its end."""
        self.read_until("$^")
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
        return self.child.wait()

    def open_dmabufs(self):
        links = [os.readlink(f"/proc/{self.child.pid}/fd/{fd}")
                 for fd in os.listdir(f"/proc/{self.child.pid}/fd")]
        return len([link for link in links if link.startswith(("/dmabuf:", "/memfd:testpmd"))])

    def has_mapped(self, area):
        """Whether its memory is at the address that it shows."""
        start = int(area["VA"], 0)
        with open(f"/proc/{self.child.pid}/maps") as maps:
            return any(re.match(rf"{start:x}-{start + int(area['Length']):x} rw-s {int(area['Offset'], 0):08x} ",
                                line) for line in maps)

    def descriptor(self, number):
        """A duplicate of one of its descriptors."""
        libc = ctypes.CDLL(None, use_errno=True)
        pidfd = os.pidfd_open(self.child.pid)
        try:
            fd = libc.syscall(SYS_PIDFD_GETFD, pidfd, number, 0)
            if fd < 0:
                raise OSError(ctypes.get_errno(), "pidfd_getfd")
            return fd
        finally:
            os.close(pidfd)


def shown(said):
    """What "show dmabuf" told, of each area."""
    return [dict(re.findall(r"^([\w ]+): (.*?)\r?$", part, re.MULTILINE))
            for part in re.split(r"\*+ dma-buf of \S+ \*+", said)[1:]]
