// Rights (SEMANTICS S7): an account sees the cells of its perimeter whole and the others HIDDEN,
// from the revision on at which it got or lost the right, in the past too.
#include <gtest/gtest.h>

#include <random>

#include "mirror.h"
#include "publisher_fixture.h"

namespace passerelle::publication {
namespace {

using Texts = std::map<std::string, std::string>;

// Spending by direction and in total, and a process reference of one process.
class RightsTest : public PublisherTest {
 protected:
  RightsTest() {
    steer({{"DSI", ""}, {"RESEAU", "DSI"}, {"ETUDES", "DSI"}, {"RH", ""}});
    lay_out();
    set_unit("DSI", 5);
    set_unit("RESEAU", 2);
    set_unit("RH", 7);
    set_total(12);
    commit();
    grant("dsi", {"DSI"});
  }

  static model::OrgUnit unit(const std::string& id, const std::string& parent) {
    model::OrgUnit made;
    made.id = id;
    made.parents.push_back({parent, {}});
    return made;
  }
  void steer(const std::vector<std::pair<std::string, std::string>>& units) {
    auto model = std::make_shared<model::SteeringModel>();
    for (const auto& [id, parent] : units) model->units.push_back(unit(id, parent));
    for (const char* id : {"SUPPORT", "PAIE"}) {
      model::Process process;
      process.id = id;
      if (process.id == "PAIE") process.parent = "SUPPORT";
      model->processes.push_back(process);
    }
    model::Activity activity;
    activity.id = "BULLETINS";
    activity.process = "PAIE";
    model->activities.push_back(activity);
    model_ = std::move(model);
  }
  void lay_out() {
    state_.lay_out_anew();
    state_.set_steering(model_);
    by_unit_ = state_.add_cuboid({"direction"}, base::Grain::kYear, {"COST"});
    total_ = state_.add_cuboid({}, base::Grain::kYear, {"COST"});
    by_activity_ = state_.add_cuboid({"activity"}, base::Grain::kYear, {"COST"});
  }
  void set_unit(const std::string& unit, std::int64_t value) {
    state_.set(by_unit_, {unit}, "2026", 0, number(value));
  }
  void set_total(std::int64_t value) { state_.set(total_, {}, "2026", 0, number(value)); }

  // In the next revision.
  void put(const model::Account& account) {
    std::erase_if(access_.accounts, [&](const flow::GrantedAccount& known) {
      return known.account.id == account.id;
    });
    access_.accounts.push_back({account, 0, 0, "dga", "test"});
    state_.set_access(access_);
  }
  void grant(const std::string& id, std::vector<std::string> units,
             std::vector<std::string> processes = {}) {
    model::Account account;
    account.id = id;
    account.units = std::move(units);
    account.processes = std::move(processes);
    put(account);
    commit();
  }
  void revoke(const std::string& id) {
    std::erase_if(access_.accounts,
                  [&](const flow::GrantedAccount& known) { return known.account.id == id; });
    state_.set_access(access_);
    commit();
  }

  static Target seen_by(const std::string& account, std::vector<std::string> by = {"direction"},
                        Conflation conflation = Conflation::kLatest) {
    Target target;
    target.selector.indicators = {"COST"};
    target.selector.by = std::move(by);
    target.conflation = conflation;
    target.account = account;
    return target;
  }
  static std::string of(const std::string& unit) {
    return "COST|direction=" + unit + "|period=2026";
  }
  Texts texts_of(const std::string& account, const AsOf& as_of = {},
                 std::vector<std::string> by = {"direction"}) const {
    const Target asked = seen_by(account, std::move(by));
    const auto answer = publisher_->get(asked.selector, as_of, account);
    EXPECT_TRUE(answer.ok()) << answer.status();
    Texts texts;
    std::uint64_t hash = 0;
    for (const Cell& cell : answer.ok() ? answer->cells : std::vector<Cell>()) {
      hash ^= model::cell_hash(cell.key_text, cell.value);
      const bool is_na = cell.value.na != model::NaReason::kNone;
      texts[cell.key_text] = is_na ? "na" : std::to_string(cell.value.scaled);
      if (cell.value.na != model::NaReason::kHidden) continue;
      EXPECT_EQ(cell.value, hidden_value()) << "nothing but its name";
      EXPECT_FALSE(cell.previous_scaled.has_value());
      EXPECT_EQ(cell.revision, 0U);
    }
    if (answer.ok()) {
      EXPECT_EQ(answer->hash, hash);
    }
    return texts;
  }

  std::shared_ptr<const model::SteeringModel> model_;
  flow::Access access_;
  std::uint32_t by_unit_ = 0;
  std::uint32_t total_ = 0;
  std::uint32_t by_activity_ = 0;
};

TEST_F(RightsTest, AnAccountSeesTheCellsOfItsUnitsWholeAndTheOthersHidden) {
  EXPECT_EQ(texts_of("dsi"), (Texts{{of("DSI"), "5"}, {of("RESEAU"), "2"}, {of("RH"), "na"}}));
  EXPECT_EQ(texts_of(""), (Texts{{of("DSI"), "5"}, {of("RESEAU"), "2"}, {of("RH"), "7"}}));
  // Not 7 = 5 + 2: a total is whole or hidden.
  EXPECT_EQ(texts_of("dsi", {}, {}), (Texts{{"COST|period=2026", "na"}}));
}

TEST_F(RightsTest, AnAccountOfAProcessSeesItsActivities) {
  state_.set(by_activity_, {"BULLETINS"}, "2026", 0, number(3));
  state_.set(by_activity_, {"UNMAPPED"}, "2026", 0, number(4));
  grant("paie", {}, {"SUPPORT"});
  EXPECT_EQ(texts_of("paie", {}, {"activity"}),
            (Texts{{"COST|activity=BULLETINS|period=2026", "3"},
                   {"COST|activity=UNMAPPED|period=2026", "na"}}));
  EXPECT_EQ(texts_of("paie"), (Texts{{of("DSI"), "na"}, {of("RESEAU"), "na"}, {of("RH"), "na"}}));
}

TEST_F(RightsTest, AnUnknownAccountSeesNothing) {
  EXPECT_TRUE(
      absl::IsUnauthenticated(publisher_->get(seen_by("nobody").selector, {}, "nobody").status()));
  Mirror mirror(*publisher_, seen_by("nobody"));
  EXPECT_FALSE(mirror.take());
  EXPECT_TRUE(absl::IsUnauthenticated(mirror.end()));
}

TEST_F(RightsTest, AStreamSaysNothingOfWhatIsHidden) {
  Mirror mirror(*publisher_, seen_by("dsi"));
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.events(), (std::vector<std::string>{"begin", of("DSI") + "=5",
                                                       of("RESEAU") + "=2", of("RH") + "=0", "end",
                                                       "progress " + std::to_string(revision())}));
  set_unit("RH", 8);
  commit();
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.events(), std::vector<std::string>{"progress " + std::to_string(revision())});
  set_unit("RH", 9);
  set_unit("DSI", 6);
  commit();
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.events(),
            (std::vector<std::string>{of("DSI") + "=6", "progress " + std::to_string(revision())}));
  EXPECT_EQ(mirror.progress().conflated(), 0U);
}

TEST_F(RightsTest, WithoutConflationTheyAreHiddenToo) {
  Mirror mirror(*publisher_, seen_by("dsi", {"direction"}, Conflation::kNone));
  ASSERT_TRUE(mirror.follow_to(revision()));
  mirror.events();
  for (const int value : {8, 9}) {
    set_unit("RH", value);
    set_unit("RESEAU", value);
    commit();
  }
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.events(), (std::vector<std::string>{
                                 of("RESEAU") + "=8", "progress " + std::to_string(revision() - 1),
                                 of("RESEAU") + "=9", "progress " + std::to_string(revision())}));
}

TEST_F(RightsTest, ARightLostOrWonIsAResetAtThatRevision) {
  Mirror mirror(*publisher_, seen_by("dsi"));
  ASSERT_TRUE(mirror.follow_to(revision()));
  mirror.events();
  set_unit("DSI", 50);
  grant("dsi", {"RESEAU"});
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.events().front(), "reset") << "what was lost is not told a last time";
  EXPECT_EQ(mirror.texts(), (Texts{{of("DSI"), "na"}, {of("RESEAU"), "2"}, {of("RH"), "na"}}));
  grant("dsi", {"RESEAU", "RH"});
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.texts(), (Texts{{of("DSI"), "na"}, {of("RESEAU"), "2"}, {of("RH"), "7"}}));
  EXPECT_EQ(mirror.resets(), 2U);
  // Another reason, the same rights: nothing begins anew.
  grant("dsi", {"RH", "RESEAU"});
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.resets(), 2U);
}

TEST_F(RightsTest, ARevokedAccountIsToldSoAndItsStreamEnds) {
  Mirror mirror(*publisher_, seen_by("dsi"));
  Mirror other(*publisher_, seen_by(""));
  ASSERT_TRUE(mirror.follow_to(revision()));
  mirror.events();
  EXPECT_TRUE(mirror.end().ok());
  set_unit("DSI", 6);
  revoke("dsi");
  ASSERT_TRUE(mirror.take());
  EXPECT_FALSE(mirror.take());
  EXPECT_EQ(mirror.events(), std::vector<std::string>{"reset"});
  EXPECT_TRUE(absl::IsUnauthenticated(mirror.end()));
  commit();  // what nobody follows is dropped with the next one
  ASSERT_TRUE(other.follow_to(revision()));
  EXPECT_EQ(publisher_->counters().selections, 1U);
}

TEST_F(RightsTest, AnAccountEndsAfterItsLastDay) {
  access_.today = 100;
  model::Account account;
  account.id = "stage";
  account.units = {"RH"};
  account.until = 101;
  put(account);
  commit();
  Mirror mirror(*publisher_, seen_by("stage"));
  ASSERT_TRUE(mirror.follow_to(revision()));
  access_.today = 101;
  state_.set_access(access_);
  commit();
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.resets(), 0U);
  access_.today = 102;
  state_.set_access(access_);
  commit();
  while (mirror.take()) continue;
  EXPECT_EQ(mirror.resets(), 1U);
  EXPECT_TRUE(absl::IsUnauthenticated(mirror.end()));
}

TEST_F(RightsTest, AUnitThatMovesTakesItsCellsWithIt) {
  Mirror mirror(*publisher_, seen_by("dsi"));
  ASSERT_TRUE(mirror.follow_to(revision()));
  steer({{"DSI", ""}, {"RESEAU", "RH"}, {"ETUDES", "DSI"}, {"RH", ""}});
  lay_out();
  set_unit("DSI", 5);
  set_unit("RESEAU", 2);
  set_unit("RH", 7);
  commit();
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.texts(), (Texts{{of("DSI"), "5"}, {of("RESEAU"), "na"}, {of("RH"), "na"}}));
  EXPECT_EQ(mirror.resets(), 1U);
}

TEST_F(RightsTest, ADissolvedUnitBelongsWhereItWasLast) {
  auto model = std::make_shared<model::SteeringModel>(*model_);
  model::OrgUnit old = unit("ARCHIVES", "RH");
  old.parents.front().valid.to = 50;
  old.parents.push_back({"DSI", {51, 80}});
  old.parents.push_back({"RH", {200, std::nullopt}});  // planned
  model->units.push_back(old);
  model_ = model;
  lay_out();
  set_unit("ARCHIVES", 4);
  access_.today = 100;
  grant("rh", {"RH"});
  EXPECT_EQ(texts_of("dsi"), (Texts{{of("ARCHIVES"), "4"}}));
  EXPECT_EQ(texts_of("rh"), (Texts{{of("ARCHIVES"), "na"}}));
}

TEST_F(RightsTest, RightsOfTodayApplyToHistory) {
  const AsOf then{revision(), ""};
  set_unit("RH", 70);
  set_unit("RESEAU", 20);
  grant("dsi", {"RH"});
  EXPECT_EQ(texts_of("dsi", then),
            (Texts{{of("DSI"), "na"}, {of("RESEAU"), "na"}, {of("RH"), "7"}}));
}

TEST_F(RightsTest, ATokenIsGoodWhileTheRightsAreThoseItWasMadeWith) {
  Mirror before(*publisher_, seen_by("dsi"));
  ASSERT_TRUE(before.follow_to(revision()));
  Target resumed = seen_by("dsi");
  resumed.resume_token = before.progress().resume_token();
  set_unit("RESEAU", 3);
  set_unit("RH", 8);
  commit();
  Mirror after(*publisher_, resumed, &before);
  ASSERT_TRUE(after.follow_to(revision()));
  EXPECT_EQ(after.events(), (std::vector<std::string>{of("RESEAU") + "=3",
                                                      "progress " + std::to_string(revision())}));
  grant("dsi", {"RESEAU"});
  Mirror narrowed(*publisher_, resumed, &before);
  ASSERT_TRUE(narrowed.follow_to(revision()));
  EXPECT_EQ(narrowed.resets(), 1U);
  // Nor does it open what somebody else sees.
  resumed.account = "";
  Mirror stolen(*publisher_, resumed, &before);
  ASSERT_TRUE(stolen.follow_to(revision()));
  EXPECT_EQ(stolen.resets(), 1U);
}

TEST_F(RightsTest, AlertsAreToldOfCellsThatAreSeen) {
  Mirror mirror(*publisher_, seen_by("dsi"));
  ASSERT_TRUE(mirror.follow_to(revision()));
  mirror.events();
  for (const char* unit : {"RH", "RESEAU"}) {
    flow::Alert alert;
    alert.indicator = "COST";
    alert.dimensions = {{"direction", unit}, {"period", "2026"}};
    alert.to = model::CellStatus::kRed;
    state_.tell(std::move(alert));
  }
  commit();
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.events(), (std::vector<std::string>{"alert " + of("RESEAU"),
                                                       "progress " + std::to_string(revision())}));
}

TEST_F(RightsTest, AccountsOfOnePerimeterShareTheirMessages) {
  grant("dsi2", {"DSI", "RESEAU"});  // the same cells
  grant("rh", {"RH"});
  Mirror first(*publisher_, seen_by("dsi"));
  Mirror second(*publisher_, seen_by("dsi2"));
  Mirror third(*publisher_, seen_by("rh"));
  for (Mirror* mirror : {&first, &second, &third}) ASSERT_TRUE(mirror->follow_to(revision()));
  EXPECT_EQ(publisher_->counters().selections, 2U);
  const std::uint64_t before = publisher_->counters().serialisations;
  set_unit("DSI", 6);
  set_unit("RH", 8);
  commit();
  for (Mirror* mirror : {&first, &second, &third}) ASSERT_TRUE(mirror->follow_to(revision()));
  EXPECT_EQ(publisher_->counters().serialisations, before + 2);
}

// Whatever happens in whatever order: what is held is the snapshot of the rights at hand, and no
// value of a hidden cell was ever sent.
TEST_F(RightsTest, AnyRightsChangesCutsAndLoadsEndInTheSnapshotOfTheRightsAtHand) {
  std::mt19937 random(20'261'124);
  const auto below = [&random](unsigned limit) { return random() % limit; };
  const std::vector<std::string> units = {"DSI", "RESEAU", "ETUDES", "RH"};
  std::unique_ptr<Mirror> mirror = std::make_unique<Mirror>(*publisher_, seen_by("dsi"));
  std::size_t resets = 0;
  for (int step = 0; step < 600; ++step) {
    SCOPED_TRACE(step);
    if (below(8) == 0) {
      steer({{"DSI", ""}, {"RESEAU", units[below(2) * 3]}, {"ETUDES", "DSI"}, {"RH", ""}});
      lay_out();
      for (const std::string& unit : units) set_unit(unit, static_cast<std::int64_t>(below(4)));
    }
    for (unsigned change = below(5); change > 0; --change) {
      set_unit(units[below(4)], static_cast<std::int64_t>(below(4)));
    }
    if (below(5) == 0) {
      model::Account account;
      account.id = "dsi";
      account.units = {units[below(4)]};
      if (below(3) == 0) account.units.push_back(units[below(4)]);
      put(account);
    }
    commit();
    if (below(4) == 0) {
      ASSERT_TRUE(mirror->follow_to(revision() - below(2)));
      const auto conflation = below(3) == 0 ? Conflation::kNone : Conflation::kLatest;
      Target resumed = seen_by("dsi", {"direction"}, conflation);
      resumed.resume_token = mirror->progress().resume_token();
      resets += mirror->resets();
      mirror = std::make_unique<Mirror>(*publisher_, resumed, mirror.get());
    }
    if (below(3) != 0) continue;
    ASSERT_TRUE(mirror->follow_to(revision()));
    ASSERT_EQ(mirror->texts(), texts_of("dsi"));
  }
  EXPECT_GT(resets, 20U);
}

}  // namespace
}  // namespace passerelle::publication
