// One Subscribe call: targets come and go, messages are written one at a time as the client reads.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "core/publication/publisher.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::edge {

class SubscribeStream;

// The streams that are open, so that a stop can end them. Any thread.
class OpenStreams {
 public:
  bool add(SubscribeStream* stream);  // false: they have been ended
  void remove(SubscribeStream* stream);
  // Ends all with UNAVAILABLE.
  void end_all();

 private:
  std::mutex mutex_;
  std::set<SubscribeStream*> streams_;  // under mutex_
  bool ended_ = false;                  // under mutex_
};

// Deletes itself when gRPC is done with it. Messages are those of the publisher, shared between
// streams: only the target's number is put before them.
class SubscribeStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // Of an account, or (empty) of who sees everything.
  SubscribeStream(publication::Publisher& publisher, OpenStreams& streams, std::string account);
  // Ends with `status` once no write is under way.
  void end(const Status& status);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  struct Followed {
    std::shared_ptr<publication::Subscription> subscription;
    bool ready = true;  // next() may have something
  };
  Status handle(const hub::v1::SubscribeRequest& request);
  Status add(const hub::v1::Target& target);
  void on_ready(std::uint32_t target);
  void write_next();
  bool take_next();

  publication::Publisher& publisher_;
  OpenStreams& streams_;
  const std::string account_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;  // being written
  std::mutex mutex_;
  std::map<std::uint32_t, Followed> targets_;  // under mutex_
  std::uint32_t last_written_ = 0;             // target, for taking turns; under mutex_
  bool writing_ = false;                       // under mutex_
  bool finished_ = false;                      // under mutex_
  std::optional<Status> end_;                  // under mutex_
  Status over_;                                // why the publisher ended a target; under mutex_
};

// Answers a call that is refused.
class RefusedStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit RefusedStream(const Status& status);
  void OnDone() override { delete this; }
};

}  // namespace passerelle::edge
