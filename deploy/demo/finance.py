"""Budget documents of three budgets over two exercises, a chart of accounts, and a statement of commitments."""

from dataclasses import dataclass, field

from common import AGGLO, EAU, EXERCISES, VILLE, chance, euros, french, write

NAMESPACE = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
EXPENSE_F = [("60611", "011", 4), ("60632", "011", 6), ("615221", "011", 9), ("6226", "011", 5), ("64111", "012", 90),
             ("64131", "012", 30), ("6451", "012", 28), ("65748", "65", 12)]
EXPENSE_I = [("2031", "20", 6), ("2135", "21", 30), ("2183", "21", 8), ("2315", "23", 60)]
CHAPTERS = {"F": ["002", "011", "012", "013", "023", "042", "65", "66", "70", "73", "731", "74", "75"],
            "I": ["001", "021", "040", "10", "13", "16", "20", "21", "23"]}
# Functions of the town and of the agglomeration. 048 and 94 are in no table: their amounts stay unmapped.
TOWN = ["020", "021", "023", "024", "025", "11", "20", "211", "213", "281", "288", "311", "313", "321", "326", "33",
        "420", "4221", "4222", "423", "511", "512", "845", "048"]
AREA = ["01", "020", "028", "031", "428", "510", "515", "552", "61", "7211", "7212", "820", "821", "94"]


@dataclass
class Line:
    nature: str
    function: str
    chapter: str
    flow: str
    section: str
    order: bool
    proposed: int = 0
    dms: dict = field(default_factory=dict)
    carried: int = 0
    realised: int = 0
    remainder: int = 0
    operation: str = ""

    def voted(self):
        return self.proposed + sum(self.dms.values())

    def open(self):
        return self.voted() + self.carried

    def real_expense(self):
        return self.flow == "D" and not self.order


@dataclass
class Budget:
    siret: str
    kind: str  # P principal, A annexe
    label: str
    nomenclature: str
    exercise: int
    lines: list
    decisions: list  # numbers of the DMs that were sent
    accounted: bool = True  # a CFU was sent


def split_amount(random, weight):
    return random.randrange(weight * 40_000, weight * 160_000)  # cents


def lines_of(random, functions, annexe):
    lines = []
    for function in functions:
        for nature, chapter, weight in EXPENSE_F:
            if random.random() < 0.62:
                lines.append(Line(nature, function, chapter, "D", "F", False, split_amount(random, weight) * 24))
        if random.random() < 0.45:
            # Two lines of one nature and function: only their operation tells them apart.
            for operation in ("", f"OP{random.randrange(10, 60)}"):
                nature, chapter, weight = random.choice(EXPENSE_I)
                lines.append(Line(nature, function, chapter, "D", "I", False, split_amount(random, weight) * 14,
                                  operation=operation))
    for nature, chapter, section, flow, amount in (
            ("70632", "70", "F", "R", 2_400_000_00), ("73111", "731", "F", "R", 21_000_000_00),
            ("74111", "74", "F", "R", 9_800_000_00), ("752", "75", "F", "R", 640_000_00),
            ("10222", "10", "I", "R", 1_900_000_00), ("1321", "13", "I", "R", 2_700_000_00),
            ("1068", "10", "I", "R", 1_200_000_00), ("001", "001", "I", "D", 850_000_00), ("002", "002", "F", "R", 1_750_000_00)):
        scale = 5 if annexe else 1
        lines.append(Line(nature, "01", chapter, flow, section, False, amount // scale + random.randrange(99_999)))
    transfer = 1_300_000_00 // (6 if annexe else 1)
    lines += [Line("023", "01", "023", "D", "F", True, transfer), Line("021", "01", "021", "R", "I", True, transfer),
              Line("6811", "01", "042", "D", "F", True, transfer // 2), Line("28135", "01", "040", "R", "I", True, transfer // 2)]
    if annexe:
        for line in lines:
            line.function = ""
    unique = {}
    for line in lines:  # the demo keeps one line per key; equal keys are tested elsewhere
        unique.setdefault((line.nature, line.function, line.chapter, line.flow, line.order, line.operation), line)
    return list(unique.values())


def play_year(random, budget):
    """Decisions, carried amounts and realised amounts of every line."""
    for line in budget.lines:
        if line.section == "I" and line.real_expense() and line.chapter in ("20", "21", "23"):
            line.carried = random.randrange(0, line.proposed // 5)
        for number in (1, 2):
            if random.random() < 0.25 and not line.order:
                line.dms[number] = random.randrange(-line.proposed // 20, line.proposed // 15 + 1)
        if line.chapter in ("001", "002", "023", "021"):
            line.realised = line.open() if line.chapter in ("001", "002") else 0
            continue
        share = random.uniform(0.90, 0.995) if line.section == "F" else random.uniform(0.55, 0.9)
        line.realised = int(line.open() * share)
        if line.section == "I" and line.real_expense():
            line.remainder = (line.open() - line.realised) // 2


def budgets():
    result = []
    for exercise in EXERCISES:
        for siret, kind, label, functions in ((AGGLO, "P", "VALBRUME AGGLOMERATION", AREA), (VILLE, "P", "VILLE DE VALBRUME", TOWN),
                                              (EAU, "A", "EAU ET ASSAINISSEMENT", [""])):
            random = chance(f"budget/{siret}/{exercise}")
            annexe = kind == "A"
            budget = Budget(siret, kind, label, "M57-M57", exercise, lines_of(random, functions, annexe), [1, 2])
            play_year(random, budget)
            if annexe and exercise == 2025:
                # The trap: its first decision never arrived and there is no account yet.
                budget.decisions, budget.accounted = [2], False
            result.append(budget)
    return result


def header(budget, code, number, date, root_end=""):
    return (f'<EnTeteDocBudgetaire><DteStr V="{date}"/><LibelleColl V="{budget.label}"/><IdColl V="{budget.siret}"/></EnTeteDocBudgetaire>\n'
            f'<Budget><EnTeteBudget><LibelleEtab V="{budget.label}"/><IdEtab V="{budget.siret}"/><Nomenclature V="{budget.nomenclature}"/></EnTeteBudget>\n'
            f'<BlocBudget><NatDec V="{code}"/>' + (f'<NumDec V="{number}"/>' if number else "") +
            f'<Exer V="{budget.exercise}"/><ProjetBudget V="false"/><DteDec V="{date}"/><DteDecEx V="{date}"/><NatVote V="FcIc"/>'
            f'<CodTypBud V="{budget.kind}"/></BlocBudget>\n')


def element(line, amounts, attributes="", section=True):
    operation = f'<Operation V="{line.operation}"/>' if line.operation else ""
    function = f'<Fonction V="{line.function}"/>' if line.function else ""
    content = line.chapter if section else ""
    marks = f'<CaracSup V="{line.section}" Code="Section"/>' if section else ""
    return (f'<LigneBudget{attributes}><Nature V="{line.nature}"/>{function}<ContNat V="{content}"/><ArtSpe V="false"/>'
            f'<CodRD V="{line.flow}"/>{operation}' + "".join(f'<{name} V="{euros(value)}"/>' for name, value in amounts) +
            f'<OpBudg V="{int(line.order)}"/>{marks}</LigneBudget>\n')


def document(budget, code, number, date, body, encoding):
    return (f'<?xml version="1.0" encoding="{encoding}"?>\n<DocumentBudgetaire xmlns="{NAMESPACE}">\n<VersionSchema V="113"/>\n' +
            header(budget, code, number, date) + body + "</Budget>\n</DocumentBudgetaire>\n")


def account(budget, date, body, staff):
    return ('<?xml version="1.0" encoding="ISO-8859-1"?>\n<cfu:CompteFinancierUnique xmlns:cfu="http://www.minefi.gouv.fr/cp/demat/doccfu">\n'
            f'<DocumentBudgetaire xmlns="{NAMESPACE}">\n<VersionSchema V="113"/>\n' + header(budget, "10", 0, date) + body +
            f"<Annexes><DATA_PERSONNEL>\n{staff}</DATA_PERSONNEL></Annexes>\n</Budget>\n</DocumentBudgetaire>\n</cfu:CompteFinancierUnique>\n")


def write_documents(out, budget, staff):
    year, name = budget.exercise, {AGGLO: "agglo", VILLE: "ville", EAU: "eau"}[budget.siret]
    encoding = "UTF-8" if budget.siret == VILLE else "ISO-8859-1"
    body = "".join(element(line, [("MtPropNouv", line.proposed), ("MtPrev", line.proposed)]) for line in budget.lines)
    write(out / f"{year}-{name}-BP.xml", document(budget, "01", 0, f"{year}-03-28", body, encoding), encoding)
    for number in budget.decisions:
        # A decision repeats every line with what was voted before it.
        body = "".join(element(line, [("MtBudgPrec", line.proposed + sum(v for n, v in line.dms.items() if n < number)),
                                      ("MtPropNouv", line.dms.get(number, 0)), ("MtPrev", line.dms.get(number, 0))]) for line in budget.lines)
        date = {1: f"{year}-06-26", 2: f"{year}-11-27"}[number]
        write(out / f"{year}-{name}-DM{number}.xml", document(budget, "02", number, date, body, encoding), encoding)
    if not budget.accounted:
        return
    body = "".join(element(line, [("MtBudgPrec", line.voted()), ("MtRARPrec", line.carried), ("CredOuv", line.open()),
                                  ("MtReal", line.realised), ("MtRAR3112", line.remainder)]) for line in budget.lines)
    # As real accounts do, subtotals that a style sheet added stand among the lines; they are never summed.
    body += "".join(element(line, [("CredOuv", line.open() * 2), ("MtReal", line.realised * 2)], ' calculated="true"') for line in budget.lines[:12])
    write(out / f"{year}-{name}-CFU.xml", account(budget, f"{year + 1}-06-12", body, staff), "ISO-8859-1")


def write_traps(out):
    """One account with a line that belongs to no section, and one file that was cut while it was copied."""
    budget = Budget(VILLE, "P", "VILLE DE VALBRUME", "M57-M57", 2026, [], [])
    known = Line("60632", "020", "011", "D", "F", False, 12_500_00)
    lost = Line("99999", "020", "", "D", "", False, 300_00)
    body = element(known, [("MtPropNouv", known.proposed)]) + element(lost, [("MtPropNouv", lost.proposed)], section=False)
    write(out / "2026-ville-BP.xml", document(budget, "01", 0, "2026-03-26", body, "UTF-8"))
    whole = document(budget, "02", 1, "2026-06-25", element(known, [("MtPropNouv", 100_00)]) * 40, "UTF-8")
    write(out / "2026-ville-DM1.xml", whole[:len(whole) * 2 // 3])


def write_chart(out):
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<Nomenclature Norme="M57" Declinaison="M57" Exer="2024">\n<Nature>\n<Chapitres>\n'
    for section, chapters in CHAPTERS.items():
        for code in chapters:
            text += f'<Chapitre Code="{code}" Libelle="Chapitre {code}" TypeChapitre="G" Section="{section}" Special="0"/>\n'
    text += "</Chapitres>\n<Comptes>\n"
    for nature, chapter, _ in EXPENSE_F + EXPENSE_I:
        text += f'<Compte Code="{nature}" Libelle="Compte {nature}" DR="{chapter}" DOES="" DOIS="" RR="" ROES="" ROIS=""/>\n'
    text += "</Comptes>\n</Nature>\n<Fonction><RefFonctionnelles></RefFonctionnelles></Fonction>\n</Nomenclature>\n"
    write(out / "chart" / "M57.xml", text, "ISO-8859-1")


def table_of(model):
    """function prefix -> (policy, direction), from the model's own table."""
    rows = (model / "tables/fonctions.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {row.split(";")[0]: (row.split(";")[1], row.split(";")[3]) for row in rows}


def policy_of(budget, line, table):
    if budget.kind == "A":
        return "EAU", "DIR_ENVIRONNEMENT"
    for length in range(len(line.function), 0, -1):
        if line.function[:length] in table:
            return table[line.function[:length]]
    return "UNMAPPED", "UNMAPPED"


def percent(numerator, denominator):
    """One decimal, half to even, as the hub rounds."""
    from decimal import ROUND_HALF_EVEN, Decimal, localcontext
    with localcontext() as context:
        context.prec = 60
        return str((Decimal(numerator) * 100 / Decimal(denominator)).quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN))


def expect_budgets(all_budgets, model, totals):
    table = table_of(model)
    for exercise in EXERCISES:
        sums = {}
        for budget in (b for b in all_budgets if b.exercise == exercise):
            for line in budget.lines:
                policy, direction = policy_of(budget, line, table)
                voted, opened = line.voted(), line.open()
                if not budget.accounted:  # BP + DM2 are there, DM1 is not: the last decision still states all that was voted
                    voted = line.proposed + line.dms.get(2, 0)
                    opened = line.voted()
                realised = line.realised if budget.accounted else None
                for indicator, value, counts in (
                        ("CREDITS_VOTES", voted, line.real_expense()), ("CREDITS_OUVERTS", opened, line.real_expense()),
                        ("DEPENSES", realised, line.real_expense() and line.section == "F"),
                        ("INVESTISSEMENTS", realised, line.real_expense() and line.section == "I" and line.nature != "001"),
                        ("OPEN_F", opened, line.real_expense() and line.section == "F")):
                    if counts and value is not None:
                        for key in ((), ("policy", policy), ("direction", direction)):
                            sums[(indicator, key)] = sums.get((indicator, key), 0) + value
        for (indicator, key), value in sorted(sums.items()):
            by = {key[0]: key[1]} if key else {}
            if indicator == "OPEN_F":
                realised = sums.get(("DEPENSES", key))
                if realised is not None:
                    totals.expect("TAUX_EXECUTION", exercise, percent(realised, value), **by)
            else:
                totals.expect(indicator, exercise, euros(value), **by)


def write_commitments(out, totals):
    random = chance("commitments")
    rows = ["Exercice;Numéro;SIRET budget;Section;Chapitre;Nature;Fonction;Opération;Service gestionnaire;Axe analytique;Date engagement;Montant engagé;Service fait;Montant mandaté;Montant dégagé"]
    services = ["SRV_BATIMENTS", "SRV_VOIRIE", "SRV_ESPACES_VERTS", "SRV_INFRASTRUCTURE", "SRV_RESTAURATION", "SRV_SCOLAIRE", "SRV_SPORTS", "SRV_DECHETS"]
    left, rejected = 0, 0
    for number in range(1, 1201):
        engaged = random.randrange(5_000, 9_000_000)
        done = random.randrange(0, engaged + 1)
        mandated = random.randrange(0, done + 1)
        released = random.randrange(0, engaged - done + 1) if random.random() < 0.1 else 0
        date = f"{random.randrange(1, 29):02}/{random.randrange(1, 13):02}/2025"
        amount = french(engaged, " ")
        if number % 300 == 7:
            amount, date, rejected = "douze mille", date, rejected + 1
        elif number % 300 == 11:
            date, rejected = "31/02/2025", rejected + 1
        elif number % 300 == 13:
            amount, rejected = french(-engaged, " "), rejected + 1
        else:
            left += engaged - released - mandated
        service = random.choice(services)
        function = random.choice(["020", "211", "281", "321", "511", "845", "7211"])
        rows.append(f"2025;E{number:05};{VILLE};F;011;60632;{function};;{service};;{date};{amount};{french(done, chr(160))};{french(mandated, chr(160))};{french(released)}")
    write(out / "engagements_2025.csv", "\n".join(rows) + "\n", "windows-1252", "\r\n")
    totals.expect("ENGAGE_NON_MANDATE", 2025, euros(left))
    totals.connector("engagements", read=1200, rejected=rejected)
