"""The help desk's event log, and the values that departments declare."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction

from common import chance, write

CATEGORIES = {"Poste de travail": 30, "Messagerie": 18, "Application métier": 22, "Réseau": 10, "Téléphonie": 6, "Sauvegarde": 3, "Projet": 2,
              "Sécurité informatique": 2, "Voirie": 14, "Éclairage": 9, "Bâtiment": 16, "Espaces verts": 8, "Véhicule": 4, "Déchets": 7, "Eau": 3,
              "Divers": 4, "Demande non qualifiée": 3}
UNMAPPED = ("Divers", "Demande non qualifiée")
TICKETS = 3000


# The hours of the desks and the days on which they are closed in spite of them: model/calendars.yaml.
MORNING, AFTERNOON, FRIDAY = (time(8, 30), time(12)), (time(13, 30), time(17, 30)), (time(13, 30), time(16, 30))
CLOSED = {date(2025, 1, 1), date(2025, 4, 21), date(2025, 5, 1), date(2025, 5, 8), date(2025, 5, 29), date(2025, 5, 30), date(2025, 6, 9), date(2025, 7, 14),
          date(2025, 8, 15), date(2025, 11, 11), date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1)}


def business_minutes(begin, end):
    """Between two moments of 2025, by the clock on the wall."""
    minutes, day = 0, begin.date()
    while day <= end.date():
        spans = [MORNING, AFTERNOON if day.weekday() < 4 else FRIDAY] if day.weekday() < 5 and day not in CLOSED else []
        if day == date(2025, 6, 14):
            spans = [(time(9), time(12))]
        for first, last in spans:
            low, high = max(begin, datetime.combine(day, first)), min(end, datetime.combine(day, last))
            minutes += max(0, int((high - low).total_seconds()) // 60)
        day += timedelta(days=1)
    return minutes


def median_hours(minutes):
    """To one decimal, half to even."""
    ordered = sorted(minutes)
    middle = Fraction(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2], 2 * 60)
    return f"{float(Fraction(round(middle * 10), 10)):.1f}"


def moment(when):
    """As the desk writes it: no leading zeros in day and month."""
    return f"{when.day}/{when.month}/{when.year} {when:%H:%M}"


def events_of(random, number):
    """The life of one ticket: (state, instant) in order."""
    opened = datetime(2025, 1, 2) + timedelta(minutes=random.randrange(0, 363 * 24 * 60))
    resolved = opened + timedelta(minutes=int(30 + 14_000 * random.random() ** 3))
    states = [("Nouveau", opened), ("En cours", opened + timedelta(minutes=10))]
    if random.random() < 0.25:
        states.append(("Attente", opened + timedelta(minutes=25)))
    states.append(("Résolu", resolved))
    reopened = random.random() < 0.03
    if reopened:
        states += [("En cours", resolved + timedelta(hours=5)), ("Résolu", resolved + timedelta(hours=30))]
    if random.random() < 0.94:
        states.append(("Clos", states[-1][1] + timedelta(days=5)))
    return states, reopened


def write_tickets(out, totals):
    random = chance("tickets")
    rows = ["numero,etat,modification,engagement_tenu,ouvert_le,modifie_le,categorie,sous_categorie,priorite,groupe,resolu_le,clos_le,reouvertures"]
    events, moved, opened_by_month, unmapped, waits = [], 0, {}, 0, {}
    names, weights = list(CATEGORIES), list(CATEGORIES.values())
    for number in range(1, TICKETS + 1):
        category = random.choices(names, weights)[0]
        states, reopened = events_of(random, number)
        moved += reopened
        unmapped += category in UNMAPPED
        opened = states[0][1]
        opened_by_month[opened.month] = opened_by_month.get(opened.month, 0) + 1
        kept = random.random() < 0.83
        closed = states[-1][1] if states[-1][0] == "Clos" else None
        if closed and closed.year == 2025:
            waits.setdefault(closed.month, []).append(business_minutes(opened, closed))
        resolved = max(when for state, when in states if state == "Résolu")
        for sequence, (state, when) in enumerate(states):
            shown = category if sequence > 0 or random.random() < 0.97 else "?"
            events.append(f"D{number:06},{state},{sequence},{'oui' if kept else 'non'},{moment(opened)},{moment(when)},{shown},?,{random.choice(['1 - Haute', '2 - Moyenne', '3 - Basse'])},"
                          f"{random.choice(['Proximité', 'Systèmes', 'Terrain'])},{moment(resolved)},{moment(closed) if closed else '?'},{int(reopened)}")
    random.shuffle(events)  # the export is in no order; a ticket's events are ordered by their number
    bad = ["D900001,Nouveau,0,oui,32/1/2025 10:00,3/1/2025 10:00,Réseau,?,?,?,?,?,0", "D900002,Nouveau,zero,oui,3/1/2025 10:00,3/1/2025 10:00,Réseau,?,?,?,?,?,0"]
    write(out / "evenements_2025.csv", "\n".join(rows + events + bad) + "\n")
    for month, count in sorted(opened_by_month.items()):
        totals.expect("DEMANDES", f"2025-{month:02}", str(count))
    totals.expect("DEMANDES", 2025, str(TICKETS))
    totals.expect("REOUVERTURES", 2025, str(moved))
    for month, minutes in sorted(waits.items()):
        totals.expect("DELAI_OUVRE", f"2025-{month:02}", median_hours(minutes))
    totals.expect("DELAI_OUVRE", 2025, median_hours(sum(waits.values(), [])))
    totals.connector("demandes", read=len(events) + len(bad), rejected=len(bad), facts=TICKETS, unmapped=unmapped)


def expect_landings(meals, totals):
    """The rest of 2025 as in 2024; what the same guess, made a year before, missed."""
    def guess(year, month):
        return sum(meals[year, m] for m in range(1, month + 1)) + sum(meals[year - 1, m] for m in range(month + 1, 13))

    past = sum(meals[2024, m] for m in range(1, 13))
    for month in range(1, 13):
        for year in (2024, 2025):
            totals.expect("ATTERRISSAGE_REPAS", f"{year}-{month:02}", str(guess(year, month)))
        missed = Fraction(abs(guess(2024, month) - past) * 100, past)
        totals.expect("ERREUR_ATTERRISSAGE_REPAS", f"2025-{month:02}", f"{round(missed * 10) // 10}.{round(missed * 10) % 10}")
    totals.expect("ATTERRISSAGE_REPAS", 2025, str(guess(2025, 12)))


def write_declared(out, totals):
    random = chance("declared")
    rows = ["mesure;service;activite;mois;valeur;etat"]
    sums, by_month, read = {}, {}, 0
    for year in (2024, 2025):
        rows.append(f"POPULATION;SRV_CONTROLE_GESTION;PE_INDICATEURS;01/01/{year};{86_412 + (year - 2024) * 377};définitif")
        read += 1
        for month in range(1, 13):
            for measure, service, activity, typical in (("TITRES", "SRV_ETAT_CIVIL", "CI_TITRES", 820), ("REPAS", "SRV_RESTAURATION", "ED_RESTAURATION", 41_000 if month not in (7, 8) else 6_500)):
                value = random.randrange(typical * 8 // 10, typical * 12 // 10)
                rows.append(f"{measure};{service};{activity};01/{month:02}/{year};{value:,};définitif".replace(",", "\u202f"))
                sums[(measure, year)] = sums.get((measure, year), 0) + value
                by_month[(measure, year, month)] = value
                read += 1
    # Before the budgets of the demo begin: a landing is tried on years that are over.
    for month in range(1, 13):
        value = random.randrange(33_000, 49_000) if month not in (7, 8) else random.randrange(5_000, 8_000)
        rows.append(f"REPAS;SRV_RESTAURATION;ED_RESTAURATION;01/{month:02}/2023;{value:,};définitif".replace(",", "\u202f"))
        sums[("REPAS", 2023)] = sums.get(("REPAS", 2023), 0) + value
        by_month[("REPAS", 2023, month)] = value
        read += 1
    expect_landings({(year, month): value for (measure, year, month), value in by_month.items() if measure == "REPAS"}, totals)
    rows.append("TITRES;SRV_ETAT_CIVIL;CI_TITRES;01/13/2025;800;définitif")
    write(out / "valeurs.csv", "\n".join(rows) + "\n")
    for (measure, year), value in sums.items():
        totals.expect({"TITRES": "TITRES_DELIVRES", "REPAS": "REPAS_SERVIS"}[measure], year, str(value))
    for (measure, year, month), value in by_month.items():
        totals.expect({"TITRES": "TITRES_DELIVRES", "REPAS": "REPAS_SERVIS"}[measure], f"{year}-{month:02}", str(value))
    totals.connector("declarations", read=read + 1, rejected=1)
