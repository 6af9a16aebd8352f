#include "tests/core/steering/samples.h"

#include <algorithm>
#include <utility>

namespace passerelle::steering {
namespace {

constexpr const char* kReference = R"y(processes:
  OP_ETAT_CIVIL:
    label: {fr: État civil, en: Civil status}
    family: operational
    number: "2.1"
    pilot: Responsable état civil
    purpose: {fr: "Garantir l'identité", en: Guarantee identity}
    inputs: [demande, "pièce ; copie"]
    outputs: [acte]
    from: 2024-01-01
  OP_TITRES: {label: {fr: Titres}, family: operational, parent: OP_ETAT_CIVIL}
activities:
  EC_TITRES:
    label: {fr: Délivrer les titres, en: Issue papers}
    process: OP_TITRES
    deliverable: {fr: titre, en: paper}
    unit_of_work: titre délivré
    unit_minutes: 25
    legal_basis: mandatory
    job_family: Accueil
    raci: {I: [POLE_POP], A: DIR_CITOYENNETE, R: [SRV_ETAT_CIVIL, {unit: SRV_ETAT_CIVIL, role: Agent d'accueil}]}
  EC_ACTES:
    label: {fr: Tenir les actes, en: Keep records}
    process: OP_ETAT_CIVIL
    raci: {A: DIR_CITOYENNETE, R: SRV_ETAT_CIVIL}
organisation:
  POLE_POP: {kind: pole, label: {fr: Pôle population, en: Population}}
  DIR_CITOYENNETE: {kind: direction, label: {fr: Citoyenneté, en: Citizenship}, parent: POLE_POP, codes: [CIT, "1200"]}
  DIR_FINANCES: {kind: direction, label: {fr: Finances, en: Finance}, to: 2030-12-31}
  SRV_ETAT_CIVIL:
    kind: service
    label: {fr: Service état civil, en: Registry}
    parents: [{unit: DIR_CITOYENNETE, from: 2025-07-01}, {unit: DIR_FINANCES, to: 2025-06-30}]
policies:
  CITOYENNETE: {label: {fr: Citoyenneté, en: Citizenship}, codes: [Vie citoyenne, "20"]}
  ACCUEIL: {label: {fr: Accueil, en: Reception}, parent: CITOYENNETE}
roadmap:
  PROJET: {level: project, label: {fr: Projet, en: Project}}
  AXE_1: {level: axis, parent: PROJET, label: {fr: Proximité, en: Proximity}}
  OBJ_1: {level: objective, parent: AXE_1, label: {fr: Délais, en: Delays}}
  ACT_11: {level: action, parent: OBJ_1, label: {fr: Rendez-vous en ligne, en: Online}, pilot: DIR_CITOYENNETE,
           due: 2027-06-30, state: en cours, activities: [EC_TITRES], indicators: [TICKETS]}
)y";

constexpr const char* kData = R"y(dimensions:
  ecological: {label: {fr: Effet, en: Effect}, members: [FAVORABLE, NEUTRAL]}
kinds:
  ledger_line:
    label: {fr: écriture, en: entry}
    at: date
    fields: {date: date, nature: string, amount: {type: decimal, scale: 2, unit: EUR, label: {fr: montant, en: amount}}}
  ticket:
    fields: {site: string}
tables:
  fonctions:
    file: tables/fonctions.csv
    key: [fonction]
    match: prefix
    none: ["", "-"]
mappings:
  - kind: budget
    rules:
      - name: par fonction
        when: "flow == 'D' && !order"
        table: fonctions
        on: {Fonction: "function"}
        set: {policy: $politique, activity: $Activité, ecological: NEUTRAL}
      - {set: {policy: CITOYENNETE, direction: "=section == 'F' ? 'CIT' : 'DIR_FINANCES'"}}
  - kind: ticket
    connector: tickets
    rules:
      - {name: titres, when: "category.startsWith('T')", set: {activity: Délivrer les titres, service: "=group"}}
)y";

constexpr const char* kIndicators = R"y(indicators:
  DEPENSES:
    version: 2
    label: {fr: Dépenses, en: Expenses}
    kind: means
    stakeholder: taxpayer
    from: budget
    where: "flow == 'D' && section == 'F' && !order"
    value: "sum(realised)"
    at: exercise
    grain: year
    by: [policy, nature]
    publish: [[policy, nature], [], [policy]]
    unit: EUR
    round: 2
    better: lower
    owner: DIR_FINANCES
  EXECUTION: {label: {fr: Exécution, en: Execution}, kind: means, value: "sum(budget.realised) / sum(budget.open)", unit: "%", round: 1, by: [policy]}
  TICKETS: {label: {fr: Demandes, en: Tickets}, kind: activity, from: ticket, value: "count()", grain: month, grains: [year, month], by: [direction, site, ecological]}
  STOCK: {label: {fr: Stock, en: Stock}, kind: activity, from: ticket, value: "stock(opened, closed)", grain: day, by: [service]}
  SOLDE: {label: {fr: Solde, en: Balance}, kind: means, from: ledger_line, value: "sum(amount)", grain: month}
  EVOLUTION: {label: {fr: Évolution, en: Growth}, kind: means, value: "growth(DEPENSES, 'year')", unit: "%", round: 1, by: [policy]}
targets:
  - {indicator: DEPENSES, scope: {policy: Citoyenneté, period: "2026"}, value: "120000.00", amber: 5}
  - {indicator: TICKETS, scope: {period: 2026-03}, value: 250}
  - {indicator: TICKETS, scope: {}, linear: {2026-12: 240.5, 2026-01: 300}, amber: 10, hysteresis: 2}
)y";

constexpr const char* kConnector = R"y(plugin: ticketing_csv
label: {fr: Demandes, en: Tickets}
enabled: false
config: {path: ../sources/*.csv, code: "010", rows: 12, strict: true, ratio: 0.5, nothing: null, zip: 010, list: [1, "1"]}
secrets: {password: secret://file/run/credentials/x}
schedule: "*/15 6-20 * * 1-5"
streams: [ticket]
)y";

}  // namespace

std::vector<ModelFile> sample_model() {
  return {{"authority.yaml",
           "authority: {id: CA_VALBRUME, label: {fr: Valbrume, en: Valbrume}, "
           "time_zone: Europe/Paris}\n"},
          {"connectors/tickets.yaml", kConnector},
          {"data.yaml", kData},
          {"indicators/all.yaml", kIndicators},
          {"reference.yaml", kReference},
          {"tables/fonctions.csv",
           "fonction;politique;activité;note\n"
           "0;-;;a\n"
           "02;Vie citoyenne;EC_ACTES;b\n"
           "022;20;UNMAPPED;\"c; d\"\n"}};
}

std::vector<ModelFile> sample_with(std::string path, std::string text) {
  std::vector<ModelFile> files = sample_model();
  const auto at = std::find_if(files.begin(), files.end(),
                               [&](const ModelFile& file) { return file.path == path; });
  if (at == files.end()) {
    files.push_back({std::move(path), std::move(text)});
  } else {
    at->text = std::move(text);
  }
  return files;
}

std::string lines_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_string(finding) + '\n';
  return text;
}

}  // namespace passerelle::steering
