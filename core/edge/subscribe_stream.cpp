#include "core/edge/subscribe_stream.h"

#include "core/base/limits.h"
#include "core/edge/convert.h"
#include "core/edge/status.h"
#include "passerelle/hub/v1/indicators.grpc.pb.h"

namespace passerelle::edge {
namespace {

using publication::Message;

// The bytes of the message's `target` field (number 1, varint).
grpc::Slice target_prefix(std::uint32_t target) {
  std::string bytes(1, '\x08');
  for (std::uint32_t rest = target;; rest >>= 7) {
    const bool last = rest < 0x80;
    bytes.push_back(static_cast<char>(last ? rest : (rest & 0x7F) | 0x80));
    if (last) break;
  }
  return grpc::Slice(bytes);
}

// Refers to the shared bytes and keeps them until gRPC has sent them.
grpc::Slice shared_slice(Message message) {
  auto* keeper = new Message(std::move(message));
  return {const_cast<char*>((*keeper)->data()), (*keeper)->size(),
          [](void* kept) { delete static_cast<Message*>(kept); }, keeper};
}

}  // namespace

bool OpenStreams::add(SubscribeStream* stream) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!ended_) streams_.insert(stream);
  return !ended_;
}

void OpenStreams::remove(SubscribeStream* stream) {
  const std::lock_guard<std::mutex> lock(mutex_);
  streams_.erase(stream);
}

void OpenStreams::end_all() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  for (SubscribeStream* stream : streams_) stream->end(base::unavailable("the hub is stopping"));
}

SubscribeStream::SubscribeStream(publication::Publisher& publisher, OpenStreams& streams,
                                 std::string account)
    : publisher_(publisher), streams_(streams), account_(std::move(account)) {
  if (streams_.add(this)) {
    StartRead(&request_);
  } else {
    end(base::unavailable("the hub is stopping"));
  }
}

void SubscribeStream::end(const Status& status) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (finished_) return;
    if (writing_) {
      if (!end_) end_ = status;
      return;
    }
    finished_ = true;
  }
  Finish(to_grpc(status));
}

void SubscribeStream::OnReadDone(bool ok) {
  if (!ok) {
    // The client has said all it wants to follow; it may go on listening.
    bool idle = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      idle = targets_.empty();
    }
    if (idle) end({});
    return;
  }
  hub::v1::SubscribeRequest request;
  const grpc::Status parsed =
      grpc::SerializationTraits<hub::v1::SubscribeRequest>::Deserialize(&request_, &request);
  Status status = parsed.ok() ? handle(request)
                              : base::invalid_argument("the request is not a SubscribeRequest");
  if (!status.ok()) {
    end(status);
    return;
  }
  write_next();
  StartRead(&request_);
}

Status SubscribeStream::handle(const hub::v1::SubscribeRequest& request) {
  switch (request.request_case()) {
    case hub::v1::SubscribeRequest::kAdd:
      return add(request.add());
    case hub::v1::SubscribeRequest::kRemove: {
      // Destroyed without the lock, which the subscription's callback takes.
      Followed removed;
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto found = targets_.find(request.remove());
      if (found == targets_.end()) {
        return base::invalid_argument("there is no target " + std::to_string(request.remove()) +
                                      " on this stream");
      }
      removed = std::move(found->second);
      targets_.erase(found);
      return {};
    }
    case hub::v1::SubscribeRequest::REQUEST_NOT_SET:
      break;
  }
  return base::invalid_argument("the request neither adds nor removes a target");
}

Status SubscribeStream::add(const hub::v1::Target& target) {
  const std::uint32_t id = target.id();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (targets_.size() >= base::kTargetsPerStreamMax) {
      return base::resource_exhausted("one stream follows at most " +
                                      std::to_string(base::kTargetsPerStreamMax) +
                                      " targets; open another");
    }
    if (targets_.count(id) > 0) {
      return base::invalid_argument("target " + std::to_string(id) +
                                    " is on this stream already; choose another number");
    }
    targets_[id].ready = false;
  }
  publication::Target asked = to_target(target);
  asked.account = account_;
  auto subscription = publisher_.subscribe(std::move(asked), [this, id] { on_ready(id); });
  if (!subscription.ok()) {
    return base::annotate(subscription.status(), "target " + std::to_string(id));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  targets_[id] = {*std::move(subscription), true};
  return {};
}

void SubscribeStream::on_ready(std::uint32_t target) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = targets_.find(target);
    if (found == targets_.end()) return;
    found->second.ready = true;
  }
  write_next();
}

void SubscribeStream::write_next() {
  Status over;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (writing_ || finished_ || end_) return;
    writing_ = take_next();
    if (!writing_ && over_.ok()) return;
    if (!writing_) over = over_;
  }
  if (over.ok()) {
    StartWrite(&answer_);
  } else {
    end(over);
  }
}

// Puts the next message into `answer_`, the targets taking turns. With the lock held.
bool SubscribeStream::take_next() {
  auto at = targets_.upper_bound(last_written_);
  for (std::size_t tried = 0; tried < targets_.size(); ++tried, ++at) {
    if (at == targets_.end()) at = targets_.begin();
    auto& [id, followed] = *at;
    if (!followed.ready || followed.subscription == nullptr) continue;
    Message message = followed.subscription->next();
    if (message == nullptr) {
      followed.ready = false;
      if (over_.ok()) over_ = followed.subscription->end();
      continue;
    }
    const grpc::Slice slices[] = {target_prefix(id), shared_slice(std::move(message))};
    answer_ = grpc::ByteBuffer(slices, 2);
    last_written_ = id;
    return true;
  }
  return false;
}

void SubscribeStream::OnWriteDone(bool ok) {
  std::optional<Status> ending;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    writing_ = false;
    answer_.Clear();
    ending = end_;
  }
  if (!ok) ending = base::cancelled("the client has gone");
  if (ending) {
    end(*ending);
  } else {
    write_next();
  }
}

void SubscribeStream::OnCancel() { end(base::cancelled("the client has gone")); }

void SubscribeStream::OnDone() {
  streams_.remove(this);
  // Their callbacks use this; destroying them waits for a running one.
  std::map<std::uint32_t, Followed> targets;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    targets.swap(targets_);
  }
  targets.clear();
  delete this;
}

RefusedStream::RefusedStream(const Status& status) { Finish(to_grpc(status)); }

}  // namespace passerelle::edge
