#include "core/publication/backlog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "core/base/limits.h"

namespace passerelle::publication {
namespace {

flow::Delta delta_of(model::Revision revision, std::size_t changes = 0) {
  flow::Delta delta;
  delta.revision = revision;
  delta.changes.resize(changes);
  return delta;
}

// Takes what is pushed, in a thread of its own, until it is closed.
class Writer {
 public:
  Writer(Backlog* backlog, std::function<Status(const Backlog::Entry&)> write)
      : thread_([backlog, write = std::move(write)] {
          Status done;
          flow::Delta spare;
          while (auto entry = backlog->pop(std::move(done), std::move(spare))) {
            done = write(*entry);
            spare.changes = std::move(entry->delta.changes);
          }
        }) {}
  ~Writer() { thread_.join(); }

 private:
  std::thread thread_;
};

TEST(Backlog, GivesOutWhatWasPushedInOrderAndSettlesWhenAllOfItIsDone) {
  Backlog backlog;
  std::vector<model::Revision> written;  // read after settle() only
  Writer writer(&backlog, [&](const Backlog::Entry& entry) {
    written.push_back(entry.delta.revision);
    return Status();
  });
  std::vector<model::Revision> pushed;
  for (model::Revision revision = 1; revision <= 500; ++revision) {
    ASSERT_TRUE(backlog.push({delta_of(revision), nullptr}).ok());
    pushed.push_back(revision);
    if (revision % 50 != 0) continue;
    ASSERT_TRUE(backlog.settle().ok());
    EXPECT_EQ(written, pushed);
  }
  backlog.close();
}

TEST(Backlog, HoldsUpWhoPushesMoreThanItsLimitUntilThereIsRoom) {
  Backlog backlog;
  const std::size_t half = base::kUnpublishedBytesMax / sizeof(flow::CellChange) / 2 + 1;
  ASSERT_TRUE(backlog.push({delta_of(1, half), nullptr}).ok());
  std::atomic<bool> pushed{false};
  std::thread second([&] {
    ASSERT_TRUE(backlog.push({delta_of(2, half), nullptr}).ok());
    pushed = true;
  });
  const auto first = backlog.pop({}, {});
  ASSERT_TRUE(first.has_value());
  // It is out, not done: its bytes are still there.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(pushed);
  const auto next = backlog.pop({}, {});
  second.join();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->delta.revision, 2U);
}

TEST(Backlog, TakesWhatIsLargerThanItsLimitWhenNothingElseWaits) {
  Backlog backlog;
  const std::size_t many = base::kUnpublishedBytesMax / sizeof(flow::CellChange) + 1;
  EXPECT_TRUE(backlog.push({delta_of(1, many), nullptr}).ok());
}

TEST(Backlog, AFailureIsToldToWhoSettlesAndToWhoPushesNext) {
  Backlog backlog;
  Writer writer(&backlog, [](const Backlog::Entry& entry) {
    return entry.delta.revision == 2 ? base::data_loss("the disk is full") : Status();
  });
  ASSERT_TRUE(backlog.push({delta_of(1), nullptr}).ok());
  ASSERT_TRUE(backlog.settle().ok());
  ASSERT_TRUE(backlog.push({delta_of(2), nullptr}).ok());
  EXPECT_TRUE(absl::IsDataLoss(backlog.settle()));
  EXPECT_TRUE(absl::IsDataLoss(backlog.push({delta_of(3), nullptr})));
  backlog.close();
}

TEST(Backlog, WhatWaitsWhenItIsClosedIsStillWritten) {
  Backlog backlog;
  std::atomic<int> written{0};
  for (model::Revision revision = 1; revision <= 20; ++revision) {
    ASSERT_TRUE(backlog.push({delta_of(revision), nullptr}).ok());
  }
  backlog.close();
  {
    Writer writer(&backlog, [&](const Backlog::Entry&) {
      ++written;
      return Status();
    });
  }
  EXPECT_EQ(written, 20);
}

TEST(Backlog, TheMemoryOfADeltaThatIsDoneServesAgain) {
  Backlog backlog;
  EXPECT_EQ(backlog.spare().changes.capacity(), 0U);
  ASSERT_TRUE(backlog.push({delta_of(1, 100), nullptr}).ok());
  auto entry = backlog.pop({}, {});
  flow::Delta done;
  done.changes = std::move(entry->delta.changes);
  backlog.close();
  EXPECT_FALSE(backlog.pop({}, std::move(done)).has_value());
  EXPECT_GE(backlog.spare().changes.capacity(), 100U);
}

}  // namespace
}  // namespace passerelle::publication
