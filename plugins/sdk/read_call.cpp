#include "plugins/sdk/read_call.h"

#include <utility>

namespace passerelle::sdk {

grpc::Status to_grpc(const Status& status) {
  // The codes of both are the same numbers.
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), base::message_of(status)};
}

void ReadCall::send(std::unique_ptr<v1::ReadResponse> message) {
  const v1::ReadResponse* first = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &ReadCall::can_send));
    if (cancelled()) return;
    queue_.push_back(std::move(message));
    if (!writing_) first = queue_.front().get();
    writing_ = true;
  }
  if (first != nullptr) StartWrite(first);
}

std::size_t ReadCall::room() const {
  absl::MutexLock lock(&mutex_);
  return kMessagesMax - queue_.size();
}

std::unique_ptr<v1::ReadResponse> ReadCall::spare(const std::string& stream) {
  absl::MutexLock lock(&mutex_);
  auto& spares = spares_[stream];
  if (spares.empty()) return nullptr;
  auto message = std::move(spares.back());
  spares.pop_back();
  return message;
}

void ReadCall::end(const Status& status) {
  const grpc::Status result = to_grpc(status);
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
    status_ = result;
    if (writing_) return;  // OnWriteDone finishes
  }
  Finish(result);
}

void ReadCall::OnWriteDone(bool ok) {
  const v1::ReadResponse* next = nullptr;
  bool finished = false;
  grpc::Status status;
  {
    absl::MutexLock lock(&mutex_);
    auto written = std::move(queue_.front());
    queue_.pop_front();
    // Only full batches are worth keeping: they have the columns of their stream.
    if (written->has_batch() && written->batch().columns().columns_size() > 0) {
      spares_[written->batch().stream()].push_back(std::move(written));
    }
    if (!ok) cancelled_ = true;
    if (cancelled()) queue_.clear();
    if (!queue_.empty()) {
      next = queue_.front().get();
    } else {
      writing_ = false;
      finished = ended_;
      status = status_;
    }
  }
  if (next != nullptr) StartWrite(next);
  if (finished) Finish(status);
}

void ReadCall::OnCancel() {
  absl::MutexLock lock(&mutex_);  // wakes send()
  cancelled_ = true;
}

}  // namespace passerelle::sdk
