// Indicators compile, fit their kinds and each other, and get their defaults.
#include <algorithm>
#include <set>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/language/indicator.h"
#include "core/language/indicator_order.h"
#include "core/language/record_schema.h"
#include "core/steering/dimensions.h"
#include "core/steering/draft.h"
#include "core/steering/expression_place.h"
#include "core/steering/facts.h"

namespace passerelle::steering {
namespace {

// Up to this many dimensions every grouping is published by default.
constexpr std::size_t kAllGroupingsUpTo = 4;

using Grouping = std::vector<std::string>;

// By number of dimensions, then by name.
void sort_groupings(std::vector<Grouping>* groupings) {
  std::sort(groupings->begin(), groupings->end(), [](const Grouping& a, const Grouping& b) {
    return std::pair(a.size(), std::cref(a).get()) < std::pair(b.size(), std::cref(b).get());
  });
}

std::vector<Grouping> default_groupings(std::vector<std::string> by) {
  std::sort(by.begin(), by.end());
  std::vector<Grouping> all = {{}};
  if (by.size() <= kAllGroupingsUpTo) {
    for (std::size_t mask = 1; mask < (std::size_t{1} << by.size()); ++mask) {
      Grouping grouping;
      for (std::size_t i = 0; i < by.size(); ++i) {
        if ((mask >> i & 1) != 0) grouping.push_back(by[i]);
      }
      all.push_back(std::move(grouping));
    }
  } else {
    for (const std::string& dimension : by) all.push_back({dimension});
    all.push_back(std::move(by));
  }
  sort_groupings(&all);
  return all;
}

class IndicatorCheck {
 public:
  IndicatorCheck(const std::map<std::string, language::Schema>& schemas,
                 const language::NamedIndicators& named, Draft* draft, std::size_t index,
                 Findings* findings)
      : schemas_(schemas),
        named_(named),
        model_(draft->model),
        indicator_(draft->model.indicators[index]),
        places_(draft->indicators[index]),
        findings_(*findings),
        what_("indicator " + in_quotes(indicator_.id)) {}

  // Its plan, if it compiles.
  std::optional<language::IndicatorPlan> run() {
    const model::RecordKind* from = find_fact_kind(places_.from, what_, model_, &findings_);
    check_grains();
    if (places_.value.scalar == nullptr || indicator_.value.empty()) return std::nullopt;
    if (from == nullptr && !places_.from.empty()) return std::nullopt;
    auto compiled = language::compile_indicator(indicator_, schemas_, named_);
    report_problems(compiled.problems, places_.value, 0, "'value' of " + what_, &findings_);
    if (places_.where.scalar != nullptr) {
      report_problems(compiled.where_problems, places_.where, 0, "'where' of " + what_, &findings_);
    }
    if (!compiled.plan) return std::nullopt;
    check(*compiled.plan, from);
    return std::move(compiled.plan);
  }

 private:
  void check(const language::IndicatorPlan& plan, const model::RecordKind* from) {
    for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
      // What it takes from other indicators is checked where they stand.
      if (!plan.is_own(i)) continue;
      const language::Aggregate& aggregate = plan.aggregates[i];
      const model::RecordKind* kind = model::find_kind(model_.kinds, aggregate.kind);
      if (kind != nullptr && std::count(kinds_.begin(), kinds_.end(), kind) == 0) {
        kinds_.push_back(kind);
      }
      is_stock_ = is_stock_ || aggregate.fn == language::AggregateFn::kStock;
    }
    check_needless();
    check_time();
    check_coarser_grains(plan);
    check_at(from);
    check_dimensions();
    check_publish();
    check_pools(plan);
    check_unit(plan.unit);
    check_suppression(plan);
    check_clauses(plan);
    check_drill();
  }

  // Fields of the facts that its own aggregates read.
  void check_drill() {
    if (places_.drill.size() > base::kDrillFieldsMax) {
      findings_.error(places_.drill[base::kDrillFieldsMax].at, code::kTooMany,
                      "'drill' of " + what_ + " names more than " +
                          std::to_string(base::kDrillFieldsMax) + " fields",
                      "name fewer");
    }
    std::vector<std::string> known;
    for (const model::RecordKind* kind : kinds_) {
      for (const model::Field& field : kind->fields) {
        if (field.type != model::FieldType::kPerson) known.push_back(field.name);
      }
    }
    for (const Placed& field : places_.drill) {
      if (std::count(known.begin(), known.end(), field.text) > 0) continue;
      findings_.error(field.at, code::kIndicator,
                      in_quotes(field.text) + " in 'drill' of " + what_ +
                          " is no field of the facts that it reads, or is a person",
                      known.empty() ? "remove it: the indicators that it names show their facts"
                                    : suggestion(field.text, known, "name a field of theirs"));
    }
  }

  // Small counts: by the month or coarser, and through every indicator that shows them.
  void check_suppression(const language::IndicatorPlan& plan) {
    std::uint32_t wanted = 0;
    std::string personal;
    for (const language::IndicatorReference& reference : plan.references) {
      const auto named = named_.find(reference.indicator);
      if (named == named_.end() || named->second.definition == nullptr) continue;
      const std::uint32_t below = named->second.definition->suppress_below;
      if (below <= wanted) continue;
      wanted = below;
      personal = reference.indicator;
    }
    const std::uint32_t below = indicator_.suppress_below;
    if (below < wanted) {
      findings_.error(below == 0 ? indicator_.value_at : places_.suppress_below.at,
                      code::kIndicator,
                      what_ + " would tell of what " + in_quotes(personal) + " suppresses below " +
                          std::to_string(wanted) + " facts",
                      "write 'suppress_below: " + std::to_string(wanted) + "' or more");
    }
    if (below == 0) return;
    const model::Place at = places_.suppress_below.at;
    if (kinds_.empty() && wanted == 0) {
      findings_.error(at, code::kIndicator,
                      "'suppress_below' of " + what_ +
                          " is in vain: the indicators that it is made of show all their cells",
                      "write it in those, too");
    }
    if (is_stock_) {
      findings_.error(
          at, code::kNotAvailable,
          what_ + " is a stock: which of its facts are few is not counted in this version",
          "count the facts of each period instead, as in 'value: count()'");
    }
    if (!indicator_.grains.empty() && indicator_.grains.front() == base::Grain::kDay) {
      findings_.error(places_.grains.empty() ? places_.grain.at : places_.grains.front().at,
                      code::kIndicator,
                      what_ + " is published by the day: small counts are by the month or coarser",
                      "write 'grains: [month]'");
    }
  }

  // A clause that never holds would be a promise.
  void check_clauses(const language::IndicatorPlan& plan) {
    const auto refuse = [&](const Placed& clause, const std::string& key, const std::string& why) {
      findings_.error(clause.at, code::kIndicator,
                      in_quotes(key) + " of " + what_ + " has no effect: " + why, "remove it");
    };
    const auto divides = [](const language::FinaliserNode& node) {
      return node.op == language::FinaliserNode::Op::kDivide;
    };
    if (!places_.when_zero_den.empty() &&
        std::none_of(plan.finaliser.begin(), plan.finaliser.end(), divides)) {
      refuse(places_.when_zero_den, "when_zero_den", "its value divides nothing");
    }
    if (places_.when_empty.empty()) return;
    if (is_stock_) {
      refuse(places_.when_empty, "when_empty", "a stock of which nothing is open is 0");
      return;
    }
    const bool counts_all =
        std::all_of(plan.aggregates.begin(), plan.aggregates.end(), [](const auto& aggregate) {
          return aggregate.fn == language::AggregateFn::kCount && !aggregate.filter;
        });
    if (counts_all && plan.spans.size() < 2) {
      refuse(places_.when_empty, "when_empty",
             "it counts every fact, so where there is one it is not empty");
    }
  }

  // An indicator made of others reads no facts by itself.
  void check_needless() {
    if (!kinds_.empty()) return;
    const auto refuse = [&](const model::Place& at, const std::string& key) {
      findings_.error(at, code::kIndicator,
                      in_quotes(key) + " of " + what_ +
                          " is about nothing: it reads no facts but through other indicators",
                      "remove it, or write it in those");
    };
    if (places_.where.scalar != nullptr) refuse(indicator_.where_at, "where");
    if (!places_.at.empty()) refuse(places_.at.at, "at");
  }

  void check_grains() {
    const auto grain = read_grain(places_.grain);
    if (grain) indicator_.grain = *grain;
    for (const Placed& text : places_.grains) {
      const auto published = read_grain(text);
      if (!published) continue;
      if (*published < indicator_.grain) {
        findings_.error(text.at, code::kIndicator,
                        what_ + " cannot publish by " + text.text + ": it is computed by " +
                            std::string(base::to_string(indicator_.grain)),
                        "write 'grain: " + text.text + "', or remove it here");
      } else if (std::count(indicator_.grains.begin(), indicator_.grains.end(), *published) == 0) {
        indicator_.grains.push_back(*published);
      }
    }
    if (places_.grains.empty()) indicator_.grains = {indicator_.grain};
    std::sort(indicator_.grains.begin(), indicator_.grains.end());
  }

  std::optional<base::Grain> read_grain(const Placed& text) {
    if (text.empty()) return std::nullopt;
    const auto grain = base::parse_grain(text.text);
    if (grain.ok()) return *grain;
    findings_.error(text.at, code::kChoice, what_ + " has no grain " + in_quotes(text.text),
                    "use one of: day, month, quarter, year, all");
    return std::nullopt;
  }

  // A stock is a level: its values on two days do not add up.
  void check_time() {
    if (!is_stock_) return;
    if (places_.time.empty()) {
      indicator_.time = model::TimeRule::kAtEnd;
    } else if (indicator_.time == model::TimeRule::kSum) {
      findings_.error(places_.time.at, code::kIndicator,
                      what_ + " is a stock: it cannot be summed over time (E-SEMIADD)",
                      "write 'time: at_end', the value at the end of the period");
    }
  }

  // What may stand for a period of several of the indicator's own.
  void check_coarser_grains(const language::IndicatorPlan& plan) {
    if (indicator_.grains.empty() || indicator_.grains.back() <= indicator_.grain) return;
    const model::Place at = places_.time.empty() ? places_.grains.back().at : places_.time.at;
    for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
      const language::Aggregate& aggregate = plan.aggregates[i];
      if (indicator_.time != model::TimeRule::kAverage && !plan.is_own(i)) continue;
      const bool adds_up_fte = plan.unit == "ETP" && aggregate.fn == language::AggregateFn::kSum;
      if (adds_up_fte && indicator_.time == model::TimeRule::kSum) {
        findings_.error(at, code::kIndicator,
                        what_ + " is a level, in ETP: it cannot be summed over time (E-SEMIADD)",
                        "write 'time: last' or 'time: average'");
        return;
      }
      if (indicator_.time != model::TimeRule::kAverage ||
          language::has_mean_over_time(aggregate.fn)) {
        continue;
      }
      findings_.error(at, code::kIndicator,
                      what_ + " cannot be averaged over time: the " +
                          std::string(language::to_string(aggregate.fn)) +
                          " of a period is that of all its facts",
                      "remove 'time: average', or write 'time: last'");
      return;
    }
  }

  void check_at(const model::RecordKind* from) {
    if (indicator_.at.empty()) {
      if (from != nullptr) indicator_.at = from->default_at;
    } else {
      for (const model::RecordKind* kind : at_kinds(from)) {
        if (places_a_fact(*kind, indicator_.at)) continue;
        findings_.error(
            places_.at.at, code::kIndicator,
            "the field " + in_quotes(indicator_.at) + " of " + in_quotes(kind->name) +
                (kind->find(indicator_.at) == nullptr ? " does not exist"
                                                      : " cannot place a fact in a period"),
            "name a date, an instant or the exercise; without 'at' it is '" + kind->default_at +
                "'");
      }
    }
    for (const model::RecordKind* kind : kinds_) {
      const bool is_own = from == nullptr || kind == from;
      const std::string& at = is_own && !indicator_.at.empty() ? indicator_.at : kind->default_at;
      if (indicator_.grain >= base::Grain::kYear || !is_by_exercise(*kind, at)) continue;
      findings_.error(places_.grain.at, code::kIndicator,
                      what_ + " is by " + std::string(base::to_string(indicator_.grain)) +
                          ", and " + in_quotes(kind->name) + " is known by exercise only",
                      "write 'grain: year'");
    }
  }

  std::vector<const model::RecordKind*> at_kinds(const model::RecordKind* from) const {
    if (from != nullptr) return {from};
    return kinds_;
  }

  void check_dimensions() {
    std::set<std::string> seen;
    if (places_.by.size() > base::kIndicatorDimensionsMax) {
      findings_.error(
          places_.by.back().at, code::kTooMany,
          what_ + " has more than " + std::to_string(base::kIndicatorDimensionsMax) + " dimensions",
          "make two indicators of it");
    }
    for (const Placed& dimension : places_.by) {
      if (!seen.insert(dimension.text).second) {
        findings_.error(dimension.at, code::kDuplicate,
                        in_quotes(dimension.text) + " is in 'by' of " + what_ + " twice",
                        "remove one of the two");
        continue;
      }
      for (const model::RecordKind* kind : kinds_) {
        const auto known = dimensions_of(model_, *kind);
        if (std::binary_search(known.begin(), known.end(), dimension.text)) continue;
        std::string remedy =
            suggestion(dimension.text, known, "name a field of its facts or a dimension");
        if (dimension.text == "period") remedy = "remove it: the period is always there";
        findings_.error(dimension.at, code::kDimension,
                        what_ + " cannot be broken down by " + in_quotes(dimension.text) +
                            ": it is no dimension of " + in_quotes(kind->name),
                        remedy);
      }
    }
  }

  void check_publish() {
    if (!places_.has_publish) {
      indicator_.publish = default_groupings(indicator_.by);
      return;
    }
    std::set<Grouping> groupings;
    for (std::size_t i = 0; i < places_.publish.size(); ++i) {
      Grouping grouping;
      for (const Placed& dimension : places_.publish[i]) {
        if (std::count(indicator_.by.begin(), indicator_.by.end(), dimension.text) == 0) {
          findings_.error(dimension.at, code::kIndicator,
                          in_quotes(dimension.text) + " in 'publish' is not in 'by' of " + what_,
                          suggestion(dimension.text, indicator_.by, "add it to 'by'"));
        }
        grouping.push_back(dimension.text);
      }
      std::sort(grouping.begin(), grouping.end());
      grouping.erase(std::unique(grouping.begin(), grouping.end()), grouping.end());
      if (groupings.insert(std::move(grouping)).second) continue;
      findings_.error(places_.publish_at[i], code::kDuplicate,
                      "this grouping is in 'publish' of " + what_ + " twice", "remove one");
    }
    if (groupings.size() > base::kPublishedGroupingsMax) {
      findings_.error(places_.publish_at.back(), code::kTooMany,
                      what_ + " publishes more than " +
                          std::to_string(base::kPublishedGroupingsMax) + " groupings",
                      "keep those that are read");
    }
    indicator_.publish.assign(groupings.begin(), groupings.end());
    sort_groupings(&indicator_.publish);
  }

  // What one pool allocates another may take and allocate again.
  void check_pools(const language::IndicatorPlan& plan) {
    const auto is_allocated = [](const model::RecordKind* kind) {
      return kind->name == model::kAllocationKind;
    };
    if (std::none_of(kinds_.begin(), kinds_.end(), is_allocated)) return;
    const auto tells = [&](const std::string& text) {
      return text.find("pool") != std::string::npos || text.find("key") != std::string::npos;
    };
    bool each_tells = true;
    for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
      const language::Aggregate& aggregate = plan.aggregates[i];
      if (!plan.is_own(i) || aggregate.kind != model::kAllocationKind) continue;
      each_tells = each_tells && (aggregate.is_presence || tells(aggregate.text));
    }
    const auto has_pool = [](const Grouping& grouping) {
      return std::count(grouping.begin(), grouping.end(), model::kPoolDimension) > 0;
    };
    const bool is_by_pool =
        std::all_of(indicator_.publish.begin(), indicator_.publish.end(), has_pool);
    if (model_.pools.size() < 2 || is_by_pool || each_tells || tells(indicator_.where)) {
      return;
    }
    findings_.error(
        indicator_.place, code::kIndicator,
        "E-FANOUT: " + what_ + " adds up what several pools allocate, the same amounts among it",
        "add \"pool == 'ID'\" to 'where', or 'pool' to every grouping of 'publish'");
  }

  // A plain number may be called anything but a measured unit. Declared values have no unit of
  // their own: the indicator's is theirs.
  void check_unit(const std::string& unit) {
    if (places_.unit.empty()) {
      indicator_.unit = unit;
      return;
    }
    if (language::unit_factor(unit, indicator_.unit)) return;
    const bool is_plain = unit.empty() || unit == "count";
    const bool is_declared = kinds_.size() == 1 && kinds_[0]->name == "declared_value";
    if (is_plain && (is_declared || !language::is_measured(indicator_.unit))) return;
    findings_.error(places_.unit.at, code::kUnit,
                    what_ + " is in " + in_quotes(unit.empty() ? "count" : unit) +
                        " and cannot be given in " + in_quotes(indicator_.unit),
                    unit.empty() ? "correct 'value', or remove 'unit'"
                                 : "write 'unit: " + unit + "', or correct 'value'");
  }

  const std::map<std::string, language::Schema>& schemas_;
  const language::NamedIndicators& named_;
  const model::SteeringModel& model_;
  model::Indicator& indicator_;
  const IndicatorDraft& places_;
  Findings& findings_;
  std::string what_;
  std::vector<const model::RecordKind*> kinds_;  // that its aggregates read
  bool is_stock_ = false;
};

// R9.
void report_circle(const std::vector<std::size_t>& circle, const Draft& draft, Findings* findings) {
  const auto& indicators = draft.model.indicators;
  const auto id = [&](std::size_t step) { return indicators[circle[step % circle.size()]].id; };
  std::string text = id(0);
  for (std::size_t step = 1; step <= circle.size(); ++step) text += " -> " + id(step);
  std::size_t offset = 0;
  for (const language::NamedAt& named : language::indicators_named(indicators[circle[0]].value)) {
    if (named.id == id(1)) offset = named.offset;
  }
  findings->error(place_in(draft.indicators[circle[0]].value, offset), code::kIndicator,
                  "the value of indicator " + in_quotes(id(0)) + " depends on itself (R9): " + text,
                  "write one of them without the next");
}

}  // namespace

void check_indicators(Draft* draft, Findings* findings) {
  const auto schemas = language::fact_schemas(draft->model.kinds, draft->names);
  const std::vector<model::Indicator>& indicators = draft->model.indicators;
  language::IndicatorOrder order = language::order_of(indicators);
  for (const std::vector<std::size_t>& circle : order.circles) {
    report_circle(circle, *draft, findings);
    order.order.insert(order.order.end(), circle.begin(), circle.end());
  }
  std::map<std::string, language::IndicatorPlan> plans;
  language::NamedIndicators named;
  for (const model::Indicator& one : indicators) named[one.id] = {&one, nullptr};
  std::set<std::size_t> checked;
  for (const std::size_t number : order.order) {
    if (!checked.insert(number).second) continue;
    auto plan = IndicatorCheck(schemas, named, draft, number, findings).run();
    if (!plan) continue;
    const std::string& id = indicators[number].id;
    named[id].plan = &(plans[id] = *std::move(plan));
  }
}

}  // namespace passerelle::steering
