#!/usr/bin/env python3
"""Makes the demo authority: OUT/model (copied) and OUT/sources (generated), and says what the hub must find in them.

Usage: generate.py OUT

Seeded: the same bytes at every run. OUT/totals.json holds the expected values: {"cells": [{indicator, by, period, value}],
"connectors": {id: {read, rejected, ...}}}. Files that are already there with the same content keep their date.
"""

import filecmp
import json
import shutil
import sys
import tempfile
from pathlib import Path

import desk
import finance
import staff
import workbook
from common import EAU, Totals

HERE = Path(__file__).resolve().parent


def generate(out):
    totals = Totals()
    model, sources = HERE / "model", out / "sources"
    shutil.copytree(model, out / "model")
    budgets = finance.budgets()
    for budget in budgets:
        rows = staff.staff_rows(budget.siret, budget.exercise, totals)[0] if budget.siret != EAU else ""
        finance.write_documents(sources / "finances", budget, rows)
    finance.write_traps(sources / "finances")
    finance.write_chart(sources / "finances")
    finance.expect_budgets(budgets, model, totals)
    finance.write_commitments(sources / "finances", totals)
    posts = staff.posts(model)
    staff.write_assignments(sources / "rh", posts, totals)
    staff.write_declarations(sources / "rh", posts, totals)
    desk.write_tickets(sources / "demandes", totals)
    desk.write_declared(sources / "declarations", totals)
    workbook.write(sources / "referentiel.xlsx", model)
    text = json.dumps({"cells": totals.cells, "connectors": totals.connectors}, ensure_ascii=False, indent=1)
    (out / "totals.json").write_text(text + "\n", encoding="utf-8")
    return totals


def replace_changed(made, out):
    """Moves what differs; an unchanged source must not look new to its connector."""
    for path in sorted(p for p in made.rglob("*") if p.is_file()):
        target = out / path.relative_to(made)
        if not target.exists() or not filecmp.cmp(path, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0 if len(sys.argv) == 2 else 2
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        totals = generate(Path(folder))
        replace_changed(Path(folder), out)
    shown = [cell for cell in totals.cells if not cell["by"]]
    width = max(len(cell["indicator"]) for cell in shown)
    for cell in shown:
        if len(cell["period"]) == 4:
            print(f"{cell['indicator']:{width}}  {cell['period']}  {cell['value']:>18}")
    print(f"{len(totals.cells)} expected values in {out / 'totals.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
