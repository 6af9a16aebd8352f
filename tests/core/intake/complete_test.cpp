#include "core/intake/complete.h"

#include <gtest/gtest.h>

#include <limits>

namespace passerelle::intake {
namespace {

constexpr std::int64_t kNone = model::kAbsent;

model::RecordBatch commitments(
    const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& columns) {
  model::RecordBatch batch;
  for (const auto& [name, numbers] : columns) {
    batch.columns.push_back({name, model::FieldType::kDecimal, 2, {}, {}, numbers});
    batch.versions.assign(numbers.size(), 1);
    batch.contents.assign(numbers.size(), 7);
  }
  return batch;
}

TEST(Complete, WhatIsCommittedAndNotPaidFollowsWhereTheSourceDoesNotSayIt) {
  model::RecordBatch batch = commitments({{"engaged", {60'000'00, 60'000'00, 100, kNone}},
                                          {"mandated", {45'000'00, 45'000'00, kNone, 5}},
                                          {"released", {kNone, 1'500'00, kNone, kNone}}});
  complete("engagement", &batch);
  const model::Column* left = batch.find("engaged_not_mandated");
  ASSERT_NE(left, nullptr);
  EXPECT_EQ(left->numbers, (std::vector<std::int64_t>{15'000'00, 13'500'00, 100, kNone}));
  EXPECT_NE(batch.contents[0], 7u);
  EXPECT_EQ(batch.contents[3], 7u);
}

TEST(Complete, WhatTheSourceSaysStays) {
  model::RecordBatch batch = commitments(
      {{"engaged", {100, 100}}, {"mandated", {40, 40}}, {"engaged_not_mandated", {1, kNone}}});
  complete("engagement", &batch);
  EXPECT_EQ(batch.find("engaged_not_mandated")->numbers, (std::vector<std::int64_t>{1, 60}));
  EXPECT_EQ(batch.contents[0], 7u);
}

TEST(Complete, AnAmountThatDoesNotFitIsAbsent) {
  model::RecordBatch batch =
      commitments({{"engaged", {std::numeric_limits<std::int64_t>::max()}}, {"mandated", {-1}}});
  complete("engagement", &batch);
  EXPECT_EQ(batch.find("engaged_not_mandated")->numbers[0], kNone);
}

TEST(Complete, OtherKindsAndRecordsWithoutAmountsStayAsTheyAre) {
  model::RecordBatch batch = commitments({{"engaged", {100}}});
  complete("payment_piece", &batch);
  EXPECT_EQ(batch.columns.size(), 1u);
  batch = commitments({{"mandated", {100}}});
  complete("engagement", &batch);
  EXPECT_EQ(batch.columns.size(), 1u);
}

}  // namespace
}  // namespace passerelle::intake
