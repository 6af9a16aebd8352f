// Small counts between two revisions: cells that tell of persons change when their sources are
// complete, never record by record.
#include <gtest/gtest.h>

#include <random>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel staff() {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("day_off", "day", {"day:date", "service:string", "days:integer"}));
  for (const auto& [id, below] : {std::pair("DAYS", 3U), std::pair("OPEN", 0U)}) {
    model.indicators.push_back(indicator(id, "day_off", "sum(days)", {"service"}));
    model.indicators.back().round = 0;
    model.indicators.back().suppress_below = below;
  }
  // Made of cells of other periods of a personal indicator.
  model.indicators.push_back(indicator("SO_FAR", "", "ytd(DAYS)", {"service"}));
  model.indicators.back().round = 0;
  model.indicators.back().suppress_below = 3;
  return model;
}

std::vector<Row> days(int first, int count, int each, const std::string& service = "S1") {
  std::vector<Row> rows;
  for (int i = first; i < first + count; ++i) {
    rows.push_back({service + std::to_string(i),
                    1,
                    {{"day", "2026-03-10"}, {"service", service}, {"days", std::to_string(each)}},
                    false,
                    {}});
  }
  return rows;
}

class HoldsTest : public ::testing::Test {
 protected:
  HoldsTest() : hub_(staff()) { hub_.send("day_off", days(0, 5, 2)); }

  // One commit of what is being read: `opens` and `closes` say where the read begins and ends.
  flow::Delta read(const std::vector<Row>& rows, bool opens, bool closes) {
    model::Records records;
    records.connector = "source";
    records.read = rows.size();
    records.batches.push_back(hub_.batch("day_off", rows));
    for (const auto& [asked, kind] : {std::pair(opens, model::ScopeEvent::Kind::kOpen),
                                      std::pair(closes, model::ScopeEvent::Kind::kClose)}) {
      if (!asked) continue;
      records.scopes.emplace_back().kind = kind;
      records.scopes.back().scope = "month";
    }
    return hub_.commit(std::move(records));
  }
  std::string cell(const std::string& id, const std::string& service = "S1") {
    return hub_.cell(id, {{"service", service}}, "2026-03");
  }
  static bool tells_of(const flow::Delta& delta, const flow::CellView& view, const char* id) {
    return std::any_of(delta.changes.begin(), delta.changes.end(), [&](const auto& change) {
      return view.cuboids()[change.ref.cuboid].indicators[change.ref.indicator] == id;
    });
  }

  Hub hub_;
};

TEST_F(HoldsTest, WhileASourceIsReadPersonalCellsKeepTheirValueAndOthersFollow) {
  const flow::Delta first = read(days(10, 1, 30), true, false);
  EXPECT_EQ(cell("DAYS"), "10");
  EXPECT_EQ(cell("SO_FAR"), "10");
  EXPECT_EQ(cell("OPEN"), "40");
  EXPECT_FALSE(tells_of(first, *hub_.engine().view(), "DAYS"));
  EXPECT_TRUE(tells_of(first, *hub_.engine().view(), "OPEN"));
  read(days(11, 1, 5), false, false);
  EXPECT_EQ(cell("DAYS"), "10");
  const flow::Delta last = read(days(12, 1, 5), false, true);
  EXPECT_EQ(cell("DAYS"), "50");
  EXPECT_EQ(cell("SO_FAR"), "50");
  ASSERT_TRUE(tells_of(last, *hub_.engine().view(), "DAYS"));
  for (const flow::CellChange& change : last.changes) {
    if (change.before.scaled == 10) {
      EXPECT_EQ(change.after.scaled, 50);
    }
  }
}

TEST_F(HoldsTest, ACellThatIsBornMeanwhileIsShownWhenTheReadEnds) {
  read(days(0, 4, 3, "S2"), true, false);
  EXPECT_EQ(cell("DAYS", "S2"), "absent");
  EXPECT_EQ(cell("OPEN", "S2"), "12");
  read({}, false, true);
  EXPECT_EQ(cell("DAYS", "S2"), "12");
}

TEST_F(HoldsTest, ASourceThatSaysNothingOfItsEndWaitsForTheNextTick) {
  read(days(10, 1, 30), false, false);
  EXPECT_EQ(cell("DAYS"), "10");
  const flow::Delta delta = hub_.tick("2026-04-01T00:00:00Z");
  EXPECT_EQ(cell("DAYS"), "40");
  EXPECT_TRUE(tells_of(delta, *hub_.engine().view(), "DAYS"));
}

TEST_F(HoldsTest, AMarkSaysThatASourceIsCompleteUnlessAnotherIsBeingRead) {
  const auto marked = [&](const std::vector<Row>& rows, const std::string& day) {
    model::Records records;
    records.connector = "source";
    records.read = rows.size();
    if (!rows.empty()) records.batches.push_back(hub_.batch("day_off", rows));
    records.marks = {{"day_off", base::parse_date(day).value()}};
    hub_.commit(std::move(records));
  };
  read(days(10, 1, 30), false, false);
  marked({}, "2026-03-31");
  EXPECT_EQ(cell("DAYS"), "40");
  read(days(11, 1, 1), true, false);
  marked({}, "2026-04-01");
  EXPECT_EQ(cell("DAYS"), "40") << "a scope is open";
  read({}, false, true);
  EXPECT_EQ(cell("DAYS"), "41");
}

TEST_F(HoldsTest, WhatIsHeldIsToldByNothingElse) {
  read(days(10, 1, 30), true, false);
  EXPECT_EQ(cell_of(hub_.engine().view()->unclosed(), "DAYS", {{"service", "S1"}}, "2026-03"),
            "10");
  EXPECT_EQ(cell_of(hub_.engine().live(), "DAYS", {{"service", "S1"}}, "2026-03"), "10");
  const CellName name{"DAYS", {{"service", "S1"}}, base::Period::parse("2026-03").value()};
  EXPECT_TRUE(absl::IsUnavailable(hub_.engine().explain(name, 10).status()));
  read({}, false, true);
  EXPECT_TRUE(hub_.engine().explain(name, 10).ok());
}

TEST_F(HoldsTest, ACheckpointKeepsWhatIsHeld) {
  read(days(10, 1, 30), true, false);
  const std::uint64_t hash = hub_.engine().state_hash();
  hub_.restart();
  EXPECT_EQ(hub_.engine().state_hash(), hash);
  EXPECT_EQ(cell("DAYS"), "10");
  read(days(11, 1, 5), false, false);
  EXPECT_EQ(cell("DAYS"), "10");
  read({}, false, true);
  EXPECT_EQ(cell("DAYS"), "45");
}

TEST_F(HoldsTest, AClosingFreezesWhatItShows) {
  read(days(10, 1, 30), true, false);
  flow::Delta delta;
  model::Commit closing;
  closing.body = model::Closing{"dga", "", base::Period::parse("2026-03").value(), {}, "visa", {}};
  ASSERT_TRUE(hub_.apply(std::move(closing), &delta).ok());
  EXPECT_EQ(cell("DAYS"), "40");
  read(days(11, 1, 5), false, true);
  EXPECT_EQ(cell("DAYS"), "40 PENDING");
}

// Whatever comes in whatever order: what is shown of persons is what the whole sources gave last,
// everything else is what the facts are, and a restart changes nothing.
TEST_F(HoldsTest, AtAnyRevisionPersonalCellsAreThoseOfTheLastCompleteOne) {
  std::mt19937 random(20'261'125);
  const auto below = [&random](unsigned limit) { return static_cast<int>(random() % limit); };
  Hub whole(staff());  // each commit a read of its own: holds nothing
  whole.send("day_off", days(0, 5, 2));
  const auto shown = [](Hub& hub, const char* id, const std::string& service) {
    return hub.cell(id, {{"service", service}}, "2026-03");
  };
  std::map<std::pair<std::string, std::string>, std::string> last;
  bool open = false;
  int held = 0;
  for (int step = 0; step < 1'500; ++step) {
    SCOPED_TRACE(step);
    const std::string service = "S" + std::to_string(1 + below(3));
    std::vector<Row> rows = days(below(8), 1 + below(3), below(9), service);
    for (Row& row : rows) {
      row.version = step + 2;
      row.deleted = below(4) == 0;
    }
    bool complete = false;
    if (below(12) == 0) {
      hub_.tick("2026-04-01T00:00:00Z");
      whole.tick("2026-04-01T00:00:00Z");
      complete = true;
    } else {
      const bool opens = !open && below(3) == 0;
      const bool closes = (open || opens) && below(3) == 0;
      read(rows, opens, closes);
      whole.send("day_off", rows);
      open = (open || opens) && !closes;
      complete = closes;
    }
    if (below(10) == 0) hub_.restart();
    for (const char* id : {"DAYS", "SO_FAR", "OPEN"}) {
      for (const std::string each : {"S1", "S2", "S3"}) {
        std::string& known = last.try_emplace({id, each}, shown(hub_, id, each)).first->second;
        const std::string live = shown(whole, id, each);
        if (complete || std::string(id) == "OPEN") known = live;
        ASSERT_EQ(shown(hub_, id, each), known) << id << ' ' << each;
        held += known != live ? 1 : 0;
      }
    }
  }
  EXPECT_GT(held, 500);
}

}  // namespace
}  // namespace passerelle::consolidation
