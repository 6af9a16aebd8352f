#include "core/publication/outbox.h"

#include "core/base/limits.h"

namespace passerelle::publication {
namespace {

// Messages are put in while fewer bytes wait, so that a stalled subscriber holds little; one
// message may take it beyond. An eighth keeps 200 of them under 64 MiB.
constexpr std::size_t kFillBytes = base::kSubscriberQueueBytesMax / 8;

}  // namespace

void Bell::ring() {
  const MutexLock lock(&mutex_);
  rung_ = true;
  changed_.notify_one();
}

void Bell::wait(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock<std::mutex> lock(mutex_.native());
  const auto rung = [this] { return rung_; };
  if (deadline == std::chrono::steady_clock::time_point::max()) {
    changed_.wait(lock, rung);
  } else {
    changed_.wait_until(lock, deadline, rung);
  }
  rung_ = false;
}

Message Outbox::next() {
  Message message;
  bool ring = false;
  {
    const MutexLock lock(&mutex_);
    if (!queue_.empty() && !closed_) {
      message = std::move(queue_.front());
      queue_.pop_front();
      bytes_ -= message->size();
      ++taken_;
    } else {
      waiting_ = true;
    }
    ring = more_ && queue_.empty();
    if (ring) more_ = false;
  }
  if (ring) bell_->ring();
  return message;
}

void Outbox::close() {
  const MutexLock callback_lock(&callback_mutex_);
  on_ready_ = nullptr;
  {
    const MutexLock lock(&mutex_);
    closed_ = true;
    queue_.clear();
    bytes_ = 0;
  }
  bell_->ring();
}

Status Outbox::end() const {
  const MutexLock lock(&mutex_);
  return queue_.empty() ? end_ : Status();
}

bool Outbox::closed() const {
  const MutexLock lock(&mutex_);
  return closed_;
}

bool Outbox::empty() const {
  const MutexLock lock(&mutex_);
  return queue_.empty();
}

bool Outbox::has_room() const {
  const MutexLock lock(&mutex_);
  return bytes_ < kFillBytes;
}

void Outbox::push(Message message) {
  if (message == nullptr) return;
  const MutexLock lock(&mutex_);
  if (closed_) return;
  bytes_ += message->size();
  queue_.push_back(std::move(message));
}

void Outbox::set_more(bool more) {
  bool ring = false;
  {
    const MutexLock lock(&mutex_);
    // It may have been emptied since the worker looked.
    ring = more && queue_.empty();
    more_ = more && !ring;
  }
  if (ring) bell_->ring();
}

void Outbox::clear() {
  const MutexLock lock(&mutex_);
  queue_.clear();
  bytes_ = 0;
}

void Outbox::finish(Status why) {
  const MutexLock lock(&mutex_);
  end_ = std::move(why);
}

std::uint64_t Outbox::taken() const {
  const MutexLock lock(&mutex_);
  return taken_;
}

void Outbox::notify() {
  const MutexLock callback_lock(&callback_mutex_);
  {
    const MutexLock lock(&mutex_);
    if (!waiting_ || (queue_.empty() && end_.ok())) return;
    waiting_ = false;
  }
  if (on_ready_) on_ready_();
}

}  // namespace passerelle::publication
