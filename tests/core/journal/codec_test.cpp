#include "core/journal/codec.h"

#include <gtest/gtest.h>

#include "tests/core/journal/commits.h"

namespace passerelle::journal {
namespace {

TEST(Codec, ACommitComesBackAsItWas) {
  Random random(20260131);
  for (int round = 0; round < 2'000 && !testing::Test::HasFailure(); ++round) {
    model::Commit commit = random_commit(random);
    commit.revision = static_cast<model::Revision>(round);
    const auto bytes = encode(commit);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const auto back = decode(*bytes);
    ASSERT_TRUE(back.ok()) << back.status();
    expect_same(commit, *back);
    EXPECT_EQ(*encode(*back), *bytes);
  }
}

TEST(Codec, EveryTruncationAndEveryFlippedByteIsDetected) {
  Random random(7);
  for (int round = 0; round < 12; ++round) {
    const std::string bytes = *encode(records_commit(random, 1 + round));
    const std::uint64_t checksum = chained_checksum(99, bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_NE(chained_checksum(99, bytes.substr(0, size)), checksum) << size;
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 + random() % 255));
      EXPECT_NE(chained_checksum(99, flipped), checksum) << at;
    }
    EXPECT_NE(chained_checksum(98, bytes), checksum) << "another commit before it";
  }
}

TEST(Codec, DamagedBytesNeverCrashAndNeverYieldACommitThatIndexesOutside) {
  Random random(8);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    const std::string bytes = *encode(random_commit(random));
    for (int flip = 0; flip < 40 && !bytes.empty(); ++flip) {
      std::string damaged =
          bytes.substr(0, bytes.size() - random() % 2 * (random() % bytes.size()));
      if (!damaged.empty()) damaged[random() % damaged.size()] ^= static_cast<char>(random());
      const auto commit = decode(damaged);
      if (!commit.ok()) {
        EXPECT_EQ(commit.status().code(), absl::StatusCode::kDataLoss);
        ++refused;
        continue;
      }
      // What encode() accepts has vectors of one length and codes inside their dictionaries.
      const auto again = encode(*commit);
      EXPECT_TRUE(again.ok()) << again.status();
    }
  }
  EXPECT_GT(refused, 1'000);
}

TEST(Codec, ABatchWhoseVectorsDisagreeIsNotWritten) {
  Random random(9);
  model::Commit commit = records_commit(random, 3);
  auto& batch = std::get<model::Records>(commit.body).batches[0];
  batch.columns[0].codes.pop_back();
  EXPECT_EQ(encode(commit).status().code(), absl::StatusCode::kInvalidArgument);
  batch.columns[0].codes.push_back(52);
  EXPECT_EQ(encode(commit).status().code(), absl::StatusCode::kInvalidArgument) << "a wild code";
  batch.columns[0].codes.back() = 50;
  EXPECT_TRUE(encode(commit).ok());
  batch.contents.pop_back();
  EXPECT_EQ(encode(commit).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Codec, ATextThatIsNotUtf8IsNotWrittenBecauseItCouldNotBeReadBack) {
  model::Commit commit;
  commit.body = model::Admin{"root", "connector.enable", "fin\xff", ""};
  EXPECT_EQ(encode(commit).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Codec, AModelsTextIsCompressed) {
  model::Commit commit;
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "activities:\n  ACT_" + std::to_string(i) + ": {}\n";
  commit.body = model::ModelProposed{base::hash128(text), text, nullptr};
  const auto bytes = encode(commit);
  ASSERT_TRUE(bytes.ok());
  EXPECT_LT(bytes->size(), text.size() / 4);
  expect_same(commit, *decode(*bytes));
}

}  // namespace
}  // namespace passerelle::journal
