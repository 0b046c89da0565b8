#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Run by guest.sh in the guest: says on stderr what is good in there and what is not."""

import fcntl
import mmap
import os
import shutil
import socket
import struct
import subprocess
import sys

PAGE = mmap.PAGESIZE
HUGEPAGE = 2 << 20
MAP_HUGETLB = 0x40000
UDMABUF_CREATE = 0x40187542
DMA_HEAP_IOCTL_ALLOC = 0xC0184800
DMA_BUF_IOCTL_SYNC = 0x40086200
SYNC_START_RW, SYNC_END_RW = 3, 7

tmp, argument = sys.argv[1:]


def check_dmabuf(fd, size, exporter):
    """The kernel calls it a dma-buf of that exporter, and its memory can be written."""
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as f:
        assert f"exp_name:\t{exporter}\n" in f.read()
    assert os.lseek(fd, 0, os.SEEK_END) == size
    with mmap.mmap(fd, size) as memory:
        fcntl.ioctl(fd, DMA_BUF_IOCTL_SYNC, struct.pack("Q", SYNC_START_RW))
        memory[size - 4:] = b"test"
        fcntl.ioctl(fd, DMA_BUF_IOCTL_SYNC, struct.pack("Q", SYNC_END_RW))


def udmabuf():
    size = 256 << 20  # more than the module's own limit
    memfd = os.memfd_create("test", os.MFD_ALLOW_SEALING)
    os.ftruncate(memfd, size)
    fcntl.fcntl(memfd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    with open("/dev/udmabuf", "rb") as dev:
        create = bytearray(struct.pack("IIQQ", memfd, 0, 0, size))
        fd = fcntl.ioctl(dev, UDMABUF_CREATE, create)  # with bytes it would return those
    check_dmabuf(fd, size, "udmabuf")
    assert os.pread(memfd, 4, size - 4) == b"test"


def dma_heap():
    size = 16 * PAGE
    alloc = bytearray(struct.pack("QIIQ", size, 0, os.O_RDWR | os.O_CLOEXEC, 0))
    with open("/dev/dma_heap/system", "rb") as dev:
        fcntl.ioctl(dev, DMA_HEAP_IOCTL_ALLOC, alloc)
    check_dmabuf(struct.unpack("QIIQ", alloc)[1], size, "system")


def hugepage():
    with open("/proc/sys/vm/nr_hugepages", encoding="ascii") as f:
        assert int(f.read()) == 64
    assert os.path.ismount("/dev/hugepages")
    with mmap.mmap(-1, HUGEPAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_HUGETLB) as memory:
        memory[0] = memory[HUGEPAGE - 1] = 1


def loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def shared_memory():
    with open("/dev/shm/test", "wb") as f:
        f.write(b"test")
    for folder in ("/run", "/tmp", "/var/tmp"):
        with open(folder + "/guest-test", "wb") as f:
            f.write(b"test")


def nics(variable, driver, behind_iommu):
    addresses = os.environ[variable].split()
    assert len(addresses) == 2
    for address in addresses:
        device = "/sys/bus/pci/devices/" + address
        assert os.path.basename(os.readlink(device + "/driver")) == driver
        assert os.path.exists(device + "/iommu_group") == behind_iommu
        with open(device + "/device", encoding="ascii") as f:
            assert f.read() == "0x10d3\n"  # e1000e
        if behind_iommu:
            group = os.path.basename(os.readlink(device + "/iommu_group"))
            assert os.path.exists("/dev/vfio/" + group)


def require(condition):
    assert condition


CHECKS = {
    "working directory": lambda: require(os.path.samefile(".", os.path.dirname(__file__) + "/../..")),
    "argument": lambda: require(argument == "an 'argument' with $signs"),
    "environment": lambda: require(
        os.environ["GUEST_TEST_WORD"] == "two words, a 'quote' and $HOME"
        and os.environ["HOME"] and os.environ["PATH"]),
    "udmabuf": udmabuf,
    "dma heap": dma_heap,
    "hugepage": hugepage,
    "loopback": loopback,
    "shared memory": shared_memory,
    "modules": lambda: subprocess.run(["modprobe", "vgem"], check=True),
    "NICs behind the vIOMMU": lambda: nics("DMABUF_NICS_IOMMU", "vfio-pci", True),
    "NICs without IOMMU": lambda: nics("DMABUF_NICS_PA", "uio_pci_generic", False),
}

for what, check in CHECKS.items():
    try:
        check()
        print(f"{what}: good", file=sys.stderr)
    except Exception as e:  # each finding counts, whatever it is
        print(f"{what}: {type(e).__name__}: {e}", file=sys.stderr)

for name in ("file", "new"):
    with open(f"{tmp}/{name}", "w", encoding="ascii") as f:
        f.write("written inside\n")
shutil.copy(f"{tmp}/random", f"{tmp}/out/copy")
with open(f"{tmp}/random", "rb") as f:
    sys.stdout.buffer.write(f.read())
sys.stdout.flush()
# What is left running must not keep the guest.
subprocess.Popen(["sleep", "1000"])
sys.exit(37)
