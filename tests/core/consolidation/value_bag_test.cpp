#include "core/consolidation/value_bag.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace passerelle::consolidation {
namespace {

// A bag and the plain multiset that it should be.
class Pair {
 public:
  explicit Pair(std::uint64_t seed) : random_(seed) {}
  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(plain_.size()); }

  void insert(std::int64_t value) {
    bag_ = pool_.insert(bag_, size(), value);
    plain_.insert(value);
  }
  void erase_any() {
    auto at = plain_.lower_bound(below(range_));
    if (at == plain_.end()) at = plain_.begin();
    const std::int64_t value = *at;
    bag_ = pool_.erase(bag_, size(), value);
    plain_.erase(at);
  }
  void set_range(std::int64_t range) { range_ = range; }
  void compare() {
    const std::vector<std::int64_t> wanted(plain_.begin(), plain_.end());
    std::vector<std::int64_t> all;
    pool_.copy(bag_, size(), &all);
    ASSERT_EQ(all, wanted);
    std::vector<std::int64_t> unique = wanted;
    unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
    ASSERT_EQ(pool_.distinct(bag_, size()), unique.size());
    for (int i = 0; i < 8 && !wanted.empty(); ++i) {
      const auto rank = static_cast<std::uint32_t>(below(size()));
      ASSERT_EQ(pool_.at(bag_, rank), wanted[rank]) << rank;
      const std::int64_t limit = below(range_ + 2) - 1;
      ASSERT_EQ(pool_.count_le(bag_, size(), limit),
                std::upper_bound(wanted.begin(), wanted.end(), limit) - wanted.begin());
    }
  }

 private:
  std::mt19937_64 random_;
  BagPool pool_;
  BagHandle bag_ = 0;
  std::multiset<std::int64_t> plain_;
  std::int64_t range_ = 1;
};

TEST(BagPool, HoldsWhatAPlainMultisetHoldsWhileItGrowsAndShrinks) {
  for (const std::int64_t range : {3, 50, 1'000, 1'000'000'000}) {
    SCOPED_TRACE(range);
    Pair pair(static_cast<std::uint64_t>(range));
    pair.set_range(range);
    for (const std::uint32_t target : {2'000U, 40U, 600U, 0U, 5'000U, 100U}) {
      while (pair.size() != target) {
        const bool grows = pair.size() < target;
        // Now and then the other way.
        if (grows == (pair.below(5) != 0) || pair.size() == 0) {
          pair.insert(pair.below(range));
        } else {
          pair.erase_any();
        }
        if (pair.below(40) == 0) pair.compare();
        if (HasFatalFailure()) return;
      }
      pair.compare();
    }
  }
}

TEST(BagPool, ValuesInOrderAndInReverseAreKept) {
  for (const bool up : {true, false}) {
    Pair pair(7);
    pair.set_range(3'000);
    for (std::int64_t i = 0; i < 3'000; ++i) pair.insert(up ? i : 2'999 - i);
    pair.compare();
    for (int i = 0; i < 2'900; ++i) pair.erase_any();
    pair.compare();
  }
}

TEST(BagPool, RanksMayBeAskedInAnyOrderBetweenChanges) {
  BagPool pool;
  BagHandle bag = 0;
  std::vector<std::int64_t> wanted;
  std::mt19937_64 random(11);
  for (std::uint32_t i = 0; i < 4'000; ++i) {
    const auto value = static_cast<std::int64_t>(random() % 10'000);
    bag = pool.insert(bag, i, value);
    wanted.insert(std::upper_bound(wanted.begin(), wanted.end(), value), value);
    for (const std::uint32_t percent : {50U, 90U, 10U, 0U, 100U}) {
      const std::uint32_t rank = static_cast<std::uint32_t>(wanted.size() - 1) * percent / 100;
      ASSERT_EQ(pool.at(bag, rank), wanted[rank]);
    }
  }
}

}  // namespace
}  // namespace passerelle::consolidation
