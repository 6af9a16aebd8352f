// What a cell says where it has no value (`when_empty`, `when_zero_den`), and time along calendars
// that change: by hand, incrementally, anew, and from a checkpoint.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>

#include "core/base/decimal.h"
#include "core/language/business_time.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

using base::Rational;

constexpr int kMonthsMax = 8;  // from January 2026 on

struct ClausedFact {
  int month = 0;
  char dir = 'A';
  std::optional<int> x;
  bool good = false;
  base::Instant opened = 0;
  std::optional<base::Instant> closed;
};

model::OpeningCalendar calendar_of(std::vector<model::OpeningSpan> hours) {
  model::OpeningCalendar calendar;
  calendar.id = "desk";
  calendar.time_zone = "Europe/Paris";
  for (std::size_t day = 0; day < 5; ++day) calendar.week[day] = hours;
  calendar.holidays = base::HolidayList::kFrance;
  return calendar;
}

const std::vector<model::OpeningCalendar>& calendars() {
  static const std::vector<model::OpeningCalendar> kCalendars = {
      calendar_of({{510, 720}, {810, 1020}}), calendar_of({{540, 1080}})};
  return kCalendars;
}

model::SteeringModel model_on(const model::OpeningCalendar& calendar) {
  model::SteeringModel model = empty_model();
  model.calendars = {calendar};
  model.kinds.push_back(kind_of(
      "fact", "day",
      {"day:date", "dir:string", "x:integer", "good:boolean", "opened:instant", "closed:instant"}));
  const auto add = [&](const std::string& id, const std::string& from, const std::string& value) {
    model.indicators.push_back(indicator(id, from, value, {"dir"}));
    model.indicators.back().round = 6;
    return &model.indicators.back();
  };
  model::Indicator* med = add("MED", "fact", "median(x)");
  med->where = "good";
  med->when_empty = "7";
  model::Indicator* rate = add("RATE", "fact", "sum(x, good) / sum(x)");
  rate->when_empty = "0";
  rate->when_zero_den = "-1";
  add("NAMED", "", "MED + RATE");
  add("STEP", "", "MED - MED.offset('month', -1)");
  model::Indicator* last = add("LAST", "fact", "median(x)");
  last->where = "good";
  last->when_empty = "7";
  last->time = model::TimeRule::kLast;
  last->grains = {base::Grain::kMonth, base::Grain::kYear};
  add("OPEN", "fact", "sum(business_minutes(opened, closed, 'desk'))")->unit = "h";
  return model;
}

std::string text_by_hand(const std::optional<Rational>& value) {
  return value ? base::format_scaled(*base::round_to_scaled(*value, 6), 6) : "absent";
}

std::string month_text(int month) { return "2026-0" + std::to_string(month + 1); }

// What the facts of one group and month give.
class ByHand {
 public:
  ByHand(const std::map<int, ClausedFact>& kept, char dir, int month) {
    for (const auto& [id, fact] : kept) {
      if (fact.month != month || (dir != '*' && fact.dir != dir)) continue;
      facts_.push_back(fact);
      if (fact.x) xs_.push_back(*fact.x);
      if (fact.x && fact.good) good_.push_back(*fact.x);
    }
    std::sort(good_.begin(), good_.end());
  }

  bool has_good() const { return !good_.empty(); }
  Rational median_or_7() const {
    if (good_.empty()) return 7;
    const std::size_t n = good_.size();
    return Rational(good_[(n - 1) / 2] + good_[n / 2], 2);
  }
  std::optional<Rational> median() const {
    if (facts_.empty()) return std::nullopt;
    return median_or_7();
  }
  std::optional<Rational> rate() const {
    if (facts_.empty()) return std::nullopt;
    if (xs_.empty()) return Rational(0);
    Rational above = 0;
    Rational below = 0;
    for (const int x : good_) above += x;
    for (const int x : xs_) below += x;
    return below == 0 ? Rational(-1) : Rational(above / below);
  }
  std::optional<Rational> named() const {
    if (xs_.empty()) return std::nullopt;
    return Rational(median_or_7() + *rate());
  }
  std::optional<Rational> open(const language::BusinessCalendar& calendar) const {
    std::optional<Rational> sum;
    for (const ClausedFact& fact : facts_) {
      if (!fact.closed) continue;
      sum = Rational(sum.value_or(0) + Rational(*calendar.between(fact.opened, *fact.closed)));
    }
    if (sum) *sum /= 60 * base::kMicrosPerMinute;
    return sum;
  }

 private:
  std::vector<ClausedFact> facts_;
  std::vector<int> xs_;
  std::vector<int> good_;
};

// E6 has its own tests.
std::string unflagged(const std::string& text) {
  return text.substr(0, text.find(" HETEROGENEOUS"));
}

void expect_by_hand(const flow::CellView& view, const std::map<int, ClausedFact>& kept,
                    const language::BusinessCalendar& calendar) {
  int horizon = -1;
  for (const auto& [id, fact] : kept) horizon = std::max(horizon, fact.month);
  for (const char dir : {'*', 'A', 'B'}) {
    Fields dimensions;
    if (dir != '*') dimensions["dir"] = std::string(1, dir);
    const auto expect = [&](const std::string& id, const std::string& period,
                            const std::optional<Rational>& value) {
      const std::string found = unflagged(cell_of(view, id, dimensions, period));
      RC_ASSERT(id + dir + period + " " + found == id + dir + period + " " + text_by_hand(value));
    };
    std::optional<Rational> last;
    for (int month = 0; month < kMonthsMax; ++month) {
      const ByHand now(kept, dir, month);
      const ByHand before(kept, dir, month - 1);
      expect("MED", month_text(month), now.median());
      expect("RATE", month_text(month), now.rate());
      expect("NAMED", month_text(month), now.named());
      std::optional<Rational> step;
      if (month <= horizon && (now.has_good() || before.has_good())) {
        step = now.median_or_7() - before.median_or_7();
      }
      expect("STEP", month_text(month), step);
      expect("OPEN", month_text(month), now.open(calendar));
      if (now.median()) last = now.median();
    }
    expect("LAST", "2026", last);
  }
}

ClausedFact random_claused() {
  ClausedFact fact;
  fact.month = *rc::gen::inRange(0, kMonthsMax);
  fact.dir = *rc::gen::element('A', 'B');
  if (*rc::gen::inRange(0, 3) != 0) fact.x = *rc::gen::inRange(-2, 4);
  fact.good = *rc::gen::inRange(0, 2) == 0;
  fact.opened = *base::parse_instant(month_text(fact.month) + "-20T07:00:00Z") +
                *rc::gen::inRange(0, 20'000) * base::kMicrosPerMinute;
  if (*rc::gen::inRange(0, 4) != 0) {
    fact.closed = fact.opened + *rc::gen::inRange(-500, 30'000) * base::kMicrosPerMinute;
  }
  return fact;
}

Fields claused_fields(const ClausedFact& fact) {
  Fields fields = {{"day", month_text(fact.month) + "-10"},
                   {"dir", std::string(1, fact.dir)},
                   {"good", fact.good ? "true" : "false"},
                   {"opened", base::format_instant(fact.opened)}};
  if (fact.x) fields["x"] = std::to_string(*fact.x);
  if (fact.closed) fields["closed"] = base::format_instant(*fact.closed);
  return fields;
}

TEST(ClausesProperty, WhateverTheFactsAndTheCalendarTheCellsAreThoseMadeByHand) {
  const bool holds = rc::check([&] {
    std::size_t calendar = 0;
    Hub hub(model_on(calendars()[0]));
    std::map<int, ClausedFact> kept;
    const int steps = *rc::gen::inRange(1, 25);
    for (int version = 1; version <= steps; ++version) {
      if (*rc::gen::inRange(0, 10) == 0) {
        calendar = 1 - calendar;
        hub.apply_model(model_on(calendars()[calendar]));
        continue;
      }
      std::vector<Row> rows;
      for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
        const int id = *rc::gen::inRange(0, 10);
        Row row{std::to_string(id), version * 10 - i, {}, *rc::gen::inRange(0, 3) == 0};
        kept.erase(id);
        if (!row.deleted) row.fields = claused_fields(kept[id] = random_claused());
        rows.push_back(std::move(row));
      }
      hub.send("fact", rows);
    }
    const auto built = language::BusinessCalendar::build(calendars()[calendar], "UTC");
    RC_ASSERT(built.ok());
    expect_by_hand(*hub.engine().view(), kept, *built);
    const std::uint64_t hash = hub.engine().state_hash();
    RC_ASSERT(hub.reloaded()->state_hash() == hash);
    hub.apply_model(model_on(calendars()[calendar]));
    RC_ASSERT(hub.engine().state_hash() == hash);
  });
  EXPECT_TRUE(holds);
}

TEST(Clauses, AnEmptyPopulationIsKnownByTheOtherFactsOfItsGroupAndPeriod) {
  Hub hub(model_on(calendars()[0]));
  hub.send("fact",
           {{"1", 1, {{"day", "2026-01-10"}, {"dir", "A"}, {"x", "3"}, {"good", "false"}}}});
  EXPECT_EQ(hub.cell("MED", {{"dir", "A"}}, "2026-01"), "7.000000");
  EXPECT_EQ(hub.cell("MED", {{"dir", "B"}}, "2026-01"), "absent");
  EXPECT_EQ(hub.cell("MED", {{"dir", "A"}}, "2026-02"), "absent");
  hub.send("fact", {{"1", 2, {{"day", "2026-01-10"}, {"dir", "A"}, {"x", "3"}, {"good", "true"}}}});
  EXPECT_EQ(hub.cell("MED", {{"dir", "A"}}, "2026-01"), "3.000000");
  hub.send("fact", {{"1", 3, {}, true}});
  EXPECT_EQ(hub.cell("MED", {{"dir", "A"}}, "2026-01"), "absent");
}

TEST(Calendars, AChangedOneReplaysWhatWasReadBefore) {
  Hub hub(model_on(calendars()[0]));
  hub.send("fact", {{"1",
                     1,
                     {{"day", "2026-03-13"},
                      {"dir", "A"},
                      {"opened", "2026-03-13T15:30:00Z"},
                      {"closed", "2026-03-16T08:15:00Z"}}}});
  EXPECT_EQ(hub.cell("OPEN", {{"dir", "A"}}, "2026-03"), "1.250000");
  hub.apply_model(model_on(calendars()[1]));
  EXPECT_EQ(hub.cell("OPEN", {{"dir", "A"}}, "2026-03"), "1.750000");
}

TEST(Calendars, AMomentOutsideTheirYearsIsNoValueOfTheAggregate) {
  Hub hub(model_on(calendars()[0]));
  hub.send("fact", {{"1",
                     1,
                     {{"day", "2026-03-13"},
                      {"dir", "A"},
                      {"opened", "1970-01-01T00:00:00Z"},
                      {"closed", "2026-03-16T08:15:00Z"}}}});
  EXPECT_EQ(hub.cell("OPEN", {{"dir", "A"}}, "2026-03"), "absent");
}

}  // namespace
}  // namespace passerelle::consolidation
