// What connects one subscriber with the worker: a bounded queue of messages and two bells.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "core/publication/mutex.h"
#include "core/publication/publisher.h"

namespace passerelle::publication {

// Wakes the worker. Any thread.
class Bell {
 public:
  void ring() ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns when it was rung since the last wait, or at `deadline`.
  void wait(std::chrono::steady_clock::time_point deadline) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;  // under mutex_
};

class Outbox {
 public:
  Outbox(std::shared_ptr<Bell> bell, std::function<void()> on_ready)
      : bell_(std::move(bell)), on_ready_(std::move(on_ready)) {}

  // The subscriber's side.
  Message next() ABSL_LOCKS_EXCLUDED(mutex_);
  void close() ABSL_LOCKS_EXCLUDED(mutex_, callback_mutex_);  // waits for a running callback
  // Why nothing comes any more, once next() has given null; OK while something may.
  Status end() const ABSL_LOCKS_EXCLUDED(mutex_);

  // The worker's side.
  bool closed() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool empty() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool has_room() const ABSL_LOCKS_EXCLUDED(mutex_);
  void push(Message message) ABSL_LOCKS_EXCLUDED(mutex_);
  // There is more than was pushed: ring when the queue has been emptied.
  void set_more(bool more) ABSL_LOCKS_EXCLUDED(mutex_);
  void clear() ABSL_LOCKS_EXCLUDED(mutex_);
  // Nothing is pushed after this.
  void finish(Status why) ABSL_LOCKS_EXCLUDED(mutex_);
  // Messages taken so far; tells a stalled subscriber from a slow one.
  std::uint64_t taken() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Calls back if the subscriber found the queue empty and it no longer is, or is finished.
  void notify() ABSL_LOCKS_EXCLUDED(mutex_, callback_mutex_);

 private:
  const std::shared_ptr<Bell> bell_;
  mutable Mutex mutex_;
  std::deque<Message> queue_ ABSL_GUARDED_BY(mutex_);
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  bool more_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  Status end_ ABSL_GUARDED_BY(mutex_);
  Mutex callback_mutex_;  // held while the callback runs; taken before mutex_
  std::function<void()> on_ready_ ABSL_GUARDED_BY(callback_mutex_);
};

}  // namespace passerelle::publication
