// The bytes that all connectors together may have between their plugins and the journal.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace passerelle::connectors {

// Any thread.
class IntakeBudget {
 public:
  explicit IntakeBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // True: `bytes` are taken (whatever their number if nothing else is). False: `retry` will be
  // called once, on the thread that gives bytes back.
  bool take(std::size_t bytes, std::function<void()> retry) {
    absl::MutexLock lock(&mutex_);
    if (used_ != 0 && used_ + bytes > bytes_max_) {
      waiting_.push_back(std::move(retry));
      return false;
    }
    used_ += bytes;
    return true;
  }
  void give(std::size_t bytes) {
    std::vector<std::function<void()>> waiting;
    {
      absl::MutexLock lock(&mutex_);
      used_ -= bytes;
      waiting.swap(waiting_);
    }
    for (const auto& retry : waiting) retry();
  }

 private:
  const std::size_t bytes_max_;
  absl::Mutex mutex_;
  std::size_t used_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace passerelle::connectors
