// Runs calls that may read files, off gRPC's threads. One thread, a bounded queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace passerelle::edge {

class ReadingThread {
 public:
  ReadingThread() : thread_([this] { work(); }) {}
  ~ReadingThread() { stop(); }

  // False: kWaitingCallsMax tasks wait already, or it is stopped; the task will not run.
  bool post(std::function<void()> task);
  // Runs what was posted, then ends.
  void stop();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // under mutex_
  bool stopping_ = false;                    // under mutex_
  std::thread thread_;
};

}  // namespace passerelle::edge
