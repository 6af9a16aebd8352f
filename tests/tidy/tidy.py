#!/usr/bin/env python3
"""The rules of the house that a program can check. Prints every breach as file:line: reason; exit 1 if any.

Checked: the top level; floors (which room may include which); gRPC and generated headers only where they belong;
lines of 100 columns, functions of 70 lines, files of 500 lines (400 wished); no floating point in the pure rooms;
a README in every room; words that mark unfinished work; registries' and machines' names.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "core", "plugins", "proto", "deploy", "tests",
             "README.md", "LICENSE"}
FLOORS = {"base": 0, "model": 1, "formats": 1, "language": 2, "flow": 2, "connectors": 3, "steering": 3,
          "intake": 3, "journal": 3, "consolidation": 3, "publication": 3, "reports": 3, "edge": 4, "app": 5}
PURE = {"consolidation", "language", "model"}
GRPC_ROOMS = {"edge", "connectors"}
GENERATED_ROOMS = {"edge", "connectors", "intake", "journal", "publication", "app"}
LINE_COLUMNS_MAX, FUNCTION_LINES_MAX, FILE_LINES_MAX = 100, 70, 500
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
OUTSIDE = re.compile(r"/work/|/root/|deb\.debian\.org|registry\.npmjs\.org")
INCLUDE = re.compile(r'^\s*#include\s+[<"]([^">]+)[">]')

breaches = []


def breach(path, line, reason):
    breaches.append(f"{path}:{line}: {reason}")


def tracked_files():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout
    return [Path(p) for p in out.splitlines() if (ROOT / p).is_file()]


def check_include(path, number, target):
    parts = path.parts
    wanted = target.split("/")
    if parts[0] == "core" and len(parts) > 2:
        room = parts[1]
        if wanted[0] == "core" and len(wanted) > 2 and wanted[1] != room:
            mine, other = FLOORS.get(room, 99), FLOORS.get(wanted[1], 99)
            same_low_floor = mine == other and mine < 3 and (room, wanted[1]) == ("flow", "language")
            if other > mine or (other == mine and not same_low_floor):
                breach(path, number, f"core/{room} (floor {mine}) must not include core/{wanted[1]} (floor {other})")
        if wanted[0] == "plugins":
            breach(path, number, "core must not include plugins")
        if (target.startswith(("grpc/", "grpcpp/", "grpc++/")) or target.endswith(".grpc.pb.h")) and room not in GRPC_ROOMS:
            breach(path, number, f"gRPC headers belong to {', '.join(sorted(GRPC_ROOMS))} and plugins/sdk")
        if target.endswith(".pb.h") and room not in GENERATED_ROOMS:
            breach(path, number, "generated message headers do not belong here")
        if room in PURE and (target.startswith("boost/asio") or target in ("thread", "mutex", "chrono")):
            breach(path, number, f"core/{room} is pure: no {target}")
    if parts[0] == "plugins" and parts[1] != "sdk" and wanted[0] == "core" and wanted[1] not in ("base", "formats", "language"):
        breach(path, number, "plugins include of core only base, formats and language")


def check_code(path, lines):
    if len(lines) > FILE_LINES_MAX:
        breach(path, 1, f"{len(lines)} lines, at most {FILE_LINES_MAX}")
    pure = path.parts[0] == "core" and len(path.parts) > 2 and path.parts[1] in PURE
    start = raw_end = None  # raw_end: what ends the raw string (a text of another language) we are in
    for number, line in enumerate(lines, 1):
        if raw_end:
            raw_end = None if raw_end in line else raw_end
            continue
        raw = re.search(r'R"([a-z]*)\(', line)
        if raw and f'){raw.group(1)}"' not in line[raw.end():]:
            raw_end = f'){raw.group(1)}"'
        if len(line) > LINE_COLUMNS_MAX:
            breach(path, number, f"{len(line)} columns, at most {LINE_COLUMNS_MAX}")
        found = INCLUDE.match(line)
        if found:
            check_include(path, number, found.group(1))
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]
        if pure and re.search(r"\b(double|float)\b", code):
            breach(path, number, "no floating point in the pure rooms")
        # A function begins at column 0 with a line that ends in `{` and has a parameter list, and ends with `}` at column 0.
        if re.match(r"^[A-Za-z].*\)\s*(const|noexcept|override|\s|->.*)*\{$", line) and not line.startswith(("namespace", "extern")):
            start = number
        elif line.startswith("}") and start:
            if number - start + 1 > FUNCTION_LINES_MAX:
                breach(path, start, f"function of {number - start + 1} lines, at most {FUNCTION_LINES_MAX}")
            start = None


def main():
    files = tracked_files()
    for path in files:
        top = path.parts[0]
        if top not in TOP_LEVEL and not top.startswith("."):
            breach(path, 1, "not part of the agreed top level")
        if path.suffix in (".png", ".xlsx", ".zip", ".pdf", ".bin") or "corpus" in path.parts:
            continue
        text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        lines = text.splitlines()
        myself = path.parts[:2] == ("tests", "tidy")
        for number, line in enumerate(lines, 1):
            if UNFINISHED.search(line) and not myself:
                breach(path, number, "marks unfinished work: finish it or say it in an issue")
            if OUTSIDE.search(line) and not myself:
                breach(path, number, "names a machine's path or a registry")
        if path.suffix in (".cpp", ".h"):
            check_code(path, lines)
    for room in sorted((ROOT / "core").iterdir()):
        if room.is_dir() and room.name in FLOORS and any(room.iterdir()) and not (room / "README.md").exists():
            breach(f"core/{room.name}", 1, "a room has a README.md of about ten lines")
    for plugin in sorted((ROOT / "plugins").iterdir()):
        if plugin.is_dir() and any(plugin.iterdir()) and not (plugin / "README.md").exists():
            breach(f"plugins/{plugin.name}", 1, "a plugin has a README.md")
    for line in breaches:
        print(line)
    print(f"tidy: {len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
