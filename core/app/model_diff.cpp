#include "core/app/model_diff.h"

#include <algorithm>
#include <map>
#include <set>

namespace passerelle::app {
namespace {

using Change = Difference::Change;

// Values as one text: equal texts, equal values.
class Print {
 public:
  Print& operator<<(const std::string& text) {
    text_ += std::to_string(text.size()) + ':' + text;
    return *this;
  }
  Print& operator<<(std::int64_t number) { return *this << std::to_string(number); }
  Print& operator<<(const model::Measurement& measure) {
    return *this << measure.value << measure.from << measure.where << measure.at
                 << std::int64_t{measure.mapped};
  }
  Print& operator<<(const model::Label& label) { return *this << label.fr << label.en; }
  Print& operator<<(const model::Validity& valid) {
    return *this << std::int64_t{valid.from.value_or(INT32_MIN)}
                 << std::int64_t{valid.to.value_or(INT32_MAX)};
  }
  Print& operator<<(const std::vector<std::string>& texts) {
    *this << static_cast<std::int64_t>(texts.size());
    for (const std::string& text : texts) *this << text;
    return *this;
  }
  Print& operator<<(const std::map<std::string, std::string>& pairs) {
    *this << static_cast<std::int64_t>(pairs.size());
    for (const auto& [key, value] : pairs) *this << key << value;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// The members of a section: id -> everything about it.
using Section = std::map<std::string, std::string>;

Section processes_of(const model::SteeringModel& model) {
  Section out;
  for (const model::Process& one : model.processes) {
    out[one.id] = (Print() << one.label << one.family << one.number << one.parent << one.pilot
                           << one.purpose << one.inputs << one.outputs << one.valid)
                      .text();
  }
  return out;
}

Section activities_of(const model::SteeringModel& model) {
  Section out;
  for (const model::Activity& one : model.activities) {
    out[one.id] =
        (Print() << one.label << one.process << one.deliverable << one.unit_of_work
                 << one.unit_minutes.value_or(-1) << one.legal_basis << one.job_family << one.valid)
            .text();
  }
  return out;
}

Section policies_of(const model::SteeringModel& model) {
  Section out;
  for (const model::Policy& one : model.policies) {
    out[one.id] =
        (Print() << one.label << one.parent << one.codes << one.activities << one.valid).text();
  }
  return out;
}

Section dimensions_of(const model::SteeringModel& model) {
  Section out;
  for (const model::Dimension& one : model.dimensions) {
    out[one.id] = (Print() << one.label << one.members).text();
  }
  return out;
}

Section kinds_of(const model::SteeringModel& model) {
  Section out;
  for (const model::RecordKind& one : model.kinds) {
    Print print;
    print << one.label << one.default_at << static_cast<std::int64_t>(one.fields.size());
    for (const model::Field& field : one.fields) {
      print << field.name << static_cast<std::int64_t>(field.type) << std::int64_t{field.scale}
            << field.unit << field.label;
    }
    out[one.name] = print.text();
  }
  return out;
}

Section units_of(const model::SteeringModel& model) {
  Section out;
  for (const model::OrgUnit& one : model.units) {
    Print print;
    print << one.kind << one.label << one.codes << one.valid;
    for (const model::OrgParent& parent : one.parents) print << parent.unit << parent.valid;
    out[one.id] = print.text();
  }
  return out;
}

Section org_views_of(const model::SteeringModel& model) {
  Section out;
  for (const std::string& view : model.org_views) out[view] = view;
  return out;
}

Section tables_of(const model::SteeringModel& model) {
  Section out;
  for (const model::LookupTable& one : model.tables) {
    Print print;
    print << one.file << one.keys << std::int64_t{one.prefix} << one.none << one.columns;
    for (const auto& row : one.rows) print << row;
    out[one.id] = print.text();
  }
  return out;
}

Section rules_of(const model::SteeringModel& model) {
  Section out;
  for (const model::Mapping& mapping : model.mappings) {
    for (const model::MappingRule& rule : mapping.rules) {
      Print print;
      print << rule.when << rule.table << rule.on;
      for (const auto& [dimension, value] : rule.set) {
        print << dimension << static_cast<std::int64_t>(value.kind) << value.text;
      }
      out[rule_id(mapping, rule)] = print.text();
    }
  }
  return out;
}

// The order of the rules that both models have: a new rule alone is no change of order.
Section order_of(const model::SteeringModel& model, const Section& known) {
  Section out;
  for (const model::Mapping& mapping : model.mappings) {
    Print print;
    for (const model::MappingRule& rule : mapping.rules) {
      if (known.contains(rule_id(mapping, rule))) print << rule.name;
    }
    if (!print.text().empty()) out[mapping_id(mapping)] = print.text();
  }
  return out;
}

Section indicators_of(const model::SteeringModel& model) {
  Section out;
  for (const model::Indicator& one : model.indicators) {
    Print print;
    print << std::int64_t{one.version} << one.label << one.kind << one.stakeholder << one.from
          << one.where << one.value << one.at << static_cast<std::int64_t>(one.grain)
          << static_cast<std::int64_t>(one.time) << one.by << one.unit << std::int64_t{one.round}
          << one.better << one.owner << std::int64_t{one.suppress_below} << one.when_empty
          << one.when_zero_den << one.drill << one.fresh_hours << one.green << one.amber
          << std::int64_t{one.hysteresis};
    for (const auto& grouping : one.publish) print << grouping;
    for (const base::Grain grain : one.grains) print << static_cast<std::int64_t>(grain);
    out[one.id] = print.text();
  }
  return out;
}

Section targets_of(const model::SteeringModel& model) {
  Section out;
  for (const model::Target& one : model.targets) {
    std::string id = one.indicator;
    for (const auto& [dimension, value] : one.scope) id += ' ' + dimension + '=' + value;
    Print print;
    print << one.value << one.amber << std::int64_t{one.hysteresis};
    for (const model::TargetPoint& point : one.linear) {
      print << point.period.to_string() << point.value;
    }
    out[id] = print.text();
  }
  return out;
}

Section connectors_of(const model::SteeringModel& model) {
  Section out;
  for (const model::ConnectorConfig& one : model.connectors) {
    Print print;
    print << one.plugin << std::int64_t{one.enabled} << one.label << one.config_json << one.secrets
          << one.schedule << one.streams;
    for (const model::PersonLink& link : one.links)
      print << link.stream << link.field << link.same_as;
    out[one.id] = print.text();
  }
  return out;
}

Section raci_of(const model::SteeringModel& model) {
  std::map<std::string, Print> prints;
  for (const model::Raci& one : model.raci) {
    prints[one.activity] << std::string(1, one.letter) << one.unit << one.role;
  }
  Section out;
  for (const auto& [id, print] : prints) out[id] = print.text();
  return out;
}

Section roadmap_of(const model::SteeringModel& model) {
  Section out;
  for (const model::RoadmapItem& one : model.roadmap) {
    out[one.id] = (Print() << one.level << one.parent << one.label << one.pilot
                           << std::int64_t{one.due.value_or(0)} << one.state << one.activities
                           << one.indicators)
                      .text();
  }
  return out;
}

Section optimisation_of(const model::SteeringModel& model) {
  Section out;
  for (const model::OptAction& one : model.optimisation) {
    out[one.id] =
        (Print() << one.label << one.activity << one.indicator << one.scope << one.baseline
                 << one.baseline_period << one.baseline_known_at << one.expected << one.pilot
                 << std::int64_t{one.due.value_or(0)} << std::string(to_string(one.state)))
            .text();
  }
  return out;
}

Section pools_of(const model::SteeringModel& model) {
  Section out;
  for (const model::Pool& one : model.pools) {
    Print print;
    print << one.label << one.to << one.each << static_cast<std::int64_t>(one.grain)
          << one.capacity;
    for (const model::PoolSource& source : one.sources) print << source.pool << source.amount;
    out[one.id] = print.text();
  }
  return out;
}

Section keys_of(const model::SteeringModel& model) {
  Section out;
  for (const model::AllocationKey& one : model.keys) {
    Print print;
    print << one.label << one.pool << one.of;
    for (const model::KeyVersion& version : one.versions) {
      print << static_cast<std::int64_t>(version.kind) << version.valid << version.shares
            << version.measure << version.per << version.times << version.author << version.reason;
    }
    out[one.id] = print.text();
  }
  return out;
}

Section calendars_of(const model::SteeringModel& model) {
  Section out;
  for (const model::OpeningCalendar& one : model.calendars) {
    Print print;
    const auto add = [&](const model::OpeningSpans& spans) {
      print << static_cast<std::int64_t>(spans.size());
      for (const model::OpeningSpan& span : spans) {
        print << std::int64_t{span.begin} << std::int64_t{span.end};
      }
    };
    print << one.label << one.time_zone << static_cast<std::int64_t>(one.holidays);
    for (const model::OpeningSpans& day : one.week) add(day);
    for (const model::ExceptionalDays& days : one.exceptions) {
      print << std::int64_t{days.first} << std::int64_t{days.last} << days.label;
      add(days.hours);
    }
    out[one.id] = print.text();
  }
  return out;
}

Section cascade_of(const model::SteeringModel& model) {
  return {
      {"cascade",
       (Print() << static_cast<std::int64_t>(model.cascade.method) << model.cascade.order).text()}};
}

Section authority_of(const model::SteeringModel& model) {
  return {{model.authority, (Print() << model.authority_label).text()}};
}
Section precedence_of(const model::SteeringModel& model) {
  Section out;
  for (const auto& [kind, connectors] : model.precedence) {
    out[kind] = (Print() << connectors).text();
  }
  return out;
}
Section zone_of(const model::SteeringModel& model) {
  Section out = {{"time_zone", model.time_zone}};
  if (model.exercises_end_by_closing) out["exercise_closed_by"] = "closing";
  return out;
}

class Comparison {
 public:
  void add(Part part, const std::string& what, const Section& before, const Section& after) {
    for (const auto& [id, text] : before) {
      const auto other = after.find(id);
      if (other == after.end()) {
        found_.push_back({part, Change::kRemoved, what, id, ""});
      } else if (other->second != text) {
        found_.push_back({part, Change::kChanged, what, id, ""});
      }
    }
    for (const auto& [id, text] : after) {
      if (!before.contains(id)) found_.push_back({part, Change::kAdded, what, id, ""});
    }
  }
  std::vector<Difference> take() {
    std::sort(found_.begin(), found_.end(), [](const Difference& a, const Difference& b) {
      return std::tie(a.part, a.what, a.id) < std::tie(b.part, b.what, b.id);
    });
    return std::move(found_);
  }

 private:
  std::vector<Difference> found_;
};

const model::LookupTable* table_named(const model::SteeringModel& model, const std::string& id) {
  for (const model::LookupTable& table : model.tables) {
    if (table.id == id) return &table;
  }
  return nullptr;
}

// "+1 -1": rows that came and went.
std::string rows_changed(const model::LookupTable& before, const model::LookupTable& after) {
  std::map<std::vector<std::string>, int> count;
  for (const auto& row : after.rows) ++count[row];
  for (const auto& row : before.rows) --count[row];
  int more = 0;
  int fewer = 0;
  for (const auto& [row, change] : count) (change > 0 ? more : fewer) += change;
  return more == 0 && fewer == 0 ? "" : "+" + std::to_string(more) + " -" + std::to_string(-fewer);
}

}  // namespace

std::string_view to_string(Part part) {
  static constexpr std::string_view kNames[] = {"REFERENCE",  "ORGANISATION", "MAPPING",   "KEY",
                                                "DEFINITION", "TARGET",       "CONNECTOR", "TEXT"};
  return kNames[static_cast<std::size_t>(part)];
}

std::string mapping_id(const model::Mapping& mapping) {
  return mapping.kind + (mapping.connector.empty() ? "" : "@" + mapping.connector);
}

std::string rule_id(const model::Mapping& mapping, const model::MappingRule& rule) {
  return mapping_id(mapping) + " « " + rule.name + " »";
}

std::vector<Difference> differences(const model::SteeringModel& before,
                                    const model::SteeringModel& after) {
  Comparison all;
  const auto compare = [&](Part part, const char* what, auto section_of) {
    all.add(part, what, section_of(before), section_of(after));
  };
  compare(Part::kReference, "processes", processes_of);
  compare(Part::kReference, "activities", activities_of);
  compare(Part::kReference, "policies", policies_of);
  compare(Part::kReference, "dimensions", dimensions_of);
  compare(Part::kReference, "kinds", kinds_of);
  compare(Part::kReference, "authority", zone_of);
  compare(Part::kReference, "calendars", calendars_of);
  compare(Part::kReference, "precedence", precedence_of);
  compare(Part::kReference, "roadmap", roadmap_of);
  compare(Part::kOrganisation, "organisation", units_of);
  compare(Part::kOrganisation, "organisation_views", org_views_of);
  compare(Part::kMapping, "tables", tables_of);
  compare(Part::kMapping, "mappings", rules_of);
  all.add(Part::kMapping, "order of rules", order_of(before, rules_of(after)),
          order_of(after, rules_of(before)));
  compare(Part::kKey, "pools", pools_of);
  compare(Part::kKey, "keys", keys_of);
  compare(Part::kKey, "cascade", cascade_of);
  compare(Part::kDefinition, "indicators", indicators_of);
  compare(Part::kTarget, "targets", targets_of);
  compare(Part::kConnector, "connectors", connectors_of);
  compare(Part::kText, "raci", raci_of);
  compare(Part::kText, "optimisation", optimisation_of);
  compare(Part::kText, "authority", authority_of);
  std::vector<Difference> found = all.take();
  for (Difference& difference : found) {
    if (difference.what != "tables" || difference.change != Change::kChanged) continue;
    difference.detail =
        rows_changed(*table_named(before, difference.id), *table_named(after, difference.id));
  }
  return found;
}

model::SteeringModel with_part(model::SteeringModel base, const model::SteeringModel& other,
                               Part part) {
  switch (part) {
    case Part::kReference:
      base.processes = other.processes;
      base.activities = other.activities;
      base.policies = other.policies;
      base.dimensions = other.dimensions;
      base.kinds = other.kinds;
      base.precedence = other.precedence;
      base.roadmap = other.roadmap;
      base.time_zone = other.time_zone;
      base.exercises_end_by_closing = other.exercises_end_by_closing;
      base.calendars = other.calendars;
      break;
    case Part::kOrganisation:
      base.units = other.units;
      base.org_views = other.org_views;
      break;
    case Part::kMapping:
      base.tables = other.tables;
      base.mappings = other.mappings;
      break;
    case Part::kKey:
      base.pools = other.pools;
      base.keys = other.keys;
      base.cascade = other.cascade;
      break;
    case Part::kDefinition:
      base.indicators = other.indicators;
      break;
    case Part::kTarget:
      base.targets = other.targets;
      break;
    case Part::kConnector:
      base.connectors = other.connectors;
      break;
    case Part::kText:
      base.raci = other.raci;
      base.authority_label = other.authority_label;
  }
  return base;
}

}  // namespace passerelle::app
