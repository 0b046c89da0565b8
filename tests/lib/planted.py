# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Programs and libraries of the build with a bug planted, to see what tests catch."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import tap


class Target:
    """What is linked, and how: of sources in a folder of DPDK, with the headers to copy beside them."""

    def __init__(self, build, path, root, sources, headers=(), units=None):
        self.build, self.path, self.root, self.sources, self.headers = build, path, root, sources, headers
        target = path.relative_to(build).as_posix()
        commands = subprocess.run(["ninja", "-C", build, "-t", "commands", target],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout
        self.link = next(shlex.split(line) for line in commands.splitlines()
                         if f" -o {target} " in line)
        compiled = json.loads((build / "compile_commands.json").read_text())
        self.compile = [next(entry for entry in compiled if entry["file"].endswith(unit) and
                             entry["output"] in self.link)
                        for unit in units or [f"/{root.name}/{source}" for source in sources]]

    def plant(self, folder, file, find, replace):
        """Make it with a bug, in a folder."""
        shutil.rmtree(folder, ignore_errors=True)
        for path in [*self.sources, *self.headers]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / path, folder / path)
        text = (folder / file).read_text()
        mutated, n = re.subn(find, replace, text)
        if n != 1:
            tap.bail_out(f"{n} places in {file} match {find!r}; correct it in the list of mutants")
        (folder / file).write_text(mutated)

        link = list(self.link)
        for entry in self.compile:
            planted = folder / (Path(entry["output"]).name)
            source = Path(os.path.normpath(self.build / entry["file"]))
            if file in self.sources and source in [self.root / path for path in self.sources if path != file]:
                continue  # it is as it was
            command = [str(planted) if arg == entry["output"] else arg
                       for arg in shlex.split(entry["command"])]
            for path in self.sources:  # a source itself, or what a source of the tests includes
                command = [str(folder / path)
                           if os.path.normpath(self.build / arg) == f"{self.root}/{path}" else
                           arg.replace(f"{self.root}/{path}", f"{folder / path}") for arg in command]
            command += ["-w", f"-I{source.parent}", f"-I{source.parent.parent}"]
            run(command, self.build)
            link = [str(planted) if arg == entry["output"] else arg for arg in link]
        made = folder / self.path.name
        link[link.index("-o") + 1] = str(made)
        run(link, self.build)
        return made


def run(command, folder):
    result = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False)
    if result.returncode:
        tap.note("\n".join(result.stdout.splitlines()[-20:]))
        tap.bail_out(f"{command[0]} failed; see above")
