#include "core/publication/backlog.h"

#include "core/base/limits.h"

namespace passerelle::publication {
namespace {

constexpr std::size_t kSparesMax = 4;

std::size_t bytes_of(const flow::Delta& delta) {
  return sizeof delta + delta.changes.size() * sizeof(flow::CellChange) + delta.names.bytes();
}

}  // namespace

Status Backlog::push(Entry entry) {
  const std::size_t bytes = bytes_of(entry.delta);
  std::unique_lock<std::mutex> lock(mutex_.native());
  changed_.wait(lock, [&] {
    return bytes_ == 0 || bytes_ + bytes <= base::kUnpublishedBytesMax || !failed_.ok();
  });
  PAS_RETURN_IF_ERROR(failed_);
  bytes_ += bytes;
  waiting_.push_back(std::move(entry));
  changed_.notify_all();
  return {};
}

Status Backlog::settle() {
  std::unique_lock<std::mutex> lock(mutex_.native());
  changed_.wait(lock, [this] { return (waiting_.empty() && !is_out_) || !failed_.ok(); });
  return failed_;
}

void Backlog::close() {
  const MutexLock lock(&mutex_);
  closed_ = true;
  changed_.notify_all();
}

flow::Delta Backlog::spare() {
  const MutexLock lock(&mutex_);
  if (spares_.empty()) return {};
  flow::Delta delta = std::move(spares_.back());
  spares_.pop_back();
  return delta;
}

std::optional<Backlog::Entry> Backlog::pop(Status done_before, flow::Delta spare) {
  std::unique_lock<std::mutex> lock(mutex_.native());
  if (is_out_) {
    is_out_ = false;
    bytes_ -= bytes_out_;
    if (spares_.size() < kSparesMax) spares_.push_back(std::move(spare));
    if (failed_.ok()) failed_ = std::move(done_before);
    changed_.notify_all();
  }
  changed_.wait(lock, [this] { return !waiting_.empty() || closed_; });
  if (waiting_.empty() || !failed_.ok()) return std::nullopt;
  Entry entry = std::move(waiting_.front());
  waiting_.pop_front();
  is_out_ = true;
  bytes_out_ = bytes_of(entry.delta);
  return entry;
}

}  // namespace passerelle::publication
