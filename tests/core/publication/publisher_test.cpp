#include "core/publication/publisher.h"

#include <gtest/gtest.h>

#include "mirror.h"
#include "publisher_fixture.h"

namespace passerelle::publication {
namespace {

using Texts = std::map<std::string, std::string>;

TEST_F(PublisherTest, ASnapshotIsOneRevisionAndThenComeWholeRevisions) {
  set("a", 1);
  set("b", 2);
  commit();
  Mirror mirror(*publisher_, target());
  ASSERT_TRUE(mirror.follow_to(2));
  EXPECT_EQ(mirror.events(), (std::vector<std::string>{"begin", key("a") + "=1", key("b") + "=2",
                                                       "end", "progress 2"}));
  set("a", 5);
  remove("b");
  set("c", 7);
  commit();
  ASSERT_TRUE(mirror.follow_to(3));
  EXPECT_EQ(mirror.events(), (std::vector<std::string>{key("a") + "=5", key("b") + " removed",
                                                       key("c") + "=7", "progress 3"}));
  EXPECT_EQ(mirror.progress().conflated(), 0U);
}

TEST_F(PublisherTest, AStalledSubscriberIsNotSentWhatCameBackToTheSame) {  // E30
  set("x", 10);
  commit();
  Mirror stalled(*publisher_, target());
  Mirror other(*publisher_, target());
  ASSERT_TRUE(stalled.follow_to(2));
  ASSERT_TRUE(other.follow_to(2));
  stalled.events();
  // The one message that a stalled stream still holds is the Progress of revision 3.
  commit();
  settle(other);
  for (const int value : {11, 12, 10}) {
    set("x", value);
    commit();
    settle(other);
  }
  ASSERT_TRUE(stalled.follow_to(6));
  EXPECT_EQ(stalled.events(), (std::vector<std::string>{"progress 3", "progress 6"}));
  EXPECT_EQ(stalled.progress().conflated(), 3U);
}

TEST_F(PublisherTest, AStalledSubscriberIsSentTheNewestValueOnly) {  // E30
  set("x", 10);
  commit();
  Mirror stalled(*publisher_, target());
  Mirror other(*publisher_, target());
  ASSERT_TRUE(stalled.follow_to(2));
  ASSERT_TRUE(other.follow_to(2));
  stalled.events();
  commit();
  settle(other);
  for (const int value : {11, 12}) {
    set("x", value);
    commit();
    settle(other);
  }
  ASSERT_TRUE(stalled.follow_to(5));
  EXPECT_EQ(stalled.events(),
            (std::vector<std::string>{"progress 3", key("x") + "=12", "progress 5"}));
  EXPECT_EQ(stalled.progress().conflated(), 1U);
}

TEST_F(PublisherTest, WithoutConflationEveryPublishedValueArrives) {  // E30
  set("x", 10);
  commit();
  Mirror mirror(*publisher_, target(Conflation::kNone));
  ASSERT_TRUE(mirror.follow_to(2));
  mirror.events();
  for (const int value : {11, 12, 10}) {
    set("x", value);
    commit();
  }
  ASSERT_TRUE(mirror.follow_to(5));
  EXPECT_EQ(mirror.events(),
            (std::vector<std::string>{key("x") + "=11", "progress 3", key("x") + "=12",
                                      "progress 4", key("x") + "=10", "progress 5"}));
}

TEST_F(PublisherTest, NotAvailableIsSentWithItsReasonAndHashed) {
  state_.set(cuboid_, {"a"}, "2026", 0, no_value(model::NaReason::kZeroDen));
  commit();
  Mirror mirror(*publisher_, target());
  ASSERT_TRUE(mirror.follow_to(2));
  EXPECT_EQ(mirror.cells().at(key("a")).na, model::NaReason::kZeroDen);
}

TEST_F(PublisherTest, AFilterAndAPeriodLimitWhatIsSent) {
  state_.set(cuboid_, {"a"}, "2025", 0, number(1));
  state_.set(cuboid_, {"a"}, "2026", 0, number(2));
  state_.set(cuboid_, {"b"}, "2026", 0, number(3));
  commit();
  Target wanted = target();
  wanted.selector.period = "2026";
  wanted.selector.filter = {{"policy", "a"}};
  Mirror mirror(*publisher_, wanted);
  ASSERT_TRUE(mirror.follow_to(2));
  EXPECT_EQ(mirror.texts(), (Texts{{"COST|period=2026|policy=a", "2"}}));
  state_.set(cuboid_, {"b"}, "2026", 0, number(4));
  state_.set(cuboid_, {"a"}, "2026", 0, number(5));
  commit();
  ASSERT_TRUE(mirror.follow_to(3));
  EXPECT_EQ(mirror.texts(), (Texts{{"COST|period=2026|policy=a", "5"}}));
}

TEST_F(PublisherTest, OneSelectionIsSerialisedOnceForAllItsSubscribers) {
  set("a", 1);
  commit();
  std::vector<std::unique_ptr<Mirror>> mirrors;
  for (int i = 0; i < 20; ++i) mirrors.push_back(std::make_unique<Mirror>(*publisher_, target()));
  for (auto& mirror : mirrors) ASSERT_TRUE(mirror->follow_to(2));
  EXPECT_EQ(publisher_->counters().selections, 1U);
  EXPECT_EQ(publisher_->counters().subscriptions, 20U);
  const std::uint64_t before = publisher_->counters().serialisations;
  for (int round = 0; round < 10; ++round) {
    set("a", 100 + round);
    commit();
    for (auto& mirror : mirrors) ASSERT_TRUE(mirror->follow_to(revision()));
  }
  EXPECT_EQ(publisher_->counters().serialisations - before, 10U);
}

TEST_F(PublisherTest, AModelSwitchIsAnOrdinaryRevisionForThoseWhoseSelectionRemains) {
  set("a", 1);
  set("b", 2);
  set("c", 3);
  commit();
  Mirror mirror(*publisher_, target());
  Mirror stalled(*publisher_, target());
  Mirror each(*publisher_, target(Conflation::kNone));
  ASSERT_TRUE(mirror.follow_to(2));
  ASSERT_TRUE(stalled.follow_to(2));
  ASSERT_TRUE(each.follow_to(2));
  set("c", 4);
  commit();
  ASSERT_TRUE(mirror.follow_to(3));
  mirror.events();
  state_.lay_out_anew();
  state_.add_cuboid({"service"}, base::Grain::kYear, {"COST"});
  cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"OTHER", "COST"});
  state_.set(cuboid_, {"d"}, "2026", 1, number(9));
  state_.set(cuboid_, {"b"}, "2026", 1, number(2));
  state_.set(cuboid_, {"a"}, "2026", 1, number(6));
  commit();
  ASSERT_TRUE(mirror.follow_to(4));
  EXPECT_EQ(mirror.events(), (std::vector<std::string>{key("a") + "=6", key("c") + " removed",
                                                       key("d") + "=9", "progress 4"}));
  state_.set(cuboid_, {"b"}, "2026", 1, number(8));
  commit();
  const Texts expected{{key("a"), "6"}, {key("b"), "8"}, {key("d"), "9"}};
  for (Mirror* one : {&mirror, &stalled, &each}) {
    ASSERT_TRUE(one->follow_to(5));
    EXPECT_EQ(one->texts(), expected);
    EXPECT_EQ(one->resets(), 0U);
  }
}

TEST_F(PublisherTest, ASelectionThatTheNewModelDoesNotPublishIsEmptied) {
  set("a", 1);
  commit();
  Mirror mirror(*publisher_, target());
  ASSERT_TRUE(mirror.follow_to(2));
  state_.lay_out_anew();
  state_.add_cuboid({"service"}, base::Grain::kYear, {"COST"});
  commit();
  ASSERT_TRUE(mirror.follow_to(3));
  EXPECT_EQ(mirror.texts(), Texts{});
}

TEST_F(PublisherTest, MarksTravelWithProgress) {
  Mirror mirror(*publisher_, target());
  ASSERT_TRUE(mirror.follow_to(1));
  EXPECT_EQ(mirror.progress().marks_size(), 0);
  state_.set_marks({{"finance", {"budget_line", 20'000}}});
  commit();
  ASSERT_TRUE(mirror.follow_to(2));
  ASSERT_EQ(mirror.progress().marks_size(), 1);
  EXPECT_EQ(mirror.progress().marks(0).connector(), "finance");
  EXPECT_EQ(mirror.progress().marks(0).complete_to(), 20'000);
}

TEST_F(PublisherTest, AStalledSubscriberHoldsABoundedQueue) {
  // About 3 MB of snapshot: it is not put into the queue at once.
  for (int i = 0; i < 30'000; ++i) set("group number " + std::to_string(i), i);
  commit();
  auto subscription = publisher_->subscribe(target(), [] {});
  ASSERT_TRUE(subscription.ok());
  Mirror other(*publisher_, target());
  ASSERT_TRUE(other.follow_to(2));
  std::size_t bytes = 0;
  // What can be taken without giving the worker time to refill.
  while (const Message message = (*subscription)->next()) {
    bytes += message->size();
    if (bytes > base::kSubscriberQueueBytesMax) break;
  }
  EXPECT_GT(bytes, 0U);
  EXPECT_LT(bytes, base::kSubscriberQueueBytesMax);
}

TEST_F(PublisherTest, NotedRevisionsAreShownTogetherByTheNextPublish) {
  set("a", 1);
  commit();
  Mirror mirror(*publisher_, target());
  Mirror each(*publisher_, target(Conflation::kNone));
  ASSERT_TRUE(mirror.follow_to(2));
  ASSERT_TRUE(each.follow_to(2));
  mirror.events();
  each.events();
  for (const int value : {2, 3}) {
    set("a", value);
    set("n" + std::to_string(value), value);
    const auto [delta, view] = state_.commit();
    ASSERT_TRUE(publisher_->note(delta).ok());
  }
  ASSERT_TRUE(publisher_->flush(4).ok());
  EXPECT_EQ(publisher_->view()->revision(), 2U);
  EXPECT_EQ(publisher_->ledger_revision(), 4U);
  Mirror late(*publisher_, target());  // is served when the view is there
  set("a", 4);
  commit();
  ASSERT_TRUE(mirror.follow_to(5));
  EXPECT_EQ(mirror.events(), (std::vector<std::string>{key("a") + "=4", key("n2") + "=2",
                                                       key("n3") + "=3", "progress 5"}));
  EXPECT_EQ(mirror.progress().conflated(), 2U);
  ASSERT_TRUE(each.follow_to(5));
  EXPECT_EQ(each.events(), (std::vector<std::string>{
                               key("a") + "=2", key("n2") + "=2", "progress 3", key("a") + "=3",
                               key("n3") + "=3", "progress 4", key("a") + "=4", "progress 5"}));
  ASSERT_TRUE(late.follow_to(5));
  EXPECT_EQ(late.cells().size(), 3U);
}

TEST_F(PublisherTest, StoppingEndsSubscriptionsAndRefusesNewOnes) {
  auto subscription = publisher_->subscribe(target(), [] {});
  ASSERT_TRUE(subscription.ok());
  publisher_->stop();
  EXPECT_EQ((*subscription)->next(), nullptr);
  EXPECT_TRUE(absl::IsUnavailable(publisher_->subscribe(target(), [] {}).status()));
}

TEST_F(PublisherTest, MinimalIntervalNetsWhatComesTooOften) {
  set("a", 1);
  commit();
  Target slow = target();
  slow.min_interval = std::chrono::milliseconds(300);
  Mirror mirror(*publisher_, slow);
  ASSERT_TRUE(mirror.follow_to(2));
  mirror.events();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    set("a", 10 + i);
    commit();
  }
  ASSERT_TRUE(mirror.follow_to(22));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(250));
  EXPECT_EQ(mirror.events(), (std::vector<std::string>{key("a") + "=29", "progress 22"}));
}

}  // namespace
}  // namespace passerelle::publication
