// Whatever the records, corrections and deletions, their order and batches: the incremental state
// is what a recomputation from the surviving records gives. rapidcheck prints how to repeat a
// failure.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/base/decimal.h"
#include "tests/core/consolidation/followed_cells.h"
#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/survivors.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;

struct Change {
  int id = 0;
  int version = 0;
  bool deleted = false;
  int dir = 0;
  int day = 0;  // of 2026
  int closed = -1;
  int x = 0;
  bool has_x = true;
};

model::SteeringModel property_model() {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(
      kind_of("fact", "day", {"day:date", "dir:string", "x:integer", "closed:date"}));
  for (const auto& [id, value] :
       std::map<std::string, std::string>{{"SUM", "sum(x)"},
                                          {"COUNT", "count()"},
                                          {"POSITIVE", "sum(x, x > 0) / count()"},
                                          {"AVG", "avg(x)"},
                                          {"MIN", "min(x)"},
                                          {"MAX", "max(x)"},
                                          {"MEDIAN", "median(x)"},
                                          {"PCT", "pct(75, x)"},
                                          {"DISTINCT", "distinct(x)"},
                                          {"LE", "share_le(x, 3)"},
                                          {"VAR", "var(x)"},
                                          {"STOCK", "stock(day, closed)"}}) {
    model.indicators.push_back(indicator(id, "fact", value, {"dir"}));
    model.indicators.back().round = 4;
  }
  return model;
}

rc::Gen<std::vector<Change>> changes() {
  return rc::gen::container<std::vector<Change>>(rc::gen::build<Change>(
      rc::gen::set(&Change::id, rc::gen::inRange(0, 25)),
      rc::gen::set(&Change::version, rc::gen::inRange(1, 6)),
      rc::gen::set(&Change::deleted,
                   rc::gen::map(rc::gen::inRange(0, 5), [](int n) { return n == 0; })),
      rc::gen::set(&Change::dir, rc::gen::inRange(0, 3)),
      rc::gen::set(&Change::day, rc::gen::inRange(0, 90)),
      rc::gen::set(&Change::closed, rc::gen::inRange(-40, 90)),
      rc::gen::set(&Change::x, rc::gen::inRange(-5, 8)),
      rc::gen::set(&Change::has_x,
                   rc::gen::map(rc::gen::inRange(0, 6), [](int n) { return n != 0; }))));
}

std::string date_of(int day) {
  return base::format_date(base::days_from_civil({2026, 1, 1}) + day);
}

Row row_of(const Change& change) {
  Row row{std::to_string(change.id), change.version, {}, change.deleted};
  if (change.deleted) return row;
  row.fields = {{"day", date_of(change.day)},
                {"dir", std::string(1, static_cast<char>('A' + change.dir))}};
  if (change.has_x) row.fields["x"] = std::to_string(change.x);
  if (change.closed >= change.day) row.fields["closed"] = date_of(change.closed);
  return row;
}

std::string shown(const std::optional<Rational>& value) {
  return value ? base::format_scaled(*base::round_to_scaled(*value, 4), 4) : "absent";
}

// The aggregates of one group, by the book.
std::map<std::string, std::string> recomputed(const std::vector<Change>& facts) {
  std::vector<std::int64_t> xs;
  for (const Change& fact : facts) {
    if (fact.has_x) xs.push_back(fact.x);
  }
  std::sort(xs.begin(), xs.end());
  std::map<std::string, std::string> out;
  out["COUNT"] = facts.empty() ? "absent" : shown(Rational(facts.size()));
  Rational sum = 0;
  Rational squares = 0;
  Rational positive = 0;
  std::int64_t le = 0;
  for (const std::int64_t x : xs) {
    sum += x;
    squares += x * x;
    if (x > 0) positive += x;
    le += x <= 3;
  }
  out["POSITIVE"] = facts.empty() ? "absent" : shown(Rational(positive / Rational(facts.size())));
  for (const char* id : {"SUM", "AVG", "MIN", "MAX", "MEDIAN", "PCT", "DISTINCT", "LE", "VAR"}) {
    out[id] = "absent";
  }
  if (xs.empty()) return out;
  const std::size_t n = xs.size();
  const Rational count(n);
  out["SUM"] = shown(sum);
  out["AVG"] = shown(Rational(sum / count));
  out["MIN"] = shown(Rational(xs.front()));
  out["MAX"] = shown(Rational(xs.back()));
  out["MEDIAN"] = shown(Rational(Rational(xs[(n - 1) / 2] + xs[n / 2]) / 2));
  out["PCT"] = shown(Rational(xs[(n * 3 + 3) / 4 - 1]));
  out["DISTINCT"] = shown(Rational(std::set<std::int64_t>(xs.begin(), xs.end()).size()));
  out["LE"] = shown(Rational(Rational(le) / count));
  out["VAR"] = shown(Rational(squares / count - sum * sum / (count * count)));
  return out;
}

std::string stock(const std::vector<Change>& facts, int month, int now) {
  static const int kEnds[] = {30, 58, 89};
  int first_month = 3;
  int open = 0;
  for (const Change& fact : facts) {
    const int opened = fact.day <= 30 ? 0 : fact.day <= 58 ? 1 : 2;
    first_month = std::min(first_month, opened);
    const bool closed = fact.closed >= fact.day && fact.closed <= kEnds[month];
    open += opened <= month && !closed;
  }
  const int now_month = now <= 30 ? 0 : now <= 58 ? 1 : 2;
  return month < first_month || month > now_month ? "absent" : shown(Rational(open));
}

void expect_recomputed(const flow::CellView& view, const std::map<int, Change>& kept) {
  int now = -1;
  for (const auto& [id, fact] : kept) {
    now = std::max({now, fact.day, fact.closed >= fact.day ? fact.closed : -1});
  }
  for (int dir = -1; dir < 3; ++dir) {
    Fields dimensions;
    if (dir >= 0) dimensions["dir"] = std::string(1, static_cast<char>('A' + dir));
    std::vector<Change> all;
    for (const auto& [id, fact] : kept) {
      if (dir < 0 || fact.dir == dir) all.push_back(fact);
    }
    for (int month = 0; month < 3; ++month) {
      std::vector<Change> facts;
      for (const Change& fact : all) {
        const int own = fact.day <= 30 ? 0 : fact.day <= 58 ? 1 : 2;
        if (own == month) facts.push_back(fact);
      }
      const std::string period = "2026-0" + std::to_string(month + 1);
      auto expected = recomputed(facts);
      expected["STOCK"] = stock(all, month, now);
      for (const auto& [id, text] : expected) {
        RC_ASSERT(id + period + cell_of(view, id, dimensions, period) == id + period + text);
      }
    }
  }
}

TEST(Property, TheIncrementalStateIsTheRecomputedOne) {
  const bool holds = rc::check([] {
    const auto all = *changes();
    const auto batch = static_cast<std::size_t>(*rc::gen::inRange(1, 8));
    const bool hold_views = *rc::gen::arbitrary<bool>();
    const auto switch_at = static_cast<std::size_t>(*rc::gen::inRange(0, 40));
    Hub hub(property_model());
    Cells cells;
    std::vector<std::shared_ptr<const flow::CellView>> views;
    for (std::size_t from = 0; from < all.size(); from += batch) {
      std::vector<Row> rows;
      for (std::size_t i = from; i < std::min(all.size(), from + batch); ++i) {
        rows.push_back(row_of(all[i]));
      }
      fold_delta(hub.send("fact", rows), &cells);
      if (hold_views) views.push_back(hub.engine().view());
      if (from / batch == switch_at) {
        hub.apply_model(property_model());
        cells = cells_in(*hub.engine().view());
      }
    }
    const auto kept = survivors(all);
    const auto view = hub.engine().view();
    expect_recomputed(*view, kept);
    const flow::CellView& live = hub.engine().live();
    for (const auto& [ref, value] : cells) {
      RC_ASSERT(view->cell(ref).same_value(value));
      RC_ASSERT(live.cell(ref).same_value(value));
    }
    Hub fresh(property_model());
    std::vector<Row> rows;
    for (const auto& [id, change] : kept) rows.push_back(row_of(change));
    std::reverse(rows.begin(), rows.end());
    fresh.send("fact", rows);
    RC_ASSERT(fresh.engine().state_hash() == hub.engine().state_hash());
    RC_ASSERT(hub.reloaded()->state_hash() == hub.engine().state_hash());
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace passerelle::consolidation
