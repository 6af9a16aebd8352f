// Whatever the facts, their order, the groupings and the grains: small counts are hidden, an
// attacker who adds and subtracts all that is shown finds none of them, and what is hidden is what
// a fold of the facts that stand would hide.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/base/decimal.h"
#include "core/flow/each_cell.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;

constexpr int kMonths = 6;

struct Fact {
  std::vector<int> members;  // by dimension
  int month = 0;
  bool has_x = true;
};

struct Case {
  int dimensions = 2;
  bool nested = false;  // the second dimension follows from the first
  int below = 3;
  std::vector<unsigned> counted;  // groupings of COUNT, a bit per dimension
  std::vector<unsigned> summed;   // those of SUM; empty: there is none
  unsigned coarser = 0;           // grains: bit 0 quarter, 1 year, 2 all
  bool has_before = false;        // an indicator of the month before
};

std::string dimension_name(int dimension) {
  return std::string(1, static_cast<char>('a' + dimension));
}

std::vector<base::Grain> grains_of(const Case& from) {
  std::vector<base::Grain> grains = {base::Grain::kMonth};
  for (const base::Grain grain : {base::Grain::kQuarter, base::Grain::kYear, base::Grain::kAll}) {
    if ((from.coarser >> (static_cast<unsigned>(grain) - 2) & 1) != 0) grains.push_back(grain);
  }
  return grains;
}

model::Indicator published(const Case& from, const std::string& id, const std::string& kind,
                           const std::string& value, const std::vector<unsigned>& groupings) {
  model::Indicator out = indicator(id, kind, value, {});
  out.round = 0;
  out.suppress_below = static_cast<std::uint32_t>(from.below);
  out.publish.clear();
  std::set<std::string> by;
  for (const unsigned bits : groupings) {
    std::vector<std::string> grouping;
    for (int i = 0; i < from.dimensions; ++i) {
      if ((bits >> i & 1) != 0) grouping.push_back(dimension_name(i));
    }
    by.insert(grouping.begin(), grouping.end());
    out.publish.push_back(std::move(grouping));
  }
  out.by.assign(by.begin(), by.end());
  out.grains = grains_of(from);
  return out;
}

model::SteeringModel model_of(const Case& from) {
  model::SteeringModel model = empty_model();
  std::vector<std::string> fields = {"day:date", "x:integer"};
  for (int i = 0; i < from.dimensions; ++i) fields.push_back(dimension_name(i) + ":string");
  model.kinds.push_back(kind_of("fact", "day", fields));
  model.indicators.push_back(published(from, "COUNT", "fact", "count()", from.counted));
  if (!from.summed.empty()) {
    model.indicators.push_back(published(from, "SUM", "fact", "sum(x)", from.summed));
  }
  if (from.has_before) {
    model.indicators.push_back(
        published(from, "BEFORE", "", "COUNT.offset('month', -1)", from.counted));
    model.indicators.back().grains = {base::Grain::kMonth};
  }
  return model;
}

std::string month_name(int month) {
  const std::string number = std::to_string(month % 12 + 1);
  return std::to_string(2026 + month / 12) + (number.size() == 1 ? "-0" : "-") + number;
}

Row row_of(int id, std::int64_t version, const std::optional<Fact>& fact) {
  Row row{std::to_string(id), version, {}, !fact};
  if (!fact) return row;
  row.fields["day"] = month_name(fact->month) + "-10";
  if (fact->has_x) row.fields["x"] = std::to_string(id % 7);
  for (std::size_t i = 0; i < fact->members.size(); ++i) {
    row.fields[dimension_name(static_cast<int>(i))] = "v" + std::to_string(fact->members[i]);
  }
  return row;
}

// Every cell that is not absent: its key, what it shows, its n.
std::map<std::string, std::string> shown_in(const flow::CellView& view) {
  std::map<std::string, std::string> all;
  flow::each_cell(view, [&](model::CellRef ref, const model::CellValue& value) {
    all[flow::key_text(view, ref)] = text_of(value) + " n" + std::to_string(value.n);
  });
  return all;
}

// Knows which of the finest groups exist, every rule, and what every shown cell counts.
class Attacker {
 public:
  Attacker(const Case& the_case, const std::map<int, Fact>& kept, bool of_x)
      : case_(the_case), of_x_(of_x) {
    for (const auto& [id, fact] : kept) {
      atoms_.emplace(Atom{fact.members, fact.month}, 0);
    }
    int number = 0;
    for (auto& [atom, column] : atoms_) column = number++;
    for (const auto& [id, fact] : kept) {
      if (!of_x || fact.has_x) ++counts_[atoms_.at({fact.members, fact.month})];
    }
  }

  // Every cell of the indicator by what it shows.
  void read(const std::map<std::string, std::string>& shown, const std::string& id,
            const std::vector<unsigned>& groupings, const std::vector<base::Grain>& grains,
            int months_before) {
    std::map<std::string, std::vector<int>> cells;
    for (const unsigned bits : groupings) {
      for (const base::Grain grain : grains) {
        for (const auto& [atom, column] : atoms_) {
          cells[key_of(id, bits, grain, atom, months_before)].push_back(column);
        }
      }
    }
    for (const auto& [key, columns] : cells) {
      int n = 0;
      for (const int column : columns) n += counts_[column];
      const auto at = shown.find(key);
      if (at == shown.end() && months_before > 0) continue;  // time has not come so far
      const std::string text = at == shown.end() ? "absent n0" : at->second;
      const bool hidden = text == "na SUPPRESSED n0";
      const bool is_small = n > 0 && n < case_.below;
      RC_ASSERT(hidden || !is_small);
      // Shown cells say what they count: the attacker is told no lie.
      RC_ASSERT(hidden || text.substr(text.rfind(' ')) == " n" + std::to_string(n));
      std::vector<Rational> row(atoms_.size());
      for (const int column : columns) row[static_cast<std::size_t>(column)] = 1;
      if (!hidden) {
        learn(std::move(row));
      } else if (months_before == 0) {
        hidden_.emplace_back(key, std::move(row));
      }
    }
  }

  void expect_to_find_nothing() {
    std::string found;
    for (auto& [key, row] : hidden_) {
      if (knows(&row)) found += key + "; ";
    }
    RC_ASSERT(found == "");
  }
  std::size_t hidden() const { return hidden_.size(); }

 private:
  struct Atom {
    std::vector<int> members;
    int month = 0;
    auto operator<=>(const Atom&) const = default;
  };

  std::string key_of(const std::string& id, unsigned bits, base::Grain grain, const Atom& atom,
                     int months_before) const {
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (int i = 0; i < case_.dimensions; ++i) {
      if ((bits >> i & 1) == 0) continue;
      names.push_back(dimension_name(i));
      values.push_back("v" + std::to_string(atom.members[static_cast<std::size_t>(i)]));
    }
    const std::vector<std::string_view> views(values.begin(), values.end());
    const auto month = base::Period::parse(month_name(atom.month + months_before)).value();
    return model::cell_key_text(id, names, views, month.coarsened(grain));
  }

  // Leaves nothing of a row that follows from those learned.
  bool knows(std::vector<Rational>* row) const {
    for (const auto& [pivot, known] : learned_) {
      const Rational factor = (*row)[pivot];
      if (factor == 0) continue;
      for (std::size_t i = pivot; i < row->size(); ++i) {
        if (known[i] != 0) (*row)[i] -= factor * known[i];
      }
    }
    return std::all_of(row->begin(), row->end(), [](const Rational& x) { return x == 0; });
  }
  void learn(std::vector<Rational> row) {
    if (knows(&row)) return;
    std::size_t pivot = 0;
    while (row[pivot] == 0) ++pivot;
    const Rational first = row[pivot];
    for (Rational& x : row) x /= first;
    learned_.emplace(pivot, std::move(row));
  }

  const Case& case_;
  bool of_x_;
  std::map<Atom, int> atoms_;
  std::map<int, int> counts_;
  std::map<std::size_t, std::vector<Rational>> learned_;  // by first column that is not 0, where 1
  std::vector<std::pair<std::string, std::vector<Rational>>> hidden_;
};

class World {
 public:
  World() {
    case_.dimensions = *rc::gen::inRange(2, 5);
    case_.nested = *rc::gen::arbitrary<bool>();
    case_.below = *rc::gen::inRange(2, 6);
    case_.coarser = *rc::gen::inRange(0U, 8U);
    case_.has_before = *rc::gen::inRange(0, 3) == 0;
    case_.counted = groupings();
    if (*rc::gen::arbitrary<bool>()) case_.summed = groupings();
    hub_.apply_model(model_of(case_));
  }

  void commit(std::int64_t version) {
    std::vector<Row> rows;
    for (int i = *rc::gen::inRange(1, 12); i > 0; --i) {
      const int id = *rc::gen::inRange(0, 40);
      std::optional<Fact> fact;
      if (*rc::gen::inRange(0, 6) != 0) fact = any_fact();
      kept_.erase(id);
      if (fact) kept_.emplace(id, *fact);
      rows.push_back(row_of(id, version * 100 - i, fact));
    }
    for (const flow::CellChange& change : hub_.send("fact", rows).changes) {
      RC_ASSERT(cells_[change.ref].same_value(change.before));
      cells_[change.ref] = change.after;
    }
    const auto view = hub_.engine().view();
    for (const auto& [ref, value] : cells_) RC_ASSERT(view->cell(ref).same_value(value));
  }

  // From the last to the first, in one commit.
  void expect_recomputed() {
    Hub other(model_of(case_));
    std::vector<Row> rows;
    for (auto at = kept_.rbegin(); at != kept_.rend(); ++at) {
      rows.push_back(row_of(at->first, 1, at->second));
    }
    if (!rows.empty()) other.send("fact", rows);
    RC_ASSERT(shown_in(*hub_.engine().view()) == shown_in(*other.engine().view()));
    RC_ASSERT(hub_.reloaded()->state_hash() == hub_.engine().state_hash());
    RC_ASSERT(hub_.engine().coarsened_suppressions() == 0U);
  }

  void attack(std::size_t* hidden) {
    const auto shown = shown_in(*hub_.engine().view());
    Attacker of_counts(case_, kept_, false);
    of_counts.read(shown, "COUNT", case_.counted, grains_of(case_), 0);
    if (case_.has_before) {
      of_counts.read(shown, "BEFORE", case_.counted, {base::Grain::kMonth}, 1);
    }
    of_counts.expect_to_find_nothing();
    *hidden += of_counts.hidden();
    if (case_.summed.empty()) return;
    Attacker of_sums(case_, kept_, true);
    of_sums.read(shown, "SUM", case_.summed, grains_of(case_), 0);
    of_sums.expect_to_find_nothing();
    *hidden += of_sums.hidden();
  }

 private:
  std::vector<unsigned> groupings() const {
    std::set<unsigned> chosen;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      chosen.insert(*rc::gen::inRange(0U, 1U << static_cast<unsigned>(case_.dimensions)));
    }
    return {chosen.begin(), chosen.end()};
  }
  Fact any_fact() const {
    Fact fact;
    for (int i = 0; i < case_.dimensions; ++i) fact.members.push_back(*rc::gen::inRange(0, 4));
    if (case_.nested) fact.members[1] = fact.members[0] / 2;
    fact.month = *rc::gen::inRange(0, kMonths) * *rc::gen::inRange(0, 2);
    fact.has_x = *rc::gen::inRange(0, 4) != 0;
    return fact;
  }

  Case case_;
  Hub hub_;
  std::map<int, Fact> kept_;
  std::map<model::CellRef, model::CellValue> cells_;
};

TEST(SuppressionProperty, NoHiddenCellFollowsFromThoseShownAndTheStateIsThatOfItsFacts) {
  std::size_t hidden = 0;
  std::size_t cases = 0;
  const bool holds = rc::check([&] {
    ++cases;
    World world;
    const int steps = *rc::gen::inRange(1, 12);
    for (std::int64_t version = 1; version <= steps; ++version) {
      world.commit(version);
      world.expect_recomputed();
    }
    world.attack(&hidden);
  });
  EXPECT_TRUE(holds);
  EXPECT_GT(hidden, 5 * cases) << "a test that hides nothing proves nothing";
}

}  // namespace
}  // namespace passerelle::consolidation
