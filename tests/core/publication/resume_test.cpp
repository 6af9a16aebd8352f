#include <gtest/gtest.h>

#include <random>

#include "mirror.h"
#include "publisher_fixture.h"

namespace passerelle::publication {
namespace {

using Texts = std::map<std::string, std::string>;

class ResumeTest : public PublisherTest {
 protected:
  Target with_token(const Mirror& mirror, Conflation conflation = Conflation::kLatest) {
    Target resumed = target(conflation);
    resumed.resume_token = mirror.progress().resume_token();
    return resumed;
  }
  // A mirror that was sent everything up to now, and is gone.
  std::unique_ptr<Mirror> mirror_of_now() {
    auto mirror = std::make_unique<Mirror>(*publisher_, target());
    EXPECT_TRUE(mirror->follow_to(revision()));
    return mirror;
  }
  std::vector<std::string> events_after(const Mirror& before) {
    Mirror mirror(*publisher_, with_token(before), &before);
    EXPECT_TRUE(mirror.follow_to(revision()));
    return mirror.events();
  }
};

// E36, whose revisions 10 to 15 are 2 to 7 here.
TEST_F(ResumeTest, OnlyTheNetChangesSinceTheTokenAreSent) {
  set("a", 0);
  set("b", 5);
  commit();
  const auto r10 = mirror_of_now();
  set("a", 1);
  commit();
  set("a", 2);
  remove("b");
  commit();
  set("c", 7);
  commit();
  const auto r13 = mirror_of_now();
  set("a", 3);
  commit();
  set("d", 9);
  remove("d");
  commit();
  const auto r15 = mirror_of_now();
  const auto fresh = mirror_of_now();
  EXPECT_EQ(fresh->texts(), (Texts{{key("a"), "3"}, {key("c"), "7"}}));
  EXPECT_EQ(events_after(*r10), (std::vector<std::string>{key("a") + "=3", key("b") + " removed",
                                                          key("c") + "=7", "progress 7"}));
  EXPECT_EQ(events_after(*r13), (std::vector<std::string>{key("a") + "=3", "progress 7"}));
  EXPECT_EQ(events_after(*r15), std::vector<std::string>{"progress 7"});
  EXPECT_EQ(publisher_->counters().resets, 0U);
}

TEST_F(ResumeTest, WithoutConflationEveryRevisionSinceTheTokenIsSent) {
  set("a", 0);
  commit();
  const auto before = mirror_of_now();
  for (const int value : {1, 2, 0}) {
    set("a", value);
    commit();
  }
  Mirror mirror(*publisher_, with_token(*before, Conflation::kNone), before.get());
  ASSERT_TRUE(mirror.follow_to(5));
  EXPECT_EQ(mirror.events(),
            (std::vector<std::string>{key("a") + "=1", "progress 3", key("a") + "=2", "progress 4",
                                      key("a") + "=0", "progress 5"}));
}

TEST_F(ResumeTest, ItWorksOverARestartThatNumbersGroupsOtherwise) {
  set("a", 1);
  set("b", 2);
  commit();
  const auto before = mirror_of_now();
  set("b", 3);
  commit();
  publisher_.reset();
  const model::Revision last = revision();
  state_ = FakeState();
  cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST"});
  set("b", 3);
  set("a", 1);
  state_.set_revision(last - 1);
  state_.commit();
  open(7);
  set("c", 4);
  commit();
  EXPECT_EQ(events_after(*before),
            (std::vector<std::string>{key("b") + "=3", key("c") + "=4", "progress 4"}));
}

TEST_F(ResumeTest, ItWorksAcrossAModelSwitch) {
  set("a", 1);
  set("b", 2);
  commit();
  const auto before = mirror_of_now();
  set("b", 3);
  commit();
  state_.lay_out_anew();
  state_.add_cuboid({"service"}, base::Grain::kYear, {"COST"});
  cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST"});
  set("c", 4);
  set("a", 1);
  commit();
  EXPECT_EQ(events_after(*before),
            (std::vector<std::string>{key("b") + " removed", key("c") + "=4", "progress 4"}));
}

TEST_F(ResumeTest, ATokenOfAnotherEpochIsAnsweredByResetAndSnapshot) {
  set("a", 1);
  commit();
  const auto before = mirror_of_now();
  open(8);
  EXPECT_EQ(events_after(*before),
            (std::vector<std::string>{"reset", "begin", key("a") + "=1", "end", "progress 2"}));
}

TEST_F(ResumeTest, ATokenOlderThanTheRetentionIsAnsweredByResetAndSnapshot) {
  set("a", 1);
  commit();
  const auto before = mirror_of_now();
  clock_.set(clock_.now() + 8 * base::kMicrosPerDay);
  // More than one index step of history, so that its age is known.
  for (int i = 0; i < 20; ++i) {
    for (int k = 0; k < 800; ++k) set("k" + std::to_string(k), i);
    commit();
    clock_.set(clock_.now() + 8 * base::kMicrosPerDay);
  }
  Mirror mirror(*publisher_, with_token(*before), before.get());
  ASSERT_TRUE(mirror.follow_to(revision()));
  EXPECT_EQ(mirror.resets(), 1U);
  EXPECT_EQ(mirror.cells().size(), 801U);
}

TEST_F(ResumeTest, AForgedTokenAndATokenOfAnotherSelectorAreRefused) {
  set("a", 1);
  commit();
  const auto before = mirror_of_now();
  Target forged = with_token(*before);
  forged.resume_token[10] = static_cast<char>(forged.resume_token[10] ^ 1);
  EXPECT_TRUE(absl::IsInvalidArgument(Mirror(*publisher_, forged).status()));
  forged.resume_token = "nonsense";
  EXPECT_TRUE(absl::IsInvalidArgument(Mirror(*publisher_, forged).status()));
  Target other = with_token(*before);
  other.selector.period = "2026";
  const Status status = Mirror(*publisher_, other).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_NE(base::message_of(status).find("another selector"), std::string::npos);
}

TEST_F(ResumeTest, AnyCutsAndResumesEndInTheStateOfAFreshSnapshot) {
  std::mt19937 random(20'261'123);
  const auto below = [&random](unsigned limit) { return random() % limit; };
  constexpr int kCuts = 1'000;
  int cuts = 0;
  for (int sequence = 0; cuts < kCuts; ++sequence) {
    SCOPED_TRACE(sequence);
    std::unique_ptr<Mirror> mirror = mirror_of_now();
    const unsigned steps = 5 + below(20);
    for (unsigned step = 0; step < steps; ++step) {
      if (below(25) == 0) {
        state_.lay_out_anew();
        if (below(2) == 0) state_.add_cuboid({"service"}, base::Grain::kYear, {"COST"});
        cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST"});
      }
      for (unsigned change = below(6); change > 0; --change) {
        const std::string policy = "p" + std::to_string(below(12));
        if (below(4) == 0) {
          remove(policy);
        } else {
          set(policy, static_cast<std::int64_t>(below(5)));
        }
      }
      commit();
      if (below(3) == 0) {
        ++cuts;
        const auto conflation = below(3) == 0 ? Conflation::kNone : Conflation::kLatest;
        mirror =
            std::make_unique<Mirror>(*publisher_, with_token(*mirror, conflation), mirror.get());
        ASSERT_TRUE(mirror->status().ok()) << mirror->status();
        // A cut comes where it may, but only a Progress leaves a token.
        ASSERT_TRUE(mirror->follow_to(revision() - below(2)));
      }
    }
    ASSERT_TRUE(mirror->follow_to(revision()));
    const auto fresh = mirror_of_now();
    ASSERT_EQ(mirror->texts(), fresh->texts());
    ASSERT_EQ(mirror->progress().hash(), fresh->progress().hash());
  }
  EXPECT_EQ(publisher_->counters().resets, 0U);
}

TEST_F(ResumeTest, SubscribersFollowWhileRevisionsArriveFromAnotherThread) {
  set("p0", 0);
  commit();
  std::thread writer([this] {
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) {
      for (int k = 0; k < 5; ++k) {
        set("p" + std::to_string(random() % 40), static_cast<std::int64_t>(random() % 9));
      }
      if (i % 3 == 0 && i < 299) {
        const auto [delta, view] = state_.commit();
        ASSERT_TRUE(publisher_->note(delta).ok());
      } else {
        commit();
      }
    }
  });
  std::vector<std::unique_ptr<Mirror>> mirrors;
  for (int i = 0; i < 60; ++i) {
    Target wanted = target(i % 4 == 3 ? Conflation::kNone : Conflation::kLatest);
    if (i % 3 == 0) wanted.selector.filter = {{"policy", "p" + std::to_string(i)}};
    mirrors.push_back(std::make_unique<Mirror>(*publisher_, wanted));
    ASSERT_TRUE(mirrors.back()->follow_to(2));
    if (i % 5 == 4) mirrors.front().reset();
    if (i % 5 == 4) mirrors.erase(mirrors.begin());
  }
  writer.join();
  for (const auto& mirror : mirrors) EXPECT_TRUE(mirror->follow_to(revision()));
}

}  // namespace
}  // namespace passerelle::publication
