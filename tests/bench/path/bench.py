#!/usr/bin/env python3
"""Measures the whole path: plugin process -> gRPC -> intake -> journal (durable) -> indicators -> ledger.

Usage: bench.py --bin build/release/bin/passerelle --workload FOLDER [--expected FOLDER|HASHES] [--keep FOLDER]

FOLDER holds the files of the reference workload (load_t.csv, load_f.csv, load_h.csv, chg_*.csv, rules.csv, units.csv; layouts: a row is
op, id, version, then the fields). The load is read through the `file` plugin with 200 rules and 60 indicators by
activity x direction x month; then the memory of the hub is read, and every indicator compared with the expected one.
Prints rows/s (wall), CPU seconds of the hub and bytes per record.
"""

import argparse
import csv
import gzip
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DIMENSIONS = "activity,direction"

# Name, aggregate, filter; the order is that of the expected files' columns.
TICKETS = [("count()", ""), ("count()", "state == 'closed'"), ("count()", "state == 'open'"),
           ("count()", "state == 'pending'"), ("count()", "minutes > 4320")]
TICKETS += [("count()", f"class == {k}") for k in range(3)]
TICKETS += [("sum(minutes)", "")] + [("sum(minutes)", f"class == {k}") for k in range(3)]
TICKETS += [("avg(minutes)", "")] + [("avg(minutes)", f"class == {k}") for k in range(3)]
TICKETS += [("median(minutes)", ""), ("median(minutes)", "class == 0"), ("min(minutes)", ""), ("max(minutes)", "")]
LINES = [("sum(amount)", ""), ("sum(amount)", "flow == 'D'"), ("sum(amount)", "flow == 'R'")]
LINES += [("sum(amount)", f"chapter == '{c}'") for c in ("011", "012", "65", "21", "23")]
LINES += [("count()", ""), ("count()", "flow == 'D'"), ("count()", "flow == 'R'"), ("count()", "amount > 10000")]
LINES += [("avg(amount)", "flow == 'D'"), ("avg(amount)", "flow == 'R'"), ("avg(amount)", "chapter == '011'"),
          ("avg(amount)", "chapter == '65'")]
LINES += [("median(amount)", "flow == 'D'"), ("median(amount)", "flow == 'R'"), ("min(amount)", "flow == 'D'"),
          ("max(amount)", "flow == 'D'")]
HOURS = [("sum(hours)", "")] + [("sum(hours)", f"grade.startsWith('{g}')") for g in "ABC"]
HOURS += [("sum(hours)", "etp == 1"), ("sum(hours)", "etp < 1")]
HOURS += [("count()", "")] + [("count()", f"grade.startsWith('{g}')") for g in "ABC"]
HOURS += [("avg(hours)", "")] + [("avg(hours)", f"grade.startsWith('{g}')") for g in "ABC"]
HOURS += [("median(hours)", ""), ("median(hours)", "grade.startsWith('A')"), ("min(hours)", ""), ("max(hours)", ""),
          ("sum(etp)", ""), ("sum(etp)", "grade.startsWith('A')")]
FAMILIES = {"T": ("bench_ticket", "opened", TICKETS), "F": ("bench_line", "date", LINES),
            "H": ("bench_hours", "from", HOURS)}
# The expected files hold cents, hundredths of hours and FTE, and medians twice.
SCALE = {"T": 1, "F": 100, "H": 100}


def indicator(family, number, kind, at, value, where):
    # Averages are compared with six decimals, in cents and hundredths.
    decimals = 6 if value.startswith("avg") else 3
    if value.startswith("avg") and SCALE[family] != 1:
        value += f" * {SCALE[family]}"
    text = f"  {family}{number:02}:\n    label: {{fr: {family}{number}, en: {family}{number}}}\n    kind: activity\n"
    text += f"    from: {kind}\n    value: \"{value}\"\n    at: {at}\n    grain: month\n"
    text += f"    by: [activity, direction]\n    publish: [[activity, direction]]\n    round: {decimals}\n"
    return text + (f"    where: \"{where}\"\n" if where else "")


def rule(row):
    names = {"T": {"category": "category", "queue": "queue"}, "F": {"function": "function", "nature": "nature"}}[row["kind"]]

    def condition(field, operator, value):
        name = names[field]
        return f"{name} == '{value}'" if operator == "eq" else f"{name}.startsWith('{value}')"

    when = condition(row["f1"], row["o1"], row["v1"])
    if row["f2"]:
        when += " && " + condition(row["f2"], row["o2"], row["v2"])
    return f"      - {{name: r{row['prio']}, when: \"{when}\", set: {{activity: {row['act']}, policy: {row['pol']}}}}}\n"


def write_model(model, workload, stage):
    """The bench model: 500 activities, 40 directions, 12 policies, 200 rules, 60 indicators."""
    (model / "connectors").mkdir(parents=True)
    (model / "tables").mkdir()
    shutil.copy(workload / "units.csv", model / "tables/units.csv")
    text = "authority: {id: BENCH, label: {fr: Banc, en: Bench}, time_zone: UTC}\n"
    text += "processes:\n  P1: {label: {fr: P, en: P}, family: operational}\nactivities:\n"
    raci = "raci: {A: D01, R: [D01]}"
    for k in range(1, 501):
        text += f"  A{k:03}: {{label: {{fr: A{k}, en: A{k}}}, process: P1, {raci}}}\n"
    text += "organisation:\n"
    for k in range(1, 41):
        text += f"  D{k:02}: {{kind: direction, label: {{fr: D{k}, en: D{k}}}}}\n"
    text += "policies:\n"
    for k in range(1, 13):
        text += f"  PP{k:02}: {{label: {{fr: PP{k}, en: PP{k}}}}}\n"
    text += """kinds:
  bench_ticket:
    label: {fr: demande, en: ticket}
    at: opened
    fields: {opened: instant, closed: instant, category: string, queue: string, state: string, unit: string, class: integer, minutes: integer}
  bench_line:
    label: {fr: ligne, en: line}
    at: date
    fields: {date: date, nature: string, function: string, chapter: string, service: string, flow: string, amount: {type: decimal, scale: 2, unit: EUR}}
  bench_hours:
    label: {fr: heures, en: hours}
    at: from
    fields: {from: date, service: string, grade: string, activity: string, etp: {type: decimal, scale: 2}, hours: {type: decimal, scale: 2}}
tables:
  units: {file: tables/units.csv, delimiter: ",", key: [unit]}
mappings:
"""
    with open(workload / "rules.csv", newline="") as file:
        rules = list(csv.DictReader(file))
    unit = "      - {name: unit, table: units, on: {unit: unit}, set: {direction: $dir}}\n"
    text += "  - kind: bench_ticket\n    rules:\n" + unit + "".join(rule(r) for r in rules if r["kind"] == "T")
    text += "  - kind: bench_line\n    rules:\n" + "".join(rule(r) for r in rules if r["kind"] == "F")
    text += "  - kind: bench_hours\n    rules:\n      - {name: declared, set: {activity: \"=activity\"}}\n"
    text += "indicators:\n"
    for family, (kind, at, definitions) in FAMILIES.items():
        for number, (value, where) in enumerate(definitions):
            text += indicator(family, number, kind, at, value, where)
    (model / "model.yaml").write_text(text)
    write_connectors(model, stage)


MANIFESTS = {
    "t": """header: [op, id, v, opened, closed, category, queue, state, unit]
time_zone: UTC
streams:
  ticket:
    kind: bench_ticket
    id: [id]
    version: int(v)
    deleted: op == 'D'
    fields:
      opened: {column: opened, type: instant}
      closed: {column: closed, type: instant}
      category: {column: category, type: string}
      queue: {column: queue, type: string}
      state: {column: state, type: string}
      unit: {column: unit, type: string}
      class: {expression: "int(category.substring(3, 6)) % 3", type: integer}
      minutes: {expression: "minutes(timestamp(closed) - timestamp(opened))", type: integer}
""",
    "f": """header: [op, id, v, date, nature, function, chapter, dir, amount, type]
streams:
  line:
    kind: bench_line
    id: [id]
    version: int(v)
    deleted: op == 'D'
    fields:
      date: {column: date, type: date}
      nature: {column: nature, type: string}
      function: {column: function, type: string}
      chapter: {column: chapter, type: string}
      service: {column: dir, type: string}
      flow: {column: type, type: string}
      amount: {column: amount, type: decimal, scale: 2}
""",
    "h": """header: [op, id, v, agent, post, dir, grade, etp, from, to, a1, h1, a2, h2, a3, h3]
streams:
  hours:
    kind: bench_hours
    id: [id]
    version: int(v)
    deleted: op == 'D'
    repeat: [{activity: a1, worked: h1}, {activity: a2, worked: h2}, {activity: a3, worked: h3}]
    fields:
      from: {column: from, type: date}
      service: {column: dir, type: string}
      grade: {column: grade, type: string}
      activity: {column: activity, type: string}
      etp: {column: etp, type: decimal, scale: 2}
      hours: {column: worked, type: decimal, scale: 2}
""",
}


def write_connectors(model, stage):
    (model / "manifests").mkdir(exist_ok=True)
    for kind, manifest in MANIFESTS.items():
        (model / f"manifests/{kind}.manifest").write_text(
            "format: csv\ndelimiter: \",\"\nencoding: utf-8\nmissing: [\"\"]\n" + manifest)
        (model / f"connectors/{kind}.yaml").write_text(
            f"plugin: file\nlabel: {{fr: {kind}, en: {kind}}}\n"
            f"config: {{manifest: manifests/{kind}.manifest, path: ../sources/{kind}_*.csv}}\n")


def resident_bytes(pid):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Hub:
    def __init__(self, program, folder):
        self.log = open(folder / "hub.log", "w")
        self.program, self.data = program, folder / "data"
        self.process = subprocess.Popen([program, "--log", "warn", "serve", "--model", folder / "model", "--data", self.data],
                                        stderr=self.log)

    def call(self, *arguments):
        return subprocess.run([self.program, *arguments, "--data", self.data], check=True, capture_output=True, text=True).stdout

    def settle(self):
        self.call("connector", "list", "--wait")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def published(program, data, family):
    """The family's expected file, rebuilt from what the hub publishes."""
    definitions = FAMILIES[family][2]
    names = [f"{family}{n:02}" for n in range(len(definitions))]
    out = subprocess.run([program, "--log", "off", "get", *names, "--by", DIMENSIONS, "--data", data, "--output", "csv"],
                         check=True, capture_output=True, text=True).stdout
    groups = {}
    for row in csv.DictReader(io.StringIO(out)):
        activity = "A000" if row["activity"] == "UNMAPPED" else row["activity"]
        groups.setdefault((activity, row["direction"], row["period"]), {})[row["indicator"]] = row["value"]
    return [expected_line(key, groups[key], names, definitions, SCALE[family]) for key in sorted(groups)]


def expected_line(key, values, names, definitions, scale):
    from decimal import Decimal
    cells = []
    for name, (value, _) in zip(names, definitions):
        text = values.get(name)
        if value.startswith("avg"):
            cells.append('""' if text is None else f"{Decimal(text):.6f}")
        else:
            factor = 1 if value == "count()" else scale * (2 if value.startswith("median") else 1)
            cells.append(str(int(Decimal(text or 0) * factor)))
    return ",".join([*key, *cells])


def compare(program, folder, expected, stage):
    wrong = 0
    for family in "TFH":
        lines = published(program, folder / "data", family)
        header = "act,dir,mon," + ",".join(f"i{n}" for n in range(20))
        text = "\n".join([header, *lines]) + "\n"
        name = f"expected_{stage}_{family.lower()}"
        if expected.is_dir():
            wanted = gzip.open(expected / f"{name}.csv.gz", "rt").read()
            right = text == wanted
            if not right:
                differing = [(a, b) for a, b in zip(text.splitlines(), wanted.splitlines()) if a != b]
                print(f"  {len(differing)} of {len(lines)} lines differ, first: {differing[:1]}", file=sys.stderr)
        else:
            digest = hashlib.sha256(text.encode()).hexdigest()
            right = digest in expected.read_text()
        wrong += not right
        print(f"{name}: {len(lines)} groups, {'equal' if right else 'DIFFERENT'}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--workload", required=True, type=Path)
    parser.add_argument("--expected", type=Path, help="folder of gzipped expected files, or a text that lists their SHA-256")
    parser.add_argument("--changes", action="store_true", help="also feed the corrections and deletions")
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="passerelle-bench-"))
    program = os.path.abspath(arguments.bin)
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    write_model(folder / "model", arguments.workload, "load")
    hub = Hub(program, folder)
    hub.settle()
    idle = resident_bytes(hub.process.pid)
    cpu_before = cpu_seconds(hub.process.pid)
    rows = 0
    for kind in "tfh":
        source = arguments.workload / f"load_{kind}.csv"
        rows += source.read_bytes().count(b"\n")
        os.link(source, folder / f"sources/{kind}_1_load.csv") if source.stat().st_dev == folder.stat().st_dev else \
            shutil.copy(source, folder / f"sources/{kind}_1_load.csv")
    began = time.monotonic()
    for kind in "tfh":
        hub.call("connector", "run", kind)
    time.sleep(0.2)
    hub.settle()
    wall = time.monotonic() - began
    counts = list(csv.DictReader(io.StringIO(hub.call("connector", "list", "--output", "csv"))))
    records = sum(int(row["facts"]) for row in counts)
    resident = resident_bytes(hub.process.pid)
    print(f"load: {rows} rows, {records} records in {wall:.2f} s wall = {rows / wall:,.0f} rows/s, "
          f"hub CPU {cpu_seconds(hub.process.pid) - cpu_before:.2f} s")
    print(f"memory: idle {idle / 1e6:.0f} MB, after load {resident / 1e6:.0f} MB = {(resident - idle) / records:.0f} B/record")
    hub.stop()
    wrong = compare(program, folder, arguments.expected, "load") if arguments.expected else 0
    if arguments.changes:
        for kind in "tfh":
            shutil.copy(arguments.workload / f"chg_{kind}.csv", folder / f"sources/{kind}_2_changes.csv")
        subprocess.run([program, "--log", "warn", "sync", "--model", folder / "model", "--data", folder / "data"], check=True)
        wrong += compare(program, folder, arguments.expected, "final") if arguments.expected else 0
    if not arguments.keep:
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
