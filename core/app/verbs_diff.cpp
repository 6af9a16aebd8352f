// diff: why a value changed between two revisions.
#include <algorithm>
#include <iostream>

#include "core/app/authority.h"
#include "core/app/cell_options.h"
#include "core/app/diff.h"
#include "core/app/values.h"
#include "core/base/decimal.h"
#include "core/base/text.h"
#include "core/journal/read_only.h"

namespace passerelle::app {
namespace {

struct DiffOptions {
  HubOptions hub;
  CellOptions cell;
  std::string from;
  std::string to;
};

// A revision is a whole number; what else it may be, the hub says.
bool is_revision(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Status read_side(const std::string& text, model::Revision* revision, std::string* known_at) {
  if (!is_revision(text)) {
    *known_at = text;
    return absl::OkStatus();
  }
  PAS_ASSIGN_OR_RETURN(const std::int64_t number, base::parse_scaled(text, 0));
  *revision = static_cast<model::Revision>(number);
  return absl::OkStatus();
}

StatusOr<hub::v1::DiffRequest> asked(const DiffOptions& options) {
  hub::v1::DiffRequest request;
  PAS_ASSIGN_OR_RETURN(*request.mutable_cell(), options.cell.key());
  model::Revision from = 0;
  model::Revision to = 0;
  PAS_RETURN_IF_ERROR(read_side(options.from, &from, request.mutable_from_known_at()));
  PAS_RETURN_IF_ERROR(read_side(options.to, &to, request.mutable_to_known_at()));
  request.set_from_revision(from);
  request.set_to_revision(to);
  return request;
}

// The zone of the model in force: dates are meant in it.
StatusOr<std::string> zone_in_force(const journal::ReadOnlyJournal& journal) {
  PAS_ASSIGN_OR_RETURN(const auto models,
                       journal::models_of(journal.path(), journal.last_revision()));
  const journal::StoredModel* newest = nullptr;
  for (const journal::StoredModel& model : models) {
    if (model.switched != 0 && (newest == nullptr || model.switched > newest->switched)) {
      newest = &model;
    }
  }
  if (newest == nullptr) {
    return base::failed_precondition("no model was ever applied to this data");
  }
  PAS_ASSIGN_OR_RETURN(const std::string canonical,
                       journal::canonical_model(journal.path(), newest->proposed));
  PAS_ASSIGN_OR_RETURN(const auto model, parse_model(canonical, newest->hash));
  return model->time_zone;
}

// From the data of a stopped hub.
StatusOr<hub::v1::DiffResponse> diff_of_stopped(const DiffOptions& options,
                                                const hub::v1::DiffRequest& request) {
  PAS_ASSIGN_OR_RETURN(const std::string authority, authority_in(options.hub.data, ""));
  PAS_ASSIGN_OR_RETURN(const auto journal,
                       journal::ReadOnlyJournal::open(options.hub.data, authority));
  PAS_ASSIGN_OR_RETURN(const std::string zone, zone_in_force(*journal));
  ProgressLine line;
  JournalSource source;
  source.folder = journal->folder();
  source.epoch = journal->epoch();
  source.last = journal->last_revision();
  source.read = [&](model::Revision from, const auto& each) { return journal->read(from, each); };
  return diff(request, source, zone, [&](model::Revision revision) -> Status {
    line.show(in_language("révision ", "revision ") + std::to_string(revision));
    return absl::OkStatus();
  });
}

std::string kind_text(hub::v1::DiffCauseKind kind) {
  switch (kind) {
    case hub::v1::DIFF_CAUSE_KIND_NEW:
      return in_language("nouveau", "new");
    case hub::v1::DIFF_CAUSE_KIND_CORRECTED:
      return in_language("corrigé", "corrected");
    case hub::v1::DIFF_CAUSE_KIND_DELETED:
      return in_language("supprimé", "deleted");
    case hub::v1::DIFF_CAUSE_KIND_PERSONS_MERGED:
      return in_language("personnes rapprochées", "persons merged");
    case hub::v1::DIFF_CAUSE_KIND_COMPLETE:
      return in_language("source complète", "source complete");
    case hub::v1::DIFF_CAUSE_KIND_TIME:
      return in_language("temps", "time");
    case hub::v1::DIFF_CAUSE_KIND_REFERENCE:
      return in_language("référentiel", "reference");
    case hub::v1::DIFF_CAUSE_KIND_ORGANISATION:
      return in_language("organisation", "organisation");
    case hub::v1::DIFF_CAUSE_KIND_MAPPING:
      return in_language("règle de correspondance", "mapping rule");
    case hub::v1::DIFF_CAUSE_KIND_KEY:
      return in_language("clé", "key");
    case hub::v1::DIFF_CAUSE_KIND_DEFINITION:
      return in_language("définition", "definition");
    case hub::v1::DIFF_CAUSE_KIND_TARGET:
      return in_language("cible", "target");
    case hub::v1::DIFF_CAUSE_KIND_CLOSING:
      return in_language("réouverture", "reopening");
    case hub::v1::DIFF_CAUSE_KIND_ENGINE:
      return in_language("moteur", "engine");
    default:
      break;
  }
  return in_language("arrondi", "rounding");
}

std::string change_word(const std::string& change) {
  if (change == "added") return in_language("ajouté", "added");
  if (change == "changed") return in_language("modifié", "changed");
  if (change == "removed") return in_language("retiré", "removed");
  return change;
}

// What one object of a section is, for a person.
std::string section_word(const std::string& section) {
  struct Word {
    std::string_view section;
    const char* french;
    const char* english;
  };
  static constexpr Word kWords[] = {
      {"connectors", "connecteur", "connector"},
      {"kinds", "nature", "kind"},
      {"days", "jour", "day"},
      {"processes", "processus", "process"},
      {"activities", "activité", "activity"},
      {"policies", "politique", "policy"},
      {"dimensions", "axe", "dimension"},
      {"authority", "collectivité", "authority"},
      {"calendars", "calendrier", "calendar"},
      {"precedence", "priorité", "precedence"},
      {"roadmap", "feuille de route", "roadmap"},
      {"organisation", "entité", "unit"},
      {"organisation_views", "vue de l'organisation", "view of the organisation"},
      {"tables", "table", "table"},
      {"mappings", "règle", "rule"},
      {"pools", "groupe de charges", "pool"},
      {"keys", "clé", "key"},
      {"cascade", "cascade", "cascade"},
      {"indicators", "indicateur", "indicator"},
      {"targets", "cible", "target"},
  };
  for (const Word& word : kWords) {
    if (word.section == section) return in_language(word.french, word.english);
  }
  return section;
}

std::string objects_text(const hub::v1::DiffCause& cause, bool humane) {
  std::vector<std::string> out;
  for (const hub::v1::DiffObject& object : cause.objects()) {
    std::vector<std::string> words;
    for (const std::string& word : {humane ? section_word(object.section()) : object.section(),
                                    object.id(), change_word(object.change()), object.detail()}) {
      if (!word.empty()) words.push_back(word);
    }
    out.push_back(base::join(words, " "));
  }
  return base::join(out, ", ");
}

std::string examples_text(const hub::v1::DiffCause& cause, bool humane) {
  std::string out = base::join({cause.examples().begin(), cause.examples().end()}, " ");
  const auto shown = static_cast<std::uint64_t>(cause.examples_size());
  if (humane && shown > 0 && cause.records() > shown) {
    out += " +" + std::to_string(cause.records() - shown);
  }
  return out;
}

Table causes_table(const hub::v1::DiffResponse& response, bool humane) {
  Table table({{"cause", "cause"},
               {"objects", in_language("objet", "object")},
               {"effect", in_language("effet", "effect"), true},
               {"value", in_language("valeur ensuite", "value then"), true},
               {"revision", in_language("révision", "revision")},
               {"at", in_language("écrite le", "written"), TableColumn::Kind::kInstant},
               {"records", in_language("enregistrements", "records"), true},
               {"examples", in_language("dont", "such as")}});
  const std::string prefix = "DIFF_CAUSE_KIND_";
  for (const hub::v1::DiffCause& cause : response.causes()) {
    const std::string value = !cause.value().empty()                         ? cause.value()
                              : cause.na() == hub::v1::NA_REASON_UNSPECIFIED ? ""
                                                                             : "na";
    table.add({humane ? kind_text(cause.kind())
                      : hub::v1::DiffCauseKind_Name(cause.kind()).substr(prefix.size()),
               objects_text(cause, humane), humane ? short_text(cause.effect()) : cause.effect(),
               humane ? short_text(value) : value, std::to_string(cause.revision()),
               base::format_instant(cause.at()),
               cause.records() == 0 ? "" : std::to_string(cause.records()),
               examples_text(cause, humane)});
  }
  return table;
}

void print_diff(const hub::v1::DiffResponse& response) {
  std::cout << title_of(response.from().key()) << "\n  "
            << in_language("à la révision ", "at revision ") << response.from_revision() << " : "
            << cell_text(response.from()) << "\n  " << in_language("à la révision ", "at revision ")
            << response.to_revision() << " : " << cell_text(response.to()) << "\n  "
            << in_language("écart : ", "difference: ")
            << humane_number(short_text(response.difference())) << ' ' << response.unit() << "\n\n";
  if (response.causes_size() == 0) {
    std::cout << in_language("Rien n'a changé cette valeur.\n", "Nothing changed this value.\n");
    return;
  }
  causes_table(response, true).print(std::cout, Format::kTable);
}

Status diff_verb(const DiffOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const hub::v1::DiffRequest request, asked(options));
  hub::v1::DiffResponse response;
  if (hub_is_running(options.hub)) {
    PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
    PAS_ASSIGN_OR_RETURN(response, client->diff(request));
  } else {
    PAS_ASSIGN_OR_RETURN(response, diff_of_stopped(options, request));
  }
  if (format == Format::kJson) {
    std::cout << json_of(response) << '\n';
  } else if (format == Format::kCsv) {
    causes_table(response, false).print(std::cout, format);
  } else {
    print_diff(response);
  }
  return absl::OkStatus();
}

}  // namespace

void add_diff_verb(CLI::App& app, Cli& cli) {
  static DiffOptions options;
  CLI::App* verb =
      add_verb(app, "diff", "Why a value changed: causes whose effects add up to the difference",
               "passerelle diff DEPENSES --where policy=CULTURE --period 2025 --from 2026-03-31 "
               "--data data");
  options.hub.add_to(verb);
  options.cell.add_to(verb);
  options.cell.add_org_to(verb);
  verb->add_option("--from", options.from,
                   "A revision, the end of a date (2026-03-31), or an instant")
      ->required();
  verb->add_option("--to", options.to, "The same, later; the newest revision if it is not given");
  runs(cli, verb, [] { return diff_verb(options); });
}

}  // namespace passerelle::app
