#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""What processes can do that have no business with dma-bufs: another user's, and one that sends rubbish; print TAP.

Runs in the guest: tools/guest --hugepages 512 -- tests/processes/strangers.py WORKER
"""

import ctypes
import errno
import os
import socket
import subprocess
import sys
import tempfile
sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import peers
import tap
from workers import Failure, Set

VA = 0x600000000000
NOBODY = 65534
PIDFD_GETFD = 438  # its system call; see pidfd_getfd(2)
MESSAGES = 2000


def as_nobody(what):
    """The error number of what another user does; 0 if it works."""
    pid = os.fork()
    if pid == 0:
        status = 0
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            what()
        except OSError as error:
            status = error.errno
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def send(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", path)


def take(pid, number):
    """A duplicate of another process's descriptor."""
    fd = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, os.pidfd_open(pid), number, 0)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd()")
    return fd


def check_other_user(results, workers, folder):
    files = sorted(path.name for path in folder.iterdir())
    can = [name for name in files if as_nobody(lambda name=name: open(folder / name, "rb")) != errno.EACCES]
    modes = [oct(path.stat().st_mode & 0o77) for path in (folder.parent, folder)]
    can += [name for name in files if not os.access(folder / name, os.R_OK)]
    results.add(modes == ["0o0", "0o0"], "EAL's runtime directories are its user's alone", modes)
    results.add(not can and any(name.startswith("fbarray_extmem") for name in files) and "config" in files,
                "another user opens none of the files in there, nor those of memsegs, and this one all",
                f"{can} of {files}")
    error = as_nobody(lambda: send(str(folder / "mp_socket")))
    send(str(folder / "mp_socket"))  # this one can
    results.add(error == errno.EACCES, "and can't ask the primary process for a dma-buf", os.strerror(error))
    error = as_nobody(lambda: os.open(f"/proc/{workers.primary.pid}/fd", os.O_RDONLY))
    results.add(error == errno.EACCES, "nor see its descriptors", os.strerror(error))
    pid = workers.primary.pid
    number = next(fd for fd, name in peers.open_files(pid) if "dmabuf" in name)
    error = as_nobody(lambda: take(pid, number))
    results.add(error == errno.EPERM and os.fstat(take(pid, number)).st_ino == workers.primary.inode,
                "nor take one, as this one can", os.strerror(error))


def check_container(results, workers, folder):
    def start(prepare):
        """Start a secondary process, which has nothing to do and ends."""
        return subprocess.run(["unshare", "--mount", "sh", "-c", f'{prepare} && exec "$@"', folder.parent, workers.program,
                               "-l", "0", "--no-pci", "--no-telemetry", f"--file-prefix={workers.prefix}",
                               "--proc-type=secondary"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
    shared, other = start("true"), start('mount -t tmpfs none "$0"')
    results.add(shared.returncode == 0 and other.returncode == 1,
                "a process in a container joins if the runtime directory is shared with it, and not if it has another",
                f"{shared.returncode} {shared.stderr}\n{other.returncode} {other.stderr}")


def check_rubbish(results, workers, log):
    primary, secondary, third = workers.all()
    before = peers.open_files(primary.pid)
    why = ""
    try:
        secondary.must("attach", VA)
        secondary.must("rubbish", VA, MESSAGES)
        secondary.must("detach", VA)
        # it comes after all of these
        third.must("attach", VA)
        third.must("has", VA, primary.inode)
        third.must("detach", VA)
    except Failure as failure:
        log.seek(0)
        why = f"{failure}\n{log.read()}\n"
    now = peers.wait_for_files(primary.pid, before)
    results.add(not why and now == before and primary.child.poll() is None,
                f"{MESSAGES} messages that make no sense: the primary process goes on, and has no descriptor more",
                f"{why} {now - before} {before - now}")


def main():
    program = sys.argv[1]
    results = tap.Tap()
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        workers = Set(program, log)
        workers.primary.must("register", VA)
        check_other_user(results, workers, workers.folder)
        check_container(results, workers, workers.folder)
        check_rubbish(results, workers, log)
        workers.primary.must("unregister", VA)
        workers.leave()
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
