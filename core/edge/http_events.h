// Subscribe as server-sent events: one target, events begin, cells, end, progress and reset with
// the JSON of the message's part of that name. The id of a progress is its resume token in base64:
// a browser sends it back as Last-Event-ID. The next message is asked for when the last one is
// written, so that a slow reader is conflated by the publisher and holds one message here.
#pragma once

#include <grpcpp/generic/generic_stub.h>

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core/edge/http_session.h"

namespace passerelle::edge {

class EventStream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                          public std::enable_shared_from_this<EventStream> {
 public:
  // `request`: a SubscribeRequest with the target to add.
  static void open(const std::shared_ptr<HttpSession>& session, const std::string& rpc,
                   const google::protobuf::Message& request);
  explicit EventStream(std::shared_ptr<HttpSession> session);
  ~EventStream() override;

  // The client has gone, takes nothing, or the door closes. The door's thread.
  void drop();

  // gRPC's threads.
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  // The door's thread.
  void watch_client();
  void beat();
  void received();
  void begin();
  void release();
  void write(std::string text);
  void ended(const grpc::Status& status);

  std::shared_ptr<HttpSession> session_;
  grpc::ClientContext call_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;
  boost::asio::steady_timer timer_;
  std::string text_;    // being written
  int stalled_ = 0;     // beats since the write under way began
  bool begun_ = false;  // the headers are sent
  bool writing_ = false;
  bool reading_ = true;  // gRPC has been asked for a message
  bool dropped_ = false;
  bool released_ = false;
  bool waiting_ = false;                // a message came while another text was written
  std::optional<grpc::Status> status_;  // once the call is over
  bool told_ = false;                   // the client knows why
  char byte_ = 0;                       // of watch_client
  std::shared_ptr<EventStream> self_;   // until OnDone
};

}  // namespace passerelle::edge
