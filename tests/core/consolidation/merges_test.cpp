// Persons become one, in any order, between records of any of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

constexpr int kPersons = 40;
constexpr int kSteps = 400;

base::Hash128 token(int person) { return {0x1234, static_cast<std::uint64_t>(person) + 1}; }

Row absence(int id, int person) {
  return {std::to_string(id),
          1,
          {{"agent", base::to_hex(token(person))}, {"from", "2026-04-01"}, {"days", "1"}},
          false};
}

TEST(Merges, DistinctPersonsAreThoseThatAreLeftWhateverTheOrder) {
  model::SteeringModel model = empty_model();
  model.indicators = {indicator("AGENTS", "absence", "distinct(agent)", {}),
                      indicator("DAYS", "absence", "sum(days)", {})};
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    Hub hub(model);
    std::vector<int> now(kPersons);  // who each one is by now
    std::vector<int> live;           // whose tokens the vault still gives
    for (int i = 0; i < kPersons; ++i) live.push_back(now[static_cast<std::size_t>(i)] = i);
    std::vector<model::PersonMerged> merges;
    std::vector<int> records;  // their persons, with the tokens they were sent with
    for (int step = 0; step < kSteps; ++step) {
      // Runs of merges, as a list of links gives them, between runs of records.
      if (step / 8 % 2 == 0 || live.size() < 2) {
        records.push_back(static_cast<int>(random() % kPersons));
        hub.send("absence", {absence(static_cast<int>(records.size()), records.back())});
      } else {
        std::shuffle(live.begin(), live.end(), random);
        const int kept = live[0];
        const int dropped = live[1];
        live.erase(live.begin() + 1);
        for (int& one : now) one = one == dropped ? kept : one;
        merges.push_back({token(kept), token(dropped)});
        std::vector<model::PersonMerged> told = {merges.back()};
        // A start after a crash appends again what the vault has not ticked off.
        if (random() % 4 == 0) told.push_back(merges[random() % merges.size()]);
        for (const model::PersonMerged& merge : told) {
          model::Commit merged;
          merged.body = merge;
          flow::Delta delta;
          ASSERT_TRUE(hub.apply(merged, &delta).ok());
        }
      }
      std::set<int> distinct;
      for (const int person : records) distinct.insert(now[static_cast<std::size_t>(person)]);
      ASSERT_EQ(hub.cell("AGENTS", {}, "2026-04"), std::to_string(distinct.size()) + ".00")
          << "seed " << seed << ", step " << step;
      ASSERT_EQ(hub.cell("DAYS", {}, "2026-04"), std::to_string(records.size()) + ".00");
    }
    EXPECT_EQ(hub.reloaded()->state_hash(), hub.engine().state_hash());
  }
}

}  // namespace
}  // namespace passerelle::consolidation
