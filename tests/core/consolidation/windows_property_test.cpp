// Whatever the records, their order, ticks and marks: cells of other periods are what the facts
// that stand give by hand, incrementally, anew, and from a checkpoint.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/base/decimal.h"
#include "tests/core/consolidation/followed_cells.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation::windows_property {
namespace {

using base::Rational;

// Months are counted from January 2025.
constexpr int kMonths = 30;

struct Fact {
  int month = 0;
  char dir = 'A';
  int x = 0;
};

model::Indicator derived(const std::string& id, const std::string& value) {
  model::Indicator out = indicator(id, "", value, {"dir"});
  out.round = 6;
  return out;
}

model::SteeringModel the_model() {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("fact", "day", {"day:date", "dir:string", "x:integer"}));
  for (const char* value : {"sum(x)", "distinct(x)", "sum(x) / count()"}) {
    model.indicators.push_back(
        indicator("I" + std::to_string(model.indicators.size()), "fact", value, {"dir"}));
    model.indicators.back().round = 6;
    if (model.indicators.size() == 1) model.indicators.back().publish = {{}};
  }
  for (const char* inner : {"I0", "I1", "I2"}) {
    const std::string i = inner;
    model.indicators.push_back(derived("YTD_" + i, "ytd(" + i + ")"));
    model.indicators.push_back(derived("ROLL_" + i, "rolling(" + i + ", 5)"));
    model.indicators.push_back(derived("BACK_" + i, i + ".offset('quarter', -1)"));
    model.indicators.push_back(derived("YTDB_" + i, "ytd(" + i + ").offset('year', -1)"));
    model.indicators.push_back(derived("GROW_" + i, "growth(" + i + ", 'year')"));
  }
  for (const char* inner : {"I0", "I2"}) {
    const std::string i = inner;
    model.indicators.push_back(derived("RATE_" + i, "landing(" + i + ", 'run_rate')"));
    model.indicators.push_back(derived("LINE_" + i, "landing(" + i + ", 'trend')"));
    model.indicators.push_back(derived("SEAS_" + i, "landing(" + i + ", 'seasonal')"));
  }
  model.indicators.push_back(derived("MISSRATE", "landing_error(I0, 'run_rate', 2)"));
  model.indicators.push_back(derived("MISSLINE", "landing_error(I0, 'trend', 2)"));
  model.indicators.push_back(derived("MISSSEAS", "landing_error(I0, 'seasonal', 2)"));
  model.indicators.push_back(derived("MIX", "ROLL_I0 / YTD_I0.offset('month', -1) + I2"));
  model.indicators.push_back(derived("LAST", "ytd(I0)"));
  model.indicators.back().time = model::TimeRule::kLast;
  model.indicators.back().grains = {base::Grain::kMonth, base::Grain::kYear};
  return model;
}

using Values = std::vector<int>;
using Value = std::optional<Rational>;

Value value_of(const std::string& id, const Values& xs) {
  if (xs.empty()) return std::nullopt;
  if (id == "I1") return Rational(std::set<int>(xs.begin(), xs.end()).size());
  Rational sum = 0;
  for (const int x : xs) sum += x;
  return id == "I0" ? sum : Rational(sum / Rational(xs.size()));
}

class Oracle {
 public:
  // Months from `open` on are not over.
  Oracle(const std::map<int, Fact>& kept, char dir, int horizon, int open)
      : horizon_(horizon), open_(open) {
    for (const auto& [id, fact] : kept) {
      if (dir == '*' || fact.dir == dir) months_[fact.month].push_back(fact.x);
    }
  }
  Values between(int first, int last) const {
    Values out;
    for (int month = first; month <= last; ++month) {
      const auto at = months_.find(month);
      if (at != months_.end()) out.insert(out.end(), at->second.begin(), at->second.end());
    }
    return out;
  }
  Values year_to(int month) const { return between(month - month % 12, month); }

  // "absent", "na ..." or the value.
  std::string cell(const std::string& function, const std::string& id, int month) const {
    if (function == "") return shown({value_of(id, between(month, month))});
    if (month > horizon_) return "absent";
    if (function == "YTD") return shown({value_of(id, year_to(month))});
    if (function == "ROLL") return shown({value_of(id, between(month - 4, month))});
    if (function == "BACK") return shown({value_of(id, between(month - 3, month - 3))});
    if (function == "YTDB") return shown({value_of(id, year_to(month - 12))});
    const Value now = value_of(id, between(month, month));
    const Value before = value_of(id, between(month - 12, month - 12));
    if (!now && !before) return "absent";
    if (!now || !before) return "na NO_DATA";
    if (*before == 0) return "na ZERO_DEN";
    return shown(Rational((*now - *before) / abs(*before)));
  }

  std::string mix(int month) const {
    if (month > horizon_) return "absent";
    const Value above = value_of("I0", between(month - 4, month));
    const Value below = month == 0 ? std::nullopt : value_of("I0", year_to(month - 1));
    const Value plus = value_of("I2", between(month, month));
    if (!above && !below && !plus) return "absent";
    if (!above || !below || !plus) return "na NO_DATA";
    if (*below == 0) return "na ZERO_DEN";
    return shown(Rational(*above / *below + *plus));
  }

  // Sum and count as foreseen at the end of the month; none: there is nothing to foresee from.
  std::optional<std::pair<Rational, Rational>> foreseen(const std::string& method,
                                                        int month) const {
    const int january = month - month % 12;
    const int known = month - january + 1;
    if (month > horizon_ || between(january, month).empty()) return std::nullopt;
    if (method == "LINE" && known < 3) return std::nullopt;
    if (method == "SEAS" && known < 12 && between(january - 12, january - 1).empty()) {
      return std::nullopt;
    }
    std::pair<Rational, Rational> out;
    for (const bool counts : {false, true}) {
      const auto at = [&](int m) -> Rational {
        const Values xs = between(m, m);
        if (counts) return Rational(xs.size());
        return xs.empty() ? Rational(0) : *value_of("I0", xs);
      };
      Rational total = 0;
      for (int m = january; m <= month; ++m) total += at(m);
      const Rational mean = total / known;
      const Rational middle = Rational(known + 1) / 2;
      Rational products = 0;
      Rational squares = 0;
      for (int k = 1; k <= known; ++k) {
        products += (k - middle) * (at(january + k - 1) - mean);
        squares += (k - middle) * (k - middle);
      }
      for (int k = known + 1; k <= 12; ++k) {
        if (method == "RATE") total += mean;
        if (method == "LINE") total += mean + products / squares * (k - middle);
        if (method == "SEAS") total += at(january - 12 + k - 1);
      }
      (counts ? out.second : out.first) = total;
    }
    return out;
  }

  std::string landing(const std::string& method, const std::string& id, int month) const {
    const auto year = foreseen(method, month);
    if (!year) return "absent";
    if (month >= open_) return "na NOT_YET";
    if (id == "I0") return shown(year->first);
    return year->second == 0 ? "na ZERO_DEN" : shown(Rational(year->first / year->second));
  }

  std::string miss(const std::string& method, int month) const {
    if (month > horizon_) return "absent";
    Rational sum = 0;
    int known = 0;
    bool is_there = false;
    bool is_early = false;
    for (int back = 1; back <= 2; ++back) {
      const int then = month - 12 * back;
      const int january = then - then % 12;
      const Values year = then < 0 ? Values() : between(january, january + 11);
      if (year.empty()) continue;
      is_there = true;
      is_early |= january + 11 >= open_;
      const Rational total = *value_of("I0", year);
      const auto guess = foreseen(method, then);
      if (!guess || total == 0) continue;
      sum += abs(Rational(guess->first - total)) / abs(total);
      ++known;
    }
    if (!is_there) return "absent";
    if (is_early) return "na NOT_YET";
    return known == 0 ? "na NO_DATA" : shown(Rational(sum / known));
  }

  static std::string shown(const Value& value) {
    return value ? base::format_scaled(*base::round_to_scaled(*value, 6), 6) : "absent";
  }

 private:
  std::map<int, Values> months_;
  int horizon_;
  int open_;
};

std::string name_of(int month) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d", 2025 + month / 12, month % 12 + 1);
  return text;
}

// E6 has its own tests.
std::string without_flags(const std::string& text) {
  return text.substr(0, text.find(" HETEROGENEOUS"));
}

void expect_recomputed(const flow::CellView& view, const std::map<int, Fact>& kept, int horizon,
                       int open) {
  for (const char dir : {'*', 'A', 'B'}) {
    const Oracle oracle(kept, dir, horizon, open);
    Fields dimensions;
    if (dir != '*') dimensions["dir"] = std::string(1, dir);
    const auto expect = [&](const std::string& id, int month, const std::string& text) {
      const std::string name = id + (dir == '*' ? "" : std::string(1, dir)) + " " + name_of(month);
      const std::string found = cell_of(view, id, dimensions, name_of(month));
      RC_ASSERT(name + " " + without_flags(found) == name + " " + text);
    };
    for (int month = 0; month < kMonths; ++month) {
      for (const char* id : {"I0", "I1", "I2"}) {
        if (dir == '*' || id[1] != '0') expect(id, month, oracle.cell("", id, month));
        for (const char* function : {"YTD", "ROLL", "BACK", "YTDB", "GROW"}) {
          expect(std::string(function) + "_" + id, month, oracle.cell(function, id, month));
        }
      }
      expect("MIX", month, oracle.mix(month));
      for (const char* method : {"RATE", "LINE", "SEAS"}) {
        const std::string name = method;
        for (const char* id : {"I0", "I2"}) {
          expect(name + "_" + id, month, oracle.landing(method, id, month));
        }
        expect("MISS" + name, month, oracle.miss(method, month));
      }
    }
    for (int year = 0; year < 2; ++year) {
      const int last = std::min(year * 12 + 11, horizon);
      const std::string text = cell_of(view, "LAST", dimensions, std::to_string(2025 + year));
      RC_ASSERT(text == (last < year * 12 ? "absent" : oracle.cell("YTD", "I0", last)));
    }
  }
}

TEST(WindowsProperty, TheIncrementalCellsAreTheOnesMadeByHand) {
  const model::SteeringModel model = the_model();
  const bool holds = rc::check([&] {
    Hub hub(model);
    Cells cells;
    std::map<int, Fact> kept;
    int ticked = -1;
    const int steps = *rc::gen::inRange(1, 30);
    for (int version = 1; version <= steps; ++version) {
      if (*rc::gen::inRange(0, 8) == 0) {
        ticked = std::max(ticked, *rc::gen::inRange(0, kMonths));
        fold_delta(hub.tick(name_of(ticked) + "-15T10:00:00Z"), &cells);
        continue;
      }
      std::vector<Row> rows;
      for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
        const int id = *rc::gen::inRange(0, 10);
        Row row{std::to_string(id), version * 10 - i, {}, *rc::gen::inRange(0, 4) == 0};
        kept.erase(id);
        if (!row.deleted) {
          Fact fact{*rc::gen::inRange(0, kMonths - 6), *rc::gen::element('A', 'B'),
                    *rc::gen::inRange(-2, 4)};
          row.fields = {{"day", name_of(fact.month) + "-10"},
                        {"dir", std::string(1, fact.dir)},
                        {"x", std::to_string(fact.x)}};
          kept[id] = fact;
        }
        rows.push_back(std::move(row));
      }
      fold_delta(hub.send("fact", rows), &cells);
    }
    int horizon = ticked;
    for (const auto& [id, fact] : kept) horizon = std::max(horizon, fact.month);
    const auto view = hub.engine().view();
    expect_recomputed(*view, kept, horizon, ticked < 0 ? horizon : ticked);
    for (const auto& [ref, value] : cells) RC_ASSERT(view->cell(ref).same_value(value));
    RC_ASSERT(hub.reloaded()->state_hash() == hub.engine().state_hash());
    const std::uint64_t hash = hub.engine().state_hash();
    hub.apply_model(model);
    RC_ASSERT(hub.engine().state_hash() == hash);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace passerelle::consolidation::windows_property
