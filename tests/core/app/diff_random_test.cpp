// Random commits and models: why a random cell changed between two random revisions. The effects
// add up to the difference, and after every cause the cell is worth what the oracle computes anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "core/app/value_diff.h"
#include "core/base/text.h"
#include "tests/core/consolidation/oracle.h"

namespace passerelle::app {
namespace {

using consolidation::CellName;
using consolidation::CellTexts;
using consolidation::Condition;
using consolidation::Engine;
using consolidation::IndicatorCase;
using consolidation::ModelCase;
using consolidation::Oracle;
using consolidation::RecordCase;
using consolidation::RuleCase;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr int kCases = 40;
#else
constexpr int kCases = 300;
#endif
constexpr int kCommits = 12;
constexpr int kQuestions = 6;  // of each case

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // 0 to limit - 1.
  int below(int limit) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(limit)); }
  bool one_in(int n) { return below(n) == 0; }
  template <typename Enum>
  Enum any(Enum count) {
    return static_cast<Enum>(below(static_cast<int>(count)));
  }

  std::vector<RuleCase> rules() {
    std::vector<RuleCase> out(static_cast<std::size_t>(below(6)));
    for (RuleCase& rule : out) {
      rule = {any(Condition::kCount), any(RuleCase::Gives::kCount), below(3), one_in(3)};
    }
    return out;
  }
  std::vector<IndicatorCase> indicators() {
    std::vector<IndicatorCase> out(3);
    for (IndicatorCase& made : out) {
      made.left = aggregate();
      made.right = aggregate();
      made.shape = any(IndicatorCase::Shape::kCount);
      made.where = one_in(3) ? any(Condition::kCount) : Condition::kAlways;
      for (int i = 0; i < 2; ++i) {
        made.by |= 1U << below(static_cast<int>(consolidation::kDimensions.size()));
      }
      made.publish = ~0U >> (32 - (1 << __builtin_popcount(made.by)));
      made.coarser = below(4);
      if (one_in(4)) made.time = model::TimeRule::kLast;
    }
    return out;
  }
  ModelCase model() {
    ModelCase out;
    out.rules = rules();
    out.table = table();
    out.indicators = indicators();
    out.moves = moves();
    out.b_first = one_in(2);
    return out;
  }
  // A model that differs in one part, or in all.
  ModelCase other(const ModelCase& before) {
    ModelCase out = before;
    const int part = below(5);
    if (part == 0 || part == 4) out.rules = rules();
    if (part == 0 || part == 4) out.table = table();
    if (part == 1 || part == 4) out.moves = moves();
    if (part == 2 || part == 4) out.b_first = !out.b_first;
    if (part == 3 || part == 4) out.indicators = indicators();
    return out;
  }
  std::vector<RecordCase> records() {
    std::vector<RecordCase> out(static_cast<std::size_t>(1 + below(8)));
    for (RecordCase& made : out) {
      made.second = one_in(3);
      made.id = below(20);
      made.version = 1 + below(6);
      made.deleted = one_in(6);
      made.key = one_in(3) ? below(6) : -1;
      if (!one_in(8)) made.day = below(consolidation::kDays);
      if (!one_in(6)) made.service = below(5);
      if (!one_in(6)) made.nature = below(static_cast<int>(consolidation::kNatures.size()));
      if (!one_in(6)) made.amount = below(1'400) - 500;
      if (!one_in(6)) made.n = below(11) - 3;
    }
    return out;
  }

 private:
  consolidation::AggregateCase aggregate() {
    consolidation::AggregateCase out{static_cast<consolidation::Function>(below(10)), below(2),
                                     std::nullopt};
    const Condition filter = any(Condition::kCount);
    if (one_in(3) && filter != Condition::kAlways) out.filter = filter;
    if (out.function == consolidation::Function::kCount) out.field = 0;
    return out;
  }
  std::vector<int> table() {
    std::vector<int> out(consolidation::kPrefixes.size());
    for (int& row : out) row = below(4);
    return out;
  }
  std::vector<consolidation::MoveCase> moves() {
    std::vector<consolidation::MoveCase> out(consolidation::kServices.size());
    const auto directions = static_cast<int>(consolidation::kDirections.size());
    for (auto& move : out) {
      move = {0, below(directions), below(directions), below(consolidation::kDays)};
    }
    return out;
  }

  std::mt19937_64 engine_;
};

// What the cells must be after one cause of one commit.
struct Expected {
  model::Revision revision = 0;
  hub::v1::DiffCauseKind kind = hub::v1::DIFF_CAUSE_KIND_UNSPECIFIED;
  CellTexts cells;
};

// Tells the hub and the oracle the same, cause after cause.
class Told {
 public:
  explicit Told(const ModelCase& model)
      : model_(model), hub_(consolidation::model_of(model)), oracle_(model) {
    note(hub_.engine().revision(), hub::v1::DIFF_CAUSE_KIND_DEFINITION);
  }

  void tell(const ModelCase& model) {
    hub_.apply_model(consolidation::model_of(model));
    const model::Revision revision = hub_.engine().revision();
    model_.b_first = model.b_first;
    switch_oracle(revision, hub::v1::DIFF_CAUSE_KIND_REFERENCE);
    model_.moves = model.moves;
    switch_oracle(revision, hub::v1::DIFF_CAUSE_KIND_ORGANISATION);
    model_.rules = model.rules;
    model_.table = model.table;
    switch_oracle(revision, hub::v1::DIFF_CAUSE_KIND_MAPPING);
    model_.indicators = model.indicators;
    switch_oracle(revision, hub::v1::DIFF_CAUSE_KIND_DEFINITION);
  }
  void tell(const std::vector<RecordCase>& records) {
    for (const bool second : {false, true}) {
      std::vector<consolidation::Row> rows;
      for (const RecordCase& record : records) {
        if (record.second == second) rows.push_back(row_of(record));
      }
      if (rows.empty()) continue;
      hub_.send("fact", rows, "", second ? "b" : "a");
      tell_oracle(records, second);
    }
  }
  const std::vector<Expected>& expected() const { return expected_; }
  const consolidation::Hub& hub() const { return hub_; }

 private:
  using Key = std::pair<bool, int>;

  void note(model::Revision revision, hub::v1::DiffCauseKind kind) {
    expected_.push_back({revision, kind, oracle_.cells()});
  }
  void switch_oracle(model::Revision revision, hub::v1::DiffCauseKind kind) {
    oracle_.switch_to(model_);
    note(revision, kind);
  }
  static bool is_live(const std::map<Key, RecordCase>& records, Key key) {
    const auto at = records.find(key);
    return at != records.end() && !at->second.deleted;
  }
  void tell_oracle(const std::vector<RecordCase>& records, bool second) {
    const std::map<Key, RecordCase> before = records_;
    std::map<Key, RecordCase> changed;
    for (const RecordCase& record : records) {
      if (record.second != second) continue;
      const auto known = records_.find({second, record.id});
      const bool holds =
          known == records_.end() || record.version > known->second.version ||
          (record.version == known->second.version && describe(record) != describe(known->second));
      if (!holds) continue;
      records_[{second, record.id}] = record;
      changed[{second, record.id}] = record;
    }
    for (const auto kind : {hub::v1::DIFF_CAUSE_KIND_NEW, hub::v1::DIFF_CAUSE_KIND_CORRECTED,
                            hub::v1::DIFF_CAUSE_KIND_DELETED}) {
      for (const auto& [key, record] : changed) {
        const bool was = is_live(before, key);
        const auto own = record.deleted ? hub::v1::DIFF_CAUSE_KIND_DELETED
                         : was          ? hub::v1::DIFF_CAUSE_KIND_CORRECTED
                                        : hub::v1::DIFF_CAUSE_KIND_NEW;
        if (own == kind) oracle_.take(record);
      }
      note(hub_.engine().revision(), kind);
    }
  }

  ModelCase model_;
  consolidation::Hub hub_;
  Oracle oracle_;
  std::map<Key, RecordCase> records_;
  std::vector<Expected> expected_;
};

// "I0|2026-01|nature=601": a cell's name in the oracle.
CellName name_of(const std::string& key) {
  const auto parts = base::split(key, '|');
  CellName name{std::string(parts[0]), {}, base::Period::parse(parts[1]).value()};
  for (std::size_t i = 2; i < parts.size(); ++i) {
    const auto at = parts[i].find('=');
    name.dimensions[std::string(parts[i].substr(0, at))] = parts[i].substr(at + 1);
  }
  return name;
}

// What the oracle publishes; what is no number is worth 0.
std::string worth_of(const CellTexts& cells, const std::string& key) {
  const auto at = cells.find(key);
  if (at == cells.end() || at->second.starts_with("na")) return "0.000";
  return at->second.substr(0, at->second.find(' '));
}
std::string worth_of(const consolidation::CellProbe& probe) {
  return probe.exact ? base::format_scaled(probe.value.scaled, probe.value.scale) : "0.000";
}

const CellTexts& cells_at(const Told& told, model::Revision revision) {
  static const CellTexts kNone;
  const CellTexts* found = &kNone;
  for (const Expected& one : told.expected()) {
    if (one.revision <= revision) found = &one.cells;
  }
  return *found;
}

void expect_told(const Told& told, const std::string& key, model::Revision from,
                 model::Revision to) {
  SCOPED_TRACE(key + " from " + std::to_string(from) + " to " + std::to_string(to));
  const auto& journal = told.hub().journal();
  Engine engine({});
  for (model::Revision r = 1; r <= from; ++r) {
    ASSERT_TRUE(engine.apply(journal[r - 1], nullptr).ok());
  }
  ValueDiffer differ(&engine, name_of(key), {});
  for (model::Revision r = from + 1; r <= to; ++r) {
    const Status taken = differ.take(journal[r - 1], [] { return absl::OkStatus(); });
    ASSERT_TRUE(taken.ok()) << taken;
  }
  const ValueDiff found = differ.finish();
  EXPECT_EQ(worth_of(found.from), worth_of(cells_at(told, from), key));
  EXPECT_EQ(worth_of(found.to), worth_of(cells_at(told, to), key));
  base::Rational told_effects = 0;
  for (const ValueStep& step : found.steps) told_effects += step.effect;
  EXPECT_EQ(told_effects, found.difference);
  auto step = found.steps.begin();
  std::string worth = worth_of(found.from);
  for (const Expected& one : told.expected()) {
    if (one.revision <= from || one.revision > to) continue;
    for (; step != found.steps.end() && step->revision == one.revision && step->kind == one.kind;
         ++step) {
      EXPECT_NE(step->effect, 0);
      EXPECT_FALSE(step->objects.empty());
      worth = worth_of(step->after);
    }
    ASSERT_EQ(worth, worth_of(one.cells, key))
        << "after revision " << one.revision << ", " << hub::v1::DiffCauseKind_Name(one.kind);
  }
  if (step != found.steps.end()) {
    EXPECT_EQ(step->kind, hub::v1::DIFF_CAUSE_KIND_ROUNDING);
    ++step;
  }
  EXPECT_TRUE(step == found.steps.end()) << "a cause that nothing explains";
  // What was folded in stages is what is folded at once.
  Engine whole({});
  for (model::Revision r = 1; r <= to; ++r) {
    ASSERT_TRUE(whole.apply(journal[r - 1], nullptr).ok());
  }
  EXPECT_EQ(engine.state_hash(), whole.state_hash());
}

std::uint64_t first_seed() {
  const char* chosen = std::getenv("PASSERELLE_TEST_SEED");
  return chosen != nullptr ? std::stoull(chosen) : std::random_device{}();
}

TEST(DiffRandom, TheEffectsAddUpAndEveryStepIsWorthWhatTheOracleSays) {
  const std::uint64_t first = first_seed();
  std::cout << "seed " << first << "\n";
  std::size_t questions = 0;
  for (int number = 0; number < kCases && !testing::Test::HasFailure(); ++number) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(number);
    SCOPED_TRACE("PASSERELLE_TEST_SEED=" + std::to_string(seed) + " repeats it");
    Random random(seed);
    ModelCase model = random.model();
    Told told(model);
    for (int i = 0; i < kCommits; ++i) {
      if (random.one_in(4)) {
        model = random.other(model);
        told.tell(model);
      } else {
        told.tell(random.records());
      }
    }
    const model::Revision last = told.hub().journal().size();
    for (int i = 0; i < kQuestions; ++i) {
      const auto from = static_cast<model::Revision>(random.below(static_cast<int>(last) + 1));
      const auto to =
          from + static_cast<model::Revision>(random.below(static_cast<int>(last - from) + 1));
      const CellTexts& cells = cells_at(told, random.one_in(3) ? from : to);
      if (cells.empty()) continue;
      const auto chosen = std::next(cells.begin(), random.below(static_cast<int>(cells.size())));
      expect_told(told, chosen->first, from, to);
      ++questions;
    }
  }
  // A test that asks nothing would pass.
  EXPECT_GT(questions, static_cast<std::size_t>(kCases));
  std::cout << questions << " differences explained\n";
}

}  // namespace
}  // namespace passerelle::app
