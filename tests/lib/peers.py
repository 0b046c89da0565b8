# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""DPDK processes that do what they are told: dpdk-test as app/test/extmem_dmabuf_peer.h describes it."""

import collections
import contextlib
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import time

COMMAND = "extmem_dmabuf_attach_autotest"
SOCKET = 3
NO_DEVICE = ["-a", "0000:00:00.0"]
# enum dbt_op
(REGISTER, REGISTER_ORDINARY, UNREGISTER, ATTACH, DETACH, FD, POKE, PEEK, STATE, TAKE_FD, FREE_FD,
 LIMIT_FDS, HEAP_CREATE, HEAP_ADD, HEAP_REMOVE, HEAP_DESTROY, LOOK, KEEP_LOOKING, STOP, LIE, END) = range(21)
# struct dbt_call
LAYOUT = struct.Struct("=i4xQQi4xQiiQIII4xQQ")
Call = collections.namedtuple("Call", "op va len fd value ret err ino lists fds files list_hash "
                              "fd_hash")


def open_files(pid):
    """What a process has open, but for hugepages, which EAL allocates as it needs them."""
    files = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            name = os.readlink(f"/proc/{pid}/fd/{fd}")
            if not name.startswith("/dev/hugepages/"):
                files.add((int(fd), name))
    return files


def wait_for_files(pid, expected, deadline=30):
    """What it has open, as soon as that is what is expected: a thread may be about to close more."""
    until = time.monotonic() + deadline
    while (files := open_files(pid)) != expected and time.monotonic() < until:
        time.sleep(0.001)
    return files


class Gone(Exception):
    """A process died, or did not answer in time."""


class Peer:
    """A process, primary or secondary, that waits for operations."""

    def __init__(self, program, prefix, primary=False, log=None, deadline=120, preload=None):
        self.deadline = deadline
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # not 3, as dup2() of a descriptor to itself leaves it to be closed on exec
        child = fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD_CLOEXEC, 10)
        theirs.close()
        self.socket = ours
        argv = [program, "-l", "0", *NO_DEVICE, f"--file-prefix={prefix}"]
        if not primary:
            argv.append("--proc-type=secondary")
        env = dict(os.environ, DPDK_TEST=COMMAND, EXTMEM_DMABUF_PEER="1")
        if preload:
            env["LD_PRELOAD"] = preload
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        stderr = log.fileno() if log else null
        self.pid = os.posix_spawn(program, argv, env, file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1),
            (os.POSIX_SPAWN_DUP2, stderr, 2), (os.POSIX_SPAWN_DUP2, child, SOCKET)])
        os.close(null)
        os.close(child)
        self.finish()  # it says when it is ready

    def begin(self, op, va=0, length=0, fd=0, value=0):
        try:
            self.socket.send(LAYOUT.pack(op, va, length, fd, value, 0, 0, 0, 0, 0, 0, 0, 0))
        except OSError as error:
            raise Gone(f"process {self.pid} died") from error

    def finish(self, deadline=None):
        if not select.select([self.socket], [], [], deadline or self.deadline)[0]:
            raise Gone(f"process {self.pid} hangs")
        try:
            message = self.socket.recv(LAYOUT.size)
        except OSError:
            message = b""
        if len(message) != LAYOUT.size:
            raise Gone(f"process {self.pid} died: {self.how_it_ended()}")
        return Call(*LAYOUT.unpack(message))

    def do(self, op, va=0, length=0, fd=0, value=0, deadline=None):
        self.begin(op, va, length, fd, value)
        return self.finish(deadline)

    def kill(self):
        """End it at once; returns whether it had not ended by itself."""
        os.kill(self.pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def how_it_ended(self):
        """For a message; the process stays to be waited for."""
        result = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        return f"{'exit status' if result.si_code == os.CLD_EXITED else 'signal'} {result.si_status}"

    def wait(self):
        self.socket.close()
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def end(self):
        self.do(END)
        return self.wait()

    def leave(self):
        """End it as programs end, or at once if it does not."""
        with contextlib.suppress(Gone):
            self.do(END, deadline=10)
            self.wait()
            return
        self.kill()


class Stock:
    """An unmodified dpdk-test, at its prompt until it is ended."""

    def __init__(self, program, prefix, primary=False):
        argv = [program, "-l", "0", *NO_DEVICE, f"--file-prefix={prefix}"]
        if not primary:
            argv.append("--proc-type=secondary")
        self.output = b""
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)
        while b"RTE>>" not in self.output:
            data = os.read(self.child.stdout.fileno(), 4096)
            if not data:
                break
            self.output += data

    @property
    def pid(self):
        return self.child.pid

    def is_ready(self):
        return b"RTE>>" in self.output

    def end(self):
        """Its exit status."""
        self.output += self.child.communicate()[0]
        return self.child.returncode
