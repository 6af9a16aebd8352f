"""What the generators share: the invented entities, a seeded source of chance, money in cents, writing files."""

import random
from pathlib import Path

SEED = 20260101
EXERCISES = (2024, 2025)


def luhn_digit(digits):
    """The digit that makes `digits` + it pass the Luhn sum."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def siret(siren8, nic4):
    siren = siren8 + luhn_digit(siren8)
    return siren + nic4 + luhn_digit(siren + nic4)


# 999... is given to nobody. Agglomeration and water budget share a SIREN, as a budget annexe does.
AGGLO = siret("99900012", "0001")
EAU = siret("99900012", "0009")
VILLE = siret("99900034", "0001")


def chance(part):
    """One independent stream of chance per part: adding to one file leaves the others as they were."""
    return random.Random(f"{SEED}/{part}")


def euros(cents):
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"


def french(cents, space=" "):
    """1234567 -> '12 345,67', with the given thousands separator."""
    sign = "-" if cents < 0 else ""
    whole = f"{abs(cents) // 100:,}".replace(",", space)
    return f"{sign}{whole},{abs(cents) % 100:02}"


def write(path, text, encoding="utf-8", newline="\n"):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.replace("\n", newline).encode(encoding))


class Totals:
    """What the hub must publish, computed here from the objects in memory: the demo's own oracle."""

    def __init__(self):
        self.cells = []
        self.connectors = {}

    def expect(self, indicator, period, value, **by):
        self.cells.append({"indicator": indicator, "by": by, "period": str(period), "value": str(value)})

    def connector(self, name, **counts):
        self.connectors.setdefault(name, {}).update(counts)
