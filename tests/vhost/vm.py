#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Boot a virtual machine over the network: each of its packets is in a dma-buf on its way; print TAP.

Runs in the guest: tools/guest --cpus 2 -- tests/vhost/vm.py TESTPMD

    VM -- vhost-user -- testpmd -- vhost-user -- testpmd, packets in a dma-buf -- tap -- dnsmasq

QEMU has the driver's side of vhost-user, as virtio-user has; so a testpmd with the other side is between them.
The firmware of the VM, iPXE, gets an address by DHCP and a file by TFTP. The file is random, so where its bytes
are found, that is where they went.
"""

import mmap
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(f"{sys.path[0]}/../lib")
import tap
from testpmd_child import PATIENCE, Testpmd, shown

OFFSET = 0x510000
FILE_LEN = 1 << 20
BLOCK = 512  # the least that TFTP sends at once
LEAST_BLOCKS = 64  # that nothing has overwritten
INTERFACE = "vm0"
SCRIPT = "#!ipxe\nimgfetch random\nimgfetch end\n"
VM_MEMORY = 128 << 20


class Background:
    """A program that runs until it is killed, with what it says in a file."""

    def __init__(self, *command, log):
        self.log = Path(log)
        with open(log, "w", encoding="utf-8") as out:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def says(self, pattern):
        """Wait until it has said that."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.said()):
            if self.child.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def said(self):
        return self.log.read_text(errors="replace")


def server(folder):
    """DHCP and TFTP on the interface."""
    subprocess.run(["ip", "addr", "add", "192.0.2.1/24", "dev", INTERFACE], check=True)
    subprocess.run(["ip", "link", "set", INTERFACE, "up"], check=True)
    return Background("dnsmasq", "--keep-in-foreground", "--log-facility=-", "--user=root", "--port=0",
                      f"--interface={INTERFACE}", "--bind-interfaces", "--no-ping", "--leasefile-ro",
                      "--dhcp-range=192.0.2.10,192.0.2.20", "--dhcp-boot=script", "--enable-tftp",
                      f"--tftp-root={folder}", log=folder / "dnsmasq.log")


def machine(folder, socket, memory):
    return Background("qemu-system-x86_64", "-M", "pc,accel=tcg,graphics=off,memory-backend=memory",
                      "-m", str(VM_MEMORY >> 20), "-nodefaults", "-display", "none",
                      "-object", f"memory-backend-file,id=memory,mem-path={memory},share=on,size={VM_MEMORY}",
                      "-chardev", f"socket,id=socket,path={socket}",
                      "-netdev", "vhost-user,id=net,chardev=socket",
                      "-device", "virtio-net-pci,netdev=net,bootindex=1", "-serial", "stdio",
                      log=folder / "vm.log")


def blocks_in(fd, content):
    """Where blocks of the file are in a dma-buf."""
    with mmap.mmap(fd, os.lseek(fd, 0, os.SEEK_END), mmap.MAP_SHARED, mmap.PROT_READ) as memory:
        everything = memory[:]
    found = [everything.find(content[at:at + BLOCK]) for at in range(0, FILE_LEN, BLOCK)]
    return [at for at in found if at >= 0]


def main():
    Testpmd.program = sys.argv[1]
    subprocess.run(["modprobe", "tun"], check=True)
    results = tap.Tap()
    folder = Path(tempfile.mkdtemp())
    content = os.urandom(FILE_LEN)
    (folder / "script").write_text(SCRIPT, encoding="utf-8")
    (folder / "random").write_bytes(content)
    (folder / "end").write_bytes(b"\n")
    between, to_vm, memory = folder / "between", folder / "to_vm", folder / "memory"
    common = ["--no-pci", "-l", "0,1", "--single-file-segments"]
    with Testpmd([*common, f"--vdev=net_vhost0,iface={between}", f"--vdev=net_vhost1,iface={to_vm}"]) as switch, \
            Testpmd([*common, f"--vdev=net_virtio_user0,path={between}", f"--vdev=net_tap0,iface={INTERFACE}"],
                    "--mp-alloc=dmabuf", f"--dmabuf=udmabuf,offset={OFFSET}") as front:
        switch.do("start")
        front.do("start")
        with server(folder) as dnsmasq, machine(folder, to_vm, memory) as vm:
            booted = dnsmasq.says(r"sent \S*/end to")
            said = "\n".join((switch.said, front.said, dnsmasq.said(), vm.said()))
            results.add(booted, "a VM boots over the network, by packets that were in a dma-buf", said)
            in_vm = memory.read_bytes().count(content)
            results.add(in_vm > 0, f"its memory has the {FILE_LEN} bytes of a file, each right", said)
        front.do("stop")
        found = []
        for area in shown(front.do("show dmabuf")):
            fd = front.descriptor(int(area["Descriptor"]))
            found += blocks_in(fd, content)
            os.close(fd)
        results.add(len(found) >= LEAST_BLOCKS and min(found) >= OFFSET, "they were in the dma-buf, behind the offset",
                    f"{len(found)} blocks\n{front.said}")
        tap.note(f"{len(found)} blocks of {BLOCK} bytes of the file are still in the dma-buf")
        tap.note("\n".join(line for line in front.do("show port stats all").splitlines() if "packets" in line))
        front.quit()
        switch.quit()
    sys.exit(results.end())


if __name__ == "__main__":
    main()
