// Mapping, scopes, model switches, views and checkpoints.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

model::SteeringModel spending_model() {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of(
      "ledger", "day", {"day:date", "nature:string", "func:string", "amount:decimal2:EUR"}));
  model.activities = {{"ROADS", {"Voirie", "Roads"}, "OP_ROADS", {}, "", {}, "", "", {}, {}},
                      {"SCHOOLS", {"Écoles", "Schools"}, "OP_SCHOOLS", {}, "", {}, "", "", {}, {}}};
  model.processes = {{"OP_ROADS", {}, "operational", "", "", "", {}, {}, {}, {}, {}},
                     {"OP_SCHOOLS", {}, "operational", "", "", "", {}, {}, {}, {}, {}}};
  model::LookupTable table;
  table.id = "functions";
  table.keys = {"func"};
  table.prefix = true;
  table.none = {"-"};
  table.columns = {"func", "activity"};
  table.rows = {{"8", "Voirie"}, {"82", "-"}, {"2", "ecoles"}};
  model.tables = {table};
  model::Mapping mapping;
  mapping.kind = "ledger";
  mapping.rules = {
      rule("large roads", "amount > 1000.00 && nature == '60'", {{"activity", "ROADS"}}),
      rule("by function", "", {{"activity", "$activity"}}),
      rule("by nature", "nature.startsWith('6')", {{"policy", "=nature"}})};
  mapping.rules[1].table = "functions";
  mapping.rules[1].on = {{"func", "func"}};
  model.mappings = {mapping};
  model.indicators = {
      indicator("SPENT", "ledger", "sum(amount)", {"activity", "family", "policy", "process"})};
  return model;
}

Row entry(const std::string& id, const std::string& nature, const std::string& function,
          const std::string& amount, std::int64_t version = 1) {
  Fields fields = {{"day", "2026-01-10"}, {"nature", nature}, {"amount", amount}};
  if (!function.empty()) fields["func"] = function;
  return {id, version, std::move(fields), false};
}

TEST(Mapping, TheFirstRuleThatGivesAValueDecidesEachDimension) {
  Hub hub(spending_model());
  hub.send("ledger", {entry("1", "60", "211", "10.00"), entry("2", "60", "211", "1000.01"),
                      entry("3", "70", "81", "1.00"), entry("4", "61", "823", "2.00"),
                      entry("5", "70", "", "4.00")});
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "SCHOOLS"}}, "2026-01"), "10.00");
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "ROADS"}}, "2026-01"), "1001.01");
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "UNMAPPED"}}, "2026-01"), "6.00");
  EXPECT_EQ(hub.cell("SPENT", {{"process", "OP_ROADS"}}, "2026-01"), "1001.01");
  EXPECT_EQ(hub.cell("SPENT", {{"family", "operational"}}, "2026-01"), "1011.01");
  EXPECT_EQ(hub.cell("SPENT", {{"policy", "UNMAPPED"}}, "2026-01"), "5.00");
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "1017.01");
  const auto facts = hub.engine().facts_of(model::key_of("source", "ledger", "2"));
  ASSERT_EQ(facts.size(), 1u);
  const auto activity = std::find_if(facts[0].dimensions.begin(), facts[0].dimensions.end(),
                                     [](const auto& d) { return d.dimension == "activity"; });
  EXPECT_EQ(activity->value, "ROADS");
  EXPECT_EQ(activity->rule, "large roads");
  const ConnectorStatistics counts = hub.engine().statistics().at("source");
  EXPECT_EQ(counts.live, 5u);
  EXPECT_EQ(counts.mapped, 2u);
  EXPECT_EQ(counts.unmapped, 3u);
  const auto unmapped = hub.engine().unmapped();
  const auto entry_of = std::find_if(unmapped.begin(), unmapped.end(),
                                     [](const auto& e) { return e.dimension == "activity"; });
  ASSERT_NE(entry_of, unmapped.end());
  EXPECT_EQ(entry_of->facts, 2u);
  ASSERT_EQ(entry_of->amounts.size(), 1u);
  EXPECT_EQ(entry_of->amounts[0].amount, 600);
}

TEST(Mapping, ManyRulesDecideAsTheFirstOfThemSays) {
  model::SteeringModel model = spending_model();
  model.mappings[0].rules.clear();
  for (int i = 0; i < 300; ++i) {
    const std::string prefix = std::to_string(i);
    model.mappings[0].rules.push_back(
        rule("r" + prefix,
             "nature == '" + prefix + "' && func.startsWith('" + prefix.substr(0, 1) + "')",
             {{"activity", i % 2 == 0 ? "ROADS" : "SCHOOLS"}}));
  }
  Hub hub(model);
  hub.send("ledger",
           {entry("1", "8", "81", "1"), entry("2", "9", "91", "2"), entry("3", "9", "81", "4"),
            entry("4", "299", "2", "8"), entry("5", "300", "3", "16")});
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "ROADS"}}, "2026-01"), "1.00");
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "SCHOOLS"}}, "2026-01"), "10.00");
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "UNMAPPED"}}, "2026-01"), "20.00");
}

model::Records scoped(Hub* hub, const std::vector<Row>& rows, model::ScopeEvent::Kind kind,
                      bool open, bool at_close, bool replace) {
  model::Records records;
  records.connector = "source";
  records.read = rows.size();
  if (open) {
    records.scopes.push_back(
        {model::ScopeEvent::Kind::kOpen, "file", {"ledger"}, at_close, replace, 10});
  }
  if (kind != model::ScopeEvent::Kind::kOpen) {
    records.scopes.push_back({kind, "file", {"ledger"}, at_close, replace, 10});
  }
  records.batches.push_back(hub->batch("ledger", rows, "file"));
  return records;
}
constexpr auto kOpen = model::ScopeEvent::Kind::kOpen;
constexpr auto kClose = model::ScopeEvent::Kind::kClose;
constexpr auto kAbort = model::ScopeEvent::Kind::kAbort;

TEST(Scopes, RecordsOfAnAtCloseScopeFoldWhenItCloses) {
  Hub hub(spending_model());
  EXPECT_TRUE(hub.commit(scoped(&hub, {entry("1", "60", "2", "1")}, kOpen, true, true, false))
                  .changes.empty());
  EXPECT_EQ(hub.engine().statistics().at("source").held, 1u);
  ASSERT_EQ(hub.engine().open_scopes().size(), 1u);
  const auto reloaded = hub.reloaded();
  EXPECT_EQ(reloaded->statistics().at("source").held, 1u);
  hub.commit(scoped(&hub, {entry("2", "60", "2", "2")}, kClose, false, true, false));
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "3.00");
  EXPECT_EQ(hub.engine().statistics().at("source").held, 0u);
  EXPECT_TRUE(hub.engine().open_scopes().empty());
  ASSERT_TRUE(reloaded->apply(hub.journal().back(), nullptr).ok());
  EXPECT_EQ(reloaded->state_hash(), hub.engine().state_hash());
}

TEST(Scopes, AnAbortedScopeIsDroppedWhole) {
  Hub hub(spending_model());
  hub.commit(scoped(&hub, {entry("1", "60", "2", "1")}, kOpen, true, true, false));
  hub.commit(scoped(&hub, {entry("2", "60", "2", "2")}, kAbort, false, true, false));
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "absent");
  EXPECT_EQ(hub.engine().statistics().at("source").dropped, 2u);
}

TEST(Scopes, AReplaceScopeDeletesWhatItNeitherSentNorSaw) {
  Hub hub(spending_model());
  hub.commit(scoped(
      &hub, {entry("1", "60", "2", "1"), entry("2", "60", "2", "2"), entry("3", "60", "2", "4")},
      kClose, true, false, true));
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "7.00");
  model::Records again = scoped(&hub, {entry("1", "60", "2", "8", 2)}, kClose, true, false, true);
  again.batches[0].seen.push_back(model::key_of("source", "ledger", "2"));
  again.batches[0].seen_versions.push_back(1);
  hub.commit(again);
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "10.00");
  EXPECT_EQ(hub.engine().compare(model::key_of("source", "ledger", "3"), 1, 0),
            flow::Known::kDifferent);
  EXPECT_EQ(hub.engine().statistics().at("source").deleted_unsent, 1u);
  // The tombstone has the scope's version: the old record stays deleted.
  hub.send("ledger", {entry("3", "60", "2", "4")});
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "10.00");
}

TEST(Scopes, AScopeThatHoldsTooMuchIsGivenUp) {
  Engine engine(EngineSettings{100});
  Hub model_source(spending_model());
  std::uint64_t revision = 0;
  for (model::Commit commit : model_source.journal()) {
    ASSERT_TRUE(engine.apply(commit, nullptr).ok());
    revision = commit.revision;
  }
  model::Commit commit;
  commit.revision = revision + 1;
  commit.body = scoped(&model_source, {entry("1", "60", "2", "1")}, kOpen, true, true, false);
  ASSERT_TRUE(engine.apply(commit, nullptr).ok());
  EXPECT_EQ(engine.statistics().at("source").dropped, 1u);
  EXPECT_TRUE(engine.open_scopes()[0].given_up);
}

TEST(Model, ASwitchMapsHistoryAnewAndKeepsTheOldView) {
  Hub hub(spending_model());
  hub.send("ledger", {entry("1", "60", "99", "5.00")});
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "UNMAPPED"}}, "2026-01"), "5.00");
  const std::uint64_t before = hub.engine().state_hash();
  model::SteeringModel changed = spending_model();
  changed.mappings[0].rules.push_back(rule("rest", "true", {{"activity", "ROADS"}}));
  const flow::Delta delta = hub.apply_model(changed);
  EXPECT_TRUE(delta.reset);
  ASSERT_NE(delta.previous, nullptr);
  EXPECT_EQ(cell_of(*delta.previous, "SPENT", {{"activity", "UNMAPPED"}}, "2026-01"), "5.00");
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "ROADS"}}, "2026-01"), "5.00");
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "UNMAPPED"}}, "2026-01"), "absent");
  hub.apply_model(spending_model());
  EXPECT_EQ(hub.engine().state_hash(), before);
}

TEST(Model, RecordsOfAnUnknownKindWaitForTheirModel) {
  Hub hub(empty_model());
  model::Records records;
  records.connector = "source";
  records.read = 1;
  records.batches.push_back(
      batch_of("source", spending_model().kinds.back(), {entry("1", "60", "2", "5")}));
  hub.commit(records);
  EXPECT_EQ(hub.engine().statistics().at("source").unknown, 1u);
  hub.apply_model(spending_model());
  EXPECT_EQ(hub.cell("SPENT", {{"activity", "SCHOOLS"}}, "2026-01"), "5.00");
}

struct Fault {
  const char* names;
  void (*make)(model::SteeringModel*);
};
const Fault kFaults[] = {
    {"amuont", [](model::SteeringModel* m) { m->indicators[0].value = "sum(amuont)"; }},
    {"natrue", [](model::SteeringModel* m) { m->mappings[0].rules[0].when = "natrue == '6'"; }},
    {"Mars/Nowhere", [](model::SteeringModel* m) { m->time_zone = "Mars/Nowhere"; }},
};

TEST(Model, OneThatDoesNotCompileIsRefusedByNameAndNothingChanges) {
  for (const Fault& fault : kFaults) {
    Hub hub(spending_model());
    hub.send("ledger", {entry("1", "60", "211", "10.00")});
    const std::uint64_t before = hub.engine().state_hash();
    model::SteeringModel broken = spending_model();
    fault.make(&broken);
    const auto shared = std::make_shared<model::SteeringModel>(broken);
    EXPECT_FALSE(Engine::check_model(shared).ok());
    flow::Delta delta;
    model::Commit proposed;
    proposed.body = model::ModelProposed{{}, "", shared};
    ASSERT_TRUE(hub.apply(proposed, &delta).ok());
    model::Commit switched;
    switched.body = model::ModelSwitched{hub.engine().revision()};
    const Status status = hub.apply(switched, &delta);
    EXPECT_FALSE(status.ok());
    EXPECT_NE(base::message_of(status).find(fault.names), std::string::npos) << status;
    EXPECT_EQ(hub.engine().revision(), hub.journal().back().revision);
    EXPECT_EQ(hub.engine().steering()->indicators[0].value, "sum(amount)");
    EXPECT_EQ(hub.engine().state_hash(), before);
    hub.send("ledger", {entry("2", "60", "211", "5.00")});
    EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "15.00");
    hub.apply_model(spending_model());
    EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "15.00");
  }
}

TEST(Model, OneThatCompilesMayBeSwitchedTo) {
  EXPECT_TRUE(Engine::check_model(std::make_shared<model::SteeringModel>(spending_model())).ok());
}

TEST(Views, AViewStaysAsItWasWhileTheFoldGoesOn) {
  Hub hub(spending_model());
  std::vector<std::shared_ptr<const flow::CellView>> views;
  for (int i = 0; i < 200; ++i) {
    hub.send("ledger", {entry(std::to_string(i), std::to_string(i % 20), "2", "1")});
    views.push_back(hub.engine().view());
    EXPECT_EQ(cell_of(hub.engine().live(), "SPENT", {}, "2026-01"), std::to_string(i + 1) + ".00");
  }
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(cell_of(*views[static_cast<std::size_t>(i)], "SPENT", {}, "2026-01"),
              std::to_string(i + 1) + ".00");
  }
  views.erase(views.begin(), views.begin() + 100);
  EXPECT_EQ(cell_of(*views[0], "SPENT", {}, "2026-01"), "101.00");
  views.clear();
  hub.send("ledger", {entry("last", "60", "2", "1")});
  EXPECT_EQ(hub.cell("SPENT", {}, "2026-01"), "201.00");
}

TEST(Commits, ARevisionOutOfOrderIsRefused) {
  Engine engine(EngineSettings{});
  model::Commit commit;
  commit.revision = 2;
  commit.body = model::Tick{5};
  EXPECT_EQ(engine.apply(commit, nullptr).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(engine.revision(), 0u);
}

TEST(Checkpoints, AReloadedStateIsTheSameAndGoesOnTheSame) {
  Hub hub;
  flow::Delta delta;
  model::Commit genesis;
  genesis.body = model::Genesis{77, "TEST"};
  ASSERT_TRUE(hub.apply(genesis, &delta).ok());
  hub.apply_model(spending_model());
  hub.send("ledger",
           {entry("1", "60", "2", "1"), entry("2", "60", "8", "2"), entry("3", "61", "2", "4")});
  hub.send("ledger", {{"2", 5, {}, true}});
  model::Records marked;
  marked.connector = "source";
  marked.checkpoint = "cursor";
  marked.has_checkpoint = true;
  marked.marks = {{"ledger", 20'000}};
  EXPECT_TRUE(hub.commit(marked).marks_changed);
  model::Commit disabled;
  disabled.body = model::Admin{"somebody", "connector.disable", "source", ""};
  ASSERT_TRUE(hub.apply(disabled, &delta).ok());
  const auto loaded = hub.reloaded();
  EXPECT_EQ(loaded->revision(), hub.engine().revision());
  EXPECT_EQ(loaded->state_hash(), hub.engine().state_hash());
  EXPECT_EQ(loaded->epoch(), 77u);
  EXPECT_EQ(loaded->authority(), "TEST");
  EXPECT_EQ(loaded->checkpoint_of("source"), "cursor");
  EXPECT_EQ(loaded->marks(), hub.engine().marks());
  EXPECT_EQ(loaded->desired_enabled("source"), false);
  EXPECT_EQ(loaded->canonical_model(), "canonical");
  EXPECT_EQ(loaded->statistics().at("source").kept, hub.engine().statistics().at("source").kept);
  hub.send("ledger", {entry("2", "60", "8", "2", 4), entry("4", "60", "8", "2", 4)});
  ASSERT_TRUE(loaded->apply(hub.journal().back(), nullptr).ok());
  EXPECT_EQ(loaded->state_hash(), hub.engine().state_hash());
}

TEST(Checkpoints, ADamagedSectionIsRefused) {
  Engine::Loader loader(EngineSettings{}, nullptr);
  EXPECT_EQ(loader.take("headers", "x").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(loader.take("meta", "x").code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace passerelle::consolidation
