// Random steering models, records, corrections and deletions, in random batches, with models that
// change on the way: after every commit the fold's cells are what the oracle computes anew, what
// the deltas add up to, and what a restart from a checkpoint gives.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "core/base/text.h"
#include "tests/core/consolidation/followed_cells.h"
#include "tests/core/consolidation/oracle.h"

namespace passerelle::consolidation {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr std::uint64_t kCommits = 5'000;
constexpr std::uint64_t kCommitsNightly = kCommits;
#else
constexpr std::uint64_t kCommits = 100'000;
constexpr std::uint64_t kCommitsNightly = 1'000'000;
#endif
constexpr int kCasesAtOnce = 100;

// rapidcheck narrows a range by the size of the case; here only containers are to grow.
template <typename Int>
rc::Gen<Int> between(Int first, Int limit) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<Int>(first, limit));
}
template <typename Int>
rc::Gen<Int> below(Int limit) {
  return between<Int>(0, limit);
}

rc::Gen<Condition> condition() {
  return rc::gen::map(below(static_cast<int>(Condition::kCount)),
                      [](int number) { return static_cast<Condition>(number); });
}

rc::Gen<RuleCase> rule_case() {
  return rc::gen::build<RuleCase>(
      rc::gen::set(&RuleCase::when, condition()),
      rc::gen::set(&RuleCase::gives,
                   rc::gen::map(below(static_cast<int>(RuleCase::Gives::kCount)),
                                [](int number) { return static_cast<RuleCase::Gives>(number); })),
      rc::gen::set(&RuleCase::member, below(3)), rc::gen::set(&RuleCase::own));
}

rc::Gen<AggregateCase> aggregate_case() {
  return rc::gen::map(rc::gen::tuple(below(10), below(2), below(3), condition()),
                      [](const auto& chosen) {
                        const auto& [function, field, filtered, filter] = chosen;
                        AggregateCase out{static_cast<Function>(function), field, std::nullopt};
                        // A filter that is always true is none.
                        if (filtered == 0 && filter != Condition::kAlways) out.filter = filter;
                        if (out.function == Function::kCount) out.field = 0;
                        return out;
                      });
}

bool has_mean(const IndicatorCase& indicator) {
  const auto adds_up = [](const AggregateCase& aggregate) {
    return aggregate.function == Function::kSum || aggregate.function == Function::kCount ||
           aggregate.function == Function::kDistinct;
  };
  return adds_up(indicator.left) &&
         (indicator.shape == IndicatorCase::Shape::kOne || adds_up(indicator.right));
}

rc::Gen<IndicatorCase> indicator_case() {
  using Dimensions = std::vector<unsigned>;
  return rc::gen::map(
      rc::gen::tuple(
          aggregate_case(), below(4), aggregate_case(), condition(),
          rc::gen::container<Dimensions>(3, below(static_cast<unsigned>(kDimensions.size()))),
          between(1U, 256U), below(4), below(3)),
      [](const auto& chosen) {
        const auto& [left, shape, right, where, dimensions, publish, coarser, time] = chosen;
        IndicatorCase out;
        out.left = left;
        out.shape = static_cast<IndicatorCase::Shape>(shape);
        out.right = right;
        out.where = where;
        for (const unsigned dimension : dimensions) out.by |= 1U << dimension;
        const unsigned groupings = 1U << (1U << static_cast<unsigned>(__builtin_popcount(out.by)));
        out.publish = publish % groupings;
        if (out.publish == 0) out.publish = 1;
        out.coarser = coarser;
        if (time == 1) out.time = model::TimeRule::kLast;
        if (time == 2 && has_mean(out)) out.time = model::TimeRule::kAverage;
        return out;
      });
}

rc::Gen<MoveCase> move_case() {
  const auto directions = static_cast<int>(kDirections.size());
  return rc::gen::build<MoveCase>(rc::gen::set(&MoveCase::direction, below(directions)),
                                  rc::gen::set(&MoveCase::after, below(directions)),
                                  rc::gen::set(&MoveCase::day, below(kDays)));
}

rc::Gen<std::vector<MoveCase>> moves() {
  return rc::gen::container<std::vector<MoveCase>>(kServices.size(), move_case());
}

rc::Gen<ModelCase> model_case() {
  return rc::gen::build<ModelCase>(
      rc::gen::set(&ModelCase::rules,
                   rc::gen::resize(6, rc::gen::container<std::vector<RuleCase>>(rule_case()))),
      rc::gen::set(&ModelCase::table,
                   rc::gen::container<std::vector<int>>(kPrefixes.size(), below(4))),
      rc::gen::set(&ModelCase::indicators,
                   rc::gen::container<std::vector<IndicatorCase>>(3, indicator_case())),
      rc::gen::set(&ModelCase::moves, moves()), rc::gen::set(&ModelCase::b_first),
      rc::gen::set(&ModelCase::org_is,
                   rc::gen::map(below(4), [](int number) { return number == 3; })),
      rc::gen::set(&ModelCase::org_day,
                   rc::gen::map(rc::gen::pair(below(4), below(kDays)), [](const auto& chosen) {
                     return chosen.first == 3 ? std::optional(chosen.second) : std::nullopt;
                   })));
}

template <typename T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> value) {
  return rc::gen::map(rc::gen::pair(below(6), std::move(value)), [](const auto& chosen) {
    return chosen.first == 0 ? std::nullopt : std::optional<T>(chosen.second);
  });
}

rc::Gen<RecordCase> record_case() {
  return rc::gen::build<RecordCase>(
      rc::gen::set(&RecordCase::second), rc::gen::set(&RecordCase::id, below(30)),
      rc::gen::set(&RecordCase::version, between(1, 6)),
      rc::gen::set(&RecordCase::deleted, rc::gen::map(below(6), [](int n) { return n == 5; })),
      rc::gen::set(&RecordCase::key, rc::gen::map(below(24), [](int n) { return n > 8 ? -1 : n; })),
      rc::gen::set(&RecordCase::day, maybe(below(kDays))),
      rc::gen::set(&RecordCase::service, maybe(below(5))),
      rc::gen::set(&RecordCase::nature, maybe(below(static_cast<int>(kNatures.size())))),
      rc::gen::set(&RecordCase::amount, maybe(between<std::int64_t>(-500, 900))),
      rc::gen::set(&RecordCase::n, maybe(between<std::int64_t>(-3, 8))));
}

// One commit: records of both connectors, another model, or another day.
struct Step {
  std::vector<RecordCase> records;
  std::optional<ModelCase> model;
  std::optional<std::vector<MoveCase>> moves;  // and the model as it was
  std::optional<int> today;
};

rc::Gen<Step> step() {
  return rc::gen::build<Step>(
      rc::gen::set(&Step::records,
                   rc::gen::resize(8, rc::gen::container<std::vector<RecordCase>>(record_case()))),
      rc::gen::set(&Step::model, rc::gen::map(rc::gen::pair(below(30), model_case()),
                                              [](const auto& chosen) {
                                                return chosen.first == 29
                                                           ? std::optional(chosen.second)
                                                           : std::nullopt;
                                              })),
      rc::gen::set(&Step::moves, rc::gen::map(rc::gen::pair(below(10), moves()),
                                              [](const auto& chosen) {
                                                return chosen.first == 9
                                                           ? std::optional(chosen.second)
                                                           : std::nullopt;
                                              })),
      rc::gen::set(&Step::today,
                   rc::gen::map(rc::gen::pair(below(20), below(kDays)), [](const auto& chosen) {
                     return chosen.first == 19 ? std::optional(chosen.second) : std::nullopt;
                   })));
}

// How rapidcheck shows what it generated.
void showValue(const Step& step, std::ostream& out) {
  out << "\n  ";
  if (step.model) {
    out << describe(*step.model);
    return;
  }
  if (step.moves) {
    out << "moves:";
    for (const MoveCase& move : *step.moves) {
      out << " " << move.direction << " to " << move.after << " on " << date_text(move.day);
    }
    return;
  }
  if (step.today) {
    out << "today is " << date_text(*step.today);
    return;
  }
  for (const RecordCase& record : step.records) out << describe(record) << "; ";
}

CellTexts differences(const CellTexts& got, const CellTexts& wanted) {
  CellTexts out;
  for (const auto& [key, text] : wanted) {
    const auto at = got.find(key);
    if (at == got.end() || at->second != text) {
      out[key] = "wanted " + text + ", got " + (at == got.end() ? "nothing" : at->second);
    }
  }
  for (const auto& [key, text] : got) {
    if (!wanted.contains(key)) out[key] = "wanted nothing, got " + text;
  }
  return out;
}

// What a reader of the deltas holds is what a reader of the view sees.
void expect_same_cells(const flow::CellView& view, const Cells& cells) {
  std::size_t seen = 0;
  flow::each_cell(view, [&](model::CellRef ref, const model::CellValue& value) {
    const auto at = cells.find(ref);
    RC_ASSERT(at != cells.end() && at->second.same_value(value));
    ++seen;
  });
  RC_ASSERT(seen == static_cast<std::size_t>(
                        std::count_if(cells.begin(), cells.end(),
                                      [](const auto& entry) { return !entry.second.absent; })));
}

class Follower {
 public:
  explicit Follower(const ModelCase& model)
      : model_(model), hub_(model_of(model)), oracle_(model) {}

  void take(const Step& step) {
    if (step.model) {
      switch_to(*step.model);
    } else if (step.moves) {
      ModelCase moved = model_;
      moved.moves = *step.moves;
      switch_to(moved);
    } else if (step.today) {
      pass_to(*step.today);
    } else {
      send(step.records);
    }
    const auto view = hub_.engine().view();
    const CellTexts wanted = oracle_.cells();
    cells += wanted.size();
    RC_ASSERT(differences(cells_of(*view), wanted) == CellTexts());
    expect_same_cells(*view, cells_);
    expect_same_cells(hub_.engine().live(), cells_);
    if (!wanted.empty()) expect_explained(*std::next(wanted.begin(), cells % wanted.size()));
  }
  void expect_a_restart_changes_nothing() {
    RC_ASSERT(hub_.reloaded()->state_hash() == hub_.engine().state_hash());
  }

  std::uint64_t cells = 0;  // compared

 private:
  void switch_to(const ModelCase& model) {
    const flow::Delta delta = hub_.apply_model(model_of(model));
    oracle_.switch_to(model);
    model_ = model;
    if (!delta.reset) return fold_delta(delta, &cells_);
    cells_ = cells_in(*hub_.engine().view());
  }
  // Time does not go back.
  void pass_to(int day) {
    today_ = std::max(today_, day);
    oracle_.tick(today_);
    const flow::Delta delta = hub_.tick(date_text(today_) + "T06:00:00Z");
    if (!delta.reset) return fold_delta(delta, &cells_);
    cells_ = cells_in(*hub_.engine().view());
  }
  void send(const std::vector<RecordCase>& records) {
    for (const bool second : {false, true}) {
      std::vector<Row> rows;
      for (const RecordCase& record : records) {
        if (record.second != second) continue;
        rows.push_back(row_of(record));
        oracle_.take(record);
      }
      if (rows.empty() && second) continue;
      fold_delta(hub_.send("fact", rows, "", second ? "b" : "a"), &cells_);
    }
  }
  // The leaves of its explanation make the cell.
  void expect_explained(const std::pair<const std::string, std::string>& cell) {
    const auto parts = base::split(cell.first, '|');
    CellName name{std::string(parts[0]), {}, base::Period::parse(parts[1]).value()};
    for (std::size_t i = 2; i < parts.size(); ++i) {
      const auto at = parts[i].find('=');
      name.dimensions[std::string(parts[i].substr(0, at))] = parts[i].substr(at + 1);
    }
    const auto explanation = hub_.engine().explain(name, 1'000);
    RC_ASSERT(base::message_of(explanation.status()) == "");
    const IndicatorCase& indicator = model_.indicators[std::stoul(name.indicator.substr(1))];
    const std::string made = made_of_leaves(indicator, *explanation);
    RC_ASSERT(cell.first + made == cell.first + cell.second.substr(0, made.size()));
    RC_ASSERT(explanation->leaves.size() == explanation->facts);
  }
  ModelCase model_;
  int today_ = 0;
  Hub hub_;
  Oracle oracle_;
  Cells cells_;
};

std::uint64_t seed_of_this_run() {
  const char* chosen = std::getenv("PASSERELLE_TEST_SEED");
  return chosen != nullptr ? std::stoull(chosen) : std::random_device{}();
}

std::uint64_t commits_wanted() {
  const char* nightly = std::getenv("PASSERELLE_NIGHTLY");
  const bool is_long = nightly != nullptr && std::string(nightly) == "1";
  return is_long ? kCommitsNightly : kCommits;
}

TEST(RandomModels, TheCellsAreThoseOfTheOracleAfterEveryCommit) {
  const std::uint64_t wanted = commits_wanted();
  std::uint64_t commits = 0;
  std::uint64_t cells = 0;
  rc::detail::TestParams parameters;
  parameters.seed = seed_of_this_run();
  parameters.maxSuccess = kCasesAtOnce;
  std::cout << "seed " << parameters.seed << "\n";
  while (commits < wanted) {
    const auto result = rc::detail::checkTestable(
        [&] {
          Follower follower(*model_case());
          const auto steps = *rc::gen::container<std::vector<Step>>(step());
          for (const Step& one : steps) follower.take(one);
          follower.expect_a_restart_changes_nothing();
          commits += steps.size();
          cells += follower.cells;
        },
        rc::detail::TestMetadata{}, parameters);
    std::ostringstream told;
    rc::detail::printResultMessage(result, told);
    ASSERT_TRUE(result.template is<rc::detail::SuccessResult>())
        << "PASSERELLE_TEST_SEED=" << parameters.seed << " repeats it\n"
        << told.str();
    ++parameters.seed;
  }
  // A check that compares nothing would pass.
  EXPECT_GT(cells, 20 * commits);
  std::cout << commits << " commits, " << cells << " cells compared\n";
}

}  // namespace

void showValue(const ModelCase& model, std::ostream& out) { out << describe(model); }

}  // namespace passerelle::consolidation
