// What a source may answer besides rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/byte_source.h"
#include "plugins/rest/connector.h"
#include "plugins/sdk/describe.h"
#include "tests/plugins/rest/desk.h"

namespace passerelle::rest::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// The reason of the read of a source that always answers so.
std::string reason(ServerAnswer answer, const std::string& top = "") {
  const HttpServer server([answer](const ServerRequest&) { return answer; });
  const auto written = read(server, manifest(kRequest, top));
  return base::message_of(written.status());
}

TEST(Errors, TriesAgainAsTheSourceAsks) {
  int asked = 0;
  const HttpServer server([&asked](const ServerRequest&) {
    ++asked;
    // The check is asked first: it gets its answer.
    if (asked == 2) return ServerAnswer{429, "", {{"Retry-After", "1"}}};
    if (asked == 3) return ServerAnswer{503, "", {{"Retry-After", "0"}}};
    if (asked == 4) return ServerAnswer{500, ""};
    return ServerAnswer{200, items(tickets(3), 0, 3)};
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto written = read(server, manifest(kRequest));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(3));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(Errors, LeavesALongWaitToTheHub) {
  int asked = 0;
  const HttpServer server([&asked](const ServerRequest&) {
    if (++asked == 1) return ServerAnswer{200, items(tickets(3), 0, 3)};
    return ServerAnswer{503, "maintenance", {{"Retry-After", "7200"}}};
  });
  const auto written = read(server, manifest(kRequest));
  EXPECT_TRUE(base::is_transient(written.status()));
  EXPECT_THAT(base::message_of(written.status()), HasSubstr("answers 503: maintenance"));
}

TEST(Errors, SaysWhoMustDoWhat) {
  EXPECT_THAT(reason({403, "{}"}), HasSubstr("the right to read this"));
  EXPECT_THAT(reason({404, "not here"}), HasSubstr("/t answers 404: not here; check `url`"));
  EXPECT_THAT(reason({302, "", {{"Location", "https://rt.example.fr/"}}}),
              HasSubstr("redirection to https://rt.example.fr/; write that address as `url`"));
  EXPECT_THAT(reason({200, "<html>", {{"Content-Type", "text/html"}}}),
              HasSubstr("does not answer in JSON (text/html)"));
  EXPECT_THAT(reason({200, R"({"tickets":[]})"}), HasSubstr("no list where `rows` says"));
  EXPECT_THAT(reason({200, R"({"error":["'nope'",""]})"}, "error: {at: error, text: 'error[0]'}"),
              HasSubstr("answers with an error: 'nope'"));
}

TEST(Errors, RefusesAnUnencryptedConnectionToAnotherMachine) {
  const Folder folder;
  folder.write("m.manifest", manifest(kRequest));
  RestConnector connector;
  const auto written = sdk::read_in_process(
      connector, R"({"manifest": "m.manifest", "url": "http://rt.example.invalid"})",
      folder.path());
  EXPECT_THAT(base::message_of(written.status()), HasSubstr("is not encrypted; write https://"));
}

TEST(Errors, RejectsARowAloneAndMasksWhatIsPersonal) {
  const HttpServer server([](const ServerRequest&) {
    return ServerAnswer{
        200,
        R"({"items":[{"id":1,"at":"2026-02-29T10:00:00Z"},{"id":2,"at":"2024-02-29T10:00:00Z"}]})"};
  });
  const std::string text =
      "engine: rest\nstreams:\n  ticket:\n    kind: ticket\n    request: {path: /t}\n"
      "    rows: items\n    id: [id]\n    fields: {ticket: id, opened: at}\n";
  const auto written = read(server, text);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(1));
  ASSERT_THAT(written->rejects, SizeIs(1));
  EXPECT_EQ(written->rejects[0].rule, "REST-VALUE");
  EXPECT_EQ(written->rejects[0].position, "ticket, row 1");
  EXPECT_EQ(written->rejects[0].field, "opened");
}

TEST(Errors, ReadsAnAmountWithItsDigitsAndTypedObjectsOfJsonRpc) {
  const HttpServer server([](const ServerRequest&) {
    return ServerAnswer{200, R"({"items":[{"n":1,"v":12345678901234.56,)"
                             R"("d":{"__class__":"date","year":2026,"month":3,"day":29}},)"
                             R"({"n":2,"v":{"__class__":"Decimal","decimal":"-0.10"},)"
                             R"("d":{"__class__":"date","year":2024,"month":2,"day":29}}]})"};
  });
  const std::string text =
      "engine: rest\nstreams:\n  p:\n    kind: payment_piece\n    request: {path: /t}\n"
      "    rows: items\n    id: [n]\n    fields: {number: n, amount: v, issued_on: d}\n";
  const auto written = read(server, text);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  ASSERT_THAT(written->records, SizeIs(2));
  EXPECT_EQ(written->records[0].numbers.at("amount"), 1'234'567'890'123'456);
  EXPECT_EQ(written->records[1].numbers.at("amount"), -10);
  EXPECT_EQ(base::format_date(static_cast<base::Days>(written->records[1].numbers.at("issued_on"))),
            "2024-02-29");
}

TEST(Errors, IsDescribedInItsReadmeByTheCode) {
  auto source = formats::open_file(PASSERELLE_SOURCE_DIR "/plugins/rest/README.md");
  ASSERT_TRUE(source.ok()) << source.status().ToString();
  const auto readme = formats::read_all(**source, 1 << 20);
  ASSERT_TRUE(readme.ok());
  EXPECT_THAT(*readme, HasSubstr(sdk::to_markdown(RestConnector().describe())))
      << "put the tables of `rest --describe` into the README";
}

}  // namespace
}  // namespace passerelle::rest::testing
