// One Read: the connector's thread puts messages in, gRPC takes them out.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "plugins/sdk/output.h"

namespace passerelle::sdk {

// Lives until gRPC has finished the call, which cannot be before finish() was called; it deletes
// itself then. send(), room(), spare() and finish() are called by the connector's thread.
class ReadCall final : public grpc::ServerWriteReactor<v1::ReadResponse>, public MessageSink {
 public:
  // Messages between the connector and gRPC; at the limit the connector waits.
  static constexpr std::size_t kMessagesMax = 16;

  void send(std::unique_ptr<v1::ReadResponse> message) override;
  std::size_t room() const override;
  bool cancelled() const override { return cancelled_.load(std::memory_order_relaxed); }
  std::unique_ptr<v1::ReadResponse> spare(const std::string& stream) override;

  // The end of the call, after what was sent. The connector's thread must not touch it afterwards.
  void end(const Status& status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  ~ReadCall() override = default;
  bool can_send() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return cancelled() || queue_.size() < kMessagesMax;
  }

  mutable absl::Mutex mutex_;
  std::atomic<bool> cancelled_{false};
  // The front one is being written while `writing_`.
  std::deque<std::unique_ptr<v1::ReadResponse>> queue_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  // Sent messages of each stream, to be filled again.
  std::map<std::string, std::vector<std::unique_ptr<v1::ReadResponse>>> spares_
      ABSL_GUARDED_BY(mutex_);
};

grpc::Status to_grpc(const Status& status);

}  // namespace passerelle::sdk
