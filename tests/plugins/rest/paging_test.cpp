// Every way of asking for the next page reads every row once, whole or in pieces.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/rest/desk.h"

namespace passerelle::rest::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

struct Case {
  const char* name;
  std::string request;  // of the manifest
  std::string page;
  HttpServer::Handler server;
};

std::size_t number(const ServerRequest& request, const char* name) {
  const std::string text = request.parameter(name);
  return text.empty() ? 0 : std::stoul(text);
}

const std::vector<Ticket>& desk() {
  static const std::vector<Ticket> all = tickets(47);
  return all;
}

std::string with(std::string answer, const std::string& member) {
  answer.insert(answer.size() - 1, "," + member);
  return answer;
}

ServerAnswer by_offset(const ServerRequest& request) {
  return {200, items(desk(), number(request, "offset"), kPage)};
}

ServerAnswer by_page_from_zero(const ServerRequest& request) {
  const std::size_t from = number(request, "page") * kPage;
  if (from >= desk().size()) return {404, R"({"error":"No ticket found"})"};
  return {200, items(desk(), from, kPage)};
}

ServerAnswer by_key(const ServerRequest& request) {
  return {200, items(desk(), number(request, "after"), kPage)};
}

ServerAnswer by_token(const ServerRequest& request) {
  const std::string token = request.parameter("token");
  const std::size_t from = token.empty() ? 0 : std::stoul(token.substr(1));
  std::string answer = items(desk(), from, kPage);
  if (from + kPage >= desk().size()) return {200, with(answer, R"("isLast":true)")};
  return {200, with(answer,
                    R"("isLast":false,"nextPageToken":"t)" + std::to_string(from + kPage) + "\"")};
}

ServerAnswer by_link(const ServerRequest& request) {
  const std::size_t from = number(request, "from");
  ServerAnswer answer{200, items(desk(), from, kPage)};
  answer.headers.emplace_back("Link", "</t?from=0>; rel=\"first\"");
  if (from + kPage < desk().size()) {
    answer.headers.emplace_back("Link", "</t?from=0>; rel=\"prev\", </t?from=" +
                                            std::to_string(from + kPage) + ">; rel=\"next\"");
  }
  return answer;
}

ServerAnswer by_next(const ServerRequest& request) {
  const std::size_t from = number(request, "skip");
  std::string answer = items(desk(), from, kPage);
  if (from + kPage < desk().size()) {
    answer = with(answer, R"("@odata.nextLink":"t?skip=)" + std::to_string(from + kPage) + "\"");
  }
  return {200, answer};
}

// Inclusive on both ends, and an error behind the last row: as GLPI.
ServerAnswer by_range(const ServerRequest& request) {
  const std::string range = request.parameter("range");
  const std::size_t from = std::stoul(range);
  const std::size_t to = std::stoul(range.substr(range.find('-') + 1));
  if (from >= desk().size()) return {400, R"(["ERROR_RANGE_EXCEED_TOTAL"])"};
  ServerAnswer answer{206, items(desk(), from, to - from + 1)};
  answer.headers.emplace_back("Content-Range", range + "/" + std::to_string(desk().size()));
  return answer;
}

std::vector<Case> cases() {
  return {
      {"page", "path: /t\n  query: {page: '${page}'}", "{kind: page, first: 0, end_status: 404}",
       by_page_from_zero},
      {"offset", "path: /t\n  query: {offset: '${offset}', limit: '${limit}'}",
       "{kind: offset, size: 10}", by_offset},
      {"keyset", "path: /t\n  query: {after: '${after}'}", "{kind: keyset, by: id}", by_key},
      {"cursor", "path: /t\n  query: {token: '${cursor}'}",
       "{kind: cursor, at: nextPageToken, more: '!isLast'}", by_token},
      {"link", "path: /t", "{kind: link}", by_link},
      {"next", "path: /t", "{kind: next, at: '\"@odata.nextLink\"'}", by_next},
      {"range", "path: /t\n  query: {range: '${offset}-${end}'}", "{kind: range, size: 10}",
       by_range},
  };
}

class EveryPaging : public ::testing::TestWithParam<std::size_t> {
 protected:
  const Case one = cases()[GetParam()];
  const std::string text = manifest("request:\n  " + one.request + "\npage: " + one.page);
};

TEST_P(EveryPaging, ReadsEveryRowOnce) {
  const HttpServer server(one.server);
  const auto written = read(server, text);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(47));
  EXPECT_THAT(states(*written), SizeIs(47));
  ASSERT_THAT(written->scopes, SizeIs(1));
  EXPECT_TRUE(written->scopes[0].replace && written->scopes[0].closed);
}

TEST_P(EveryPaging, GoesOnAtThePageWhereItWasStopped) {
  const HttpServer server(one.server);
  for (const std::size_t stop : {1, 2, 4}) {
    const auto first = read(server, text, {"", stop});
    ASSERT_TRUE(first.ok()) << first.status().ToString();
    EXPECT_THAT(first->records, SizeIs(stop * kPage));
    const auto rest = read(server, text, {first->checkpoints.back()});
    ASSERT_TRUE(rest.ok()) << rest.status().ToString();
    EXPECT_THAT(rest->records, SizeIs(47 - stop * kPage));
    auto together = states(*first);
    together.merge(states(*rest));
    EXPECT_THAT(together, SizeIs(47));
  }
}

TEST_P(EveryPaging, ReadsAnEmptySource) {
  const HttpServer server([](const ServerRequest&) {
    return ServerAnswer{200, R"({"items":[]})"};
  });
  const auto written = read(server, text);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(0));
}

INSTANTIATE_TEST_SUITE_P(Rest, EveryPaging, ::testing::Range(std::size_t{0}, std::size_t{7}),
                         [](const auto& one) { return cases()[one.param].name; });

TEST(Paging, AsksAPageTheSizeOfWhichTheSourceCutsUntilTheTotal) {
  const HttpServer server([](const ServerRequest& request) {
    return ServerAnswer{200,
                        with(items(desk(), number(request, "offset"), kPage), R"("total":47)")};
  });
  const auto written =
      read(server, manifest("request: {path: /t, query: {offset: '${offset}', limit: '${limit}'}}\n"
                            "page: {kind: offset, size: 500, total: total}"));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(47));
  EXPECT_EQ(server.asked().size(), 1u + 5u) << "the check, then five pages";
}

TEST(Paging, RefusesASourceThatIgnoresThePageNumber) {
  const HttpServer server([](const ServerRequest&) {
    return ServerAnswer{200, items(desk(), 0, kPage)};
  });
  const auto written =
      read(server, manifest("request: {path: /t, query: {seite: '${page}'}}\npage: {kind: page}"));
  EXPECT_THAT(base::message_of(written.status()), HasSubstr("rows that it gave before"));
}

TEST(Paging, RefusesAKeyOrAMarkThatStays) {
  const HttpServer server([](const ServerRequest&) {
    return ServerAnswer{200, with(items(desk(), 0, kPage), R"("next":"same")")};
  });
  EXPECT_THAT(
      base::message_of(
          read(server, manifest("request: {path: /t}\npage: {kind: keyset, by: id}")).status()),
      HasSubstr("the same key again"));
  EXPECT_THAT(
      base::message_of(
          read(server, manifest("request: {path: /t}\npage: {kind: cursor, at: next}")).status()),
      HasSubstr("again"));
}

TEST(Paging, FollowsNoAddressOfAnotherMachine) {
  const HttpServer server([](const ServerRequest&) {
    return ServerAnswer{200, with(items(desk(), 0, kPage), R"("next":"http://127.0.0.2:9/x")")};
  });
  const auto written = read(server, manifest("request: {path: /t}\npage: {kind: next, at: next}"));
  EXPECT_THAT(base::message_of(written.status()), HasSubstr("another machine, 127.0.0.2:9"));
}

TEST(Paging, ReadsRowsOfRows) {
  const HttpServer server([](const ServerRequest& request) {
    if (request.path == "/t") return ServerAnswer{200, items(desk(), 0, 3)};
    const std::string ticket = request.path.substr(request.path.rfind('/') + 1);
    return ServerAnswer{200, R"([{"n":"1","to":"open"},{"n":"2","to":"closed"}])"};
  });
  const std::string text = manifest("request: {path: /t}") +
                           "  event:\n"
                           "    kind: ticket_event\n"
                           "    each: ticket\n"
                           "    request: {path: '/t/${parent.id}'}\n"
                           "    rows: .\n"
                           "    id: [parent.id, n]\n"
                           "    fields: {ticket: parent.id, state: to, sequence: n}\n";
  const auto written = read(server, text);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(3 + 6));
  std::map<std::string, std::string> events;
  for (const auto& record : written->records) {
    if (record.stream == "event") events[record.id] = record.texts.at("state");
  }
  EXPECT_THAT(events, SizeIs(6));
  EXPECT_EQ(events.at("3/2"), "closed");
  EXPECT_EQ(written->records[1].scope, written->records[0].scope);
}

}  // namespace
}  // namespace passerelle::rest::testing
