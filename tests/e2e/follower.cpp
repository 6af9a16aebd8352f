#include "tests/e2e/follower.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>

#include "core/base/hash.h"
#include "passerelle/hub/v1/indicators.grpc.pb.h"

namespace passerelle::test {
namespace {

constexpr std::chrono::milliseconds kRetry{10};
constexpr std::chrono::milliseconds kConnectMax{2000};

std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    char hexadecimal[4];
    std::snprintf(hexadecimal, sizeof hexadecimal, "%%%02X", static_cast<unsigned char>(c));
    encoded += plain ? std::string(1, c) : std::string(hexadecimal);
  }
  return encoded;
}

std::string key_of(const hub::v1::Cell& cell) {
  const std::map<std::string, std::string> dimensions(cell.key().dimensions().begin(),
                                                      cell.key().dimensions().end());
  std::string key = cell.key().indicator();
  for (const auto& [dimension, value] : dimensions) {
    key += "|" + dimension + "=" + percent_encoded(value);
  }
  return key;
}

void append_varint(std::uint64_t value, std::string* out) {
  for (; value >= 128; value >>= 7) out->push_back(static_cast<char>(value | 128));
  out->push_back(static_cast<char>(value));
}

// The value's bytes of proto/README.md; they are what is kept and compared.
std::string value_of(const hub::v1::Cell& cell) {
  if (cell.value_case() == hub::v1::Cell::kNa) {
    return std::string("n") + static_cast<char>(cell.na());
  }
  std::string bytes = "v";
  append_varint(static_cast<std::uint64_t>(cell.scale()), &bytes);
  const std::int64_t scaled = cell.scaled();
  append_varint(
      (static_cast<std::uint64_t>(scaled) << 1) ^ static_cast<std::uint64_t>(scaled >> 63), &bytes);
  return bytes;
}

// Of a value of scale 0.
std::int64_t number_of(const std::string& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 2;) {
    value = (value << 7) | (static_cast<unsigned char>(bytes[i]) & 127U);
  }
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace

Follower::Follower(std::string socket_path, Selection selection)
    : address_("unix:" + std::move(socket_path)), selection_(std::move(selection)) {
  thread_ = std::thread([this] { run(); });
}

Follower::~Follower() {
  stopping_ = true;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (running_ != nullptr) running_->TryCancel();
  }
  thread_.join();
}

std::map<std::string, std::string> Follower::cells() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return cells_;
}

std::uint64_t Follower::hash() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return hash_;
}

std::string Follower::faults() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return faults_;
}

void Follower::run() {
  while (!stopping_) {
    follow_once();
    if (!stopping_) std::this_thread::sleep_for(kRetry);
  }
}

void Follower::follow_once() {
  grpc::ChannelArguments arguments;
  // A channel of its own: none of an earlier one's waiting before it connects.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  const auto channel =
      grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectMax)) return;
  const auto stub = hub::v1::IndicatorService::NewStub(channel);
  grpc::ClientContext context;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    running_ = &context;
  }
  const auto stream = stub->Subscribe(&context);
  hub::v1::SubscribeRequest request;
  hub::v1::Target& target = *request.mutable_add();
  target.set_id(1);
  target.mutable_selector()->mutable_indicators()->Assign(selection_.indicators.begin(),
                                                          selection_.indicators.end());
  target.mutable_selector()->mutable_by()->Assign(selection_.by.begin(), selection_.by.end());
  target.set_resume_token(token_);
  coming_ = cells_;  // this thread is the only one that writes them
  stream->Write(request);
  bool is_snapshot = false;
  bool has_progress = false;
  hub::v1::SubscribeResponse response;
  while (!stopping_ && stream->Read(&response)) {
    if (!take(response, &is_snapshot) || has_progress) continue;
    has_progress = true;
    ++streams_;
    if (!request.add().resume_token().empty() && !is_snapshot) ++resumed_;
  }
  if (stopping_) context.TryCancel();
  const grpc::Status status = stream->Finish();
  const bool hub_is_gone = status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                           status.error_code() == grpc::StatusCode::CANCELLED;
  if (!hub_is_gone) fault("the stream ended: " + status.error_message());
  const std::lock_guard<std::mutex> lock(mutex_);
  running_ = nullptr;
}

// True: a Progress.
bool Follower::take(const hub::v1::SubscribeResponse& response, bool* is_snapshot) {
  if (response.has_reset()) {
    ++resets_;
    fault("reset: " + response.reset().reason());
  }
  if (response.has_begin()) ++snapshots_;
  if (response.has_begin() || response.has_reset()) {
    *is_snapshot = true;
    coming_.clear();
  }
  for (const hub::v1::Cell& cell : response.cells().cells()) take_cell(cell);
  if (response.has_progress()) check(response.progress());
  return response.has_progress();
}

void Follower::take_cell(const hub::v1::Cell& cell) {
  if (cell.removed()) {
    coming_.erase(key_of(cell));
  } else {
    coming_[key_of(cell)] = value_of(cell);
  }
}

void Follower::check(const hub::v1::Progress& progress) {
  std::uint64_t hash = 0;
  std::int64_t total = 0;
  for (const auto& [key, value] : coming_) {
    hash ^= base::hash64(key + std::string(1, '\0') + value);
    if (key.starts_with(selection_.counted + "|")) total += number_of(value);
  }
  const std::string where = "Progress of revision " + std::to_string(progress.revision());
  if (progress.cells() != coming_.size()) {
    fault(where + " speaks of " + std::to_string(progress.cells()) + " cells, here are " +
          std::to_string(coming_.size()));
  }
  if (progress.hash() != hash) fault(where + " has another hash");
  if (progress.revision() < revision_) {
    fault(where + " comes after revision " + std::to_string(revision_));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  cells_ = coming_;
  token_ = progress.resume_token();
  hash_ = progress.hash();
  revision_ = progress.revision();
  total_ = total;
  ++progresses_;
}

void Follower::fault(const std::string& text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  faults_ += text + "\n";
}

}  // namespace passerelle::test
