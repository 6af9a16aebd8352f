// Selectors of families: every indicator of a kind, whatever the model calls it and whenever it
// comes.
#include <gtest/gtest.h>

#include "mirror.h"
#include "publisher_fixture.h"

namespace passerelle::publication {
namespace {

using Texts = std::map<std::string, std::string>;

class FamiliesTest : public PublisherTest {
 protected:
  FamiliesTest() { lay_out({{"COST", "means"}, {"STAFF", "means"}, {"DELAY", "quality"}}); }

  void lay_out(const std::vector<std::pair<std::string, std::string>>& indicators) {
    auto model = std::make_shared<model::SteeringModel>();
    std::vector<std::string> ids;
    for (const auto& [id, kind] : indicators) {
      model::Indicator indicator;
      indicator.id = id;
      indicator.kind = kind;
      model->indicators.push_back(indicator);
      ids.push_back(id);
    }
    state_.lay_out_anew();
    state_.set_steering(model);
    cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, ids);
    // Published in no grouping by policy.
    state_.add_cuboid({"service"}, base::Grain::kYear, {"OTHER"});
    for (std::uint16_t i = 0; i < ids.size(); ++i) {
      state_.set(cuboid_, {"a"}, "2026", i, number(10 + i));
    }
    commit();
  }
  static Target of(std::vector<std::string> families, std::vector<std::string> indicators = {}) {
    Target target;
    target.selector.families = std::move(families);
    target.selector.indicators = std::move(indicators);
    target.selector.by = {"policy"};
    return target;
  }
  static std::string cell(const std::string& id) { return id + "|period=2026|policy=a"; }
};

TEST_F(FamiliesTest, AFamilyIsAllItsIndicatorsBesideThoseNamed) {
  const auto texts = [&](const Target& target) {
    Mirror mirror(*publisher_, target);
    EXPECT_TRUE(mirror.follow_to(revision()));
    return mirror.texts();
  };
  EXPECT_EQ(texts(of({"means"})), (Texts{{cell("COST"), "10"}, {cell("STAFF"), "11"}}));
  EXPECT_EQ(texts(of({"quality"}, {"COST"})), (Texts{{cell("COST"), "10"}, {cell("DELAY"), "12"}}));
  const auto answer = publisher_->get(of({"quality"}).selector, {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->cells.size(), 1U);
  EXPECT_EQ(answer->cells[0].indicator, "DELAY");
}

TEST_F(FamiliesTest, WhatIsNoFamilyOrHasNoIndicatorIsRefused) {
  const auto refused = [&](const Target& target) {
    const Status status = publisher_->get(target.selector, {}).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return base::message_of(status);
  };
  EXPECT_NE(refused(of({"qualty"})).find("did you mean quality?"), std::string::npos);
  EXPECT_NE(refused(of({"efficiency"})).find("no indicator of the families efficiency"),
            std::string::npos);
}

TEST_F(FamiliesTest, AModelThatAddsOrRemovesOneIsFollowed) {
  Mirror mirror(*publisher_, of({"means"}));
  ASSERT_TRUE(mirror.follow_to(revision()));
  const auto before = std::make_unique<Mirror>(*publisher_, of({"means"}));
  ASSERT_TRUE(before->follow_to(revision()));
  lay_out({{"COST", "quality"}, {"STAFF", "means"}, {"POSTS", "means"}});
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.texts(), (Texts{{cell("STAFF"), "11"}, {cell("POSTS"), "12"}}));
  EXPECT_EQ(mirror.resets(), 1U) << "COST has left, though nothing of it changed";
  // Whoever was away begins anew, too.
  Target resumed = of({"means"});
  resumed.resume_token = before->progress().resume_token();
  Mirror after(*publisher_, resumed, before.get());
  ASSERT_TRUE(after.follow_to(revision()));
  EXPECT_EQ(after.resets(), 1U);
  EXPECT_EQ(after.texts(), mirror.texts());
  resumed.resume_token = after.progress().resume_token();
  state_.set(cuboid_, {"a"}, "2026", 1, number(99));
  commit();
  Mirror again(*publisher_, resumed, &after);
  ASSERT_TRUE(again.follow_to(revision()));
  EXPECT_EQ(again.resets(), 0U);
  EXPECT_EQ(again.texts().at(cell("STAFF")), "99");
}

}  // namespace
}  // namespace passerelle::publication
