// The one thread on which a connector's code runs, so that gRPC's threads never wait for it.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <deque>
#include <functional>
#include <thread>

namespace passerelle::sdk {

// Jobs run one after the other. Any thread may post.
class Worker {
 public:
  Worker();
  // Waits for the job under way; jobs not yet begun still run.
  ~Worker();
  void post(std::function<void()> job);

 private:
  void run();
  bool has_work() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !jobs_.empty();
  }

  absl::Mutex mutex_;
  std::deque<std::function<void()>> jobs_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace passerelle::sdk
