#include "core/edge/http_events.h"

#include <sodium.h>

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "core/base/limits.h"
#include "core/edge/http_json.h"
#include "core/edge/status.h"
#include "passerelle/hub/v1/indicators.grpc.pb.h"

namespace passerelle::edge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;

std::string base64_of(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kBase64);
  text.pop_back();  // its NUL
  return text;
}

// Of a token that is none: text that the hub refuses as a token.
std::string bytes_of(const std::string& base64) {
  std::string bytes(base64.size() + 1, '\0');
  std::size_t size = 0;
  const int decoded =
      sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), base64.data(),
                        base64.size(), nullptr, &size, nullptr, kBase64);
  if (decoded != 0) return base64;
  bytes.resize(size);
  return bytes;
}

StatusOr<std::string> event_of(const hub::v1::SubscribeResponse& message) {
  const google::protobuf::OneofDescriptor* oneof = message.GetDescriptor()->oneof_decl(0);
  const auto* field = message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
  if (field == nullptr) return std::string();
  PAS_ASSIGN_OR_RETURN(const std::string data, to_json(message));
  std::string text;
  if (message.has_progress()) text += "id: " + base64_of(message.progress().resume_token()) + "\n";
  return text + "event: " + field->name() + "\ndata: " + data + "\n\n";
}

}  // namespace

void EventStream::open(const std::shared_ptr<HttpSession>& session, const std::string& rpc,
                       const google::protobuf::Message& request) {
  auto made = std::make_shared<EventStream>(session);
  made->self_ = made;
  hub::v1::SubscribeRequest asked(static_cast<const hub::v1::SubscribeRequest&>(request));
  asked.mutable_add()->set_id(1);
  const std::string last = session->header("Last-Event-ID");
  if (!last.empty()) asked.mutable_add()->set_resume_token(bytes_of(last));
  const grpc::Slice bytes(asked.SerializeAsString());
  made->request_ = grpc::ByteBuffer(&bytes, 1);
  session->context_.sign(session->header("Authorization"), &made->call_);
  session->context_.stub->PrepareBidiStreamingCall(&made->call_, rpc, {}, made.get());
  made->StartWriteLast(&made->request_, {});
  // Reads are started on the door's thread, outside of gRPC's reactions: until the last one has
  // ended the call must not be done.
  made->AddHold();
  made->StartRead(&made->message_);
  made->StartCall();
  made->watch_client();
}

EventStream::EventStream(std::shared_ptr<HttpSession> session)
    : session_(std::move(session)), timer_(session_->stream_.get_executor()) {
  session_->context_.open.insert(this);
  ++session_->context_.streams;
}

EventStream::~EventStream() {
  session_->context_.open.erase(this);
  --session_->context_.streams;
}

// A client sends nothing more: what ends the wait is that it has gone.
void EventStream::watch_client() {
  session_->stream_.expires_never();
  session_->stream_.socket().async_read_some(
      asio::buffer(&byte_, 1),
      [self = shared_from_this()](beast::error_code, std::size_t) { self->drop(); });
}

// Tells an idle client, and what lies between, that the stream lives.
void EventStream::beat() {
  timer_.expires_after(base::kHttpHeartbeat);
  timer_.async_wait([self = shared_from_this()](beast::error_code cancelled) {
    if (cancelled) return;
    if (self->writing_) {
      if (++self->stalled_ >= base::kHttpStalledBeatsMax) return self->drop();
    } else if (!self->status_) {
      self->write(": alive\n\n");
    }
    self->beat();
  });
}

void EventStream::OnReadDone(bool ok) {
  asio::post(session_->stream_.get_executor(), [self = shared_from_this(), ok] {
    self->reading_ = false;
    if (ok && !self->dropped_) return self->received();
    self->release();
  });
}

void EventStream::OnDone(const grpc::Status& status) {
  asio::post(session_->stream_.get_executor(),
             [self = std::move(self_), status] { self->ended(status); });
}

void EventStream::received() {
  if (writing_) {
    waiting_ = true;
    return;
  }
  waiting_ = false;
  hub::v1::SubscribeResponse message;
  const grpc::Status parsed =
      grpc::SerializationTraits<hub::v1::SubscribeResponse>::Deserialize(&message_, &message);
  const StatusOr<std::string> text =
      parsed.ok() ? event_of(message) : StatusOr<std::string>(from_grpc(parsed));
  if (!text.ok()) return drop();
  if (!begun_) begin();
  write(text_ + *text);
  reading_ = true;
  StartRead(&message_);
}

// Lets the call be done: nothing is read any more.
void EventStream::release() {
  if (!std::exchange(released_, true)) RemoveHold();
}

// The client has gone, or takes nothing: what it missed is kept for its token.
void EventStream::drop() {
  if (std::exchange(dropped_, true)) return;
  if (!status_) {
    call_.TryCancel();
    if (!reading_) release();
  }
  beast::error_code ignored;
  if (begun_) session_->stream_.socket().close(ignored);
}

void EventStream::begin() {
  begun_ = true;
  text_ =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
  beat();
}

void EventStream::write(std::string text) {
  writing_ = true;
  text_ = std::move(text);
  asio::async_write(session_->stream_.socket(), asio::buffer(text_),
                    [self = shared_from_this()](beast::error_code problem, std::size_t) {
                      self->writing_ = false;
                      self->stalled_ = 0;
                      self->text_.clear();
                      if (problem) self->drop();
                      if (self->status_) return self->ended(*self->status_);
                      if (self->waiting_ && !self->dropped_) self->received();
                    });
}

// The call is over: an error before the first event is answered as one, a later one is an event.
void EventStream::ended(const grpc::Status& status) {
  status_ = status;
  if (writing_) return;  // comes back here when that is done
  beast::error_code ignored;
  if (!begun_) {
    session_->stream_.cancel();
    session_->request_.keep_alive(false);
    return session_->refuse(from_grpc(status));
  }
  if (!std::exchange(told_, true) && status.error_code() != grpc::StatusCode::CANCELLED) {
    return write("event: error\ndata: " + error_json(from_grpc(status)) + "\n\n");
  }
  timer_.cancel();
  session_->stream_.socket().close(ignored);
}

}  // namespace passerelle::edge
