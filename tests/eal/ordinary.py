#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Compare what memory that is no dma-buf does with the unmodified and with the reworked DPDK.

One program (tests/eal/ordinary.c, which tells what a step is) runs the steps below with either.
Compared are what each step came to and the system calls it made. What may differ is in ALLOWED.
"""

import argparse
import difflib
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(f"{sys.path[0]}/../lib")
import tap

# What may differ: a regular expression for the step, one for the difference, and the reason. A
# difference is the line before it (after a space; " " if it is the first), lines of stock (after
# "-") and ours (after "+").
ALLOWED = [
    (r"[PS][rw]*\? .*", r" \n-crash(\n\+(?!crash|waits|gone).*)+",
     "the unmodified DPDK crashes where a process looks at a list that it has not attached"),
    (r".* walk_lists", r" .*(\n-list .*)+",
     "a walk over lists passes over those not attached: a callback that reads their memsegs crashes"),
    (r".*", r" flock\(<[^>]*>, LOCK_EX\|LOCK_NB\) = -1 EAGAIN .*\n"
     r"\+flock\(<[^>]*>, LOCK_SH\|LOCK_NB\) = 0",
     "rte_fbarray_destroy() takes its shared lock back, which a failed exclusive one has dropped"),
    (r"[PS] cleanup", r" .*\n-munmap\(ADDRESS, \d+\) = 0\n\+munmap\(ADDRESS, \d+\) = 0",
     "the shared configuration, which EAL unmaps last, is larger"),
]


def apart(who):
    """Who runs the steps that may crash, and who the others: forking takes time."""
    return who, who.replace("?", "") if len(who) == 2 else who


def look(who, *addresses):
    """Steps that look addresses up."""
    who, here = apart(who)
    return "".join(f"{here} virt2list {a}\n{who} virt2memseg {a}\n{here} virt2iova {a}\n"
                   for a in addresses)


def walks(who, everything=False):
    """Steps that pass over all memory, and that tell about it; of those in a forked process, only some."""
    who, here = apart(who)
    more = "walk_contig; walk_unsafe; dma_mask 63; iova2virt 0x10000; " if who == here or everything else ""
    return f"""
        {who} walk; {more}dump
        {here} walk_lists; physmem_size; dump_stats; dump_heaps; dump_memzones
        """


def scenario():
    """Sections of steps: (title, text); a line may hold several steps of the same process."""
    yield "wrong arguments of external memory", """
        P register NULL 64K NULL 16 4K; register A 0 NULL 0 4K; register A 64K NULL 16 0
        P register A 64K NULL 16 3000; register A 65000 NULL 16 4K; register A+64 64K NULL 16 4K
        P register A 64K 0x10000 15 4K; register A 64K 0x10000 17 4K; register A 1M NULL 0 2M
        P unregister NULL 64K; unregister A 0; unregister A 64K; attach NULL 64K; attach A 0
        P attach A 64K
        P detach NULL 64K; detach A 0; detach A 64K
        """ + look("P", "A", "NULL", "0xffffffffffffffff")
    yield "wrong arguments of heaps", "".join(f"""
        P heap_create {name}; heap_socket {name}; heap_add {name} D 64K NULL 16 4K
        P heap_attach {name} D 64K
        P heap_detach {name} D 64K; heap_attach {name} D 64K; heap_remove {name} D 64K
        P heap_destroy {name}
        """ for name in ("NULL", "EMPTY", "x" * 31, "x" * 32, "socket_0")) + """
        P heap_create h; heap_create h; heap_socket h; heap_socket nobody; heap_external h
        P heap_external ANY
        P heap_external socket_0; heap_add nobody D 64K NULL 16 4K; heap_add h NULL 64K NULL 16 4K
        P heap_add h D 0 NULL 0 4K; heap_add h D 64K NULL 16 0; heap_add h D 64K NULL 16 3000
        P heap_add h D 65000 NULL 16 4K; heap_add h D+64 64K NULL 16 4K
        P heap_add h D 64K 0x10000 15 4K
        P heap_attach nobody D 64K; heap_attach h D 64K; heap_detach h D 64K
        P heap_remove nobody D 64K
        P heap_remove h D 64K; heap_remove h D 0; malloc h 64 0 0; heap_destroy h; heap_destroy h
        """
    yield "registering", """
        P register A 64K NULL 16 4K; register A 64K NULL 16 4K; register A 128K NULL 32 4K
        """ + look("P", "A", "A+1", "A+65535", "A+64K", "A+128K", "A+63K") + """
        P virt2memseg_in A+4K A; unregister A 32K; unregister A+4K 60K; unregister A 64K
        """ + look("P", "A", "A+64K") + """
        P unregister A 64K; unregister A 128K; unregister A 128K; register A 64K 0x10000 16 4K
        P register B 64K 0x90000 1 64K; register C 4M 0x40000000 2 2M; register E 4K NULL 64 64
        P register F 2M 0x50000000 512 4K; register G 64K NULL 15 4K
        """ + look("P", "A", "A+12K", "B+1", "B+60K", "C", "D", "D+2097151", "E", "E+64", "E+4095",
                   "F+2097151", "G", "G+61439", "G+60K") + """
        P iova2virt 0x10000; iova2virt 0x11234; iova2virt 0x91234; iova2virt 0x40200000
        P iova2virt 0x7fffffff
        P virt2memseg_in B A; unregister G 64K; unregister G 60K; unregister F 2M; unregister E 4K
        P unregister C 4M; unregister B 64K; unregister A 64K
        """
    yield "overlapping ranges", """
        P register A+64K 64K 0x10000 16 4K; register A 1M 0x20000 1 1M
        P register A+16K 64K NULL 16 4K
        P register A+1M 1M NULL 0 4K; register A+512K 1M NULL 0 64K
        """ + look("P", "A", "A+16K", "A+64K", "A+80K", "A+127K", "A+128K", "A+600K",
                   "A+1M", "A+1500K", "A+2M") + """
        P unregister A+64K 64K
        """ + look("P", "A", "A+16K", "A+64K", "A+80K", "A+600K", "A+1M") + """
        P unregister A 1M
        """ + look("P", "A", "A+16K", "A+64K", "A+80K", "A+600K", "A+1M") + """
        P register A 1M 0x20000 1 1M
        """ + look("P", "A", "A+16K", "A+80K", "A+600K", "A+1M") + """
        P unregister A 1M; unregister A+16K 64K; unregister A+512K 1M
        """ + look("P", "A+16K", "A+600K", "A+1M") + """
        P unregister A+1M 1M
        """
    yield "walks", """
        P register A 16K 0x10000 4 4K; register A+16K 16K 0x14000 4 4K; register B 32K NULL 8 4K
        P register C 64K 0x90000 1 64K
        """ + walks("P") + "".join(
            f"P walk{kind} {left} {stop}\n" for kind in ("", "_contig", "_lists")
            for left in (1, 3) for stop in (1, -1, 7)) + """
        P dma_mask 12; dma_mask 0; dma_mask 64; unregister B 32K
        """ + walks("P") + """
        P unregister A 16K; unregister A+16K 16K; unregister C 64K
        """ + walks("P")
    yield "detached where it was registered", """
        P register A 64K 0x10000 16 4K; register B 64K 0x20000 16 4K; detach A 64K; detach A 64K
        """ + look("P?", "A", "A+64K", "B") + walks("P?") + """
        P register A 64K NULL 16 4K; unregister A 64K; attach A 32K; attach A 64K; attach A 64K
        """ + look("P", "A", "B") + walks("P") + """
        P unregister A 64K; unregister B 64K
        P start
        """
    yield "attached in the secondary process", """
        P register A 64K 0x10000 16 4K; register B 64K 0x20000 16 4K
        """ + look("S?", "A", "A+64K", "B") + walks("S?") + """
        S detach A 64K; unregister A 64K; register A 64K NULL 16 4K; attach A+4K 60K; attach A 64K
        S attach A 64K
        """ + look("S", "A", "A+60K") + look("S?", "B") + walks("S?", everything=True) + """
        P unregister A 64K; unregister A 64K; detach A 64K
        """ + look("P?", "A") + walks("P?") + """
        P attach A 64K
        S unregister A 64K; attach B 64K
        """ + walks("S") + """
        S detach B 64K
        P unregister B 64K
        S attach B 64K; detach B 64K; detach A 64K; detach A 64K
        P unregister A 64K
        S attach A 64K
        """ + look("S", "A", "B")
    yield "a heap", """
        P heap_create h; heap_add h D 128K 0x10000 32 4K; heap_add h D 128K 0x10000 32 4K
        P heap_add h D+128K 128K 0x90000 2 64K; register D 128K NULL 32 4K
        P register D+64K 128K NULL 32 4K
        P unregister D+64K 128K; malloc h 1024 0 0; malloc h 100K 4096 1; malloc h 64 128 2
        P malloc h 1M 0 3
        P realloc h 4096 0 0; malloc_virt2iova $0; malloc_virt2iova $1; virt2memseg $2; virt2iova $2
        P socket_stats h; socket_stats nobody
        """ + walks("P") + """
        P memzone_reserve h zone 4096 0; memzone_reserve h zone 4096 0
        P memzone_reserve h contiguous 70000 0x00100000; dump_memzones; memzone_free zone
        P memzone_free contiguous; heap_remove h D+128K 128K; heap_remove h D+4K 124K
        P heap_remove h D 256K
        P heap_destroy h; heap_remove h D 128K; heap_remove h D 128K; unregister D 128K; free $0
        P free $1; free $2
        P socket_stats h; heap_detach h D+128K 128K; heap_detach h D+128K 128K
        P heap_attach h D+128K 128K
        P heap_attach h D+128K 128K; dump_stats; dump_heaps; heap_remove h D+128K 128K
        P heap_destroy h
        P malloc h 64 0 0; free $0; socket_stats h
        """
    yield "a heap attached in part", """
        P heap_create h; heap_add h D 128K 0x10000 32 4K; heap_add h E 128K 0x90000 32 4K
        S heap_attach h E 128K; malloc h 64 0 0; malloc h 100K 0 1; malloc h 100K 0 2
        S malloc h 100K 0 3
        S virt2iova E; malloc_virt2iova $0
        S? malloc_virt2iova $1; malloc_virt2iova $2
        S realloc h 128 0 0
        S? memzone_reserve h zone 4096 0; memzone_reserve h contiguous 4096 0x00100000
        """ + walks("S?") + """
        S free $1
        P malloc h 90K 0 1
        S free $1
        P free $2; heap_detach h E 128K; malloc h 64 0 4; malloc h 100K 0 1; malloc h 100K 0 2
        P free $1; free $4
        P free $2
        """ + look("P?", "D", "E") + walks("P?") + """
        P socket_stats h; free $0; heap_attach h E 64K; heap_attach nobody E 128K
        P heap_attach h E 128K
        S heap_attach h D 128K; heap_attach h D 128K
        P heap_remove h D 128K
        S heap_detach h D 128K; heap_detach h D 128K
        P socket_stats h; heap_remove h D 128K
        S heap_remove h E 128K
        P socket_stats h
        S heap_destroy h
        P unregister D 128K; attach E 128K; heap_destroy h
        S detach E 128K; unregister E 128K
        P unregister E 128K
        """ + walks("P?")
    yield "DPDK's own memory", """
        P malloc socket_0 3M 4096 0
        """ + look("P", "$0") + look("S", "$0") + """
        P malloc_virt2iova $0
        S malloc_virt2iova $0; malloc ANY 3M 0 1
        P register A 64K NULL 16 4K
        """ + walks("P") + """
        P memzone_reserve socket_0 zone 100000 0
        S memzone_reserve socket_0 contiguous 100000 0x00100000
        P memzone_free contiguous
        S memzone_free zone
        P free $1
        S free $0
        P malloc socket_0 300M 0 0; unregister A 64K
        """ + walks("P")
    yield "all lists in use", "".join(f"P register Z+{4 * i}K 4K NULL 1 4K\n" for i in range(130)) \
        + look("P", *(f"Z+{4 * i}K" for i in range(0, 130, 7))) + look("S?", "Z", "Z+200K") + """
        P walk_lists; heap_create h; heap_add h D 64K NULL 16 4K; heap_destroy h
        S register Y 64K NULL 16 4K
        """ + "".join(f"P unregister Z+{4 * i}K 4K\n" for i in range(0, 130, 2)) \
        + look("P", "Z", "Z+4K", "Z+200K", "Z+204K") \
        + "".join(f"P unregister Z+{4 * i}K 4K\n" for i in range(129, 0, -2))
    yield "files in trouble", """
        P register A 64K NULL 16 4K; unlink extmem A
        S attach A 64K
        P unregister A 64K; detach A 64K; attach A 64K; touch extmem A; attach A 64K
        P unregister A 64K
        P touch extmem B; register B 64K NULL 16 4K; unregister B 64K; open_files 3
        P register B 64K NULL 16 4K
        P heap_create h; heap_add h D 64K NULL 16 4K; open_files 1024; register B 64K NULL 16 4K
        S open_files 3; attach B 64K; open_files 1024; attach B 64K; unlink extmem B; detach B 64K
        P unregister B 64K; touch extmem B; unregister B 64K; heap_add h D 64K NULL 16 4K
        P unlink h D
        P heap_remove h D 64K; socket_stats h; touch h D; unregister D 64K; heap_destroy h
        """
    locked = (look("{l}", "A", "D", "C") + walks("{l}", everything=True) + """
        {l} register B 64K NULL 16 4K; register A 64K NULL 16 4K; register NULL 64K NULL 16 4K
        {l} unregister A 64K
        {l} unregister C 64K; unregister NULL 0; attach A 64K; attach C 64K; detach A 64K
        {l} heap_create i
        {l} heap_create NULL; heap_add h E 64K NULL 16 4K; heap_attach h D 64K; heap_detach h D 64K
        {l} heap_remove h D 64K; heap_remove h C 64K; heap_destroy h; heap_socket h; malloc h 64 0 0
        {l} free $1
        {l} malloc_virt2iova $1; socket_stats h; memzone_reserve h zone 64 0
        """)
    yield "locks", """
        P register A 64K NULL 16 4K; heap_create h; heap_add h D 64K NULL 16 4K; malloc h 64 0 1
        """ + "".join(locked.format(l=letters) for letters in ("Pr?", "Pw?")) + """
        P free $1; unregister A 64K; heap_remove h D 64K; heap_destroy h
        """
    # DPDK's own lists are four or one, depending on its version
    questions = ["heap_list", "memzone_list", "memseg_lists", *(f"heap_info,{i}" for i in range(3)),
                 *(f"memzone_info,{i}" for i in (0, 1, 9)),
                 *(f"memseg_list_info,{i}" for i in ("", *range(8), 127, 128)),
                 *(f"memseg_info,{i},{k}" for i in range(8) for k in (0, 3, 4)),
                 *(f"element_list,1,{i},0" for i in range(8)),
                 *(f"element_info,1,{i},0,0,4" for i in range(8)), "memseg_info,128,0"]
    yield "telemetry", """
        P register A 16K 0x10000 4 4K; heap_create h; heap_add h D 64K 0x20000 1 64K
        P register B 64K NULL 16 4K
        P malloc h 64 0 0; memzone_reserve h zone 4096 0
        """ + "".join(f"P telemetry /eal/{question}\n" for question in questions) + """
        P memzone_free zone; free $0; unregister A 16K; unregister B 64K; heap_remove h D 64K
        P heap_destroy h
        """
    # Where the secondary process registers, its kernel places the list. When the primary process
    # attaches that, its next lists come to lie behind it, where a secondary process that lives may
    # be in the way.
    yield "registered by the secondary process", """
        P register C 64K NULL 16 4K
        S register A 64K 0x10000 16 4K; register B 64K NULL 16 4K
        """ + look("S", "A", "B+1") + look("P?", "A", "B") + walks("P?") + """
        P unregister A 64K; detach A 64K; attach A 64K
        """ + look("P", "A") + walks("P?") + """
        S unregister A 64K
        P attach B 64K
        """ + walks("P") + """
        S detach A 64K
        """ + walks("S?") + """
        S attach A 64K
        P detach A 64K
        S unregister A 64K; detach B 64K
        P unregister B 64K
        """ + walks("P") + walks("S?")
    yield "a heap of the secondary process", """
        S heap_create s; heap_add s F 128K 0x10000 32 4K
        P malloc s 64 0 0; free $0
        P? malloc_virt2iova $0
        P malloc s 64 0 0
        S free $0
        P? heap_remove s F 128K
        P heap_detach s F 128K; heap_attach s F 128K; malloc s 4096 4096 0; malloc_virt2iova $0
        S malloc_virt2iova $0
        P free $0
        S heap_detach s F 128K; malloc s 4096 4096 0; free $0
        P heap_remove s F 128K; heap_destroy s
        """ + walks("S?")
    yield "the secondary process is killed", """
        S register A 64K NULL 16 4K; attach C 64K
        P unregister C 64K
        P kill
        P unregister C 64K
        """ + look("P?", "A") + """
        P unregister A 64K; attach A 64K; unregister A 64K
        P start
        """
    yield "clean-up", """
        P register A 64K NULL 16 4K
        S attach A 64K; register C 64K NULL 16 4K
        P attach C 64K
        S cleanup
        P kill
        P cleanup; cleanup
        """


def number(sections):
    """The steps by number, and the numbers of each section's."""
    lines, numbers = [], {}
    for title, text in sections:
        new = [f"{line.split()[0]} {step.strip()}" for line in text.splitlines() if line.strip()
               for step in line.split(maxsplit=1)[1].split(";")]
        numbers[title] = range(len(lines) + 1, len(lines) + len(new) + 1)
        lines += new
    return lines, numbers


SHOWN, WIDTH = 20, 160  # how many differences of a section are shown, and how much of a line

# what differs from run to run, and what stands for it: addresses that are not of tests/eal/ordinary.c,
# descriptors, processes and threads, the names and the text of messages to other processes
OWN = [
    (re.compile(r"0x(?!30000[0-9a-f]{7}\b|f{16}\b)[0-9a-f]{9,}\b"), "ADDRESS"),
    (re.compile(r"\b\d+<|\bfd:\d+"), "<"),
    (re.compile(r" += "), " = "),
    (re.compile(r"mp_socket_\w+"), "mp_socket"),
    (re.compile(r"(fbarray_memseg-\w+-\d+-\d+)_\w+"), r"\1"),
    (re.compile(r"tgkill\(\d+, \d+"), "tgkill(,"),
    (re.compile(r"(socket|pipe):\[\d+\]"), r"\1"),
    (re.compile(r"((?:send|recv)msg)\(.*\)"), r"\1()"),
]
# these make EAL's start last minutes, where every call that is traced takes milliseconds
NOT_TRACED = "trace=!access,newfstatat,read,readlink"
# the folder is the host's, where writing a line takes the guest long
TRACE = 'strace -ff -y -s 1024 --seccomp-bpf -o /dev/shm/trace -e "$@"; cp /dev/shm/trace.* "$0"'
NOT_COMPARED = re.compile(
    r"futex|getpid|gettid|write\(-1|--- SIG|\+\+\+ |"
    r'socket\(AF_UNIX, SOCK_DGRAM\|SOCK_CLOEXEC|connect\(.*"/dev/log"|close\(<socket>')  # syslog()


def normal(line):
    """The line without what differs from run to run."""
    for pattern, text in OWN:
        line = pattern.sub(text, line)
    return line


def run(build, folder, steps_file):
    """Run the steps with one DPDK; what they say and the traces are in the folder then."""
    libraries = f"{os.getcwd()}/{build}/subprojects/{Path(build).name}/lib"
    program = folder / "program"
    flags = subprocess.run(["pkg-config", "--cflags", "libdpdk"], check=True, text=True,
                           env={**os.environ, "PKG_CONFIG_PATH": f"{build}/meson-uninstalled"},
                           stdout=subprocess.PIPE).stdout
    # libgcc_s is what cancelling a thread would load
    subprocess.run(["cc", "-Wall", "-Wextra", "-DALLOW_EXPERIMENTAL_API", "tests/eal/ordinary.c",
                    "-o", program, *shlex.split(flags), f"-L{libraries}", "-Wl,--as-needed",
                    "-lrte_eal", "-lrte_telemetry", "-lrte_kvargs", "-Wl,--no-as-needed",
                    "-lgcc_s"], check=True)
    for old in folder.glob("trace.*"):
        old.unlink()
    said = subprocess.run(
        ["tools/guest", "--hugepages", "64", "--out", folder, "--env", f"STEPS={steps_file}",
         "--env", f"LD_LIBRARY_PATH={libraries}",
         "--env", "MALLOC_TOP_PAD_=67108864",  # so that malloc() makes no system calls
         "--", "sh", "-c", TRACE, folder, NOT_TRACED, program, "-l0", "--no-pci", "--iova-mode=va",
         "--file-prefix=ordinary"],
        stdout=subprocess.PIPE, text=True, errors="replace")
    Path(folder, "said").write_text(said.stdout)


def read(folder):
    """What each step came to and which calls it made, by number."""
    results, calls = {}, {}
    for line in Path(folder, "said").read_text().splitlines():
        if match := re.match(r"(\d+)\|(.*)", line):
            results.setdefault(int(match[1]), []).append(normal(match[2]))
    for trace in glob.glob(f"{folder}/trace.*"):
        step = 0
        for line in Path(trace).read_text(errors="replace").splitlines():
            if match := re.match(r'write\(-1, "(begin|end) (\d+)"', line):
                step = int(match[2]) if match[1] == "begin" else 0
                calls.setdefault(int(match[2]), [])
            elif step and not NOT_COMPARED.match(line := normal(line)):
                calls[step].append(line)
    return results, calls


def differences(stock, ours):
    """The hunks in which two lists of lines differ."""
    for tag, i, j, k, m in difflib.SequenceMatcher(None, stock, ours, autojunk=False).get_opcodes():
        if tag != "equal":
            yield "\n".join([" " + (stock[i - 1] if i else ""),
                             *("-" + line for line in stock[i:j]),
                             *("+" + line for line in ours[k:m])])


def compare(lines, sections, runs, allowed):
    """Print a result for each section, and one for each thing that may differ."""
    (stock_results, stock_calls), (our_results, our_calls) = runs
    needed = [0] * len(allowed)
    results = tap.Tap()
    for title, numbers in sections.items():
        wrong = []
        for n in numbers:
            line = lines[n - 1]
            if line not in ("P start", "P kill") and (
                    n not in stock_results or n not in stock_calls and "telemetry" not in line):
                wrong.append(f"the unmodified DPDK did not come to: {line}")
            pairs = [("", stock_results, our_results), ("system calls of ", stock_calls, our_calls)]
            if stock_results.get(n) == ["crash"]:
                del pairs[1]  # the calls end where it crashed
            for what, stock, ours in pairs:
                hunks = []
                for hunk in differences(stock.get(n, []), ours.get(n, [])):
                    reason = next((i for i, (step, difference, _) in enumerate(allowed)
                                   if re.fullmatch(step, line)
                                   and re.fullmatch(difference, hunk)), None)
                    if reason is None:
                        hunks.append(hunk)
                    else:
                        needed[reason] += 1
                if hunks:
                    wrong.append("\n".join([what + line, *hunks]))
        results.add(not wrong, f"{title}: {len(numbers)} steps, {len(wrong)} differences")
        for text in wrong[:SHOWN] + [f"and {len(wrong) - SHOWN} more"] * (len(wrong) > SHOWN):
            tap.note("\n".join(f"  {line[:WIDTH]}" for line in text.splitlines()))
    for times, (_, _, reason) in zip(needed, allowed):
        results.add(times, f"allowed: {reason}: {f'{times} times' if times else 'not needed any more'}")
    return results.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--allow", choices=["none"],
                        help="nothing may differ, as between two of the same DPDK")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the results and the traces there")
    args = parser.parse_args()
    allowed = [] if args.allow else ALLOWED
    lines, sections = number(scenario())
    with tempfile.TemporaryDirectory(prefix="dmabuf-ordinary.", dir="/var/tmp") as folder:
        folder = Path(args.keep or folder).absolute()
        steps = folder / "steps"
        runs = []
        for name in "STOCK", "BUILD":
            where = folder / name
            where.mkdir(parents=True, exist_ok=True)
            steps.write_text("".join(f"{line}\n" for line in lines))
            run(os.environ[name], where, steps)
            runs.append(read(where))
        return compare(lines, sections, runs, allowed)


if __name__ == "__main__":
    sys.exit(main())
