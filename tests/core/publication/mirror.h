// A subscriber for tests: applies the messages it takes to a copy of its cells and checks every
// Progress against that copy.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/publication/codec.h"
#include "core/publication/publisher.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::publication {

inline std::string key_of(const hub::v1::CellKey& key) {
  Dimensions dimensions(key.dimensions().begin(), key.dimensions().end());
  std::sort(dimensions.begin(), dimensions.end());
  return key_text(key.indicator(), dimensions);
}

inline model::CellValue value_of(const hub::v1::Cell& cell) {
  model::CellValue value;
  value.absent = cell.removed();
  value.scaled = cell.scaled();
  value.scale = static_cast<std::uint8_t>(cell.scale());
  value.na = static_cast<model::NaReason>(cell.na());
  return value;
}

class Mirror {
 public:
  // `before`: the cells a resumed subscriber already holds.
  Mirror(Publisher& publisher, Target target, const Mirror* before = nullptr) {
    if (before != nullptr) cells_ = before->cells_;
    auto subscription = publisher.subscribe(std::move(target), [this] {
      const std::lock_guard<std::mutex> lock(mutex_);
      ready_ = true;
      changed_.notify_all();
    });
    status_ = subscription.status();
    if (subscription.ok()) subscription_ = *std::move(subscription);
  }

  const Status& status() const { return status_; }
  // Why nothing comes any more.
  Status end() const { return subscription_->end(); }
  // Takes messages until a Progress of `revision` or a later one; false after 10 s without one.
  bool follow_to(model::Revision revision) {
    while (progress_.revision() < revision || !whole_) {
      if (!take()) return false;
    }
    return true;
  }
  // Takes one message, waiting for it.
  bool take() {
    for (;;) {
      if (const Message message = subscription_->next(); message != nullptr) {
        apply(*message);
        return true;
      }
      if (!subscription_->end().ok()) return false;
      std::unique_lock<std::mutex> lock(mutex_);
      if (!changed_.wait_for(lock, std::chrono::seconds(10), [this] { return ready_; })) {
        return false;
      }
      ready_ = false;
    }
  }

  const std::map<std::string, model::CellValue>& cells() const { return cells_; }
  // "value" by key; na as "na".
  std::map<std::string, std::string> texts() const {
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : cells_) {
      texts[key] = value.na != model::NaReason::kNone ? "na" : std::to_string(value.scaled);
    }
    return texts;
  }
  const hub::v1::Progress& progress() const { return progress_; }
  // "KEY=5", "KEY removed", "begin", "end", "reset", "progress 5" since the last call.
  std::vector<std::string> events() { return std::exchange(events_, {}); }
  std::size_t resets() const { return resets_; }

 private:
  void apply(const std::string& bytes) {
    hub::v1::SubscribeResponse response;
    ASSERT_TRUE(response.ParseFromString(bytes));
    switch (response.event_case()) {
      case hub::v1::SubscribeResponse::kBegin:
        cells_.clear();
        events_.push_back("begin");
        whole_ = false;
        break;
      case hub::v1::SubscribeResponse::kCells:
        whole_ = false;
        for (const hub::v1::Cell& cell : response.cells().cells()) apply(cell);
        break;
      case hub::v1::SubscribeResponse::kEnd:
        events_.push_back("end");
        break;
      case hub::v1::SubscribeResponse::kReset:
        events_.push_back("reset");
        cells_.clear();
        ++resets_;
        whole_ = false;
        break;
      case hub::v1::SubscribeResponse::kAlert:
        events_.push_back("alert " + key_of(response.alert().cell()));
        break;
      case hub::v1::SubscribeResponse::kProgress:
        progress_ = response.progress();
        events_.push_back("progress " + std::to_string(progress_.revision()));
        whole_ = true;
        check();
        break;
      default:
        FAIL() << "a message without an event";
    }
  }
  void apply(const hub::v1::Cell& cell) {
    const std::string key = key_of(cell.key());
    if (cell.removed()) {
      EXPECT_EQ(cells_.erase(key), 1U) << key << " is removed but was never sent";
      events_.push_back(key + " removed");
      return;
    }
    cells_[key] = value_of(cell);
    events_.push_back(key + "=" + std::to_string(cell.scaled()));
  }
  void check() {
    std::uint64_t hash = 0;
    for (const auto& [key, value] : cells_) hash ^= model::cell_hash(key, value);
    EXPECT_EQ(progress_.hash(), hash) << "at revision " << progress_.revision();
    EXPECT_EQ(progress_.cells(), cells_.size()) << "at revision " << progress_.revision();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false;
  Status status_;
  std::map<std::string, model::CellValue> cells_;
  hub::v1::Progress progress_;
  std::vector<std::string> events_;
  std::size_t resets_ = 0;
  bool whole_ = false;
  std::unique_ptr<Subscription> subscription_;  // last: its callback uses the rest
};

}  // namespace passerelle::publication
