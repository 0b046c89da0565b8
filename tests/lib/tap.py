# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Results in the Test Anything Protocol (https://testanything.org), with the plan at the end."""

import sys


def note(text):
    for line in text.splitlines():
        print(f"# {line}", flush=True)


def bail_out(reason):
    print(f"Bail out! {reason}", flush=True)
    sys.exit(1)


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def add(self, good, what, said="", skip=None):
        """A result, with what was said if it is not good."""
        self.count += 1
        self.failed += not good
        status = "ok" if good else "not ok"
        # a # starts a directive
        line = f"{status} {self.count} - {what.replace('#', 'no. ')}"
        print(line + (f" # SKIP {skip}" if skip else ""), flush=True)
        if not good:
            note("\n".join(str(said).splitlines()[-200:]))

    def end(self):
        """Print the plan; return the exit status."""
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0
