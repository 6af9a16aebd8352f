#!/usr/bin/env python3
"""The JSON Schemas of the model's files against the files there are, and against the code that reads them.

Usage: schema_test.py SOURCE_FOLDER. Exit 1 with one line a fault.
"""

import copy
import json
import re
import sys
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(sys.argv[1])
STEERING = ROOT / "core/steering"
# Keys that are read somewhere and are no part of a file.
READ_ELSEWHERE = set()
# Maps whose keys the reader does not choose: fields of a fact, settings of a plugin.
OPEN = {"facts", "config", "secrets", "scope", "set", "on", "of", "fields", "expect", "linear", "share", "percent",
        "times", "precedence"}

faults = []


def validator(name):
    schema = json.loads((STEERING / "schema" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def maps_in(value, path=()):
    """Paths of the maps whose keys are fixed."""
    if isinstance(value, dict):
        if path and path[-1] not in OPEN:
            yield path
        for key, inner in value.items():
            if key not in OPEN:
                yield from maps_in(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from maps_in(inner, (*path, number))


def keys_of(schema):
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    found = set(schema.get("properties", {}))
    for inner in schema.values():
        found |= keys_of(inner)
    return found


def check_files(model, connector):
    """Every file of the demo and of the worked examples is valid; with a key that nobody reads it is not."""
    read = 0
    folders = [ROOT / "deploy/demo/model", *sorted((ROOT / "tests/e2e/examples").iterdir())]
    for path in sorted(path for folder in folders for path in folder.rglob("*.yaml")):
        schema = connector if path.parent.name == "connectors" else model
        content = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
        if not isinstance(content, dict):
            continue
        read += 1
        for error in schema.iter_errors(content):
            where = "/".join(map(str, error.absolute_path))
            faults.append(f"{path.relative_to(ROOT)}: {where}: {error.message[:200]}")
        for place in list(maps_in(content))[:40]:
            wrong = copy.deepcopy(content)
            inner = wrong
            for step in place:
                inner = inner[step]
            inner["nobody reads this"] = "x"
            if schema.is_valid(wrong):
                faults.append(f"{path.relative_to(ROOT)}: a wrong key at {'/'.join(map(str, place))} is accepted")
    if read < 40:
        faults.append(f"only {read} files were read")


def check_keys(model, connector):
    """Every key that the reader asks for is in a schema."""
    known = keys_of(model.schema) | keys_of(connector.schema) | READ_ELSEWHERE
    asked = set()
    call = re.compile(
        r'(?:reader|file|version|step)\.(?:text|texts|plain_texts|placed|choice|label|integer|boolean|date|find)\(\s*"(\w+)"'
    )
    for path in sorted(STEERING.glob("*.cpp")):
        if path.name.startswith(("read_", "check_tests")):
            asked |= set(call.findall(path.read_text()))
    for key in sorted(asked - known):
        faults.append(f"the reader asks for '{key}', which no schema has")
    if len(asked) < 50:
        faults.append(f"only {len(asked)} keys were found in the reader")


def main():
    model, connector = validator("model"), validator("connector")
    check_files(model, connector)
    check_keys(model, connector)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
