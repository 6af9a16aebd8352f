"""The authority's existing reference as a workbook: eight sheets, with one duplicate and one orphan for the import to report."""

import re
import zipfile
from xml.sax.saxutils import escape

EPOCH = (2025, 1, 1, 0, 0, 0)  # the same bytes at every run


def sheet(rows):
    text = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    for number, row in enumerate(rows, 1):
        cells = "".join(f'<c r="{chr(65 + i)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>' for i, value in enumerate(row) if value)
        text += f'<row r="{number}">{cells}</row>'
    return text + "</sheetData></worksheet>"


def labels(line):
    found = re.search(r'label: \{fr: "((?:[^"\\]|\\.)*)", en: "((?:[^"\\]|\\.)*)"\}', line)
    return found.groups() if found else ("", "")


def value(line, key):
    found = re.search(rf'\b{key}: (?:"([^"]*)"|([^,}}\s]+))', line)
    return (found.group(1) or found.group(2)) if found else ""


def entries(path):
    """(id, text) of the entries of a YAML file of the demo model: one per line, or two."""
    text = path.read_text(encoding="utf-8").replace(",\n    raci", ", raci")
    for line in text.splitlines():
        found = re.match(r"  ([A-Z][A-Z0-9_]*): \{", line)
        if found:
            yield found.group(1), line


def sheets(model):
    families = {"managerial": "Managérial", "operational": "Opérationnel", "support": "Support"}
    processes = [["Code", "Numéro", "Libellé", "Libellé anglais", "Famille", "Pilote", "Finalité"]]
    for code, line in entries(model / "processes.yaml"):
        purpose = re.search(r'purpose: \{fr: "([^"]*)"', line)
        processes.append([code, value(line, "number"), *labels(line), families[value(line, "family")], value(line, "pilot"), purpose.group(1) if purpose else ""])
    bases = {"mandatory": "Obligatoire", "optional": "Facultative", "delegated": "Déléguée", "support": "Support"}
    activities = [["Code", "Libellé", "Libellé anglais", "Processus", "Unité d'œuvre", "Temps unitaire (min)", "Compétence"]]
    roles = [["Activité", "Entité", "Rôle"]]
    for code, line in entries(model / "activities.yaml"):
        activities.append([code, *labels(line), value(line, "process"), value(line, "unit_of_work"), value(line, "unit_minutes"), bases[value(line, "legal_basis")]])
        raci = re.search(r"raci: \{(.*)\}\}$", line).group(1)
        for letter, many, one in re.findall(r"([RACI]): (?:\[([^\]]*)\]|([A-Z0-9_]+))", raci):
            roles += [[code, unit.strip(), letter] for unit in (many or one).split(",") if unit.strip()]
    activities.append(["CI_TITRES", "Titres d'identité", "Identity documents", "OP_CITOYENS", "titre délivré", "25", "Déléguée"])  # the duplicate
    activities.append(["XX_ARCHIVES", "Archives municipales", "Town archives", "OP_PATRIMOINE", "document", "", "Obligatoire"])  # the orphan
    organisation = [["Code", "Libellé", "Libellé anglais", "Type", "Rattachée à"]]
    kinds = {"pole": "Pôle", "direction": "Direction", "service": "Service"}
    for code, line in entries(model / "organisation.yaml"):
        parent = re.findall(r"(?:unit|parent): ([A-Z_]+)", line)
        organisation.append([code, *labels(line), kinds[value(line, "kind")], parent[-1] if parent else ""])
    policies = [["Code", "Libellé", "Libellé anglais", "Politique mère"]]
    for code, line in entries(model / "policies.yaml"):
        policies.append([code, *labels(line), value(line, "parent")])
    levels = {"project": "Projet", "axis": "Axe", "objective": "Objectif", "action": "Action"}
    objectives = [["Code", "Niveau", "Libellé", "Libellé anglais", "Rattaché à", "Pilote", "Échéance", "État"]]
    for code, line in entries(model / "roadmap.yaml"):
        objectives.append([code, levels[value(line, "level")], *labels(line), value(line, "parent"), value(line, "pilot"), value(line, "due"), value(line, "state")])
    indicators = [["Code", "Libellé", "Unité", "Responsable"], ["TITRES_DELIVRES", "Titres d'identité délivrés", "titre", "DIR_CITOYENNETE"]]
    keys = [["Clé", "Destination", "Part"], ["CLE_ACCUEIL", "CITOYENNETE", "85"], ["CLE_ACCUEIL", "SOLIDARITES", "15"]]
    return {"Processus": processes, "Activités": activities, "Rôles": roles, "Organisation": organisation, "Indicateurs": indicators,
            "Objectifs": objectives, "Politiques": policies, "Clés": keys}


def write(path, model):
    content = sheets(model)
    types = '<?xml version="1.0" encoding="UTF-8"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    book = '<?xml version="1.0" encoding="UTF-8"?>\n<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    relations = '<?xml version="1.0" encoding="UTF-8"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    parts = {}
    for number, (name, rows) in enumerate(content.items(), 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = sheet(rows)
        types += f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        book += f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        relations += f'<Relationship Id="rId{number}" Type="{kind}worksheet" Target="worksheets/sheet{number}.xml"/>'
    parts["[Content_Types].xml"] = types + "</Types>"
    parts["_rels/.rels"] = f'<?xml version="1.0" encoding="UTF-8"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{kind}officeDocument" Target="xl/workbook.xml"/></Relationships>'
    parts["xl/workbook.xml"] = book + "</sheets></workbook>"
    parts["xl/_rels/workbook.xml.rels"] = relations + "</Relationships>"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda part: (part != "[Content_Types].xml", part)):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), parts[name])
