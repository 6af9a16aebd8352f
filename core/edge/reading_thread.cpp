#include "core/edge/reading_thread.h"

#include "core/base/limits.h"

namespace passerelle::edge {

bool ReadingThread::post(std::function<void()> task) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_ || tasks_.size() >= base::kWaitingCallsMax) return false;
  tasks_.push_back(std::move(task));
  changed_.notify_one();
  return true;
}

void ReadingThread::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void ReadingThread::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace passerelle::edge
