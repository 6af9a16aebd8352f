#!/usr/bin/env python3
"""Counts the tests of all ctest runs; prints failures and skips, and one last line. Usage: summary.py FOLDER

Exit 1 if a test failed, if none ran, or if one was skipped although the shared data lies beside the project.
"""

import os
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main():
    passed, failed, skipped = 0, [], []
    for report in sorted(Path(sys.argv[1]).glob("*.xml")):
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            name = f"{report.stem}: {case.get('name')}"
            if case.get("status") == "fail" or case.find("failure") is not None:
                failed.append(name)
            elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
                skipped.append(name)
            else:
                passed += 1
    for name in failed:
        print(f"failed   {name}")
    for name in skipped:
        print(f"skipped  {name}")
    required = Path(os.environ.get("PASSERELLE_SHARED", "../shared"), "data").is_dir()
    if skipped and required:
        print("Tests were skipped although the shared data is at hand: a skip counts as a failure here.")
    bad = len(failed) + (len(skipped) if required else 0)
    print(f"{passed} passed, {bad} failed, {0 if required else len(skipped)} skipped")
    return 1 if bad or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
