// Records of several connectors that tell one fact (E17).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "core/base/decimal.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel invoices(const std::vector<std::string>& precedence) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(
      kind_of("invoice", "day", {"day:date", "service:string", "amount:decimal2:EUR"}));
  model.indicators = {indicator("SPENT", "invoice", "sum(amount)", {}),
                      indicator("BY_SOURCE", "invoice", "count()", {"connector"})};
  if (!precedence.empty()) model.precedence["invoice"] = precedence;
  return model;
}

Row invoice(const std::string& id, const std::string& natural_key, const std::string& amount,
            std::int64_t version = 1) {
  return {id, version, {{"day", "2026-01-10"}, {"amount", amount}}, false, natural_key};
}
Row withdrawn(const std::string& id, std::int64_t version) { return {id, version, {}, true, {}}; }

std::string conflict_of(const Engine& engine) {
  std::string text;
  for (const ConflictEntry& entry : engine.conflicts()) {
    text +=
        entry.kind + " " + entry.counted + "/" + entry.other + " " + std::to_string(entry.facts);
    for (const MeasureAmount& amount : entry.amounts) {
      text += " " + amount.field + " " + base::format_scaled(amount.amount, amount.scale);
    }
    for (const std::string& key : entry.examples) text += " " + key;
    text += "\n";
  }
  return text;
}

TEST(NaturalKeys, TwoSourcesOfOneInvoiceAreOneFactE17) {
  for (const bool finance_first : {true, false}) {
    Hub hub(invoices({"finance", "atickets"}));
    const auto finance = [&] {
      hub.send("invoice", {invoice("1", "F-2026-0042", "1500.00")}, "", "finance");
    };
    if (finance_first) finance();
    hub.send("invoice", {invoice("77", "F-2026-0042", "1550.00")}, "", "atickets");
    EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), finance_first ? "1500.00" : "1550.00");
    if (!finance_first) finance();
    EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "1500.00");
    EXPECT_EQ(conflict_of(hub.engine()), "invoice finance/atickets 1 amount 50.00 F-2026-0042\n");
    EXPECT_EQ(conflict_of(*hub.reloaded()), conflict_of(hub.engine()));
    EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
    const auto counts = hub.engine().statistics();
    EXPECT_EQ(counts.at("finance").facts, 1u);
    EXPECT_EQ(counts.at("atickets").facts, 0u);
    EXPECT_EQ(counts.at("atickets").outranked, 1u);
    EXPECT_EQ(counts.at("atickets").linked, 0u);
    EXPECT_TRUE(hub.engine().facts_of(model::key_of("atickets", "invoice", "77")).empty());
    EXPECT_EQ(hub.engine().facts_of(model::key_of("finance", "invoice", "1")).size(), 1u);
    hub.send("invoice", {withdrawn("1", 2)}, "", "finance");
    EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "1550.00");
    EXPECT_EQ(conflict_of(hub.engine()), "");
    EXPECT_EQ(hub.engine().statistics().at("atickets").outranked, 0u);
  }
}

TEST(NaturalKeys, WithoutAPrecedenceConnectorsComeInTheOrderOfTheirIds) {
  Hub hub(invoices({}));
  hub.send("invoice", {invoice("1", "K", "1")}, "", "finance");
  hub.send("invoice", {invoice("2", "K", "2")}, "", "accounts");
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "2.00");
  hub.apply_model(invoices({"finance"}));
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "1.00");
}

TEST(NaturalKeys, OtherKeysOtherKindsAndRecordsWithoutOneStandAlone) {
  model::SteeringModel model = invoices({});
  model.kinds.push_back(kind_of("order", "day", {"day:date", "amount:decimal2:EUR"}));
  model.indicators.push_back(indicator("ORDERED", "order", "sum(amount)", {}));
  Hub hub(model);
  hub.send("invoice", {invoice("1", "K", "1"), invoice("2", "", "2"), invoice("3", "", "4")}, "",
           "a");
  hub.send("invoice", {invoice("1", "", "8"), invoice("2", "L", "16")}, "", "b");
  hub.send("order", {invoice("1", "K", "32")}, "", "b");
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "31.00");
  EXPECT_EQ(hub.cell("ORDERED", {}, "2026-01"), "32.00");
}

TEST(NaturalKeys, ACorrectedKeyParts) {
  Hub hub(invoices({}));
  hub.send("invoice", {invoice("1", "K", "1")}, "", "a");
  hub.send("invoice", {invoice("1", "K", "2")}, "", "b");
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "1.00");
  hub.send("invoice", {invoice("1", "L", "1", 2)}, "", "a");
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "3.00");
  hub.send("invoice", {invoice("1", "L", "2", 2)}, "", "b");
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "1.00");
  // A connector that stops giving keys.
  hub.send("invoice", {invoice("1", "", "2", 3)}, "", "b");
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "3.00");
}

TEST(NaturalKeys, AMeasureThatOneSourceDoesNotStateIsNoConflict) {
  Hub hub(invoices({}));
  hub.send("invoice", {invoice("1", "K", "1")}, "", "a");
  hub.send("invoice", {{"1", 1, {{"day", "2026-01-10"}}, false, "K"}}, "", "b");
  EXPECT_EQ(conflict_of(hub.engine()), "");
  hub.send("invoice", {invoice("2", "L", "-1"), invoice("3", "M", "5")}, "", "a");
  hub.send("invoice", {invoice("2", "L", "1"), invoice("3", "M", "4")}, "", "b");
  EXPECT_EQ(conflict_of(hub.engine()), "invoice a/b 2 amount 3.00 L M\n");
}

TEST(NaturalKeys, ARecordHeldByAScopeKeepsItsKeyInACheckpoint) {
  Hub hub(invoices({}));
  hub.send("invoice", {invoice("1", "K", "1")}, "", "a");
  model::Records open;
  open.connector = "b";
  open.read = 1;
  open.scopes.push_back({model::ScopeEvent::Kind::kOpen, "file", {"invoice"}, true, false, 10});
  open.batches.push_back(hub.batch("invoice", {invoice("1", "K", "2")}, "file", "b"));
  hub.commit(open);
  const auto reloaded = hub.reloaded();
  model::Records close;
  close.connector = "b";
  close.scopes.push_back({model::ScopeEvent::Kind::kClose, "file", {"invoice"}, true, false, 10});
  hub.commit(close);
  ASSERT_TRUE(reloaded->apply(hub.journal().back(), nullptr).ok());
  EXPECT_EQ(cell_of(*reloaded->view(), "SPENT", {}, "2026-01"), "1.00");
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "1.00");
}

TEST(NaturalKeys, LinesOfABudgetDocumentFromTwoSystemsCountOnce) {
  model::SteeringModel model = empty_model();
  model::Indicator voted = indicator("VOTED", "budget", "sum(voted)", {});
  voted.grain = base::Grain::kYear;
  voted.grains = {base::Grain::kYear};
  model.indicators = {voted};
  model.precedence["budget_line"] = {"vote", "copy"};
  Hub hub(model);
  const auto line = [](const std::string& amount) {
    return Row{"1",
               1,
               {{"siret", "1"},
                {"exercise", "2026"},
                {"line", "A"},
                {"document", "BP"},
                {"document_number", "0"},
                {"decided_on", "2026-01-31"},
                {"proposed", amount}},
               false,
               "2026/A"};
  };
  hub.send("budget_line", {line("90.00")}, "", "copy");
  EXPECT_EQ(hub.cell("VOTED", {}, "2026"), "90.00");
  hub.send("budget_line", {line("100.00")}, "", "vote");
  EXPECT_EQ(hub.cell("VOTED", {}, "2026"), "100.00");
  EXPECT_EQ(conflict_of(hub.engine()), "budget_line vote/copy 1 proposed 10.00 2026/A\n");
  const auto counts = hub.engine().statistics().at("copy");
  EXPECT_EQ(counts.live, counts.facts - counts.derived + counts.linked + counts.outranked);
}

TEST(NaturalKeys, TheIncrementalStateIsTheRecomputedOneInAnyOrder) {
  const std::vector<std::string> connectors = {"a", "b", "c"};
  const bool holds = rc::check([&] {
    const model::SteeringModel model = invoices({"b"});
    Hub hub(model);
    std::map<std::pair<std::string, std::string>, Row> kept;
    const int steps = *rc::gen::inRange(1, 40);
    for (int version = 1; version <= steps; ++version) {
      const auto connector = *rc::gen::elementOf(connectors);
      const auto id = std::to_string(*rc::gen::inRange(0, 4));
      Row row = withdrawn(id, version);
      if (*rc::gen::inRange(0, 4) != 0) {
        row = invoice(id, *rc::gen::element<std::string>("", "K", "L", "M"),
                      std::to_string(*rc::gen::inRange(1, 9)), version);
      }
      hub.send("invoice", {row}, "", connector);
      kept[{connector, id}] = row;
    }
    Hub fresh(model);
    // By the book: of each key the record of the first connector, then of the first id by hash.
    std::map<std::string, std::map<std::pair<std::string, std::pair<std::uint64_t, std::uint64_t>>,
                                   std::int64_t>>
        keys;
    std::int64_t sum = 0;
    for (auto at = kept.rbegin(); at != kept.rend(); ++at) {
      const auto& [connector, id] = at->first;
      fresh.send("invoice", {at->second}, "", connector);
      if (at->second.deleted) continue;
      const std::int64_t amount = std::stoll(at->second.fields.at("amount"));
      const base::Hash128 key = model::key_of(connector, "invoice", id);
      if (at->second.natural_key.empty()) {
        sum += amount;
      } else {
        keys[at->second.natural_key][{connector == "b" ? "" : connector, {key.high, key.low}}] =
            amount;
      }
    }
    for (const auto& [key, records] : keys) sum += records.begin()->second;
    const std::string cell = hub.cell("SPENT", {}, "2026-01");
    RC_ASSERT(cell == (sum == 0 ? "absent" : std::to_string(sum) + ".00"));
    RC_ASSERT(hub.engine().state_hash() == fresh.engine().state_hash());
    RC_ASSERT(hub.reloaded()->state_hash() == fresh.engine().state_hash());
    RC_ASSERT(conflict_of(hub.engine()) == conflict_of(fresh.engine()));
    for (const auto& [name, counts] : hub.engine().statistics()) {
      RC_ASSERT(counts.live ==
                counts.facts - counts.derived + counts.linked + counts.outranked + counts.unknown);
    }
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace passerelle::consolidation
