#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Forward packets with testpmd whose pools are in dma-bufs, and look into the dma-bufs; print TAP.

Runs in the guest: tools/guest --cpus 2 -- tests/testpmd/testpmd.py TESTPMD LIBLEFT
"""

import fcntl
import mmap
import os
import re
import struct
import sys

sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import tap
from testpmd_child import MBUFS, Testpmd, shown

OFFSET = 0x10000
DMA_HEAP_IOCTL_ALLOC = 0xC0184800
IPV4 = re.compile(rb"\x08\x00\x45")  # behind two MAC addresses
PEER = b"\x02\x00\x00\x00\x00"  # how the MAC addresses start that testpmd sends to
UNMAP_FAILED = re.compile(r"EAL: (Cannot|Couldn't|Unexpected size)")
RINGS = ["--no-pci", "--vdev=net_ring0", "--vdev=net_ring1"]
NULLS = ["--no-pci", "--vdev=net_null0", "--vdev=net_null1"]


def frames(fd):
    """Where IPv4 packets are in a dma-buf, and the MAC addresses that each is to and from."""
    with mmap.mmap(fd, os.lseek(fd, 0, os.SEEK_END), mmap.MAP_SHARED, mmap.PROT_READ) as memory:
        return [(found.start() - 12, memory[found.start() - 12:found.start() - 6],
                 memory[found.start() - 6:found.start()]) for found in IPV4.finditer(memory)]


def heap_buffer(size, mode=os.O_RDWR):
    heap = os.open("/dev/dma_heap/system", os.O_RDONLY | os.O_CLOEXEC)
    request = bytearray(struct.pack("=QIIQ", size, 0, mode | os.O_CLOEXEC, 0))
    fcntl.ioctl(heap, DMA_HEAP_IOCTL_ALLOC, request)
    os.close(heap)
    return struct.unpack("=QIIQ", request)[1]


def check_shown(area, exporter, port):
    """Whether what is shown of an area is right, by itself."""
    return (int(area["Offset"], 0) == OFFSET and area["Exporter"] == exporter
            and int(area["VA"], 0) % int(area["Page size"]) == 0 and int(area["Memseg list"]) > 0
            and int(area["Length"]) >= MBUFS * 2048 and area["CPU access"] == "yes"
            and [area["Port 0"], area["Port 1"]] == port)


def check_forwarding(results, what, eal, source, exporter, ports, page_sz=4096):
    """Packets go round, and are in the dma-buf where they should be."""
    source += f",offset={OFFSET},page_sz={page_sz}"
    with Testpmd(eal, "--mp-alloc=dmabuf", f"--dmabuf={source}", "--forward-mode=macswap") as testpmd:
        areas = shown(testpmd.do("show dmabuf"))
        good = len(areas) == 1 and check_shown(areas[0], exporter, ports) and testpmd.has_mapped(areas[0])
        results.add(good, f"{what}: show dmabuf is right", f"{areas}\n{testpmd.said}")
        # EAL's own, and the keeper's
        results.add(testpmd.open_dmabufs() == 2, f"{what}: testpmd keeps no descriptor of its own",
                    testpmd.said)
        testpmd.links_up()
        testpmd.do("start tx_first")
        results.add(testpmd.forwarded(500), f"{what}: packets are forwarded", testpmd.said)
        testpmd.do("stop")
        found = []
        if good:
            fd = testpmd.descriptor(int(areas[0]["Descriptor"]))
            found = frames(fd)
            os.close(fd)
        # forwarding swaps the addresses of a packet that was received, and nothing else does; rings have
        # no copies of it from before each time
        swapped = [start for start, to, by in found if by.startswith(PEER) and not to.startswith(PEER)]
        results.add(bool(found if eal is RINGS else swapped) and all(start >= OFFSET for start, _, _ in found),
                    f"{what}: they are in the dma-buf, behind the offset",
                    f"{len(found)} packets, {len(swapped)} with swapped addresses\n{testpmd.said}")
        status, left = testpmd.quit()
        quiet = not UNMAP_FAILED.search(testpmd.said)
        results.add(status == 0 and left == ("0", "0") and quiet, f"{what}: nothing is left at the end",
                    f"status {status}, left {left}\n{testpmd.said}")


def check_fd(results):
    """A buffer of this process's, for two pools."""
    fd = heap_buffer(16 << 20)
    with Testpmd(RINGS, "--mp-alloc=dmabuf", f"--dmabuf=fd:{fd},offset={OFFSET},size=6M",
                 "--mbuf-size=2048,1024", fds=[fd]) as testpmd:
        places = sorted((int(area["Offset"], 0), int(area["Length"]))
                        for area in shown(testpmd.do("show dmabuf")))
        results.add(places == [(OFFSET, 6 << 20), (OFFSET + (6 << 20), 6 << 20)],
                    "fd: two pools are one behind the other", f"{places}\n{testpmd.said}")
        testpmd.do("start tx_first")
        testpmd.forwarded(500)
        testpmd.do("stop")
        starts = [start for start, _, _ in frames(fd)]
        results.add(bool(starts) and min(starts) >= OFFSET, "fd: packets are in the caller's dma-buf",
                    f"{starts}\n{testpmd.said}")
        status, left = testpmd.quit()
        results.add(status == 0 and left == ("0", "0"), "fd: nothing is left at the end",
                    f"status {status}, left {left}\n{testpmd.said}")
    os.close(fd)


def check_no_cpu(results):
    """Memory that the CPU can't write stands for memory that it can't reach."""
    fd = heap_buffer(8 << 20, os.O_RDONLY)
    with Testpmd(NULLS, "--mp-alloc=dmabuf", f"--dmabuf=fd:{fd}", "--forward-mode=mac",
                 fds=[fd]) as testpmd:
        results.add("Permission denied" in testpmd.said
                    and shown(testpmd.do("show dmabuf"))[0]["CPU access"] == "no",
                    "no CPU access: testpmd says so", testpmd.said)
        refused = [command for command in ("start", "set verbose 1", "start tx_first")
                   if "packets that the CPU can" in testpmd.do(command)]
        results.add(len(refused) == 3, "no CPU access: what needs it is refused",
                    f"{refused}\n{testpmd.said}")
        testpmd.do("set fwd io")
        testpmd.do("start")
        results.add(testpmd.forwarded(500), "no CPU access: io forwards", testpmd.said)
        testpmd.do("stop")
        status, left = testpmd.quit()
        results.add(status == 0 and left == ("0", "0"), "no CPU access: nothing is left at the end",
                    f"status {status}, left {left}\n{testpmd.said}")
    os.close(fd)


def check_ports(results, nics):
    """Ports come and go; those behind VFIO have one mapping."""
    with Testpmd(["-a", nics[0], "--iova-mode=va"], "--mp-alloc=dmabuf", "--dmabuf=udmabuf") as testpmd:
        testpmd.do(f"port attach {nics[1]}")
        came = shown(testpmd.do("show dmabuf"))[0]
        testpmd.do("port stop 0")
        testpmd.do("port close 0")
        testpmd.do(f"device detach {nics[0]}")
        stayed = shown(testpmd.do("show dmabuf"))[0]
        results.add(came.get("Port 0") == "mapped" and came.get("Port 1") == "mapped, for another port too",
                    "ports: one that comes shares the mapping", f"{came}\n{testpmd.said}")
        results.add("Port 0" not in stayed and stayed.get("Port 1") == "mapped",
                    "ports: one that stays keeps it", f"{stayed}\n{testpmd.said}")
        status, left = testpmd.quit()
        quiet = not UNMAP_FAILED.search(testpmd.said)
        results.add(status == 0 and left == ("0", "0") and quiet, "ports: nothing is left at the end",
                    f"status {status}, left {left}\n{testpmd.said}")


def check_vhost(results):
    """Between two testpmds, one of which has its packets in a dma-buf that the other gets by vhost-user."""
    socket = "/run/testpmd.sock"
    common = ["--no-pci", "-l", "0,1", "--single-file-segments"]
    options = ["--forward-mode=macswap", "--port-topology=chained"]
    with Testpmd([*common, "--main-lcore=1", f"--vdev=net_vhost0,iface={socket}"], *options) as back, \
            Testpmd([*common, f"--vdev=net_virtio_user0,path={socket}"], "--mp-alloc=dmabuf",
                    f"--dmabuf=udmabuf,offset={OFFSET}", *options) as front:
        back.do("start")
        front.do("start tx_first")
        results.add(front.forwarded(500, 1) and back.forwarded(500, 1),
                    "vhost-user: packets go to and fro", f"{front.said}\n{back.said}")
        front.do("stop")
        area = shown(front.do("show dmabuf"))[0]
        fd = front.descriptor(int(area["Descriptor"]))
        found = [start for start, to, by in frames(fd) if by.startswith(PEER) and not to.startswith(PEER)]
        os.close(fd)
        # the back end wrote them there
        results.add(bool(found) and min(found) >= OFFSET, "vhost-user: what came back is in the dma-buf",
                    f"{found}\n{front.said}")
        status, left = front.quit()
        results.add(status == 0 and left == ("0", "0"), "vhost-user: nothing is left at the end",
                    f"status {status}, left {left}\n{front.said}")
        back.quit()


def check_refused(results, what, eal, source, sentence):
    with Testpmd(eal, "--mp-alloc=dmabuf", f"--dmabuf={source}", preload=False) as testpmd:
        status = testpmd.end()
        results.add(status > 0 and testpmd.said.count("--dmabuf: ") == 1 and sentence in testpmd.said,
                    f"{what} is refused", f"status {status}\n{testpmd.said}")


def check_other_modes(results):
    for mode in "xmem", "xbuf":
        with Testpmd(RINGS, f"--mp-alloc={mode}") as testpmd:
            testpmd.do("start tx_first")
            good = testpmd.forwarded(500) and "No pool is in a dma-buf" in testpmd.do("show dmabuf")
            testpmd.do("stop")
            status, _ = testpmd.quit()
            results.add(good and status == 0, f"--mp-alloc={mode} forwards as before", testpmd.said)


def main():
    iommu, physical = (os.environ[name].split() for name in ("DMABUF_NICS_IOMMU", "DMABUF_NICS_PA"))
    behind_iommu = ["-a", iommu[0], "-a", iommu[1], "--iova-mode=va"]
    by_address = ["-a", physical[0], "-a", physical[1], "--iova-mode=pa"]
    Testpmd.program, Testpmd.preload = sys.argv[1:]
    results = tap.Tap()
    check_forwarding(results, "e1000e, udmabuf", behind_iommu, "udmabuf", "udmabuf",
                     ["mapped", "mapped, for another port too"])
    check_forwarding(results, "e1000e without IOMMU, udmabuf", by_address, "udmabuf", "udmabuf",
                     ["not mapped: works by physical addresses"] * 2)
    check_forwarding(results, "net_ring, heap", RINGS, "heap:system", "system",
                     ["mapped"] * 2, page_sz=65536)
    check_fd(results)
    check_no_cpu(results)
    check_ports(results, iommu)
    check_vhost(results)
    check_refused(results, "a heap's buffer for NICs behind VFIO", behind_iommu, "heap:system",
                  "VFIO pins memory by its addresses")
    check_refused(results, "a heap's buffer for NICs without IOMMU", by_address, "heap:system",
                  "it needs physical addresses")
    check_other_modes(results)
    sys.exit(results.end())


if __name__ == "__main__":
    main()
