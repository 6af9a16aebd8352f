// Facts derived from records: budget chains, tickets, agents' services.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/consolidation/assignments.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel budget_model() {
  model::SteeringModel model = empty_model();
  for (const char* measure : {"voted", "carried", "open", "realised"}) {
    model::Indicator sum =
        indicator(measure, "budget", std::string("sum(") + measure + ")", {"nature"});
    for (char& c : sum.id) c = static_cast<char>(c - 'a' + 'A');
    sum.grain = base::Grain::kYear;
    sum.grains = {base::Grain::kYear};
    model.indicators.push_back(sum);
  }
  return model;
}

struct Line {
  std::string nature;
  Fields amounts;
};

// The lines of one document of exercise 2025.
std::vector<Row> document(const std::string& type, const std::string& number,
                          const std::string& decided_on, const std::vector<Line>& lines) {
  std::vector<Row> rows;
  for (const Line& line : lines) {
    Row row{type + number + line.nature, 1, line.amounts, false};
    row.fields["siret"] = "21560046100010";
    row.fields["exercise"] = "2025";
    row.fields["nature"] = line.nature;
    row.fields["line"] = line.nature + "|D|0|1";
    row.fields["document"] = type;
    row.fields["document_number"] = number;
    row.fields["decided_on"] = decided_on;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string budget_of(Hub* hub, const Fields& dimensions) {
  std::string text;
  for (const char* id : {"VOTED", "CARRIED", "OPEN", "REALISED"}) {
    text += (text.empty() ? "" : " / ") + hub->cell(id, dimensions, "2025");
  }
  return text;
}

using Documents = std::vector<std::vector<Row>>;

// Sends the documents in every order and expects the same figures each time.
void expect_in_every_order(Documents documents, const Fields& dimensions,
                           const std::string& expected) {
  std::vector<std::size_t> order(documents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::optional<std::uint64_t> hash;
  do {
    Hub hub(budget_model());
    for (const std::size_t i : order) hub.send("budget_line", documents[i]);
    ASSERT_EQ(budget_of(&hub, dimensions), expected);
    const std::uint64_t found = hub.engine().state_hash();
    ASSERT_EQ(found, hash.value_or(found));
    hash = found;
  } while (std::next_permutation(order.begin(), order.end()));
}

const std::vector<Row> kBp = document(
    "BP", "0", "2025-03-01",
    {{"60", {{"proposed", "100.00"}, {"carried_in", "8.00"}}}, {"61", {{"proposed", "50.00"}}}});
const std::vector<Row> kDm1 =
    document("DM", "1", "2025-06-01",
             {{"60", {{"previous", "108.00"}, {"proposed", "5.00"}, {"carried_in", "8.00"}}},
              {"61", {{"previous", "50.00"}}}});
const std::vector<Row> kDm2 =
    document("DM", "2", "2025-09-01",
             {{"60", {{"previous", "113.00"}, {"proposed", "-3.00"}, {"carried_in", "8.00"}}},
              {"61", {{"previous", "50.00"}, {"proposed", "3.00"}}}});
const std::vector<Row> kCa =
    document("CA", "0", "2026-06-01",
             {{"60", {{"open", "110.00"}, {"carried_in", "8.00"}, {"realised", "90.00"}}},
              {"61", {{"open", "53.00"}, {"realised", "20.50"}}}});

TEST(BudgetChains, VotedAddsUpTheDocumentsInAnyOrder) {
  expect_in_every_order({kBp, kDm1, kDm2}, {{"nature", "60"}}, "102.00 / 8.00 / 110.00 / absent");
  expect_in_every_order({kBp, kDm1, kDm2}, {}, "155.00 / 8.00 / 163.00 / absent");
}

TEST(BudgetChains, AnAdministrativeAccountDecidesInAnyOrder) {
  expect_in_every_order({kBp, kDm1, kDm2, kCa}, {}, "155.00 / 8.00 / 163.00 / 110.50");
  expect_in_every_order({kDm2, kCa}, {{"nature", "60"}}, "102.00 / 8.00 / 110.00 / 90.00");
}

TEST(BudgetChains, AGapIsFlaggedAndTheLastDecisionTellsWhatIsOpen) {
  expect_in_every_order(
      {kBp, kDm2}, {{"nature", "60"}},
      "97.00 INCOMPLETE / 8.00 INCOMPLETE / 110.00 INCOMPLETE / na NO_DATA INCOMPLETE");
}

TEST(BudgetChains, ALineThatTheAccountDoesNotHaveHasNoFact) {
  const std::vector<Row> account =
      document("CA", "0", "2026-06-01", {{"60", {{"open", "110.00"}}}});
  expect_in_every_order({kBp, account}, {{"nature", "61"}}, "absent / absent / absent / absent");
}

TEST(BudgetChains, ASingleAccountWithoutItsCarriedAmountsLeavesThemUnknown) {
  const std::vector<Row> account =
      document("CFU", "0", "2026-06-01",
               {{"60", {{"open", "110.00"}, {"carried_known", "false"}, {"realised", "90.00"}}}});
  expect_in_every_order(
      {kBp, account}, {},
      "na NO_DATA INCOMPLETE / na NO_DATA INCOMPLETE / 110.00 INCOMPLETE / 90.00 INCOMPLETE");
}

TEST(BudgetChains, AnAccountWithdrawnGivesTheVotesBack) {
  Hub hub(budget_model());
  for (const auto& rows : {kBp, kDm1, kDm2}) hub.send("budget_line", rows);
  const std::uint64_t before = hub.engine().state_hash();
  hub.send("budget_line", kCa);
  std::vector<Row> withdrawn = kCa;
  for (Row& row : withdrawn) {
    row.version = 2;
    row.deleted = true;
  }
  EXPECT_NE(hub.engine().state_hash(), before);
  hub.send("budget_line", withdrawn);
  EXPECT_EQ(hub.engine().state_hash(), before);
  const ConnectorStatistics counts = hub.engine().statistics().at("source");
  EXPECT_EQ(counts.linked, 6u);
  EXPECT_EQ(counts.derived, 2u);
  EXPECT_EQ(counts.live, counts.facts - counts.derived + counts.linked + counts.unknown);
}

Row event(const std::string& ticket, int sequence, const std::string& state,
          const std::string& category) {
  return {ticket + "#" + std::to_string(sequence),
          1,
          {{"ticket", ticket},
           {"sequence", std::to_string(sequence)},
           {"updated", "2026-01-0" + std::to_string(sequence + 1) + "T10:00:00Z"},
           {"state", state},
           {"category", category},
           {"opened", "2026-01-01T08:00:00Z"}},
          false};
}

TEST(Tickets, EventsGiveOneTicketWhateverTheirOrderAndTwice) {
  std::vector<Row> events = {event("T1", 0, "New", "A"),    event("T1", 1, "Resolved", "A"),
                             event("T1", 2, "Active", "B"), event("T1", 3, "Resolved", "B"),
                             event("T1", 4, "Closed", "B"), event("T2", 0, "New", "A"),
                             event("T2", 1, "Closed", "A"), event("T2", 2, "New", "A")};
  model::SteeringModel model = empty_model();
  model.indicators = {indicator("N", "ticket", "count()", {"category"}),
                      indicator("MOVES", "ticket", "sum(moves_out)", {}),
                      indicator("MOVED", "ticket", "count(moves_out > 0)", {}),
                      indicator("EVENTS", "ticket", "sum(events)", {})};
  std::optional<std::uint64_t> hash;
  for (int turn = 0; turn < 8; ++turn) {
    std::rotate(events.begin(), events.begin() + 3, events.end());
    Hub hub(model);
    for (const Row& row : events) hub.send("ticket_event", {row});
    hub.send("ticket_event", events);
    EXPECT_EQ(hub.cell("N", {{"category", "B"}}, "2026-01"), "1.00");
    EXPECT_EQ(hub.cell("MOVES", {}, "2026-01"), "2.00");
    EXPECT_EQ(hub.cell("MOVED", {}, "2026-01"), "2.00");
    EXPECT_EQ(hub.cell("EVENTS", {}, "2026-01"), "8.00");
    const std::uint64_t found = hub.engine().state_hash();
    EXPECT_EQ(found, hash.value_or(found));
    hash = found;
  }
}

const std::string kAgent(32, 'a');
const std::string kOther = "000000000000000000000000000000bb";

Row stay(const std::string& id, const std::string& agent, const std::string& service,
         const std::string& from, const std::string& to, std::int64_t version = 1) {
  Fields fields = {{"agent", agent}, {"service", service}, {"from", from}};
  if (!to.empty()) fields["to"] = to;
  return {id, version, std::move(fields), false};
}
Row pay(const std::string& id, const std::string& agent, const std::string& gross) {
  return {id,
          1,
          {{"agent", agent}, {"from", "2026-04-01"}, {"to", "2026-04-30"}, {"gross", gross}},
          false};
}
model::SteeringModel payroll_model() {
  model::SteeringModel model = empty_model();
  model.indicators = {indicator("PAY", "payroll", "sum(gross)", {"service"})};
  return model;
}

TEST(Assignments, AMonthIsSplitByDaysToTheCent) {
  Hub hub(payroll_model());
  hub.send("payroll", {pay("1", kAgent, "1000.00")});
  EXPECT_EQ(hub.cell("PAY", {{"service", "UNMAPPED"}}, "2026-04"), "1000.00");
  hub.send("assignment", {stay("a", kAgent, "S1", "2025-01-01", "2026-04-10"),
                          stay("b", kAgent, "S2", "2026-04-11", "")});
  EXPECT_EQ(hub.cell("PAY", {{"service", "S1"}}, "2026-04"), "333.33");
  EXPECT_EQ(hub.cell("PAY", {{"service", "S2"}}, "2026-04"), "666.67");
  EXPECT_EQ(hub.cell("PAY", {{"service", "UNMAPPED"}}, "2026-04"), "absent");
  EXPECT_EQ(hub.cell("PAY", {}, "2026-04"), "1000.00");
  hub.send("assignment", {stay("a", kAgent, "S1", "2025-01-01", "2026-04-05", 2)});
  EXPECT_EQ(hub.cell("PAY", {{"service", "S1"}}, "2026-04"), "166.67");
  EXPECT_EQ(hub.cell("PAY", {{"service", "UNMAPPED"}}, "2026-04"), "166.67");
  EXPECT_EQ(hub.cell("PAY", {}, "2026-04"), "1000.00");
  hub.send("assignment", {{"b", 2, {}, true}, {"a", 3, {}, true}});
  EXPECT_EQ(hub.cell("PAY", {{"service", "UNMAPPED"}}, "2026-04"), "1000.00");
  EXPECT_EQ(hub.engine().facts_of(model::key_of("source", "payroll", "1")).size(), 1u);
}

TEST(Assignments, MergedPersonsShareTheirAssignments) {
  Hub hub(payroll_model());
  hub.send("assignment", {stay("a", kAgent, "S1", "2025-01-01", "")});
  hub.send("payroll", {pay("1", kOther, "10.00")});
  EXPECT_EQ(hub.cell("PAY", {{"service", "UNMAPPED"}}, "2026-04"), "10.00");
  model::Commit merged;
  merged.body = model::PersonMerged{{0xaaaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaaa}, {0, 0xbb}};
  flow::Delta delta;
  ASSERT_TRUE(hub.apply(merged, &delta).ok());
  EXPECT_EQ(hub.cell("PAY", {{"service", "S1"}}, "2026-04"), "10.00");
  hub.send("payroll", {pay("2", kOther, "5.00")});
  EXPECT_EQ(hub.cell("PAY", {{"service", "S1"}}, "2026-04"), "15.00");
}

TEST(Assignments, PartsAddUpAndMirror) {
  EXPECT_EQ(split_by_weights(10'000, {1, 1, 1}), (std::vector<std::int64_t>{3334, 3333, 3333}));
  EXPECT_EQ(split_by_weights(5, {1, 1, 1}), (std::vector<std::int64_t>{2, 2, 1}));
  EXPECT_EQ(split_by_weights(-10'000, {1, 1, 1}), (std::vector<std::int64_t>{-3334, -3333, -3333}));
}

}  // namespace
}  // namespace passerelle::consolidation
