#include "tests/core/consolidation/random_case.h"

#include <algorithm>

#include "core/base/calendar.h"
#include "core/base/decimal.h"

namespace passerelle::consolidation {
namespace {

std::string text_of(const AggregateCase& aggregate) {
  static const char* const kNames[] = {"sum",    "count", "avg",      "min",      "max",
                                       "median", "pct",   "distinct", "share_le", "var"};
  const std::string field = kNumbers[static_cast<std::size_t>(aggregate.field)];
  std::string out = kNames[static_cast<std::size_t>(aggregate.function)];
  out += "(";
  switch (aggregate.function) {
    case Function::kCount:
      break;
    case Function::kPct:
      out += "75, " + field;
      break;
    case Function::kShareLe:
      out += field + ", 3";
      break;
    default:
      out += field;
  }
  if (aggregate.filter) {
    if (!out.ends_with("(")) out += ", ";
    out += text_of(*aggregate.filter);
  }
  return out + ")";
}

std::string value_of(const IndicatorCase& indicator) {
  const std::string left = text_of(indicator.left);
  const std::string right = text_of(indicator.right);
  switch (indicator.shape) {
    case IndicatorCase::Shape::kRatio:
      return left + " / " + right;
    case IndicatorCase::Shape::kDifference:
      return left + " - " + right;
    case IndicatorCase::Shape::kShare:
      return left + " * 100 / (" + left + " + " + right + ")";
    default:
      return left;
  }
}

model::MappingRule rule_of(const RuleCase& given, std::size_t number) {
  const std::string name = "r" + std::to_string(number);
  const std::string when = text_of(given.when);
  const auto member = static_cast<std::size_t>(given.member);
  switch (given.gives) {
    case RuleCase::Gives::kPolicy:
      return rule(name, when, {{"policy", kPolicies[member % kPolicies.size()]}});
    case RuleCase::Gives::kActivity:
      return rule(name, when, {{"activity", kActivities[member % kActivities.size()]}});
    case RuleCase::Gives::kAxis:
      return rule(name, when, {{"axis", "X" + std::to_string(member)}});
    case RuleCase::Gives::kAxisOfNature:
      return rule(name, when, {{"axis", "=nature"}});
    default:
      break;
  }
  model::MappingRule out = rule(name, when, {{"policy", "$policy"}});
  out.table = "natures";
  out.on["nature"] = "nature";
  return out;
}

model::LookupTable table_of(const ModelCase& model) {
  model::LookupTable table;
  table.id = "natures";
  table.keys = {"nature"};
  table.prefix = true;
  table.none = {""};
  table.columns = {"nature", "policy"};
  for (std::size_t i = 0; i < model.table.size(); ++i) {
    if (model.table[i] == 0) continue;
    const auto policy = static_cast<std::size_t>(model.table[i] - 2);
    table.rows.push_back({kPrefixes[i], model.table[i] == 1 ? "" : kPolicies[policy]});
  }
  return table;
}

void add_reference(const ModelCase& given, model::SteeringModel* model) {
  for (const std::string& id : kPolicies) {
    model->policies.push_back({});
    model->policies.back().id = id;
  }
  for (const auto& [id, family] : {std::pair("PR1", "operational"), std::pair("PR2", "support")}) {
    model->processes.push_back({});
    model->processes.back().id = id;
    model->processes.back().family = family;
  }
  for (const std::string& id : kActivities) {
    model->activities.push_back({});
    model->activities.back().id = id;
    model->activities.back().process = id == "A3" ? "PR2" : "PR1";
  }
  model->dimensions.push_back({});
  model->dimensions.back().id = "axis";
  for (std::size_t i = 0; i + 1 < kDirections.size(); ++i) {
    model->units.push_back(unit(kDirections[i], "direction", ""));
  }
  for (std::size_t i = 0; i < kServices.size(); ++i) {
    const MoveCase& move = given.moves[i];
    model::OrgUnit service = unit(kServices[i], "service", "");
    service.codes = {"c" + kServices[i]};
    const base::Days day = first_day() + move.day;
    service.parents = {{kDirections[static_cast<std::size_t>(move.direction)], {{}, day - 1}},
                       {kDirections[static_cast<std::size_t>(move.after)], {day, {}}}};
    model->units.push_back(std::move(service));
  }
}

}  // namespace

std::string text_of(Condition condition) {
  switch (condition) {
    case Condition::kNature601:
      return "nature == '601'";
    case Condition::kNature60:
      return "nature.startsWith('60')";
    case Condition::kManyN:
      return "n > 2";
    case Condition::kNotManyN:
      return "!(n > 2)";
    case Condition::kNegative:
      return "amount < 0";
    case Condition::kSmallN:
      return "has(n) && n <= 0";
    case Condition::kServiceOr:
      return "service == 'S1' || nature == '64'";
    default:
      return "true";
  }
}

base::Days first_day() { return base::days_from_civil({2025, 11, 10}); }

std::string date_text(int day) { return base::format_date(first_day() + day); }

std::string service_text(int service) {
  const auto number = static_cast<std::size_t>(service);
  if (number < kServices.size()) return kServices[number];
  return number == kServices.size() ? "cS2" : "nobody";
}

std::string id_of(std::size_t indicator) { return "I" + std::to_string(indicator); }

std::vector<std::vector<std::string>> groupings_of(const IndicatorCase& indicator) {
  std::vector<std::string> by;
  for (std::size_t i = 0; i < kDimensions.size(); ++i) {
    if ((indicator.by >> i) & 1U) by.push_back(kDimensions[i]);
  }
  std::vector<std::vector<std::string>> out;
  for (unsigned bits = 0; bits < 1U << by.size(); ++bits) {
    if (((indicator.publish >> bits) & 1U) == 0) continue;
    std::vector<std::string> grouping;
    for (std::size_t i = 0; i < by.size(); ++i) {
      if ((bits >> i) & 1U) grouping.push_back(by[i]);
    }
    std::sort(grouping.begin(), grouping.end());
    out.push_back(std::move(grouping));
  }
  return out;
}

std::vector<base::Grain> grains_of(const IndicatorCase& indicator) {
  std::vector<base::Grain> grains = {base::Grain::kMonth};
  if (indicator.coarser & 1) grains.push_back(base::Grain::kQuarter);
  if (indicator.coarser & 2) grains.push_back(base::Grain::kYear);
  return grains;
}

model::SteeringModel model_of(const ModelCase& given) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(
      kind_of("fact", "day",
              {"day:date", "service:string", "nature:string", "amount:decimal2", "n:integer"}));
  add_reference(given, &model);
  model.tables.push_back(table_of(given));
  // Rules of one connector come before those of every connector, as one writes them.
  for (const bool own : {true, false}) {
    model::Mapping mapping;
    mapping.kind = "fact";
    if (own) mapping.connector = "a";
    for (std::size_t i = 0; i < given.rules.size(); ++i) {
      if (given.rules[i].own == own) mapping.rules.push_back(rule_of(given.rules[i], i));
    }
    if (!mapping.rules.empty()) model.mappings.push_back(std::move(mapping));
  }
  for (std::size_t i = 0; i < given.indicators.size(); ++i) {
    const IndicatorCase& wanted = given.indicators[i];
    model::Indicator made = indicator(id_of(i), "fact", value_of(wanted), {});
    if (wanted.where != Condition::kAlways) made.where = text_of(wanted.where);
    for (std::size_t d = 0; d < kDimensions.size(); ++d) {
      if ((wanted.by >> d) & 1U) made.by.push_back(kDimensions[d]);
    }
    made.publish = groupings_of(wanted);
    made.grains = grains_of(wanted);
    made.time = wanted.time;
    made.round = 3;
    model.indicators.push_back(std::move(made));
  }
  if (given.b_first) model.precedence["fact"] = {"b", "a"};
  model.org_views = org_views_of(given);
  return model;
}

std::vector<std::string> org_views_of(const ModelCase& model) {
  std::vector<std::string> views;
  if (model.org_day) views.push_back(date_text(*model.org_day));
  if (model.org_is) views.emplace_back("is");
  return views;
}

Row row_of(const RecordCase& record) {
  Row row{std::to_string(record.id), record.version, {}, record.deleted, {}};
  if (record.deleted) return row;
  if (record.key >= 0) row.natural_key = "k" + std::to_string(record.key);
  if (record.day) row.fields["day"] = date_text(*record.day);
  if (record.service) row.fields["service"] = service_text(*record.service);
  if (record.nature) row.fields["nature"] = kNatures[static_cast<std::size_t>(*record.nature)];
  if (record.amount) row.fields["amount"] = base::format_scaled(*record.amount, 2);
  if (record.n) row.fields["n"] = std::to_string(*record.n);
  return row;
}

CellTexts cells_of(const flow::CellView& view) {
  CellTexts out;
  for (std::uint32_t cuboid = 0; cuboid < view.cuboids().size(); ++cuboid) {
    const flow::CuboidInfo& info = view.cuboids()[cuboid];
    for (std::uint32_t group = 0; group < view.group_count(cuboid); ++group) {
      std::string key;
      for (std::uint16_t i = 0; i < info.indicators.size(); ++i) {
        const model::CellValue value = view.cell({cuboid, group, i});
        if (value.absent) continue;
        if (key.empty()) {
          key = "|" + view.period(cuboid, group).to_string();
          const auto members = view.values(cuboid, group);
          for (std::size_t d = 0; d < members.size(); ++d) {
            key += "|" + info.dimensions[d] + "=" + std::string(members[d]);
          }
        }
        model::CellValue plain = value;
        plain.flags = 0;
        out[info.indicators[i] + key] =
            text_of(plain) + " n" + std::to_string(value.n) +
            ((value.flags & model::kFlagHeterogeneous) != 0 ? " HETEROGENEOUS" : "");
      }
    }
  }
  return out;
}

std::string describe(const ModelCase& given) {
  const model::SteeringModel model = model_of(given);
  std::string out = given.b_first ? "b before a\n" : "a before b\n";
  for (const model::Mapping& mapping : model.mappings) {
    for (const model::MappingRule& one : mapping.rules) {
      out += "  " + mapping.connector + " rule " + one.name + " when " + one.when + " set";
      for (const auto& [dimension, value] : one.set) out += " " + dimension + "=" + value.text;
      out += "\n";
    }
  }
  for (const auto& row : model.tables[0].rows) out += "  row " + row[0] + " -> " + row[1] + "\n";
  for (const model::OrgUnit& unit : model.units) {
    for (const model::OrgParent& parent : unit.parents) {
      out += "  " + unit.id + " below '" + parent.unit + "'";
      if (parent.valid.from) out += " from " + base::format_date(*parent.valid.from);
      out += "\n";
    }
  }
  for (const std::string& view : model.org_views) out += "  organisation " + view + "\n";
  for (const model::Indicator& one : model.indicators) {
    out += "  " + one.id + " = " + one.value + " where '" + one.where + "' time " +
           std::to_string(static_cast<int>(one.time)) + " grains " +
           std::to_string(one.grains.size()) + " by";
    for (const auto& grouping : one.publish) {
      out += " [";
      for (const std::string& dimension : grouping) out += " " + dimension;
      out += " ]";
    }
    out += "\n";
  }
  return out;
}

std::string describe(const RecordCase& record) {
  const Row row = row_of(record);
  std::string out = (record.second ? "b" : "a") + row.id + " v" + std::to_string(row.version);
  if (row.deleted) out += " deleted";
  if (!row.natural_key.empty()) out += " key " + row.natural_key;
  for (const auto& [name, value] : row.fields) out += " " + name + "=" + value;
  return out;
}

}  // namespace passerelle::consolidation
