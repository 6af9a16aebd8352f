// Every way of saying who asks; sessions that end; secrets that stay secret.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/rest/desk.h"

namespace passerelle::rest::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

ServerAnswer refused() { return {401, R"({"message":"Unauthorized"})"}; }

// Answers five tickets to those who show `value` in `header`.
HttpServer::Handler guarded(const std::string& header, const std::string& value) {
  return [header, value](const ServerRequest& request) {
    return request.header(header) == value ? ServerAnswer{200, items(tickets(5), 0, 5)} : refused();
  };
}

ReadOptions with(std::map<std::string, std::string> secrets, std::string config = "") {
  ReadOptions options;
  options.secrets = std::move(secrets);
  options.more_config = std::move(config);
  return options;
}

TEST(Auth, ShowsAUserAndAPassword) {
  // "lecteur:s3cret" in base64, by RFC 7617.
  const HttpServer server(guarded("authorization", "Basic bGVjdGV1cjpzM2NyZXQ="));
  const auto written =
      read(server,
           manifest(kRequest,
                    "auth: {kind: basic, user: '${config.user}', password: '${secret.password}'}"),
           with({{"password", "s3cret"}}, R"(, "user": "lecteur")"));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(5));
}

TEST(Auth, ShowsABearerTokenOrAKeyInAHeaderOrInTheQuery) {
  const auto options = with({{"token", "k-123456"}});
  const HttpServer bearer(guarded("authorization", "Bearer k-123456"));
  EXPECT_TRUE(
      read(bearer, manifest(kRequest, "auth: {kind: bearer, token: '${secret.token}'}"), options)
          .ok());
  const HttpServer key(guarded("dolapikey", "k-123456"));
  EXPECT_TRUE(
      read(key,
           manifest(kRequest, "auth: {kind: header, name: DOLAPIKEY, token: '${secret.token}'}"),
           options)
          .ok());
  const HttpServer query([](const ServerRequest& request) {
    return request.parameter("key") == "k-123456" ? ServerAnswer{200, items(tickets(5), 0, 5)}
                                                  : refused();
  });
  EXPECT_TRUE(read(query,
                   manifest(kRequest, "auth: {kind: query, name: key, token: '${secret.token}'}"),
                   options)
                  .ok());
}

TEST(Auth, TellsARefusalWithoutTheSecret) {
  const HttpServer server([](const ServerRequest& request) {
    return ServerAnswer{401, "no such token: " + request.header("authorization")};
  });
  const auto written =
      read(server, manifest(kRequest, "auth: {kind: bearer, token: '${secret.token}'}"),
           with({{"token", "k-123456"}}));
  const std::string text = base::message_of(written.status());
  EXPECT_THAT(text, HasSubstr("401"));
  EXPECT_THAT(text, HasSubstr("check the connector's user and secrets"));
  EXPECT_THAT(text, Not(HasSubstr("k-123456")));
}

const char* const kSession =
    "auth:\n"
    "  kind: session\n"
    "  login: {method: GET, path: /initSession, headers: {Authorization: 'user_token "
    "${secret.token}', "
    "App-Token: '${secret.app_token}'}}\n"
    "  values: {token: session_token}\n"
    "  headers: {Session-Token: '${session.token}', App-Token: '${secret.app_token}'}\n"
    "  logout: {path: /killSession}\n";

// Sessions as GLPI's: each lives for some requests.
class SessionDesk {
 public:
  explicit SessionDesk(int lives_for) : lives_for_(lives_for) {}
  ServerAnswer operator()(const ServerRequest& request) {
    if (request.header("app-token") != "app-9999") return refused();
    if (request.path == "/initSession") {
      if (request.header("authorization") != "user_token u-123456") return refused();
      left_ = lives_for_;
      return {200, R"({"session_token":"s)" + std::to_string(++session_) + "\"}"};
    }
    if (request.header("session-token") != "s" + std::to_string(session_) || left_-- <= 0) {
      return {401, R"(["ERROR_SESSION_TOKEN_INVALID","session_token semble incorrect"])"};
    }
    if (request.path == "/killSession") return {200, "true"};
    const std::size_t from = std::stoul(request.parameter("offset"));
    return {200, items(tickets(47), from, 10)};
  }

 private:
  int lives_for_;
  int left_ = 0;
  int session_ = 0;
};

TEST(Auth, LogsInAgainWhenASessionEndsAndAsksThePageAgain) {
  const HttpServer server{SessionDesk(2)};
  const auto written =
      read(server,
           manifest("request: {path: /t, query: {offset: '${offset}'}}\npage: {kind: offset}\n",
                    kSession),
           with({{"token", "u-123456"}, {"app_token", "app-9999"}}));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(47));
  EXPECT_THAT(states(*written), SizeIs(47));
}

TEST(Auth, EndsTheSessionThatItBegan) {
  const HttpServer server{SessionDesk(100)};
  const auto written =
      read(server,
           manifest("request: {path: /t, query: {offset: '${offset}'}}\npage: {kind: offset}\n",
                    kSession),
           with({{"token", "u-123456"}, {"app_token", "app-9999"}}));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_EQ(server.asked().back().path, "/killSession");
}

TEST(Auth, GivesUpWhenANewSessionIsRefusedToo) {
  const HttpServer server{SessionDesk(0)};
  const auto written =
      read(server, manifest("request: {path: /t, query: {offset: '${offset}'}}\n", kSession),
           with({{"token", "u-123456"}, {"app_token", "app-9999"}}));
  EXPECT_THAT(base::message_of(written.status()), HasSubstr("ERROR_SESSION_TOKEN_INVALID"));
  EXPECT_THAT(base::message_of(written.status()), Not(HasSubstr("u-123456")));
}

TEST(Auth, RenewsASessionWhoseEndIsToldByAnErrorOfStatus200) {
  int logins = 0;
  int asked = 0;
  const HttpServer server([&](const ServerRequest& request) {
    if (request.path == "/login") {
      EXPECT_EQ(request.body, R"({"login":"a\"b","key":"p-123456"})");
      ++logins;
      ServerAnswer answer{200, R"({"result":[7,"k7"]})"};
      answer.headers.emplace_back("Set-Cookie", "sid=c" + std::to_string(logins) + "; Path=/");
      return answer;
    }
    EXPECT_EQ(request.header("authorization"), "Session YSJiOjc6azc=");  // a"b:7:k7
    EXPECT_EQ(request.header("cookie"), "sid=c" + std::to_string(logins));
    if (++asked == 2)
      return ServerAnswer{200, R"({"error":{"code":100,"message":"Session Expired"}})"};
    return ServerAnswer{200, items(tickets(5), 0, 5)};
  });
  const std::string auth =
      "error: {at: error, text: error.message}\n"
      "auth:\n"
      "  kind: session\n"
      "  login: {path: /login, body: "
      "'{\"login\":\"${config.user}\",\"key\":\"${secret.password}\"}'}\n"
      "  values: {id: 'result[0]', key: 'result[1]', sid: 'cookie:sid'}\n"
      "  headers: {Authorization: 'Session "
      "${base64(${config.user}:${session.id}:${session.key})}', "
      "Cookie: 'sid=${session.sid}'}\n"
      "  renew: {error: Session Expired}\n";
  const auto written = read(server, manifest(kRequest, auth),
                            with({{"password", "p-123456"}}, R"(, "user": "a\"b")"));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(5));
  EXPECT_EQ(logins, 3) << "the check, the read, and once more";
}

TEST(Auth, GetsATokenOfClientCredentialsAndANewOneWhenItEnds) {
  int tokens = 0;
  const HttpServer server([&](const ServerRequest& request) {
    if (request.path == "/oauth_token.do") {
      EXPECT_EQ(
          request.body,
          "grant_type=client_credentials&scope=read&client_id=id%201&client_secret=p%26%3D1234");
      // Within the margin: it has ended when it is used for the next page.
      return ServerAnswer{200, R"({"access_token":"t)" + std::to_string(++tokens) +
                                   R"(","token_type":"Bearer","expires_in":5})"};
    }
    if (request.header("authorization") != "Bearer t" + std::to_string(tokens)) return refused();
    return ServerAnswer{200, items(tickets(25), std::stoul(request.parameter("offset")), 10)};
  });
  const auto written =
      read(server,
           manifest("request: {path: /t, query: {offset: '${offset}'}}\npage: {kind: offset}\n",
                    "auth: {kind: oauth2, token_path: /oauth_token.do, user: '${config.user}', "
                    "password: '${secret.client_secret}', scope: read}"),
           with({{"client_secret", "p&=1234"}}, R"(, "user": "id 1")"));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(25));
  EXPECT_GE(tokens, 4);
}

}  // namespace
}  // namespace passerelle::rest::testing
