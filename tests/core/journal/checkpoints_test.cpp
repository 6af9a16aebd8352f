#include "core/journal/checkpoints.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "core/base/limits.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::journal {
namespace {

using Sections = std::vector<std::pair<std::string, std::string>>;

class CheckpointsTest : public testing::Test {
 protected:
  static Status save(CheckpointStore& store, model::Revision revision, const Sections& sections) {
    return store.write(revision, [&sections](const SectionSink& sink) {
      for (const auto& [name, data] : sections) PAS_RETURN_IF_ERROR(sink(name, data));
      return absl::OkStatus();
    });
  }
  static Sections load(const CheckpointStore& store, const Checkpoint& checkpoint) {
    Sections sections;
    const Status status =
        store.read(checkpoint, [&sections](std::string_view name, std::string_view data) {
          sections.emplace_back(name, data);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return sections;
  }
  std::string file(model::Revision revision) const {
    return folder_.path() + "/checkpoints/" + std::to_string(revision) + ".state";
  }
  std::size_t files() const {
    std::filesystem::directory_iterator entries(folder_.path() + "/checkpoints");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }

  TemporaryFolder folder_;
  CheckpointSettings settings_{folder_.path(), 4, 7, 0x1122334455667788ULL};
  const Sections sections_ = {{"facts", std::string(100'000, 'f')}, {"facts", ""}, {"cells", "c"}};
};

TEST_F(CheckpointsTest, TheStateComesBackSectionBySection) {
  CheckpointStore store(settings_);
  EXPECT_FALSE(store.newest(10).has_value());
  ASSERT_TRUE(save(store, 10, sections_).ok());
  const auto newest = store.newest(10);
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->revision, 10U);
  EXPECT_EQ(newest->sections, 3U);
  EXPECT_GT(newest->bytes, 100'000U);
  EXPECT_EQ(load(store, *newest), sections_);
}

TEST_F(CheckpointsTest, TheLastTwoAreKeptAndNothingElseStays) {
  CheckpointStore store(settings_);
  for (const model::Revision revision : {9, 10, 11, 100}) {
    ASSERT_TRUE(save(store, revision, sections_).ok());
  }
  EXPECT_EQ(files(), base::kStateCheckpointsKept);
  EXPECT_EQ(store.newest(1'000)->revision, 100U);
  EXPECT_EQ(store.newest(99)->revision, 11U) << "one after the journal's end is not used";
}

TEST_F(CheckpointsTest, AfterARestoreToAnEarlierRevisionTheLaterFilesGo) {
  CheckpointStore store(settings_);
  ASSERT_TRUE(save(store, 100, sections_).ok());
  ASSERT_TRUE(save(store, 200, sections_).ok());
  ASSERT_TRUE(save(store, 50, sections_).ok());
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(store.newest(60)->revision, 50U);
}

TEST_F(CheckpointsTest, AnotherLayoutEngineOrEpochIsIgnored) {
  CheckpointStore store(settings_);
  ASSERT_TRUE(save(store, 10, sections_).ok());
  for (int other = 0; other < 3; ++other) {
    CheckpointSettings settings = settings_;
    settings.layout += other == 0 ? 1 : 0;
    settings.engine += other == 1 ? 1 : 0;
    settings.epoch += other == 2 ? 1 : 0;
    EXPECT_FALSE(CheckpointStore(settings).newest(10).has_value()) << other;
  }
}

TEST_F(CheckpointsTest, ADamagedOrTruncatedFileIsIgnoredAndTheOneBeforeIsUsed) {
  CheckpointStore store(settings_);
  const Sections small = {{"facts", "0123456789"}, {"cells", "abc"}};
  ASSERT_TRUE(save(store, 10, small).ok());
  ASSERT_TRUE(save(store, 20, small).ok());
  std::ifstream in(file(20), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  in.close();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::ofstream(file(20), std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
    ASSERT_EQ(store.newest(20)->revision, 10U) << "cut at " << size;
  }
  int unseen = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    std::ofstream(file(20), std::ios::binary | std::ios::trunc) << damaged;
    const auto newest = store.newest(20);
    ASSERT_TRUE(newest.has_value());
    if (newest->revision == 10U) continue;
    ++unseen;  // a byte of a section's name: the fold refuses names it does not know
    Sections read = load(store, *newest);
    for (auto& section : read) section.first.clear();
    EXPECT_EQ(read, (Sections{{"", "0123456789"}, {"", "abc"}})) << at;
  }
  EXPECT_LE(unseen, 10);
}

TEST_F(CheckpointsTest, AnErrorWhileWritingLeavesTheEarlierCheckpointAndNoFile) {
  CheckpointStore store(settings_);
  ASSERT_TRUE(save(store, 10, sections_).ok());
  const Status status = store.write(20, [](const SectionSink& sink) {
    PAS_RETURN_IF_ERROR(sink("facts", "half"));
    return base::cancelled("stopping");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(store.newest(20)->revision, 10U);
}

TEST_F(CheckpointsTest, ASectionThatIsTooLargeIsRefusedWithTheRemedy) {
  CheckpointStore store(settings_);
  const Status status =
      save(store, 10, {{"facts", std::string(base::kStateSectionBytesMax + 1, 0)}});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(base::message_of(status).find("slices"), std::string::npos);
}

}  // namespace
}  // namespace passerelle::journal
