// The sections `indicators` and `targets`.
#include <algorithm>
#include <utility>

#include "core/base/decimal.h"
#include "core/base/limits.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

using formats::Yaml;

constexpr std::int64_t kVersionMax = 1'000'000;
// More decimals than six are noise in any steering report.
constexpr std::int64_t kRoundMax = 6;

void read_publish(NodeReader& reader, IndicatorDraft* places) {
  const Yaml* publish = reader.find("publish");
  if (publish == nullptr) return;
  if (!publish->is_sequence()) {
    reader.error(reader.place_of(*publish), code::kShape,
                 "'publish' of " + reader.what() + " is no list",
                 "write a list of groupings, as in [[], [policy], [policy, nature]]");
    return;
  }
  places->has_publish = true;
  for (const Yaml& grouping : publish->items) {
    std::vector<Placed> dimensions;
    const bool is_list = grouping.is_sequence();
    if (!is_list) {
      reader.error(reader.place_of(grouping), code::kShape,
                   "a grouping in 'publish' of " + reader.what() + " is no list",
                   "write it in brackets, as in [policy]; [] is the total");
    }
    for (const Yaml& dimension : grouping.items) {
      dimensions.push_back({dimension.text, reader.place_of(dimension)});
    }
    if (!is_list) continue;
    places->publish.push_back(std::move(dimensions));
    places->publish_at.push_back(reader.place_of(grouping));
  }
}

model::TimeRule time_rule(std::string_view name) {
  if (name == "last") return model::TimeRule::kLast;
  if (name == "average") return model::TimeRule::kAverage;
  return name == "at_end" ? model::TimeRule::kAtEnd : model::TimeRule::kSum;
}

void read_definition(NodeReader& reader, model::Indicator* indicator, IndicatorDraft* places,
                     Draft* draft) {
  places->from = reader.placed("from");
  indicator->from = places->from.text;
  const Placed where = reader.placed("where");
  indicator->where = where.text;
  indicator->where_at = where.at;
  places->where = expression_of(reader.find("where"), *draft);
  const Placed value = reader.placed("value", Need::kRequired);
  indicator->value = value.text;
  indicator->value_at = value.at;
  places->value = expression_of(reader.find("value"), *draft);
  places->at = reader.placed("at");
  indicator->at = places->at.text;
  places->grain = reader.placed("grain");
  places->time = reader.placed("time");
  places->time.text = reader.choice("time", {"sum", "last", "average", "at_end"});
  indicator->time = time_rule(places->time.text);
  places->grains = reader.texts("grains");
  places->by = reader.texts("by");
  for (const Placed& dimension : places->by) indicator->by.push_back(dimension.text);
  read_publish(reader, places);
}

// A number that stands where there is no value; empty for `na`.
Placed read_clause(NodeReader& reader, const std::string& key) {
  Placed clause = reader.placed(key);
  if (clause.text == "na") clause.text.clear();
  if (clause.empty() || base::parse_rational(clause.text).ok()) return clause;
  reader.error(
      clause.at, code::kFormat,
      in_quotes(key) + " of " + reader.what() + ": " + in_quotes(clause.text) + " is no number",
      "write na, 0, or another number in the indicator's unit");
  clause.text.clear();
  return clause;
}

// "24h" or "7d", in hours; 0 where absent or none.
std::int64_t read_fresh(NodeReader& reader) {
  const Placed fresh = reader.placed("fresh");
  if (fresh.empty()) return 0;
  const char unit = fresh.text.back();
  const auto number = base::parse_scaled(fresh.text.substr(0, fresh.text.size() - 1), 0);
  const std::int64_t hours = unit == 'd' ? 24 : 1;
  if ((unit == 'h' || unit == 'd') && number.ok() && *number >= 1 &&
      *number <= base::kFreshHoursMax / hours) {
    return *number * hours;
  }
  reader.error(
      fresh.at, code::kFormat,
      "'fresh' of " + reader.what() + ": " + in_quotes(fresh.text) + " is no time from 1h to 366d",
      "write how long after a day's end its sources may take, as in 24h or 7d");
  return 0;
}

// status: {green: "value <= target", amber: "value <= target * 1.15"}
void read_status(NodeReader& reader, model::Indicator* indicator, IndicatorDraft* places,
                 Draft* draft, Findings* findings) {
  if (const Yaml* hysteresis = reader.find("hysteresis")) {
    places->hysteresis = {"hysteresis", reader.place_of(*hysteresis)};
    indicator->hysteresis =
        static_cast<int>(reader.integer("hysteresis", 1, base::kTargetHysteresisMax).value_or(1));
  }
  const Yaml* status = reader.find("status");
  if (status == nullptr) return;
  NodeReader colours(reader.node(*status), "'status' of " + reader.what(), reader.place_of(*status),
                     findings);
  if (!colours.is_map()) return;
  const auto read = [&](const char* colour, ExpressionSource* source) {
    const Placed text = colours.placed(colour, Need::kRequired);
    if (!text.empty()) *source = expression_of(colours.find(colour), *draft);
    return text.text;
  };
  indicator->green = read("green", &places->green);
  indicator->amber = read("amber", &places->amber);
  colours.finish();
}

void read_indicator(const std::string& id, NodeReader& reader, Draft* draft, Findings* findings) {
  model::Indicator indicator;
  IndicatorDraft places;
  indicator.id = id;
  indicator.place = reader.at();
  indicator.version =
      static_cast<std::uint32_t>(reader.integer("version", 1, kVersionMax).value_or(1));
  indicator.label = reader.label("label", Need::kRequired);
  indicator.kind = reader.choice(
      "kind", {"activity", "effectiveness", "efficiency", "quality", "means"}, Need::kRequired);
  indicator.stakeholder = reader.choice("stakeholder", {"citizen", "user", "taxpayer", "staff"});
  read_definition(reader, &indicator, &places, draft);
  places.unit = reader.placed("unit");
  indicator.unit = places.unit.text;
  indicator.round = static_cast<int>(reader.integer("round", 0, kRoundMax).value_or(0));
  indicator.better = reader.choice("better", {"higher", "lower"});
  const Placed owner = reader.placed("owner");
  draft->registry.refer(Entity::kUnit, owner, reader.what());
  indicator.owner = owner.text;
  if (const Yaml* below = reader.find("suppress_below")) {
    places.suppress_below = {"suppress_below", reader.place_of(*below)};
    indicator.suppress_below = static_cast<std::uint32_t>(
        reader.integer("suppress_below", 2, base::kSuppressBelowMax).value_or(0));
  }
  places.when_empty = read_clause(reader, "when_empty");
  indicator.when_empty = places.when_empty.text;
  places.when_zero_den = read_clause(reader, "when_zero_den");
  indicator.when_zero_den = places.when_zero_den.text;
  places.drill = reader.texts("drill");
  for (const Placed& field : places.drill) indicator.drill.push_back(field.text);
  indicator.fresh_hours = read_fresh(reader);
  read_status(reader, &indicator, &places, draft, findings);
  draft->model.indicators.push_back(std::move(indicator));
  draft->indicators.push_back(std::move(places));
}

// `linear: {2025-12: 36, 2026-12: 24}` instead of a value.
void read_points(NodeReader& reader, const Yaml& linear, model::Target* target) {
  const model::Place at = reader.place_of(linear);
  if (!linear.is_map() || linear.pairs.size() < 2 || linear.pairs.size() > base::kTargetPointsMax) {
    reader.error(at, code::kShape, "'linear' of a target is no map of two periods or more",
                 "write {2025-12: 36, 2026-12: 24}, at most " +
                     std::to_string(base::kTargetPointsMax) + " of them");
    return;
  }
  for (const formats::YamlPair& pair : linear.pairs) {
    const auto period = base::Period::parse(pair.key);
    if (!period.ok() || period->grain() == base::Grain::kAll ||
        !base::parse_rational(pair.value.text).ok()) {
      reader.error(reader.place_of(pair.value), code::kFormat,
                   "'linear' of a target: " + in_quotes(pair.key + ": " + pair.value.text) +
                       " is no period with a number",
                   "write a period such as 2026, 2026-Q4 or 2026-12, and a number without a unit");
      return;
    }
    target->linear.push_back({*period, pair.value.text});
  }
  auto& points = target->linear;
  const auto end_of = [](const model::TargetPoint& point) { return point.period.last_day(); };
  std::stable_sort(points.begin(), points.end(),
                   [&](const auto& a, const auto& b) { return end_of(a) < end_of(b); });
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (end_of(points[i - 1]) != end_of(points[i])) continue;
    reader.error(
        at, code::kFormat,
        "'linear' of a target has two values at the end of " + points[i].period.to_string(),
        "keep one of them");
    return;
  }
}

void read_trajectory(NodeReader& reader, model::Target* target, TargetDraft* places) {
  if (const Yaml* linear = reader.find("linear")) {
    places->linear = {"linear", reader.place_of(*linear)};
    read_points(reader, *linear, target);
  }
  if (const Yaml* hysteresis = reader.find("hysteresis")) {
    places->hysteresis = {"hysteresis", reader.place_of(*hysteresis)};
    target->hysteresis =
        static_cast<int>(reader.integer("hysteresis", 1, base::kTargetHysteresisMax).value_or(1));
  }
  const bool has_line = !places->linear.empty();
  if (has_line == (reader.find("value") != nullptr)) {
    reader.error(reader.at(), has_line ? code::kShape : code::kMissing,
                 has_line ? "a target has 'value' and 'linear'"
                          : "a target has neither 'value' nor 'linear'",
                 "write 'value: \"24\"', or a trajectory: 'linear: {2025-12: 36, 2026-12: 24}'");
  }
}

void read_target(const Node& node, Draft* draft, Findings* findings) {
  NodeReader reader(node, "a target", node.place(), findings);
  if (!reader.is_map()) return;
  model::Target target;
  TargetDraft places;
  target.at = node.place();
  const Placed indicator = reader.placed("indicator", Need::kRequired);
  draft->registry.refer(Entity::kIndicator, indicator, "a target");
  target.indicator = indicator.text;
  target.value = exact_decimal(reader, "value", Need::kOptional);
  read_trajectory(reader, &target, &places);
  target.amber = exact_decimal(reader, "amber", Need::kOptional);
  if (const Yaml* amber = reader.find("amber")) places.amber = {"amber", reader.place_of(*amber)};
  if (!target.amber.empty() && target.amber.front() == '-') {
    reader.error(target.at, code::kFormat, "'amber' of a target is negative",
                 "write the tolerance in % as 0 or more");
  }
  places.scope = read_scope(reader, &target.scope);
  reader.finish();
  draft->model.targets.push_back(std::move(target));
  draft->targets.push_back(std::move(places));
}

}  // namespace

std::string exact_decimal(NodeReader& reader, std::string_view key, Need need) {
  const Placed value = reader.placed(key, need);
  if (value.empty() || base::parse_rational(value.text).ok()) return value.text;
  reader.error(
      value.at, code::kFormat,
      in_quotes(key) + " of " + reader.what() + ": " + in_quotes(value.text) + " is no number",
      "write digits with a point and neither spaces nor a unit, as in 120000.00");
  return "";
}

ScopeDraft read_scope(NodeReader& reader, std::map<std::string, std::string>* scope) {
  ScopeDraft places;
  const Yaml* written = reader.find("scope", Need::kRequired);
  if (written == nullptr) return places;
  if (!written->is_map()) {
    reader.error(reader.place_of(*written), code::kShape,
                 "'scope' of " + reader.what() + " is no map",
                 "write {period: \"2026\", policy: ID}");
    return places;
  }
  for (const formats::YamlPair& pair : written->pairs) {
    const model::Place at{reader.at().file, pair.key_mark.line, pair.key_mark.column};
    scope->emplace(pair.key, pair.value.text);
    places.dimensions.push_back({pair.key, at});
    places.values.push_back({pair.value.text, reader.place_of(pair.value)});
  }
  return places;
}

void read_indicators(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kIndicator, is_upper_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  read_indicator(id, reader, draft, findings);
                });
}

void read_targets(Node section, Draft* draft, Findings* findings) {
  if (section.yaml->is_null()) return;
  if (!section.yaml->is_sequence()) {
    findings->error(section.place(), code::kShape, "'targets' is no list",
                    "write '- {indicator: ID, scope: {...}, value: \"...\"}', one a line");
    return;
  }
  for (const Yaml& item : section.yaml->items) {
    read_target(section.child(item), draft, findings);
  }
}

// What they are about may come in later files.
void read_tests(Node section, Draft* draft, Findings* /*findings*/) {
  draft->tests.push_back(section);
}

}  // namespace passerelle::steering
