# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""Rework copies of a DPDK tree's files: by the rules and insertions of this repository."""

import concurrent.futures
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import runpy
import shlex
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent
RULES = HERE / "coccinelle"
OLDEST = (22, 11)
STATE = ".dpdk-dmabuf"
SPATCH_SECONDS = 120
LONGEST = 100  # columns, as DPDK's devtools/checkpatches.sh has it

# inside EAL the accessors are inline; everyone else calls the exported ones
INSIDE = {"get_va": "eal_memseg_list_va", "get_socket_id": "eal_memseg_list_socket_id"}
OUTSIDE = {"get_va": "rte_memseg_list_get_va", "get_socket_id": "rte_memseg_list_get_socket_id"}


class Refusal(Exception):
    """What the user has to know, in one sentence, and the exit status."""

    def __init__(self, sentence, status=1):
        super().__init__(sentence)
        self.status = status


def digest(data):
    return hashlib.sha256(data).hexdigest()


def read_version(tree):
    """The version of a DPDK tree."""
    try:
        text = (tree / "VERSION").read_text().strip()
        match = re.match(r"(\d+)\.(\d+)", text)
        is_dpdk = match and (tree / "lib/eal/include/rte_eal.h").is_file()
    except (OSError, UnicodeDecodeError):
        is_dpdk = False
    if not is_dpdk:
        old = tree / "lib/librte_eal"  # its place before 20.11
        if old.is_dir():
            raise Refusal(f"{tree} is a DPDK older than {OLDEST[0]}.{OLDEST[1]:02}, the oldest "
                          "that the overlay fits")
        raise Refusal(f"{tree} is no DPDK source tree: it lacks VERSION or "
                      "lib/eal/include/rte_eal.h")
    version = (int(match[1]), int(match[2]))
    if version < OLDEST:
        raise Refusal(f"{tree} is DPDK {text}, older than {OLDEST[0]}.{OLDEST[1]:02}, the oldest "
                      "that the overlay fits")
    return text


def version_number(text):
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def differs(tree):
    """The end of a refusal, with the nearest version that tools/try-all could rework."""
    year, month, *point = version_number((tree / "VERSION").read_text())

    def distance(known):
        y, m, *p = version_number(known)
        return abs(12 * (year - y) + month - m), abs((point or [0])[0] - (p or [0])[0])

    nearest = min((RULES / "versions").read_text().split(), key=distance)
    return f"this DPDK differs from those that the overlay knows, of which {nearest} is the nearest"


def has(tree, unless):
    """Whether a tree has what makes a file or an insertion pointless."""
    path, pattern = unless or ("", "")
    return (tree / path).is_file() and bool(re.search(pattern, (tree / path).read_text(), re.MULTILINE))


class Overlay:
    """The files, rules and insertions of this repository that a tree needs."""

    def __init__(self, tree):
        manifest = runpy.run_path(RULES / "overlay.py")
        self.functions = manifest["FUNCTIONS"]
        self.rules = manifest["RULES"]
        self.insertions = [entry for entry in manifest["INSERTIONS"] if not has(tree, entry.get("unless"))]
        self.steps = manifest["STEPS"]
        self.added_in = {step: sorted({path.relative_to(HERE).as_posix() for glob in globs
                                       for path in HERE.glob(glob) if path.is_file()}
                                      - {path for path, unless in manifest["UNLESS"].items()
                                         if has(tree, unless)})
                         for step, globs in manifest["ADD"].items()}
        self.added = sorted(path for paths in self.added_in.values() for path in paths)

    def digest(self, link):
        """Changes with whatever makes it necessary to apply the overlay again."""
        parts = [pathlib.Path(__file__).read_bytes()]
        parts += [p.read_bytes() for p in sorted(RULES.iterdir())
                  if p.suffix in (".cocci", ".py", ".h")]
        parts.append("\n".join(self.added).encode())
        if not link:
            parts.append(b"copied")
            parts += [(HERE / path).read_bytes() for path in self.added]
        return digest(b"\0".join(parts))


class Stage:
    """A copy of the tree's files that rules and insertions may change."""

    def __init__(self, tree, folder):
        self.tree = tree
        self.folder = folder
        self.before = {}
        self.sources = [path for top in ("lib", "drivers", "app", "examples")
                        for path in self.walk(top)]

    def walk(self, top):
        for folder, _, names in os.walk(self.tree / top):
            for name in names:
                if name.endswith((".c", ".h")):
                    yield pathlib.Path(folder, name).relative_to(self.tree).as_posix()

    def take(self, path):
        if path not in self.before:
            source = self.tree / path
            copy = self.folder / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_symlink():
                raise Refusal(f"{source} is a link; the overlay changes only files of the tree")
            self.before[path] = source.read_bytes()
            if b"\r\n" in self.before[path]:
                raise Refusal(f"{source} has lines that end as on Windows; check the tree out again "
                              "after: git config core.autocrlf false")
            copy.write_bytes(self.before[path])
        return self.folder / path

    def select(self, globs, tokens):
        """The paths that a rule is for."""
        patterns = [re.compile(re.escape(g).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
                               .replace(r"\[ch\]", "[ch]") + "$") for g in globs]
        wanted = re.compile(tokens) if tokens else None
        for path in self.sources:
            if any(p.match(path) for p in patterns):
                text = (self.tree / path).read_text(errors="replace")
                if wanted is None or wanted.search(text):
                    yield path

    def changed(self):
        """The paths whose contents differ from the tree's, with the new contents."""
        for path, before in sorted(self.before.items()):
            after = (self.folder / path).read_bytes()
            if after != before:
                yield path, after


def break_lines(text, before):
    """Break the lines that a rule made too long, behind their last && or ||."""
    old = set(before.splitlines())

    def broken(match):
        line, indent, head, tail = match[0], *match.groups()
        if len(line.expandtabs(8)) <= LONGEST or line in old or re.search(r'["\\]|//|/\*', line):
            return line
        return f"{indent}{head}\n{indent}\t\t{tail}"

    return re.sub(r"(?m)^(\t*)(.+(?:&&|\|\|)) (.+)$", broken, text)


def spatch(rule, paths, accessors, stage):
    if not paths:
        return
    command = ["spatch", "--very-quiet", "--in-place", "--no-show-diff", "--smpl-spacing",
               "--include-headers", "--no-includes", "--macro-file", str(RULES / "macros.h"),
               "--sp-file", str(RULES / f"{rule}.cocci")]
    for name, value in accessors.items():
        command += ["-D", f"{name}={value}"]
    files = [stage.folder / path for path in paths]
    before = [file.read_text(errors="surrogateescape") for file in files]
    try:
        result = subprocess.run(command + paths, cwd=stage.folder, capture_output=True, text=True,
                                timeout=SPATCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Refusal(f"rule {rule} did not end within {SPATCH_SECONDS} seconds") from None
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Refusal(f"rule {rule} failed: spatch says: {reason}")
    for file, old in zip(files, before):
        text = file.read_text(errors="surrogateescape")
        broken = break_lines(text, old)
        if broken != text:
            file.write_text(broken, errors="surrogateescape")


def remove_functions(functions, stage):
    """Remove functions whole, if their texts are known: a later fix must not be lost in silence."""
    for entry in functions:
        name = entry["name"]
        # DPDK's style: the name starts a line, below the type, and the next line with a } is the last
        pattern = r"^[^\n{};#]+\n%s\(.*?^\}\n\n?" % name
        paths = list(stage.select(entry["files"], f"(?ms){pattern}"))
        if len(paths) != 1:
            raise Refusal(f"function {name} is defined in {len(paths)} files of {entry['files'][0]}; "
                          f"{differs(stage.tree)}")
        copy = stage.take(paths[0])
        text = copy.read_text()
        match = re.search(pattern, text, re.MULTILINE | re.DOTALL)
        found = digest(" ".join(match[0].split()).encode())[:16]
        if found not in entry["known"]:
            raise Refusal(f"function {name} in {paths[0]} has a text that the overlay "
                          f"does not know ({found}), and would be lost; report this")
        copy.write_text(text[:match.start()] + text[match.end():])


def run_rules(rules, stage):
    """Run all rules; yield (name, sites, files)."""
    selected = {r["name"]: list(stage.select(r["files"], r.get("tokens"))) for r in rules}
    counters = {r["name"]: re.compile(r["counts"]) for r in rules}
    for paths in selected.values():
        for path in paths:
            stage.take(path)

    sites = {name: {} for name in selected}

    def count(name, path):
        return len(counters[name].findall((stage.folder / path).read_text(errors="replace")))

    def run(inside):
        for rule in rules:
            name = rule["name"]
            paths = [p for p in selected[name] if p.startswith("lib/eal/") == inside]
            before = {p: count(name, p) for p in paths}
            spatch(name, paths, INSIDE if inside else OUTSIDE, stage)
            for path in paths:
                sites[name][path] = count(name, path) - before[path]

    # EAL and the rest of DPDK have no file in common, so they need not wait for each other
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(run, inside) for inside in (True, False)]:
            future.result()

    for rule in rules:
        found = sites[rule["name"]]
        for path, least in rule["least"].items():
            n = sum(found.values()) if path == "all files" else found.get(path, 0)
            if n < least:
                raise Refusal(f"rule {rule['name']} found {n} of at least {least} sites in {path}; "
                              f"{differs(stage.tree)}")
        yield rule["name"], sum(found.values()), sum(1 for n in found.values() if n)


def run_insertions(insertions, stage):
    """Make all insertions; return their number."""
    made = 0
    year, month = version_number((stage.tree / "VERSION").read_text())[:2]
    for entry in insertions:
        path = entry["file"].format(version=f"{year:02}_{month:02}")
        if not (stage.tree / path).is_file():
            raise Refusal(f"insertion of {first_line(entry)} found no file {path}; "
                          f"{differs(stage.tree)}")
        copy = stage.take(path)
        text = copy.read_text()
        match = re.search(entry["after"], text, re.MULTILINE)
        if not match:
            raise Refusal(f"insertion of {first_line(entry)} found no place in {path}; "
                          f"{differs(stage.tree)}")
        addition = match.expand(entry["text"].replace("\t", "\\t"))
        copy.write_text(f"{text[:match.end()]}\n{addition}{text[match.end():]}")
        made += 1
    return made


def first_line(entry):
    return repr(entry["text"].strip().splitlines()[0].replace(r"\1", "").replace(r"\2", ""))


def state_of(tree):
    """What earlier runs left: None, "half" or the record of a whole application."""
    folder = tree / STATE
    if not folder.exists():
        return None
    try:
        return json.loads((folder / "applied.json").read_text())
    except (OSError, ValueError):
        return "half"


def undo_command(tree):
    return f"tools/apply --undo {shlex.quote(str(tree))}"


def check_not_reworked(tree):
    """Refuse a tree that is reworked, but lost what tells how, to git clean for example."""
    for header in sorted((tree / "lib/eal/include").glob("*.h")):
        text = header.read_text(errors="replace")
        if '"rte_memory_dmabuf.h"' in text or "<rte_memory_dmabuf.h>" in text:
            raise Refusal(f"{tree} is reworked, but {STATE}, which has its own files, is gone; "
                          "restore those, with git checkout for example")


def check_no_other_patch(tree):
    for header in sorted((tree / "lib/eal/include").glob("*.h")):
        if "rte_extmem_register_dmabuf" in header.read_text(errors="replace"):
            raise Refusal(f"{header} has rte_extmem_register_dmabuf(), of another patch for "
                          "dma-bufs; leave that patch out")


def check_unmodified(tree, overlay):
    """Refuse a tree, or a machine, on which the rules can't run."""
    if not shutil.which("spatch"):
        raise Refusal("spatch is missing: install the package coccinelle")
    check_not_reworked(tree)
    check_no_other_patch(tree)
    for path in overlay.added:
        if os.path.lexists(tree / path):
            raise Refusal(f"{tree} already has {path}, which the overlay would add")


def rework(stage, functions, rules, insertions):
    """Rework the copies of the tree's files; return what was done, in lines."""
    remove_functions(functions, stage)
    report = [f"  rule {name:18} {sites:3} site{'s'[:sites != 1]} in {files} file{'s'[:files != 1]}"
              for name, sites, files in run_rules(rules, stage)]
    report.append(f"  {run_insertions(insertions, stage)} insertions")
    return report


@contextlib.contextmanager
def alone(tree):
    """Let no two runs change a tree at once."""
    folder = os.open(tree, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"another run of tools/apply is at work on {tree}") from None
        yield
    finally:
        os.close(folder)


def tell(text):
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on; what was to be done is done
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
