// Many subscribers that stand still while revisions go on (BAR C7).
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <random>

#include "publisher_fixture.h"

namespace passerelle::publication {
namespace {

constexpr std::size_t kStalled = 200;
constexpr int kCells = 1'000;
constexpr int kChanges = 100;  // a revision
constexpr std::size_t kGrowthBytesMax = 64UL << 20;

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * 4096;
}

// Takes messages without keeping what is in them.
class Passer {
 public:
  Passer(Publisher& publisher, Target target) {
    auto subscription = publisher.subscribe(std::move(target), [] {});
    if (subscription.ok()) subscription_ = *std::move(subscription);
  }
  // The hash of the first Progress of `revision` or a later one; 0 after 30 s without one.
  std::uint64_t hash_at(model::Revision revision) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < end) {
      const Message message = subscription_->next();
      if (message == nullptr) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      hub::v1::SubscribeResponse response;
      if (!response.ParseFromString(*message)) return 0;
      if (response.progress().revision() >= revision) return response.progress().hash();
    }
    return 0;
  }

 private:
  std::unique_ptr<Subscription> subscription_;
};

class StalledTest : public PublisherTest {
 protected:
  void change_some() {
    for (int change = 0; change < kChanges; ++change) {
      const std::string policy = "policy " + std::to_string(random_() % kCells);
      set(policy, static_cast<std::int64_t>(random_() % 1000));
    }
    commit();
  }
  std::mt19937 random_{7};
};

TEST_F(StalledTest, TwoHundredAtDifferentRevisionsHoldLittleMemoryAndEndWithTheSameCells) {
  for (int i = 0; i < kCells; ++i) set("policy " + std::to_string(i), 1);
  commit();
  Mirror healthy(*publisher_, target());
  // They come one after the other, take what there is, and take no more.
  std::vector<std::unique_ptr<Passer>> stalled;
  for (std::size_t i = 0; i < kStalled; ++i) {
    change_some();
    stalled.push_back(std::make_unique<Passer>(*publisher_, target()));
    ASSERT_NE(stalled.back()->hash_at(revision()), 0U);
    ASSERT_TRUE(healthy.follow_to(revision()));
  }
  const std::size_t before = resident_bytes();
  for (std::size_t i = 0; i < kStalled; ++i) {
    change_some();
    ASSERT_TRUE(healthy.follow_to(revision())) << "one that reads is not held up";
  }
  const std::size_t after = resident_bytes();
  std::printf("%zu stalled subscribers of %d cells: %.1f MiB more after %zu revisions\n", kStalled,
              kCells, static_cast<double>(after > before ? after - before : 0) / (1 << 20),
              kStalled);
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(after, before + kGrowthBytesMax);
#endif
  for (const auto& each : stalled) {
    ASSERT_EQ(each->hash_at(revision()), healthy.progress().hash());
  }
}

}  // namespace
}  // namespace passerelle::publication
