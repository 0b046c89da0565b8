#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Test tools/base in a repository of its own, where nothing needs the network or apt."""

import hashlib
import http.server
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ".dpdk-dmabuf"
WRAP = """[wrap-file]
directory = dpdk-26.07
source_url = {url}
source_filename = dpdk-26.07.tar.xz
source_hash = {hash}
"""
# instead of tools/apply: says what it is asked, and exits with what the file "status" holds, once
APPLY = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
status=$(dirname "$0")/status
if [ -e "$status" ]; then
	result=$(cat "$status")
	rm "$status"
	exit "$result"
fi
"""
# instead of tools/apt-private
APT = """#!/bin/sh
echo "$(dirname "$0")/dpdk_22.11.11-0+deb12u1.dsc"
"""
# instead of dpkg-source: --no-copy -x <dsc> <folder>
DPKG_SOURCE = """#!/bin/sh
[ ! -e "$(dirname "$0")/broken" ] || { mkdir "$4"; echo 'no space left'; exit 1; }
mkdir -p "$4/lib/eal"
echo 22.11.11 > "$4/VERSION"
"""


def archive():
    """A DPDK release, nearly."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:xz") as tar:
        for name, text in ("VERSION", b"26.07.0\n"), ("lib/eal/meson.build", b""):
            member = tarfile.TarInfo(f"dpdk-26.07/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return file.getvalue()


class Base(unittest.TestCase):
    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.trees = self.root / "subprojects"
        self.tools = self.root / "tools"
        self.trees.mkdir()
        self.tools.mkdir()
        shutil.copy(ROOT / "tools/base", self.tools)
        for name, text in ("apply", APPLY), ("apt-private", APT), ("dpkg-source", DPKG_SOURCE):
            (self.tools / name).write_text(text)
            (self.tools / name).chmod(0o755)
        (self.tools / "dpdk_22.11.11-0+deb12u1.dsc").write_text("Version: 22.11.11-0+deb12u1\n")
        self.wrap("http://127.0.0.1:1/dpdk-26.07.tar.xz", "0" * 64)

    def wrap(self, url, digest):
        (self.trees / "dpdk-26.07.wrap").write_text(WRAP.format(url=url, hash=digest))

    def serve(self):
        """Serve the archive and return its URL."""
        content = archive()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()

            def do_GET(self):
                self.do_HEAD()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/dpdk-26.07.tar.xz"

    def run_base(self, *args):
        environment = {**os.environ, "PATH": f"{self.tools}:{os.environ['PATH']}", "no_proxy": "*"}
        return subprocess.run([self.tools / "base", *args], env=environment, text=True,
                              capture_output=True)

    def folder(self, *args):
        """The folder that tools/base prints, which is to be all that it prints."""
        done = self.run_base(*args)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        return self.trees / done.stdout.strip()

    def refused(self, *args):
        done = self.run_base(*args)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr

    def user_tree(self):
        tree = self.root / "mine"
        (tree / "lib/eal/include").mkdir(parents=True)
        (tree / ".git").mkdir()
        (tree / "build/meson-private").mkdir(parents=True)
        (tree / "VERSION").write_text("25.11.2\n")
        return tree

    def test_distro(self):
        tree = self.folder("distro")
        self.assertEqual(tree.name, "dpdk-distro-22.11.11")
        self.assertEqual((tree / "VERSION").read_text(), "22.11.11\n")
        self.assertEqual((self.tools / "asked").read_text(), f"--link {tree}\n")

    def test_distro_is_cached(self):
        tree = self.folder("distro")
        (self.tools / "apt-private").unlink()
        self.assertEqual(self.folder("distro"), tree)

    def test_stock_is_not_reworked(self):
        tree = self.folder("--stock", "distro")
        self.assertEqual(tree.name, "dpdk-distro-22.11.11-stock")
        self.assertTrue((tree / "VERSION").is_file())
        self.assertFalse((self.tools / "asked").exists())

    def test_stock_shares_no_file(self):
        tree = self.folder("distro")
        stock = self.folder("--stock", "distro")
        self.assertNotEqual((tree / "VERSION").stat().st_ino, (stock / "VERSION").stat().st_ino)

    def test_folder_name_stands_for_itself(self):
        tree = self.folder("distro")
        self.assertEqual(self.folder(tree.name), tree)

    def test_failed_unpacking_leaves_nothing_to_use(self):
        (self.tools / "broken").touch()
        self.assertIn("no space left", self.refused("distro"))
        self.assertEqual(list(self.trees.glob("dpdk-*[!p]")), [])
        (self.tools / "broken").unlink()
        self.assertTrue((self.folder("distro") / "VERSION").is_file())

    def test_failed_refresh_keeps_the_tree(self):
        tree = self.folder("distro")
        (self.tools / "broken").touch()
        self.refused("--refresh", "distro")
        self.assertTrue((tree / "VERSION").is_file())

    def test_release(self):
        self.wrap(self.serve(), hashlib.sha256(archive()).hexdigest())
        tree = self.folder("26.07")
        self.assertEqual(tree.name, "dpdk-26.07")
        self.assertEqual((tree / "VERSION").read_text(), "26.07.0\n")
        self.wrap("http://127.0.0.1:1/", "0" * 64)
        self.assertEqual(self.folder("26.07"), tree)

    def test_wrong_hash_shows_both(self):
        self.wrap(self.serve(), "0" * 64)
        message = self.refused("26.07")
        self.assertIn("0" * 64, message)
        self.assertIn(hashlib.sha256(archive()).hexdigest(), message)
        self.assertFalse((self.trees / "dpdk-26.07").exists())

    def test_release_out_of_reach(self):
        self.assertIn("cannot download http://127.0.0.1:1/", self.refused("26.07"))

    def test_unset_takes_the_release_if_its_site_answers(self):
        self.wrap(self.serve(), hashlib.sha256(archive()).hexdigest())
        done = self.run_base("")
        self.assertEqual(done.stdout, "dpdk-26.07\n")
        self.assertIn("using DPDK 26.07, because its release site answers", done.stderr)

    def test_unset_takes_the_distribution_else(self):
        done = self.run_base()
        self.assertEqual(done.stdout, "dpdk-distro-22.11.11\n")
        self.assertRegex(done.stderr, "using the distribution's DPDK, because .* cannot be reached")

    def test_user_tree_is_copied(self):
        mine = self.user_tree()
        before = sorted(mine.rglob("*"))
        tree = self.folder(mine)
        self.assertRegex(tree.name, r"^dpdk-tree-25\.11\.2-[0-9a-f]{8}$")
        self.assertEqual(sorted(path.name for path in tree.iterdir()), ["VERSION", "lib"])
        self.assertEqual((self.tools / "asked").read_text(), f"--link {tree}\n")
        self.assertEqual(sorted(mine.rglob("*")), before)

    def test_user_tree_is_copied_again_on_request(self):
        mine = self.user_tree()
        tree = self.folder(mine)
        (mine / "new").touch()
        self.assertFalse((self.folder(mine) / "new").exists())
        self.assertEqual(self.folder("--refresh", mine), tree)
        self.assertTrue((tree / "new").exists())

    def test_reworked_tree_is_refused(self):
        mine = self.user_tree()
        (mine / STATE).mkdir()
        self.assertIn("is reworked already", self.refused(mine))

    def test_other_folders_are_refused(self):
        self.assertIn("is no DPDK source tree", self.refused(self.tools))
        self.assertIn("is no DPDK source tree", self.refused("/no/such/folder"))
        self.assertIn("is no DPDK source tree", self.refused("26.03"))

    def test_failed_rework_fails(self):
        (self.tools / "status").write_text("1")
        self.assertIn("could not rework", self.refused("distro"))

    def test_older_rework_is_renewed(self):
        tree = self.folder("distro")
        (self.tools / "asked").unlink()
        (self.tools / "status").write_text("3")
        self.folder("distro")
        self.assertEqual((self.tools / "asked").read_text(), f"--link {tree}\n--undo {tree}\n--link {tree}\n")


class Tap(unittest.TestResult):
    """Prints each result as TAP."""

    def line(self, ok, test, reason=""):
        print(f"{ok} {self.testsRun} - {test._testMethodName[5:].replace('_', ' ')}")
        for text in reason.splitlines():
            print(f"# {text}")

    def addSuccess(self, test):
        self.line("ok", test)

    def addFailure(self, test, err):
        self.line("not ok", test, self._exc_info_to_string(err, test))

    addError = addFailure


def main():
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(Base)
    print(f"1..{tests.countTestCases()}")
    tests.run(Tap())


if __name__ == "__main__":
    main()
