#!/usr/bin/env python3
"""Runs clang-tidy on all sources that changed since it last found nothing in them. Usage: clang_tidy.py BUILD JOBS

BUILD is a built folder, file by file (its compile commands and ninja's record of headers are read). What a source was
when nothing was found, headers of the project and .clang-tidy included, is kept in BUILD/clang-tidy. Exit 1 on findings.
"""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def output_of(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def files_behind(build):
    """Source -> the files of the project that its compilation read."""
    behind, files = {}, []
    for line in output_of("ninja", "-C", str(build), "-t", "deps").splitlines():
        if not line.startswith(" "):
            files = []
            continue
        path = (build / line.strip()).resolve()
        if not path.is_relative_to(ROOT):
            continue
        files.append(path)
        behind.setdefault(files[0], files)
    return behind


def main():
    build, jobs = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    stamps = build / "clang-tidy"
    stamps.mkdir(exist_ok=True)
    settings = (ROOT / ".clang-tidy").read_bytes() + output_of("clang-tidy-14", "--version").encode()
    behind = files_behind(build)
    digests = {}

    def digest_of(path):
        if path not in digests:
            digests[path] = hashlib.sha256(path.read_bytes()).digest()
        return digests[path]

    waiting = []
    for name in output_of("git", "ls-files", "core/*.cpp", "plugins/*.cpp").split():
        key = hashlib.sha256(settings)
        for path in behind.get(ROOT / name, [ROOT / name]):
            key.update(digest_of(path))
        stamp = stamps / (name.replace("/", "_") + ".ok")
        if not stamp.exists() or stamp.read_text() != key.hexdigest():
            waiting.append((name, stamp, key.hexdigest()))

    def read(one):
        name, stamp, key = one
        found = subprocess.run(
            ["clang-tidy-14", "-p", str(build), "--quiet", name], cwd=ROOT, capture_output=True, text=True
        )
        if found.returncode == 0:
            stamp.write_text(key)
        else:
            print(found.stdout, flush=True)
        return found.returncode == 0

    with ThreadPoolExecutor(jobs) as pool:
        clean = sum(pool.map(read, waiting))
    print(f"clang-tidy: {len(waiting)} files read, {len(waiting) - clean} with findings")
    return 0 if clean == len(waiting) else 1


if __name__ == "__main__":
    sys.exit(main())
