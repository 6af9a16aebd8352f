"""Agents, their dated assignments, the staff table of the accounts, and two months of social declarations (DSN).

Nobody here exists: name rubrics hold AGENT 0001, the NIR is thirteen zeros, matricules are M00001 and on.
"""

from dataclasses import dataclass

from common import AGGLO, VILLE, chance, euros, write

GRADES = [("Adjoint administratif", "C", "ADM", 1_950_00), ("Rédacteur", "B", "ADM", 2_350_00), ("Attaché", "A", "ADM", 3_150_00),
          ("Adjoint technique", "C", "TECH", 1_920_00), ("Agent de maîtrise", "C", "TECH", 2_150_00), ("Technicien", "B", "TECH", 2_450_00),
          ("Ingénieur", "A", "TECH", 3_400_00), ("Adjoint d'animation", "C", "ANIM", 1_880_00), ("Auxiliaire de puériculture", "B", "MS", 2_050_00),
          ("Assistant socio-éducatif", "A", "MS", 2_500_00), ("Bibliothécaire", "A", "CULT", 2_900_00), ("Gardien-brigadier", "C", "POL", 2_100_00)]
AGENTS = 420
MONTHS = ((2025, 11), (2025, 12))


@dataclass
class Post:
    matricule: str
    number: str
    service: str
    grade: int
    quota: int  # hundredths of full time
    first: str  # dd/mm/yyyy
    last: str
    contract: str


def services_of(model):
    rows = (model / "organisation.yaml").read_text(encoding="utf-8").splitlines()
    return [row.strip().split(":")[0] for row in rows if "kind: service" in row]


def posts(model):
    random = chance("staff")
    services, result, number = services_of(model), [], 0
    for agent in range(1, AGENTS + 1):
        matricule, service, grade = f"M{agent:05}", random.choice(services), random.randrange(len(GRADES))
        quota = random.choice([100, 100, 100, 100, 90, 80, 50])
        start = f"01/{random.randrange(1, 13):02}/{random.randrange(2005, 2024)}"
        number += 1
        if agent % 25 == 0:  # moved to another service in the middle of November 2025
            other = random.choice(services)
            result.append(Post(matricule, f"A{number:05}", service, grade, quota, start, "15/11/2025", f"C{agent:05}"))
            number += 1
            result.append(Post(matricule, f"A{number:05}", other, grade, quota, "16/11/2025", "", f"C{agent:05}"))
        elif agent % 40 == 0:  # two posts at the same time, in one service
            result.append(Post(matricule, f"A{number:05}", service, grade, 60, start, "", f"C{agent:05}"))
        elif agent % 60 == 1:  # the HR system has not yet entered these: without it nobody knows their service
            result.append(Post(matricule, "", "", grade, quota, start, "", f"C{agent:05}"))
        else:
            result.append(Post(matricule, f"A{number:05}", service, grade, quota, start, "", f"C{agent:05}"))
    return result


def write_assignments(out, all_posts, totals):
    rows = ["Numéro affectation;Matricule;Code service;SIRET employeur;Grade;Catégorie;Emploi;Famille de métiers;Début;Fin;Quotité"]
    known = [post for post in all_posts if post.number]
    for post in known:
        grade, category, sector, _ = GRADES[post.grade]
        employer = AGGLO if post.service.startswith(("SRV_ASSISTANCE", "SRV_INFRA", "SRV_ETUDES", "SRV_DECHETS", "SRV_EAU")) else VILLE
        rows.append(f"{post.number};{post.matricule};{post.service};{employer};{grade};{category};{grade};{sector};{post.first};{post.last};{post.quota / 100:.2f}".replace(".", ","))
    # Three rows a person typed wrongly.
    rows.append(f"A99001;M00007;SRV_BUDGET;{VILLE};Rédacteur;B;Rédacteur;ADM;31/02/2025;;1,00")
    rows.append(f"A99002;M00008;SRV_BUDGET;{VILLE};Rédacteur;B;Rédacteur;ADM;01/03/2025;;plein temps")
    rows.append(f";M00009;SRV_BUDGET;{VILLE};Rédacteur;B;Rédacteur;ADM;01/03/2025;;1,00")
    write(out / "affectations.csv", "\n".join(rows) + "\n", "windows-1252", "\r\n")
    totals.connector("sirh", read=len(known) + 3, rejected=3)


def staff_rows(siret, exercise, totals):
    """The DATA_PERSONNEL rows of an account, and what they add up to."""
    random = chance(f"posts/{siret}/{exercise}")
    text, filled, budgeted, by_category = "", 0, 0, {}
    for _ in range(240 if siret == VILLE else 140):
        grade, category, sector, _ = GRADES[random.randrange(len(GRADES))]
        planned = random.choice([100, 100, 100, 80, 50, 31])
        taken = planned if random.random() < 0.93 else 0
        budgeted, filled = budgeted + planned, filled + taken
        by_category[category] = by_category.get(category, 0) + taken
        text += (f'<PERSONNEL><CodTypAgent V="{"I" if random.random() < 0.8 else "N"}"/><EmploiGradeAgent V="{grade}"/><CodCatAgent V="{category}"/>'
                 f'<TempsComplet V="{"true" if planned == 100 else "false"}"/><Permanent V="true"/><CodSectAgentTitulaire V="{sector}"/>'
                 f'<EffectifBud V="{euros(planned)}"/><EffectifPourvu V="{euros(taken)}"/></PERSONNEL>\n')
    totals.expect("ETP_POURVUS", exercise, euros(filled), siret=siret)
    totals.expect("ETP_BUDGETES", exercise, euros(budgeted), siret=siret)
    return text, filled


class Declaration:
    """The rubrics of one sending, in order; S90 counts them."""

    def __init__(self):
        self.rows = []

    def add(self, rubric, value):
        self.rows.append(f"{rubric},'{value}'")

    def text(self, wrong_count=False):
        count = len(self.rows) + 2 - (3 if wrong_count else 0)
        return "\n".join(self.rows + [f"S90.G00.90.001,'{count}'", "S90.G00.90.002,'1'"]) + "\n"


def head(declaration, year, month, order, kind, siret):
    last = {11: 30, 12: 31}[month]
    for rubric, value in (("S10.G00.00.001", "PAIE VALBRUME"), ("S10.G00.00.002", "EDITEUR"), ("S10.G00.00.003", "1.0"), ("S10.G00.00.005", "02"),
                          ("S10.G00.00.006", "P25V01"), ("S10.G00.00.007", "01"), ("S10.G00.00.008", "01"), ("S10.G00.01.001", siret[:9]),
                          ("S10.G00.01.002", siret[9:]), ("S20.G00.05.001", "01"), ("S20.G00.05.002", kind), ("S20.G00.05.003", "11"),
                          ("S20.G00.05.004", order), ("S20.G00.05.005", f"01{month:02}{year}"), ("S20.G00.05.007", f"{last}{month:02}{year}"),
                          ("S20.G00.05.008", "01"), ("S20.G00.05.010", "01"), ("S21.G00.06.001", siret[:9]), ("S21.G00.06.002", siret[9:]),
                          ("S21.G00.11.001", siret[9:])):
        declaration.add(rubric, value)


def individual(declaration, index, post, year, month, gross, changed):
    last = {11: 30, 12: 31}[month]
    grade, _, _, _ = GRADES[post.grade]
    day, start_month, start_year = post.first.split("/")
    quota = f"{post.quota * 1.5167:.2f}"
    for rubric, value in (("S21.G00.30.001", "0" * 13), ("S21.G00.30.002", f"AGENT {index:04}"), ("S21.G00.30.004", "D'ESSAI"), ("S21.G00.30.019", post.matricule),
                          ("S21.G00.40.001", f"{day}{start_month}{start_year}"), ("S21.G00.40.002", "04"), ("S21.G00.40.006", grade), ("S21.G00.40.007", "01"),
                          ("S21.G00.40.009", post.contract), ("S21.G00.40.011", "10"), ("S21.G00.40.012", "151.67"), ("S21.G00.40.013", quota),
                          ("S21.G00.40.014", "10" if post.quota == 100 else "20"), ("S21.G00.40.026", "01"), ("S21.G00.40.053", "01")):
        declaration.add(rubric, value)
    if changed:  # worked full time until the 15th: the block carries the old quota and the day of the change
        declaration.add("S21.G00.41.001", f"16{month:02}{year}")
        declaration.add("S21.G00.41.007", "151.67")
    declaration.add("S21.G00.50.001", f"{last - 2}{month:02}{year}")
    declaration.add("S21.G00.50.002", euros(gross * 82 // 100))
    declaration.add("S21.G00.50.004", euros(gross * 78 // 100))
    for kind in ("001", "002", "003"):
        for rubric, value in (("S21.G00.51.001", f"01{month:02}{year}"), ("S21.G00.51.002", f"{last}{month:02}{year}"), ("S21.G00.51.010", post.contract),
                              ("S21.G00.51.011", kind), ("S21.G00.51.013", euros(gross))):
            declaration.add(rubric, value)


def write_declarations(out, all_posts, totals):
    """Two months; November is cancelled and replaced. A third file announces a count that is wrong."""
    random = chance("pay")
    people = {}
    for post in all_posts:
        people[post.matricule] = post  # one contract each: a move changes the service, not the contract
    for year, month in MONTHS:
        gross_of = {m: (GRADES[p.grade][3] * p.quota // 100) + random.randrange(0, 40_000) for m, p in people.items()}
        total = 0
        for order, kind in ([(f"{year}{month:02}251000", "01"), (f"{year}{month:02}281000", "03")] if month == 11 else [(f"{year}{month:02}291000", "01")]):
            declaration = Declaration()
            head(declaration, year, month, order, kind, VILLE)
            total = 0
            for index, (matricule, post) in enumerate(people.items(), 1):
                gross = gross_of[matricule] + (0 if kind == "01" and month == 11 else 10_00)
                total += gross
                individual(declaration, index, post, year, month, gross, changed=post.quota == 80 and index % 3 == 0)
            write(out / f"dsn_{year}_{month:02}_{kind}.dsn", declaration.text(), "iso-8859-1", "\r\n")
        totals.expect("BRUT_MENSUEL", f"{year}-{month:02}", euros(total))
        totals.expect("EFFECTIF_PAYE", f"{year}-{month:02}", str(len(people)))
    wrong = Declaration()
    head(wrong, 2025, 12, "202512291100", "01", AGGLO)
    for index, post in enumerate(list(people.values())[:5], 1):
        individual(wrong, index, post, 2025, 12, 2_000_00, False)
    write(out / "dsn_2025_12_agglo.dsn", wrong.text(wrong_count=True), "iso-8859-1", "\r\n")
