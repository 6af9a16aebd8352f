#include "core/publication/ledger.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/base/hash.h"
#include "fake_state.h"
#include "temporary_folder.h"

namespace passerelle::publication {
namespace {

constexpr std::uint64_t kEpoch = 7;

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() { cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST", "COUNT"}); }

  std::unique_ptr<Ledger> open(std::uint64_t segment_bytes = 64 << 20, std::uint32_t engine = 1) {
    auto ledger = Ledger::open({folder_.path(), kEpoch, &clock_, segment_bytes, engine});
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return ledger.ok() ? *std::move(ledger) : nullptr;
  }
  void append(Ledger& ledger) {
    const auto [delta, view] = state_.commit(clock_.now());
    ASSERT_TRUE(ledger.append(delta, view.get(), nullptr).ok());
  }
  // "revision: group.indicator before>after ..." of everything after a revision.
  static std::vector<std::string> texts(const Ledger& ledger, model::Revision after) {
    std::vector<std::string> texts;
    LedgerCursor cursor;
    cursor.after = after;
    const auto value = [](const model::CellValue& cell) {
      return cell.absent ? "-" : std::to_string(cell.scaled);
    };
    EXPECT_TRUE(ledger
                    .scan(&cursor, ledger.last_revision(), 1 << 30,
                          [&](const LedgerRevision& revision) {
                            std::string text = std::to_string(revision.revision) + ":";
                            for (const LedgerChange& change : revision.changes) {
                              const auto key = ledger.group_key(change.group);
                              text += " " + ledger.indicator_name(change.indicator) + "/" +
                                      (key.ok() ? key->values.at(0) : "?") + " " +
                                      value(change.before) + ">" + value(change.after);
                            }
                            texts.push_back(text);
                          })
                    .ok());
    return texts;
  }
  std::filesystem::path segment(int number) const {
    return folder_.path() + "/" + base::to_hex(kEpoch) + "/00000" + std::to_string(number) +
           ".ledger";
  }

  TemporaryFolder folder_;
  base::ManualClock clock_{1'000'000};
  FakeState state_;
  std::uint32_t cuboid_ = 0;
};

TEST_F(LedgerTest, WhatWasAppendedIsReadBackAfterReopening) {
  {
    const auto ledger = open();
    ASSERT_TRUE(ledger->start(*state_.view()).ok());
    state_.lay_out_anew();
    cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST", "COUNT"});
    append(*ledger);
    state_.set(cuboid_, {"A"}, "2026", 0, number(-12345, 2));
    state_.set(cuboid_, {"B"}, "2026", 1, no_value(model::NaReason::kZeroDen));
    append(*ledger);
    state_.set(cuboid_, {"A"}, "2026", 0, number(INT64_MAX, 2));
    state_.set(cuboid_, {"B"}, "2026", 1, kNoCell);
    append(*ledger);
    append(*ledger);  // a revision without changes
  }
  const auto ledger = open();
  EXPECT_EQ(ledger->last_revision(), 4U);
  EXPECT_EQ(ledger->last_reset(), 1U);
  EXPECT_EQ(texts(*ledger, 1),
            (std::vector<std::string>{"2: COST/A ->-12345 COUNT/B ->0",
                                      "3: COST/A -12345>9223372036854775807 COUNT/B 0>-", "4:"}));
  EXPECT_EQ(texts(*ledger, 3), std::vector<std::string>{"4:"});
}

TEST_F(LedgerTest, AReplayedRevisionIsNotWrittenAgain) {
  const auto ledger = open();
  ASSERT_TRUE(ledger->start(*state_.view()).ok());
  state_.lay_out_anew();
  cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST"});
  const auto [reset, empty] = state_.commit();
  state_.set(cuboid_, {"A"}, "2026", 0, number(1));
  const auto [first, view] = state_.commit();
  for (int turn = 0; turn < 2; ++turn) {
    ASSERT_TRUE(ledger->append(reset, empty.get(), nullptr).ok());
    ASSERT_TRUE(ledger->append(first, view.get(), nullptr).ok());
  }
  state_.set(cuboid_, {"A"}, "2026", 0, number(2));
  append(*ledger);
  EXPECT_EQ(texts(*ledger, 0), (std::vector<std::string>{"1:", "2: COST/A ->1", "3: COST/A 1>2"}));
}

TEST_F(LedgerTest, ATornTailIsCutWhereverItWasTorn) {
  std::uintmax_t before = 0;
  {
    const auto ledger = open();
    state_.set_revision(4);
    ASSERT_TRUE(ledger->start(*state_.view()).ok());
    state_.set(cuboid_, {"A"}, "2026", 0, number(1));
    append(*ledger);
    before = std::filesystem::file_size(segment(1));
    state_.set(cuboid_, {"A"}, "2026", 0, number(2));
    state_.set(cuboid_, {"B"}, "2026", 0, number(3));
    append(*ledger);
  }
  const std::uintmax_t whole = std::filesystem::file_size(segment(1));
  const std::string saved = folder_.path() + "/saved";
  std::filesystem::copy_file(segment(1), saved);
  for (std::uintmax_t size = before; size < whole; ++size) {
    std::filesystem::copy_file(saved, segment(1),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(segment(1), size);
    const auto ledger = open();
    ASSERT_NE(ledger, nullptr) << size;
    EXPECT_EQ(ledger->last_revision(), 5U);
    EXPECT_EQ(std::filesystem::file_size(segment(1)), before);
    EXPECT_EQ(texts(*ledger, 4), std::vector<std::string>{"5: COST/A ->1"});
    // And it goes on from there.
    FakeState again;
    again.add_cuboid({"policy"}, base::Grain::kYear, {"COST", "COUNT"});
    again.set_revision(4);
    again.set(0, {"A"}, "2026", 0, number(1));
    const auto [five, view5] = again.commit();
    ASSERT_TRUE(ledger->start(*view5).ok());
    again.set(0, {"C"}, "2026", 0, number(9));
    const auto [six, view6] = again.commit();
    ASSERT_TRUE(ledger->append(six, view6.get(), nullptr).ok());
    EXPECT_EQ(texts(*ledger, 5), std::vector<std::string>{"6: COST/C ->9"});
  }
}

TEST_F(LedgerTest, AFlippedByteIsToldWithFileAndPlaceUnlessItIsInTheTail) {
  std::uintmax_t first = 0;
  std::uintmax_t second = 0;
  {
    const auto ledger = open();
    first = std::filesystem::file_size(segment(1));
    ASSERT_TRUE(ledger->start(*state_.view()).ok());
    append(*ledger);
    second = std::filesystem::file_size(segment(1));
    append(*ledger);
  }
  const auto flip = [&](std::uintmax_t at) {
    std::fstream file(segment(1), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  };
  flip(first + 14);
  const auto damaged = Ledger::open({folder_.path(), kEpoch, &clock_, 64 << 20});
  ASSERT_FALSE(damaged.ok());
  EXPECT_TRUE(absl::IsDataLoss(damaged.status()));
  EXPECT_NE(base::message_of(damaged.status()).find("000001.ledger at byte"), std::string::npos);
  flip(first + 14);
  flip(second + 14);
  EXPECT_EQ(open()->last_revision(), 1U);
}

TEST_F(LedgerTest, GroupsKeepTheirNumbersWhenTheLayoutNumbersThemOtherwise) {
  {
    const auto ledger = open();
    state_.set_revision(1);
    ASSERT_TRUE(ledger->start(*state_.view()).ok());
    state_.set(cuboid_, {"A"}, "2026", 0, number(1));
    state_.set(cuboid_, {"B"}, "2026", 0, number(2));
    append(*ledger);
  }
  FakeState other;  // the same state, its groups in another order
  other.add_cuboid({"policy"}, base::Grain::kYear, {"COUNT", "COST"});
  other.set_revision(1);
  other.set(0, {"B"}, "2026", 1, number(2));
  other.set(0, {"A"}, "2026", 1, number(1));
  const auto [delta, view] = other.commit();
  const auto ledger = open();
  ASSERT_TRUE(ledger->start(*view).ok());
  other.set(0, {"A"}, "2026", 1, number(5));
  const auto [next, after] = other.commit();
  ASSERT_TRUE(ledger->append(next, after.get(), nullptr).ok());
  EXPECT_EQ(texts(*ledger, 2), std::vector<std::string>{"3: COST/A 1>5"});
  const std::vector<std::uint32_t> groups{0, 1};
  EXPECT_EQ(ledger->group_ids(*after, 0, groups), (std::vector<std::uint32_t>{1, 0}));
}

TEST_F(LedgerTest, SegmentsFillUpAndAreReadInOrder) {
  {
    const auto ledger = open(300);
    state_.set_revision(1);
    ASSERT_TRUE(ledger->start(*state_.view()).ok());
    for (int i = 0; i < 50; ++i) {
      state_.set(cuboid_, {"A" + std::to_string(i % 7)}, "2026", 0, number(i));
      append(*ledger);
    }
    ASSERT_TRUE(ledger->flush(51).ok());
    EXPECT_FALSE(ledger->flush(52).ok());
  }
  EXPECT_TRUE(std::filesystem::exists(segment(3)));
  const auto ledger = open(300);
  EXPECT_EQ(texts(*ledger, 1).size(), 50U);
  EXPECT_EQ(texts(*ledger, 40).size(), 11U);
}

TEST_F(LedgerTest, AStateWithoutItsHistoryIsAGapThatTokensCannotCross) {
  const auto ledger = open();
  state_.set_revision(1);
  ASSERT_TRUE(ledger->start(*state_.view()).ok());
  append(*ledger);
  state_.set_revision(9);
  ASSERT_TRUE(ledger->start(*state_.view()).ok());
  EXPECT_EQ(ledger->last_revision(), 9U);
  EXPECT_EQ(ledger->resumable_from(std::chrono::hours(1)), 9U);
  LedgerCursor cursor;
  cursor.after = 2;
  EXPECT_TRUE(
      absl::IsOutOfRange(ledger->scan(&cursor, 9, 1, [](const LedgerRevision&) {}).status()));
}

TEST_F(LedgerTest, AnotherEngineWritesFirstWhatItMakesOtherwiseOfWhatWasPublished) {
  {
    const auto ledger = open();
    ASSERT_TRUE(ledger->start(*state_.view()).ok());
    state_.lay_out_anew();
    cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST", "COUNT"});
    append(*ledger);
    state_.set(cuboid_, {"A"}, "2026", 0, number(10));
    state_.set(cuboid_, {"B"}, "2026", 0, number(20));
    state_.set(cuboid_, {"C"}, "2026", 0, number(30));
    append(*ledger);
    state_.set(cuboid_, {"C"}, "2026", 0, kNoCell);
    state_.set(cuboid_, {"D"}, "2026", 1, number(40));
    append(*ledger);
  }
  // The same three commits by another engine: it numbers groups otherwise, makes another value of
  // A, has no D, and an E.
  const auto ledger = open(64 << 20, 2);
  FakeState again;
  ASSERT_TRUE(ledger->start(*again.view()).ok());
  again.lay_out_anew();
  const std::uint32_t cuboid = again.add_cuboid({"policy"}, base::Grain::kYear, {"COST", "COUNT"});
  again.set(cuboid, {"B"}, "2026", 0, number(20));
  again.set(cuboid, {"A"}, "2026", 0, number(11));
  again.set(cuboid, {"E"}, "2026", 0, number(50));
  for (int replayed = 0; replayed < 3; ++replayed) {
    const auto [delta, view] = again.commit(clock_.now());
    ASSERT_TRUE(ledger->append(delta, view.get(), nullptr).ok());
  }
  const auto otherwise = ledger->published_otherwise(*again.view());
  ASSERT_TRUE(otherwise.ok()) << otherwise.status();
  ASSERT_EQ(otherwise->size(), 3U);
  EXPECT_EQ((*otherwise)[0].values, std::vector<std::string>{"A"});
  EXPECT_EQ((*otherwise)[0].value.scaled, 10);
  EXPECT_TRUE((*otherwise)[1].value.absent);
  EXPECT_EQ((*otherwise)[2].indicator, "COUNT");
  EXPECT_EQ((*otherwise)[2].values, std::vector<std::string>{"D"});

  const std::vector<std::string> before = texts(*ledger, 0);
  const auto [delta, view] = again.commit(clock_.now());
  Applied applied;
  ASSERT_TRUE(ledger->append(delta, view.get(), &applied).ok());
  EXPECT_EQ(texts(*ledger, 3),
            std::vector<std::string>{"4: COST/A 10>11 COST/E ->50 COUNT/D 40>-"});
  EXPECT_TRUE(applied.changes.back().gone);
  std::vector<std::string> after = texts(*ledger, 0);
  after.pop_back();
  EXPECT_EQ(after, before) << "what was published stays";
  // From here on it tells what its deltas tell.
  again.set(cuboid, {"A"}, "2026", 0, number(12));
  const auto [next, later] = again.commit(clock_.now());
  ASSERT_TRUE(ledger->append(next, later.get(), nullptr).ok());
  EXPECT_EQ(texts(*ledger, 4), std::vector<std::string>{"5: COST/A 11>12"});
}

// A power cut took the newest revisions from the ledger, and the next start is another engine's.
TEST_F(LedgerTest, WhatTheLedgerLostBeforeAnotherEngineCameFollowsFromWhatItHas) {
  {
    const auto ledger = open();
    ASSERT_TRUE(ledger->start(*state_.view()).ok());
    state_.lay_out_anew();
    cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST", "COUNT"});
    append(*ledger);
    state_.set(cuboid_, {"A"}, "2026", 0, number(10));
    append(*ledger);
  }
  const auto ledger = open(64 << 20, 2);
  FakeState again;
  ASSERT_TRUE(ledger->start(*again.view()).ok());
  again.lay_out_anew();
  const std::uint32_t cuboid = again.add_cuboid({"policy"}, base::Grain::kYear, {"COST", "COUNT"});
  for (int replayed = 0; replayed < 2; ++replayed) {
    const auto [delta, view] = again.commit(clock_.now());
    ASSERT_TRUE(ledger->append(delta, view.get(), nullptr).ok());
    again.set(cuboid, {"A"}, "2026", 0, number(11 + replayed));
  }
  // The delta says 11>12; 11 was never published.
  const auto [delta, view] = again.commit(clock_.now());
  ASSERT_TRUE(ledger->append(delta, view.get(), nullptr).ok());
  EXPECT_EQ(texts(*ledger, 2), std::vector<std::string>{"3: COST/A 10>12"});
}

TEST_F(LedgerTest, AGapBeginsWithEveryCellSoThatAnotherEngineCanBeComparedWithIt) {
  {
    const auto ledger = open();
    state_.set(cuboid_, {"A"}, "2026", 0, number(10));
    state_.set_revision(5);
    ASSERT_TRUE(ledger->start(*state_.view()).ok());
  }
  const auto ledger = open(64 << 20, 2);
  FakeState again;
  again.set_revision(5);
  again.add_cuboid({"policy"}, base::Grain::kYear, {"COST", "COUNT"});
  again.set(0, {"A"}, "2026", 0, number(11));
  const auto [unchanged, view] = again.commit(clock_.now());
  ASSERT_TRUE(ledger->start(*state_.view()).ok());
  flow::Delta engine;
  engine.revision = 6;
  engine.cause = flow::Cause::kEngine;
  ASSERT_TRUE(ledger->append(engine, view.get(), nullptr).ok());
  EXPECT_EQ(texts(*ledger, 5), std::vector<std::string>{"6: COST/A 10>11"});
}

TEST_F(LedgerTest, WhatIsOlderThanTheAgeAskedForIsNotResumable) {
  const auto ledger = open(1);  // an index point for every record
  state_.set_revision(1);
  ASSERT_TRUE(ledger->start(*state_.view()).ok());
  append(*ledger);
  append(*ledger);
  clock_.set(clock_.now() + 8 * base::kMicrosPerDay);
  append(*ledger);
  append(*ledger);
  const model::Revision from = ledger->resumable_from(std::chrono::hours(7 * 24));
  EXPECT_GE(from, 2U);
  EXPECT_LE(from, 3U);
}

TEST_F(LedgerTest, AModelSwitchRecordsEveryCellThatDiffers) {
  const auto ledger = open();
  state_.set_revision(1);
  ASSERT_TRUE(ledger->start(*state_.view()).ok());
  state_.set(cuboid_, {"A"}, "2026", 0, number(1));
  state_.set(cuboid_, {"B"}, "2026", 0, number(2));
  state_.set(cuboid_, {"C"}, "2026", 1, number(3));
  append(*ledger);
  state_.lay_out_anew();
  state_.add_cuboid({"service"}, base::Grain::kYear, {"COST"});
  const std::uint32_t next = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST"});
  state_.set(next, {"B"}, "2026", 0, number(2));
  state_.set(next, {"D"}, "2026", 0, number(4));
  state_.set(next, {"A"}, "2026", 0, number(7));
  append(*ledger);
  EXPECT_EQ(texts(*ledger, 2), std::vector<std::string>{"3: COST/A 1>7 COST/D ->4 COUNT/C 3>-"});
}

}  // namespace
}  // namespace passerelle::publication
