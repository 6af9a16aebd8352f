// Alerts on a stream: those of the target's cells, once, before the Progress of their revision.
#include <gtest/gtest.h>

#include "mirror.h"
#include "publisher_fixture.h"

namespace passerelle::publication {
namespace {

class AlertsTest : public PublisherTest {
 protected:
  void cross(const std::string& policy) {
    flow::Alert alert;
    alert.indicator = "COST";
    alert.dimensions = {{"period", "2026"}, {"policy", policy}};
    alert.from = model::CellStatus::kGreen;
    alert.to = model::CellStatus::kRed;
    state_.tell(std::move(alert));
  }
  static Target only(const std::string& policy) {
    Target one = target();
    one.selector.filter = {{"policy", policy}};
    return one;
  }
};

TEST_F(AlertsTest, AreToldOnceToWhoeverFollowsTheCell) {
  set("a", 1);
  cross("a");  // before anyone subscribes
  commit();
  Mirror all(*publisher_, target());
  Mirror other(*publisher_, only("b"));
  ASSERT_TRUE(all.follow_to(2));
  ASSERT_TRUE(other.follow_to(2));
  all.events();
  other.events();
  set("a", 5);
  cross("a");
  commit();
  ASSERT_TRUE(all.follow_to(3));
  EXPECT_EQ(all.events(),
            (std::vector<std::string>{key("a") + "=5", "alert " + key("a"), "progress 3"}));
  commit();
  ASSERT_TRUE(all.follow_to(4));
  EXPECT_EQ(all.events(), std::vector<std::string>{"progress 4"});
  ASSERT_TRUE(other.follow_to(4));
  for (const std::string& event : other.events()) EXPECT_EQ(event.find("alert"), std::string::npos);
}

TEST_F(AlertsTest, OfTheTimeAwayAreToldToWhoResumes) {
  set("a", 1);
  commit();
  Mirror before(*publisher_, target());
  ASSERT_TRUE(before.follow_to(2));
  for (const int value : {2, 1}) {  // there and back: no cell is sent, both crossings are
    set("a", value);
    cross("a");
    commit();
  }
  Target resumed = target();
  resumed.resume_token = before.progress().resume_token();
  Mirror mirror(*publisher_, resumed, &before);
  ASSERT_TRUE(mirror.follow_to(4));
  EXPECT_EQ(mirror.events(),
            (std::vector<std::string>{"alert " + key("a"), "alert " + key("a"), "progress 4"}));
}

TEST_F(AlertsTest, WithoutConflationEachComesWithItsRevision) {
  set("a", 1);
  commit();
  Mirror mirror(*publisher_, target(Conflation::kNone));
  ASSERT_TRUE(mirror.follow_to(2));
  mirror.events();
  for (const int value : {2, 3}) {
    set("a", value);
    cross("a");
    commit();
  }
  ASSERT_TRUE(mirror.follow_to(4));
  EXPECT_EQ(mirror.events(),
            (std::vector<std::string>{key("a") + "=2", "alert " + key("a"), "progress 3",
                                      key("a") + "=3", "alert " + key("a"), "progress 4"}));
}

TEST_F(AlertsTest, LiveValuesAreOfTheNewestRevisionOnly) {
  set("a", 1);
  commit();
  EXPECT_TRUE(publisher_->get(target().selector, {0, "", true}).ok());
  EXPECT_EQ(publisher_->get(target().selector, {1, "", true}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace passerelle::publication
