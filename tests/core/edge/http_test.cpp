// The HTTP door, spoken to by a plain client.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/limits.h"
#include "core/edge/bearer.h"
#include "core/edge/http_json.h"
#include "core/edge/http_routes.h"
#include "core/edge/roles.h"
#include "edge_fixture.h"

namespace passerelle::edge {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using nlohmann::json;
using Response = http::response<http::string_body>;

class HttpTest : public EdgeTest {
 protected:
  void open() {
    Server::Settings wanted = settings();
    wanted.http_address = "127.0.0.1:0";
    auto server = Server::start(wanted, *publisher_, admin_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->set_ready(true);
    std::ifstream(folder_.path() + "/token") >> token_;
  }
  tcp::socket connected() {
    const std::string address = server_->http_address();
    tcp::socket socket(io_);
    const int port = std::stoi(address.substr(address.rfind(':') + 1));
    socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
    return socket;
  }
  static std::string request_text(const std::string& method, const std::string& target,
                                  const std::string& token, const std::string& body = "",
                                  const std::string& header = "") {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + header;
    if (!token.empty()) text += "Authorization: Bearer " + token + "\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static Response read(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    Response response;
    http::read(socket, buffer, response);
    return response;
  }
  Response ask(const std::string& method, const std::string& target, const std::string& token,
               const std::string& body = "") {
    tcp::socket socket = connected();
    asio::write(socket, asio::buffer(request_text(method, target, token, body)));
    return read(socket);
  }
  Response get(const std::string& target) { return ask("GET", target, token_); }

  asio::io_context io_;
  std::string token_;
};

// Reads a stream of events, one at a time.
class Events {
 public:
  explicit Events(tcp::socket socket) : socket_(std::move(socket)) {}
  std::string head() { return until("\r\n\r\n"); }
  std::string next() { return until("\n\n"); }
  bool ended() {
    boost::system::error_code problem;
    asio::read_until(socket_, buffer_, "\n\n", problem);
    return problem == asio::error::eof;
  }

 private:
  std::string until(const char* end) {
    const std::size_t size = asio::read_until(socket_, buffer_, end);
    const auto data = buffer_.data();
    std::string text(asio::buffers_begin(data),
                     asio::buffers_begin(data) + static_cast<long>(size));
    buffer_.consume(size);
    return text;
  }

  tcp::socket socket_;
  asio::streambuf buffer_;
};

TEST_F(HttpTest, ValuesAreReadByAddress) {
  set("a", 12);
  set("b", 30);
  commit();
  open();
  const Response response = get("/v1/demo/values?indicators=COST&by=policy&filter=policy%3Da");
  EXPECT_EQ(response.result_int(), 200U) << response.body();
  const json answer = json::parse(response.body());
  EXPECT_EQ(answer["revision"], "2");
  ASSERT_EQ(answer["cells"].size(), 1U);
  EXPECT_EQ(answer["cells"][0]["scaled"], "12");
  EXPECT_EQ(answer["cells"][0]["key"]["dimensions"]["policy"], "a");
}

TEST_F(HttpTest, EveryUnaryRpcIsCalledByPostWithJson) {
  open();
  const Response values =
      ask("POST", "/v1/demo/IndicatorService/Get", token_,
          R"({"selector": {"indicators": ["COST"], "by": ["policy"], "period": "2026"}})");
  EXPECT_EQ(values.result_int(), 200U) << values.body();
  for (const HttpRoute& route : http_routes()) {
    if (route.streams) continue;
    const Response response = ask("POST", "/v1/demo/" + route.path, token_, "{}");
    EXPECT_EQ(response["Content-Type"], "application/json") << route.path;
    const json answer = json::parse(response.body());
    // What is refused is refused by the RPC itself: it was reached.
    EXPECT_EQ(answer.contains("code"), response.result_int() != 200) << route.path;
    EXPECT_NE(answer.value("code", ""), "UNIMPLEMENTED") << route.path;
  }
}

TEST_F(HttpTest, EveryRpcOfTheHubHasARoute) {
  for (const Rule& rule : rules()) {
    const auto& routes = http_routes();
    EXPECT_TRUE(std::any_of(routes.begin(), routes.end(), [&](const HttpRoute& route) {
      return route.rpc == rule.method;
    })) << rule.method;
  }
  EXPECT_EQ(http_routes().size(), rules().size());
}

TEST_F(HttpTest, WithoutTheTokenOnlyHealthIsAnswered) {
  open();
  EXPECT_EQ(ask("GET", "/healthz", "").result_int(), 200U);
  for (const char* target : {"/metrics", "/v1/openapi.json", "/v1/demo/values?indicators=COST"}) {
    for (const std::string& token : {std::string(), std::string(64, 'a')}) {
      const Response response = ask("GET", target, token);
      EXPECT_EQ(response.result_int(), 401U) << target;
      EXPECT_EQ(response["WWW-Authenticate"], "Bearer");
      EXPECT_EQ(json::parse(response.body())["code"], "UNAUTHENTICATED");
    }
  }
  server_->set_ready(false);
  EXPECT_EQ(ask("GET", "/healthz", "").result_int(), 503U);
}

TEST_F(HttpTest, AnAccountsTokenOpensWhatTheAccountMaySee) {
  set("a", 12);
  model::Account account;
  account.id = "dsi";
  account.units = {"DSI"};
  account.digest = digest_of("the-token");
  state_.set_access({{{account, 1, 0, "dga", "test"}}, 0});
  commit();
  open();
  const Response values = ask("GET", "/v1/demo/values?indicators=COST&by=policy", "the-token");
  EXPECT_EQ(values.result_int(), 200U) << values.body();
  EXPECT_EQ(json::parse(values.body())["cells"][0]["na"], "NA_REASON_HIDDEN") << values.body();
  for (const char* target : {"/v1/demo/connectors", "/metrics"}) {
    EXPECT_EQ(ask("GET", target, "the-token").result_int(), 403U) << target;
  }
  EXPECT_EQ(ask("GET", "/v1/openapi.json", "the-token").result_int(), 200U);
  EXPECT_EQ(ask("GET", "/v1/demo/values?indicators=COST&by=policy", "another").result_int(), 401U);
}

TEST_F(HttpTest, MistakesAreNamed) {
  open();
  const auto refusal = [&](const Response& response) {
    return std::to_string(response.result_int()) + " " +
           json::parse(response.body())["message"].get<std::string>();
  };
  EXPECT_EQ(refusal(get("/v1/other/values?indicators=COST")),
            "404 this hub serves the authority demo, not other");
  EXPECT_EQ(refusal(get("/v1/demo/nothing")),
            "404 there is nothing at /v1/demo/nothing; see /v1/openapi.json for what there is");
  EXPECT_EQ(refusal(ask("POST", "/v1/demo/values", token_)),
            "405 GET is the method of /v1/demo/values");
  EXPECT_EQ(ask("POST", "/v1/demo/values", token_)[http::field::allow], "GET");
  EXPECT_EQ(refusal(get("/v1/demo/values?indicators=COST&colour=red")).substr(0, 35),
            "400 there is no parameter colour; k");
  EXPECT_EQ(refusal(get("/v1/demo/values?indicators=COST&revision=new")),
            "400 revision=new: a whole number is expected");
  EXPECT_EQ(refusal(ask("POST", "/v1/demo/IndicatorService/Get", token_, "{")).substr(0, 45),
            "400 the body is not a GetRequest in JSON: Une");
  EXPECT_EQ(refusal(get("/v1/demo/values?indicators=COST&by=policy&grain=month")),
            "400 COST is not published by policy at grain month; published: policy (year)");
}

TEST_F(HttpTest, AConnectionServesSeveralRequests) {
  open();
  tcp::socket socket = connected();
  for (int i = 0; i < 3; ++i) {
    asio::write(socket, asio::buffer(request_text("GET", "/v1/demo/connectors", token_)));
    EXPECT_EQ(json::parse(read(socket).body())["connectors"][0]["id"], "finance");
  }
}

TEST_F(HttpTest, ARequestThatIsTooLargeIsRefused) {
  open();
  tcp::socket socket = connected();
  const std::string header = "X-Long: " + std::string(base::kHttpHeaderBytesMax, 'x') + "\r\n";
  asio::write(socket, asio::buffer(request_text("GET", "/healthz", "", "", header)));
  EXPECT_EQ(read(socket).result_int(), 429U);
}

TEST_F(HttpTest, AStreamSendsASnapshotThenWholeRevisionsAndResumesAfterItsLastId) {
  set("a", 1);
  commit();
  open();
  const std::string target = "/v1/demo/stream?indicators=COST&by=policy";
  std::string id;
  {
    tcp::socket socket = connected();
    asio::write(socket, asio::buffer(request_text("GET", target, token_)));
    Events events(std::move(socket));
    EXPECT_NE(events.head().find("text/event-stream"), std::string::npos);
    EXPECT_EQ(events.next().substr(0, 12), "event: begin");
    const std::string cells = events.next();
    EXPECT_EQ(cells.substr(0, 12), "event: cells");
    EXPECT_NE(cells.find("\"scaled\":\"1\""), std::string::npos) << cells;
    EXPECT_EQ(events.next().substr(0, 10), "event: end");
    const std::string progress = events.next();
    id = progress.substr(4, progress.find('\n') - 4);
    const json data = json::parse(progress.substr(progress.find("data: ") + 6));
    const std::uint64_t hash =
        model::cell_hash("COST|period=2026|policy=a", publication::number(1));
    EXPECT_EQ(data["progress"]["hash"], base::to_hex(hash));
    set("a", 2);
    commit();
    EXPECT_NE(events.next().find("\"scaled\":\"2\""), std::string::npos);
  }
  set("b", 7);
  commit();
  tcp::socket socket = connected();
  asio::write(socket, asio::buffer(request_text("GET", target, token_, "",
                                                "Last-Event-ID: " + id + "\r\n")));
  Events events(std::move(socket));
  events.head();
  const std::string cells = events.next();
  EXPECT_EQ(cells.substr(0, 12), "event: cells") << "a resumed stream has no snapshot";
  EXPECT_NE(cells.find("\"policy\":\"b\""), std::string::npos) << cells;
}

TEST_F(HttpTest, AStreamThatCannotBeginIsAnsweredWithTheError) {
  open();
  const Response wrong = get("/v1/demo/stream?indicators=NOTHING");
  EXPECT_EQ(wrong.result_int(), 400U) << wrong.body();
  tcp::socket socket = connected();
  asio::write(socket, asio::buffer(request_text("GET", "/v1/demo/stream?indicators=COST&by=policy",
                                                token_, "", "Last-Event-ID: bm9uZQ==\r\n")));
  const Response forged = read(socket);
  EXPECT_EQ(forged.result_int(), 400U);
  EXPECT_NE(forged.body().find("resume token"), std::string::npos) << forged.body();
}

TEST_F(HttpTest, AStopEndsStreamsAndClosesTheDoor) {
  set("a", 1);
  commit();
  open();
  tcp::socket socket = connected();
  asio::write(socket, asio::buffer(request_text("GET", "/v1/demo/stream?indicators=COST&by=policy",
                                                token_)));
  Events events(std::move(socket));
  events.head();
  for (int i = 0; i < 4; ++i) events.next();
  server_->stop(std::chrono::seconds(1));
  EXPECT_EQ(events.next().substr(0, 12), "event: error");
  EXPECT_TRUE(events.ended());
  EXPECT_THROW(connected(), boost::system::system_error);
}

TEST_F(HttpTest, AClientThatTakesNothingHoldsUpNeitherTheHubNorItsStop) {
  set("a", 1);
  commit();
  open();
  tcp::socket socket = connected();
  socket.set_option(asio::socket_base::receive_buffer_size(4096));
  asio::write(socket, asio::buffer(request_text("GET", "/v1/demo/stream?indicators=COST&by=policy",
                                                token_)));
  for (int i = 0; i < 200; ++i) {
    for (int k = 0; k < 500; ++k) set("k" + std::to_string(k), 1000 * i + k);
    commit();
  }
  EXPECT_EQ(get("/v1/demo/values?indicators=COST&by=policy").result_int(), 200U);
  const auto began = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST_F(HttpTest, MetricsAreInPrometheusText) {
  set("a", 1);
  commit();
  open();
  const Response response = get("/metrics");
  EXPECT_EQ(response.result_int(), 200U);
  EXPECT_NE(response.body().find("# TYPE passerelle_records_read_total counter"),
            std::string::npos);
  EXPECT_NE(
      response.body().find("passerelle_records_total{connector=\"finance\",outcome=\"kept\"}"),
      std::string::npos)
      << response.body();
  EXPECT_NE(response.body().find("passerelle_revision 2"), std::string::npos);
}

TEST_F(HttpTest, TheOpenApiDocumentNamesEveryRouteAndOnlySchemasItHas) {
  open();
  const json document = json::parse(get("/v1/openapi.json").body());
  for (const HttpRoute& route : http_routes()) {
    if (!route.streams) {
      EXPECT_TRUE(document["paths"].contains("/v1/{authority}/" + route.path)) << route.path;
    }
    if (!route.read_path.empty()) {
      EXPECT_TRUE(document["paths"].contains("/v1/{authority}/" + route.read_path));
    }
  }
  const std::string text = document.dump();
  const std::string marker = "#/components/schemas/";
  for (std::size_t at = text.find(marker); at != std::string::npos;
       at = text.find(marker, at + 1)) {
    const std::size_t begin = at + marker.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_TRUE(document["components"]["schemas"].contains(name)) << name;
  }
}

}  // namespace
}  // namespace passerelle::edge
