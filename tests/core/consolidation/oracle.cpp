#include "tests/core/consolidation/oracle.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "core/base/calendar.h"

namespace passerelle::consolidation {
namespace {

// A number over another one; none: there is no data.
struct Number {
  __int128 over = 0;
  __int128 under = 1;
  bool zero_divided = false;
};
using Maybe = std::optional<Number>;

enum class Truth : std::uint8_t { kFalse, kTrue, kError };

Truth truth_of(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

Truth either(Truth a, Truth b) {
  if (a == Truth::kTrue || b == Truth::kTrue) return Truth::kTrue;
  return a == Truth::kError || b == Truth::kError ? Truth::kError : Truth::kFalse;
}

std::optional<std::string> nature_of(const RecordCase& record) {
  if (!record.nature) return std::nullopt;
  return kNatures[static_cast<std::size_t>(*record.nature)];
}

Truth holds(Condition condition, const RecordCase& record) {
  const auto nature = nature_of(record);
  switch (condition) {
    case Condition::kNature601:
      return nature ? truth_of(*nature == "601") : Truth::kError;
    case Condition::kNature60:
      return nature ? truth_of(nature->starts_with("60")) : Truth::kError;
    case Condition::kManyN:
      return record.n ? truth_of(*record.n > 2) : Truth::kError;
    case Condition::kNotManyN:
      return record.n ? truth_of(*record.n <= 2) : Truth::kError;
    case Condition::kNegative:
      return record.amount ? truth_of(*record.amount < 0) : Truth::kError;
    case Condition::kSmallN:
      return truth_of(record.n && *record.n <= 0);
    case Condition::kServiceOr:
      return either(record.service ? truth_of(*record.service == 0) : Truth::kError,
                    nature ? truth_of(*nature == "64") : Truth::kError);
    default:
      return Truth::kTrue;
  }
}

// What a rule gives a dimension; none: nothing.
std::optional<std::string> given_by(const RuleCase& rule, const ModelCase& model,
                                    const RecordCase& record, const std::string& dimension) {
  static const std::map<RuleCase::Gives, std::string> kSets = {
      {RuleCase::Gives::kPolicy, "policy"},
      {RuleCase::Gives::kActivity, "activity"},
      {RuleCase::Gives::kAxis, "axis"},
      {RuleCase::Gives::kAxisOfNature, "axis"},
      {RuleCase::Gives::kTable, "policy"}};
  if (kSets.at(rule.gives) != dimension) return std::nullopt;
  const auto member = static_cast<std::size_t>(rule.member);
  const auto nature = nature_of(record);
  switch (rule.gives) {
    case RuleCase::Gives::kPolicy:
      return kPolicies[member % kPolicies.size()];
    case RuleCase::Gives::kActivity:
      return kActivities[member % kActivities.size()];
    case RuleCase::Gives::kAxis:
      return "X" + std::to_string(member);
    case RuleCase::Gives::kAxisOfNature:
      return nature;
    default:
      break;
  }
  if (!nature) return std::nullopt;
  int row = 0;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < kPrefixes.size(); ++i) {
    const bool fits = model.table[i] != 0 && nature->starts_with(kPrefixes[i]);
    if (!fits || kPrefixes[i].size() < longest) continue;
    longest = kPrefixes[i].size();
    row = model.table[i];
  }
  if (row <= 1) return std::nullopt;
  return kPolicies[static_cast<std::size_t>(row - 2)];
}

std::string mapped(const ModelCase& model, const RecordCase& record, const std::string& dimension) {
  for (const bool own : {true, false}) {
    for (const RuleCase& rule : model.rules) {
      if (rule.own != own || (own && record.second)) continue;
      if (holds(rule.when, record) != Truth::kTrue) continue;
      if (const auto value = given_by(rule, model, record, dimension)) return *value;
    }
  }
  return "UNMAPPED";
}

bool sets_axis(const ModelCase& model, const RecordCase& record) {
  return std::any_of(model.rules.begin(), model.rules.end(), [&](const RuleCase& rule) {
    return (rule.gives == RuleCase::Gives::kAxis || rule.gives == RuleCase::Gives::kAxisOfNature) &&
           !(rule.own && record.second);
  });
}

std::string service_of(const RecordCase& record) {
  if (!record.service) return "UNMAPPED";
  const std::string text = service_text(*record.service);
  for (const std::string& id : kServices) {
    if (text == id || text == "c" + id) return id;
  }
  return "UNMAPPED";
}

std::string direction_of(const ModelCase& model, const RecordCase& record, int day) {
  const std::string service = service_of(record);
  for (std::size_t i = 0; i < kServices.size(); ++i) {
    if (kServices[i] != service) continue;
    const MoveCase& move = model.moves[i];
    const int chosen = day < move.day ? move.direction : move.after;
    const std::string& direction = kDirections[static_cast<std::size_t>(chosen)];
    return direction.empty() ? "UNMAPPED" : direction;
  }
  return "UNMAPPED";
}

std::string member_of(const ModelCase& model, const RecordCase& record,
                      const std::string& dimension) {
  if (dimension == "nature") return nature_of(record).value_or("");
  if (dimension == "service") return service_of(record);
  if (dimension == "direction") return direction_of(model, record, *record.day);
  if (dimension == "connector") return record.second ? "b" : "a";
  if (dimension == "process" || dimension == "family") {
    const std::string activity = mapped(model, record, "activity");
    if (activity == "UNMAPPED") return activity;
    if (dimension == "process") return activity == "A3" ? "PR2" : "PR1";
    return activity == "A3" ? "support" : "operational";
  }
  if (dimension == "axis" && !sets_axis(model, record)) return "";
  return mapped(model, record, dimension);
}

using Group = std::vector<const RecordCase*>;

// An aggregate over some facts, with how many of them have a value.
struct Aggregated {
  Maybe value;
  std::int64_t count = 0;
};

Aggregated over_values(Function function, std::vector<std::int64_t> values, int scale) {
  Aggregated out;
  out.count = static_cast<std::int64_t>(values.size());
  std::sort(values.begin(), values.end());
  const auto n = static_cast<__int128>(values.size());
  const __int128 unit = scale == 2 ? 100 : 1;
  __int128 sum = 0;
  __int128 squares = 0;
  for (const std::int64_t value : values) {
    sum += value;
    squares += static_cast<__int128>(value) * value;
  }
  if (function == Function::kSum) out.value = Number{sum, unit};
  if (function == Function::kDistinct) {
    const std::set<std::int64_t> distinct(values.begin(), values.end());
    out.value = Number{static_cast<__int128>(distinct.size()), 1};
  }
  if (values.empty() || out.value) return out;
  switch (function) {
    case Function::kAvg:
      out.value = Number{sum, n * unit};
      break;
    case Function::kMin:
      out.value = Number{values.front(), unit};
      break;
    case Function::kMax:
      out.value = Number{values.back(), unit};
      break;
    case Function::kMedian:
      out.value = Number{values[(values.size() - 1) / 2] + values[values.size() / 2], 2 * unit};
      break;
    case Function::kPct:
      out.value = Number{values[(values.size() * 3 + 3) / 4 - 1], unit};
      break;
    case Function::kShareLe:
      out.value = Number{std::count_if(values.begin(), values.end(),
                                       [&](std::int64_t value) { return value <= 3 * unit; }),
                         n};
      break;
    default:
      out.value = Number{n * squares - sum * sum, n * n * unit * unit};
  }
  return out;
}

Aggregated aggregated(const AggregateCase& aggregate, const Group& group) {
  std::vector<std::int64_t> values;
  std::int64_t selected = 0;
  for (const RecordCase* fact : group) {
    if (aggregate.filter && holds(*aggregate.filter, *fact) != Truth::kTrue) continue;
    ++selected;
    const auto& value = aggregate.field == 0 ? fact->amount : fact->n;
    if (value) values.push_back(*value);
  }
  if (aggregate.function == Function::kCount) return {Number{selected, 1}, selected};
  return over_values(aggregate.function, std::move(values), aggregate.field == 0 ? 2 : 0);
}

Maybe combined(char op, const Maybe& a, const Maybe& b) {
  if (!a || !b) return std::nullopt;
  Number out;
  out.zero_divided = a->zero_divided || b->zero_divided || (op == '/' && b->over == 0);
  if (out.zero_divided) return out;
  switch (op) {
    case '+':
      out.over = a->over * b->under + b->over * a->under;
      out.under = a->under * b->under;
      break;
    case '-':
      out.over = a->over * b->under - b->over * a->under;
      out.under = a->under * b->under;
      break;
    default:
      out.over = a->over * b->under;
      out.under = a->under * b->over;
  }
  if (out.under < 0) out = {-out.over, -out.under, false};
  return out;
}

// The state of one cell: its aggregates, before they are combined.
struct State {
  Aggregated left;
  Aggregated right;
  bool two = false;
  std::int64_t n() const { return two ? std::max(left.count, right.count) : left.count; }
};

using Shape = IndicatorCase::Shape;

State state_of(const IndicatorCase& indicator, const Group& group) {
  Group facts;
  for (const RecordCase* fact : group) {
    if (holds(indicator.where, *fact) == Truth::kTrue) facts.push_back(fact);
  }
  State out;
  out.left = aggregated(indicator.left, facts);
  out.two = indicator.shape != Shape::kOne;
  if (out.two) out.right = aggregated(indicator.right, facts);
  return out;
}

struct Divided {
  Maybe above;
  Maybe below;
};

Divided division_of(const IndicatorCase& indicator, const State& state) {
  if (indicator.shape == Shape::kRatio) return {state.left.value, state.right.value};
  Maybe above = state.left.value;
  if (above) above->over *= 100;
  return {above, combined('+', state.left.value, state.right.value)};
}

Maybe value_of(const IndicatorCase& indicator, const State& state) {
  if (indicator.shape == Shape::kOne) return state.left.value;
  if (indicator.shape == Shape::kDifference) {
    return combined('-', state.left.value, state.right.value);
  }
  const Divided divided = division_of(indicator, state);
  return combined('/', divided.above, divided.below);
}

bool is_zero(const Maybe& number) { return !number || number->zero_divided || number->over == 0; }

bool is_uneven(const IndicatorCase& indicator, const State& state) {
  if (state.n() == 0) return false;
  const Divided divided = division_of(indicator, state);
  if (is_zero(divided.below)) return !is_zero(divided.above);
  const auto is_real_zero = [](const AggregateCase& aggregate) {
    return aggregate.function == Function::kCount || aggregate.function == Function::kDistinct ||
           aggregate.filter.has_value();
  };
  return !is_real_zero(indicator.left) && state.left.count == 0;
}

std::string decimal(const Number& number) {
  const __int128 over = number.over * 1000;
  __int128 whole = over / number.under;
  const __int128 rest = over % number.under;
  const __int128 twice = (rest < 0 ? -rest : rest) * 2;
  if (twice > number.under || (twice == number.under && whole % 2 != 0)) whole += over < 0 ? -1 : 1;
  const __int128 size = whole < 0 ? -whole : whole;
  std::string digits = std::to_string(static_cast<std::int64_t>(size));
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return (whole < 0 ? "-" : "") + digits.substr(0, digits.size() - 3) + "." +
         digits.substr(digits.size() - 3);
}

std::string text_of(const Maybe& value, std::int64_t n) {
  const std::string end = " n" + std::to_string(n);
  if (!value) return "na NO_DATA" + end;
  return (value->zero_divided ? "na ZERO_DEN" : decimal(*value)) + end;
}

std::string period_of(int day, base::Grain grain) {
  const base::CivilDate date = base::civil_from_days(first_day() + day);
  const std::string year = std::to_string(date.year);
  if (grain == base::Grain::kYear) return year;
  if (grain == base::Grain::kQuarter) return year + "-Q" + std::to_string((date.month + 2) / 3);
  return year + (date.month < 10 ? "-0" : "-") + std::to_string(date.month);
}

// The state at a coarser grain of those of its months that have one, in order.
State rolled_up(model::TimeRule rule, const std::vector<State>& months) {
  State out = months.back();
  if (rule == model::TimeRule::kLast) return out;
  for (Aggregated State::*const part : {&State::left, &State::right}) {
    Maybe total = Number{};
    std::int64_t count = 0;
    for (const State& month : months) {
      total = combined('+', total, (month.*part).value);
      count += (month.*part).count;
    }
    if (total) total->under *= static_cast<__int128>(months.size());
    out.*part = {total, count};
  }
  return out;
}

bool is_refined_by(const std::vector<std::string>& grouping,
                   const std::vector<std::string>& other) {
  return other.size() > grouping.size() &&
         std::includes(other.begin(), other.end(), grouping.begin(), grouping.end());
}

}  // namespace

struct Oracle::Fact {
  const RecordCase* record = nullptr;
  std::map<std::string, std::string> members;
};

void Oracle::take(const RecordCase& record) {
  const auto [at, is_new] = records_.try_emplace({record.second, record.id}, record);
  if (!is_new && record.version >= at->second.version) at->second = record;
}

std::vector<Oracle::Fact> Oracle::facts_of_records() const {
  std::map<int, const RecordCase*> counted;  // by natural key
  const auto rank = [&](const RecordCase& record) {
    const base::Hash128 key =
        model::key_of(record.second ? "b" : "a", "fact", std::to_string(record.id));
    return std::tuple(record.second != model_.b_first, key.high, key.low);
  };
  for (const auto& [key, record] : records_) {
    if (record.deleted || record.key < 0) continue;
    const RecordCase*& best = counted[record.key];
    if (best == nullptr || rank(record) < rank(*best)) best = &record;
  }
  std::vector<Fact> out;
  for (const auto& [key, record] : records_) {
    if (record.deleted || !record.day) continue;
    if (record.key >= 0 && counted.at(record.key) != &record) continue;
    Fact fact{&record, {}};
    for (const std::string& dimension : kDimensions) {
      fact.members[dimension] = member_of(model_, record, dimension);
    }
    for (const std::string& view : org_views_of(model_)) {
      fact.members["service@" + view] = service_of(record);
      fact.members["direction@" + view] =
          direction_of(model_, record, view == "is" ? today_ : *model_.org_day);
    }
    out.push_back(std::move(fact));
  }
  return out;
}

CellTexts Oracle::cells() const {
  const std::vector<Fact> facts = facts_of_records();
  std::vector<std::string> views = org_views_of(model_);
  views.emplace_back("");
  CellTexts out;
  for (std::size_t number = 0; number < model_.indicators.size(); ++number) {
    for (const std::string& view : views) {
      add_cells(model_.indicators[number], id_of(number), view, facts, &out);
    }
  }
  return out;
}

void Oracle::add_cells(const IndicatorCase& indicator, const std::string& id,
                       const std::string& view, const std::vector<Fact>& facts,
                       CellTexts* out) const {
  auto groupings = groupings_of(indicator);
  for (auto& grouping : groupings) {
    for (std::string& dimension : grouping) {
      const bool moves = dimension == "service" || dimension == "direction";
      if (moves && !view.empty()) dimension += "@" + view;
    }
  }
  const auto key_of = [&](const Fact& fact, const std::vector<std::string>& grouping) {
    std::string key;
    for (const std::string& dimension : grouping) {
      key += "|" + dimension + "=" + fact.members.at(dimension);
    }
    return key;
  };
  // By grouping: the states by key, of every grain.
  std::vector<std::map<std::string, State>> states(groupings.size());
  std::vector<std::map<std::string, std::vector<std::string>>> above(groupings.size());
  for (const base::Grain grain : grains_of(indicator)) {
    const bool is_coarser = grain != base::Grain::kMonth;
    const bool rolls = is_coarser && indicator.time != model::TimeRule::kSum;
    for (std::size_t g = 0; g < groupings.size(); ++g) {
      std::map<std::string, Group> groups;
      std::map<std::string, std::map<std::string, Group>> months;
      for (const Fact& fact : facts) {
        const std::string rest = key_of(fact, groupings[g]);
        const std::string key = period_of(*fact.record->day, grain) + rest;
        groups[key].push_back(fact.record);
        if (rolls)
          months[key][period_of(*fact.record->day, base::Grain::kMonth)].push_back(fact.record);
        if (above[g].contains(key)) continue;
        for (const auto& other : groupings) {
          const bool is_above = is_refined_by(other, groupings[g]);
          if (is_above)
            above[g][key].push_back(period_of(*fact.record->day, grain) + key_of(fact, other));
        }
      }
      for (const auto& [key, group] : groups) {
        if (!rolls) {
          states[g].emplace(key, state_of(indicator, group));
          continue;
        }
        std::vector<State> present;
        for (const auto& [month, members] : months.at(key)) {
          const State state = state_of(indicator, members);
          if (state.n() != 0) present.push_back(state);
        }
        if (!present.empty()) states[g].emplace(key, rolled_up(indicator.time, present));
      }
    }
  }
  std::set<std::string> uneven;  // keys above a leaf that is
  const bool divides = indicator.shape == Shape::kRatio || indicator.shape == Shape::kShare;
  for (std::size_t g = 0; divides && g < groupings.size(); ++g) {
    const bool is_leaf = std::none_of(groupings.begin(), groupings.end(), [&](const auto& other) {
      return is_refined_by(groupings[g], other);
    });
    for (const auto& [key, state] : states[g]) {
      if (!is_leaf || !is_uneven(indicator, state)) continue;
      uneven.insert(above[g][key].begin(), above[g][key].end());
    }
  }
  for (std::size_t g = 0; g < groupings.size(); ++g) {
    for (const auto& [key, state] : states[g]) {
      if (state.n() == 0) continue;
      // What has no units in its key is there already.
      if (!view.empty() && key.find('@') == std::string::npos) continue;
      (*out)[id + "|" + key] = text_of(value_of(indicator, state), state.n()) +
                               (uneven.contains(key) ? " HETEROGENEOUS" : "");
    }
  }
}

std::string made_of_leaves(const IndicatorCase& indicator, const Explanation& explanation) {
  // Equal aggregates are there once.
  const std::size_t second = explanation.aggregates.size() - 1;
  std::vector<State> periods;
  for (const base::Period period : explanation.periods) {
    const auto part = [&](const AggregateCase& aggregate, std::size_t number) {
      std::vector<std::int64_t> values;
      for (const ExplainedFact& leaf : explanation.leaves) {
        if (leaf.period == period && leaf.values[number]) values.push_back(*leaf.values[number]);
      }
      if (aggregate.function == Function::kCount) {
        const auto count = static_cast<std::int64_t>(values.size());
        return Aggregated{Number{count, 1}, count};
      }
      return over_values(aggregate.function, values, explanation.aggregates[number].scale);
    };
    State state;
    state.left = part(indicator.left, 0);
    state.two = indicator.shape != Shape::kOne;
    if (state.two) state.right = part(indicator.right, second);
    periods.push_back(state);
  }
  const State state = periods.size() == 1 ? periods[0] : rolled_up(indicator.time, periods);
  return text_of(value_of(indicator, state), state.n());
}

}  // namespace passerelle::consolidation
