#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Run DPDK's own memory autotests and those of dma-buf memory; print TAP.

  run      runs tests of one dpdk-test
  compare  runs DPDK's tests with an unmodified dpdk-test and with a reworked one, which has to pass
           whatever the unmodified one passes, and the dma-buf tests with the reworked one

A test whose DPDK asks for hugepages gets them where there are any: for root, the run reserves what
is missing and gives it back. Otherwise the test is tried with --no-huge. The exit status is 0 if
nothing failed, 1 if something did, 2 if the command line is wrong.
"""

import argparse
import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.append(f"{sys.path[0]}/../lib")
import tap

# Whether DPDK runs them with --no-huge (see REGISTER_FAST_TEST).
DPDK_TESTS = {
    "memory_autotest": False,
    "malloc_autotest": False,
    "memzone_autotest": False,
    "fbarray_autotest": True,
    "external_mem_autotest": False,
    "mempool_autotest": False,
    "mbuf_autotest": False,
    "eal_flags_mem_autotest": False,
    "multiprocess_autotest": False,
}
# What they need besides hugepages.
DMABUF_TESTS = {
    "extmem_dmabuf_autotest": [],
    "extmem_dmabuf_lookup_autotest": [],
    "extmem_dmabuf_heap_autotest": [],
    "extmem_dmabuf_stress_autotest": [],
    "extmem_dmabuf_process_autotest": [],
    "extmem_dmabuf_attach_autotest": [],
    "extmem_dmabuf_no_ipc_autotest": ["--no-shconf"],
    "extmem_dmabuf_unattached_autotest": [],
    "extmem_dmabuf_telemetry_autotest": [],
}

PASS, FAIL, SKIP = "passes", "fails", "is skipped"
HUGEPAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB"
NO_HUGE_ARGS = ["--no-huge", "-m", "2048"]
# No device of the machine: unlike --no-pci, tests pass this on to the processes they start.
NO_DEVICE_ARGS = ["-a", "0000:00:00.0"]


class Result:
    """What one run of one test came to."""

    def __init__(self, outcome, why, output):
        self.outcome = outcome
        self.why = why
        self.output = output


# ---- hugepages ----

def read_number(path):
    try:
        with open(path, encoding="ascii") as f:
            return int(f.read())
    except OSError:
        return 0


@contextlib.contextmanager
def reserved_hugepages(wanted):
    """Yield how many hugepages are free, after root reserved the missing ones."""
    total = f"{HUGEPAGES}/nr_hugepages"
    before, free = read_number(total), read_number(f"{HUGEPAGES}/free_hugepages")
    changed = False
    if free < wanted:
        with contextlib.suppress(OSError), open(total, "w", encoding="ascii") as f:
            f.write(str(before + wanted - free))
            changed = True
    try:
        yield read_number(f"{HUGEPAGES}/free_hugepages")
    finally:
        if changed:
            with contextlib.suppress(OSError), open(total, "w", encoding="ascii") as f:
                f.write(str(before))


def hugetlbfs_mounts():
    with open("/proc/mounts", encoding="utf-8") as f:
        return [line.split()[1] for line in f if line.split()[2] == "hugetlbfs"]


@contextlib.contextmanager
def hugetlbfs(folder):
    """Yield whether there is one: for root a new one, which nobody else sees and which takes what
    tests leave in it along when it goes."""
    clone_newns, ms_rec, ms_private = 0x20000, 0x4000, 0x40000
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(clone_newns) != 0 or \
            libc.mount(b"none", b"/", None, ms_rec | ms_private, None) != 0:
        yield bool(hugetlbfs_mounts())
        return
    for other in hugetlbfs_mounts():
        libc.umount2(os.fsencode(other), 0)
    os.mkdir(folder)
    mounted = libc.mount(b"none", os.fsencode(folder), b"hugetlbfs", 0, b"pagesize=2M") == 0
    try:
        yield mounted
    finally:
        if mounted:
            libc.umount2(os.fsencode(folder), 0)


# ---- one test ----

def describe_status(status):
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"


class Runner:
    """Runs tests, each as a DPDK process of its own."""

    def __init__(self, args, folder, with_hugepages):
        self.args = args
        self.folder = folder
        self.with_hugepages = with_hugepages
        self.runs = 0

    def eal_args(self, test):
        no_huge = not self.with_hugepages or DPDK_TESTS.get(test, False)
        self.runs += 1
        return [*(NO_HUGE_ARGS if no_huge else []), *NO_DEVICE_ARGS, *DMABUF_TESTS.get(test, []),
                f"--file-prefix=autotests{os.getpid()}n{self.runs}", *self.args.eal_arg]

    def run(self, program, test):
        command = [program, *self.eal_args(test)]
        env = dict(os.environ, DPDK_TEST=test, RUNTIME_DIRECTORY=self.folder)
        env.pop("RTE_TEST_RECURSIVE", None)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=env, start_new_session=True) as p:
            try:
                output, _ = p.communicate(timeout=self.args.timeout)
                timed_out = False
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, signal.SIGKILL)
                output, _ = p.communicate()
                timed_out = True
        output = f"+ DPDK_TEST={test} {' '.join(command)}\n" + output.decode(errors="replace")
        self.keep_log(program, test, output)
        if timed_out:
            return Result(FAIL, f"no end within {self.args.timeout} s", output)
        outcome = {0: PASS, 77: SKIP}.get(p.returncode, FAIL)
        reasons = re.findall(r"^skipped: (.*)", output, re.MULTILINE)
        why = reasons[-1] if outcome == SKIP and reasons else describe_status(p.returncode)
        return Result(outcome, why, output)

    def keep_log(self, program, test, output):
        if not self.args.logs:
            return
        name = f"{os.path.realpath(program).strip('/').replace('/', '_')}.{test}.log"
        with open(os.path.join(self.args.logs, name), "w", encoding="utf-8") as f:
            f.write(output)


# ---- reports ----

def show_failure(result):
    """What each case that failed said, or the end."""
    said, shown = [], []
    for line in result.output.splitlines():
        said.append(line)
        case = re.match(r"\s*\+ TestCase .* (\w+)$", line)
        if case and case[1] == "failed":
            shown += said[-30:]
        if case:
            said = []
    tap.note("\n".join(shown or result.output.splitlines()[-40:]))


def report(results, test, result):
    if result.outcome == SKIP:
        results.add(True, test, skip=result.why)
    elif result.outcome == PASS:
        results.add(True, test)
    else:
        results.add(False, f"{test}: {result.why}")
        show_failure(result)


def report_cases(results, test, result):
    """A line for each test case, for a command that runs a suite."""
    reason, failed, seen = None, False, False
    for line in result.output.splitlines():
        if line.startswith("skipped: "):
            reason = line.removeprefix("skipped: ")
        case = re.match(r" \+ TestCase \[ *\d+\] : (\S+) (\w+)", line)
        if not case:
            continue
        seen = True
        name, status = f"{test}: {case[1]}", case[2]
        if status == "succeeded":
            results.add(True, name)
        elif status == "skipped":
            results.add(True, name, skip=reason or "no reason given")
        else:
            failed = True
            results.add(False, name)
        reason = None
    if not seen:
        report(results, test, result)
    elif failed:
        show_failure(result)
    elif result.outcome == FAIL:  # it died between cases, or after the last
        report(results, test, result)


def report_comparison(results, test, stock, ours):
    if stock.outcome == ours.outcome == PASS:
        results.add(True, f"{test}: passes as on stock")
    elif ours.outcome == PASS:
        results.add(True, f"{test}: passes, while stock's {stock.outcome} ({stock.why})")
    elif stock.outcome == PASS:
        results.add(False, f"{test}: {ours.outcome} ({ours.why}), while stock's passes")
        show_failure(ours)
    elif stock.outcome == FAIL:
        results.add(True, test, skip=f"fails on stock too ({stock.why}), ours {ours.outcome}")
        show_failure(stock)
    elif ours.outcome == SKIP:
        results.add(True, test, skip=f"skipped on stock too ({ours.why})")
    else:
        results.add(False, f"{test}: fails ({ours.why}), while stock's is skipped")
        show_failure(ours)


def run_tests(runner, results):
    args = runner.args
    for test in args.tests or [*DPDK_TESTS, *DMABUF_TESTS]:
        result = runner.run(args.dpdk_test, test)
        (report_cases if args.cases else report)(results, test, result)


def compare_tests(runner, results):
    args = runner.args
    not_here = []
    for test in args.tests or [*DPDK_TESTS, *DMABUF_TESTS]:
        ours = runner.run(args.dpdk_test, test)
        if test in DMABUF_TESTS:
            (report_cases if args.cases else report)(results, test, ours)
            continue
        stock = runner.run(args.stock, test)
        if args.guest and stock.outcome != PASS:
            not_here.append(test)
        else:
            report_comparison(results, test, stock, ours)
    if not_here:
        compare_in_guest(args, not_here, results)


def compare_in_guest(args, tests, results):
    """What the unmodified DPDK can't pass here, for want of hugepages most often."""
    tap.note(f"the unmodified DPDK does not pass {', '.join(tests)} here; in the guest, which has "
             f"{args.hugepages} hugepages:")
    done = subprocess.run(["tools/guest", "--hugepages", str(args.hugepages), "--",
                           "tests/eal/autotests.py", "compare", args.stock, args.dpdk_test, *tests],
                          stdout=subprocess.PIPE, text=True, errors="replace", check=False)
    found = re.findall(r"^(ok|not ok) \d+ - (.*?)(?: # SKIP (.*))?$", done.stdout, re.MULTILINE)
    for status, what, skip in found:
        results.add(status == "ok", f"{what}, in the guest", done.stdout, skip or None)
    if len(found) != len(tests):
        results.add(False, f"{len(found)} of {len(tests)} tests came to an end in the guest", done.stdout)


# ---- command line ----

def program(path):
    found = shutil.which(path)
    if not found:
        raise argparse.ArgumentTypeError(f"{path} is no program; build dpdk-test first")
    return found


def folder(path):
    if not os.path.isdir(path):
        raise argparse.ArgumentTypeError(f"{path} is no folder")
    return path


def parse_args():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--cases", action="store_true",
                        help="a line for each case of the dma-buf tests, not for each test")
    common.add_argument("--dmabuf", action="store_true", help="the dma-buf tests only")
    common.add_argument("--no-huge", action="store_true", help="use no hugepages for any test")
    common.add_argument("--hugepages", metavar="N", type=int, default=512,
                        help="pages of 2 MiB to have free (%(default)s)")
    common.add_argument("--eal-arg", metavar="ARG", action="append", default=[],
                        help="one more EAL argument, as in --eal-arg=--in-memory (repeatable)")
    common.add_argument("--logs", metavar="DIR", type=folder, help="keep each test's output here")
    common.add_argument("--timeout", metavar="S", type=float, default=600,
                        help="seconds for one test (%(default)s)")
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest="mode", required=True)
    run = sub.add_parser("run", parents=[common], help="run tests of one dpdk-test")
    run.set_defaults(function=run_tests)
    compare = sub.add_parser("compare", parents=[common], help="compare two dpdk-tests")
    compare.add_argument("stock", type=program, help="dpdk-test of the unmodified DPDK")
    compare.add_argument("--guest", action="store_true", help="try those that fail with the unmodified "
                         "DPDK in the virtual machine, too")
    compare.set_defaults(function=compare_tests)
    for mode in (run, compare):
        mode.add_argument("dpdk_test", type=program, help="dpdk-test of the reworked DPDK")
        mode.add_argument("tests", nargs="*", metavar="test", help="only these")
    args = p.parse_args()
    if args.dmabuf:
        args.tests = [*DMABUF_TESTS, *args.tests]
    return args


def main():
    args = parse_args()
    results = tap.Tap()
    with tempfile.TemporaryDirectory(prefix="autotests") as tmp, \
            reserved_hugepages(0 if args.no_huge else args.hugepages) as pages, \
            hugetlbfs(os.path.join(tmp, "huge")) as mounted:
        with_hugepages = bool(pages and mounted and not args.no_huge)
        if with_hugepages:
            tap.note(f"{pages} hugepages of 2 MiB are free")
        elif not args.no_huge:
            tap.note("no hugepages: all tests run with --no-huge; to have them, run as root or "
                     f"write their number to {HUGEPAGES}/nr_hugepages and mount a hugetlbfs")
        args.function(Runner(args, tmp, with_hugepages), results)
    return results.end()


if __name__ == "__main__":
    sys.exit(main())
