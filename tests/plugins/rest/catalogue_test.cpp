// The delivered manifests against small servers that answer as each system's documentation says,
// with what it says between the lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/base/calendar.h"
#include "tests/plugins/rest/desk.h"

namespace passerelle::rest::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string delivered(const std::string& name) {
  std::ifstream file(PASSERELLE_SOURCE_DIR "/plugins/rest/manifests/" + name + ".manifest");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string list(int from, int to, const std::function<std::string(int)>& row) {
  std::string out = "[";
  for (int i = from; i < to; ++i) out += (i > from ? "," : "") + row(i);
  return out + "]";
}

std::string instant(const sdk::WrittenRecord& record, const char* field) {
  const auto found = record.numbers.find(field);
  return found == record.numbers.end() ? "" : base::format_instant(found->second);
}

sdk::WrittenRecord record_of(const sdk::Written& written, const std::string& id) {
  for (const auto& record : written.records) {
    if (record.id == id) return record;
  }
  ADD_FAILURE() << "no record " << id;
  return {};
}

constexpr int kRows = 230;

TEST(Catalogue, GlpiRangesAreInclusiveItsDatesHaveNoZoneAndItsSessionsAreEnded) {
  bool is_closed = false;
  const HttpServer server([&is_closed](const ServerRequest& request) {
    if (request.header("app-token") != "app-1234")
      return ServerAnswer{400, R"(["ERROR_WRONG_APP_TOKEN_PARAMETER",""])"};
    if (request.path == "/initSession") {
      EXPECT_EQ(request.header("authorization"), "user_token u-123456");
      return ServerAnswer{200, R"({"session_token":"s-12345"})"};
    }
    if (request.header("session-token") != "s-12345") return ServerAnswer{401, "[]"};
    if (request.path == "/killSession") return ServerAnswer{200, "true"};
    EXPECT_EQ(request.path, "/search/Ticket");
    EXPECT_EQ(request.parameter("criteria[0][field]"), "19");
    // All were changed at noon; morethan finds what is later, not what is as late.
    const std::string since = request.parameter("criteria[0][value]");
    const int rows = is_closed || since >= "2026-11-01 12:00:00" ? 0 : kRows;
    if (rows == 0) return ServerAnswer{200, R"({"totalcount":0,"count":0})"};
    const std::string range = request.parameter("range");
    const int from = std::stoi(range);
    if (from >= rows) return ServerAnswer{400, R"(["ERROR_RANGE_EXCEED_TOTAL",""])"};
    const int to = std::min(std::stoi(range.substr(range.find('-') + 1)) + 1, rows);
    ServerAnswer answer{
        to < rows ? 206 : 200,
        R"({"totalcount":)" + std::to_string(rows) + R"(,"data":)" + list(from, to, [](int i) {
          return R"({"2":)" + std::to_string(i) +
                 R"(,"12":5,"7":"Voirie > Éclairage","14":2,)"
                 R"("15":"2026-07-01 10:00:00","16":null,)"
                 R"("17":"2026-12-01 10:00:00","19":"2026-11-01 12:00:00"})";
        }) + "}"};
    answer.headers.emplace_back("Content-Range", range + "/" + std::to_string(rows));
    return answer;
  });
  ReadOptions options;
  options.secrets = {{"token", "u-123456"}, {"app_token", "app-1234"}};
  const auto written = read(server, delivered("glpi_tickets"), options);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(states(*written), SizeIs(kRows));
  const auto one = record_of(*written, "7");
  EXPECT_EQ(one.texts.at("state"), "résolu");
  EXPECT_EQ(one.texts.at("subcategory"), "demande");
  EXPECT_EQ(instant(one, "opened"), "2026-07-01T08:00:00Z") << "summer in Paris";
  EXPECT_EQ(instant(one, "resolved"), "2026-12-01T09:00:00Z") << "winter";
  EXPECT_EQ(instant(one, "closed"), "");
  EXPECT_EQ(server.asked().back().path, "/killSession");
  options.checkpoint = written->checkpoints.back();
  is_closed = true;
  const auto again = read(server, delivered("glpi_tickets"), options);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_THAT(again->records, SizeIs(0)) << "nothing is no `data`";
}

TEST(Catalogue, RedmineIsAskedForClosedIssuesTooAndCutsPagesTo100) {
  const HttpServer server([](const ServerRequest& request) {
    EXPECT_EQ(request.header("x-redmine-api-key"), "k-123456");
    EXPECT_EQ(request.parameter("status_id"), "*") << "else only open ones are shown";
    EXPECT_THAT(request.parameter("updated_on"), StartsWith(">="));
    const int from = std::stoi(request.parameter("offset"));
    return ServerAnswer{
        200,
        R"({"issues":)" +
            list(
                from, std::min(from + 100, kRows),
                [](int i) {
                  return R"({"id":)" + std::to_string(i) +
                         R"(,"project":{"id":1,"name":"Voirie"},"tracker":{"id":2,"name":"Panne"},)"
                         R"("status":{"id":5,"name":"Fermé","is_closed":true},)"
                         R"("priority":{"name":"Normal"},"author":{"id":9,"name":"X"},)"
                         R"("created_on":"2026-07-01T08:00:00Z",)"
                         R"("updated_on":"2026-07-02T08:00:00Z",)"
                         R"("closed_on":"2026-07-02T08:00:00Z"})";
                }) +
            R"(,"total_count":)" + std::to_string(kRows) + R"(,"offset":0,"limit":100})"};
  });
  ReadOptions options;
  options.secrets = {{"token", "k-123456"}};
  const auto written = read(server, delivered("redmine_issues"), options);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(states(*written), SizeIs(kRows));
  const auto one = record_of(*written, "7");
  EXPECT_EQ(one.texts.at("service"), "Voirie");
  EXPECT_EQ(one.texts.count("category"), 0u) << "an issue without one";
  EXPECT_EQ(instant(one, "closed"), "2026-07-02T08:00:00Z");
}

TEST(Catalogue, RedminesHoursBecomeMinutes) {
  const HttpServer server([](const ServerRequest&) {
    return ServerAnswer{200,
                        R"({"time_entries":[{"id":1,"project":{"name":"Voirie"},"user":{"id":3},)"
                        R"("activity":{"name":"Suivi"},)"
                        R"("hours":1.75,"spent_on":"2024-02-29"}],"total_count":1})"};
  });
  ReadOptions options;
  options.secrets = {{"token", "k-123456"}};
  const auto written = read(server, delivered("redmine_time"), options);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_EQ(record_of(*written, "1").numbers.at("minutes"), 105);
  EXPECT_TRUE(written->scopes[0].replace) << "it cannot be asked for changes";
}

TEST(Catalogue, ZammadsMergedAndRemovedTicketsAreDeletions) {
  const HttpServer server([](const ServerRequest& request) {
    EXPECT_EQ(request.header("authorization"), "Token token=k-123456");
    EXPECT_THAT(request.parameter("query"), StartsWith("updated_at:[\""));
    if (request.parameter("page") != "1") return ServerAnswer{200, "[]"};
    const char* const found[] = {"open", "merged", "removed", "closed"};
    return ServerAnswer{200, list(0, 4, [&](int i) {
                          return R"({"id":)" + std::to_string(i) + R"(,"number":"2200)" +
                                 std::to_string(i) + R"(","state":")" + found[i] +
                                 R"(","group":"Support","priority":"2 normal","customer_id":4,)"
                                 R"("created_at":"2026-07-01T08:00:00.123Z",)"
                                 R"("updated_at":"2026-07-02T08:00:00.456Z",)"
                                 R"("close_at":null})";
                        })};
  });
  ReadOptions options;
  options.secrets = {{"token", "k-123456"}};
  const auto written = read(server, delivered("zammad_tickets"), options);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_EQ(states(*written),
            (std::map<std::string, std::string>{
                {"0", "open"}, {"1", "deleted"}, {"2", "deleted"}, {"3", "closed"}}));
}

TEST(Catalogue, JirasPagesGoByTokensAndItsTimesAreMinutesOfTheAccount) {
  const HttpServer server([](const ServerRequest& request) {
    // "agent@example.fr:k-123456" by RFC 7617.
    EXPECT_EQ(request.header("authorization"), "Basic YWdlbnRAZXhhbXBsZS5mcjprLTEyMzQ1Ng==");
    EXPECT_THAT(request.parameter("jql"), StartsWith("(project = AIDE) AND updated >= \""));
    EXPECT_THAT(request.parameter("fields"), HasSubstr("status")) << "else ids only";
    const std::string token = request.parameter("nextPageToken");
    const int from = token.empty() ? 0 : std::stoi(token.substr(1));
    const int to = std::min(from + 100, kRows);
    std::string out =
        R"({"issues":)" + list(from, to, [](int i) {
          return R"({"id":")" + std::to_string(i) + R"(","key":"AIDE-)" + std::to_string(i) +
                 R"(","fields":{"status":{"name":"Terminé"},"components":[],)"
                 R"("project":{"key":"AIDE"},)"
                 R"("reporter":{"accountId":"5b"},"created":"2026-07-01T10:00:00.000+0200",)"
                 R"("updated":"2026-07-02T10:00:30.500+0200","resolutiondate":null}})";
        });
    // The last page has no token at all.
    out += to < kRows ? R"(,"nextPageToken":"t)" + std::to_string(to) + R"(","isLast":false})"
                      : R"(,"isLast":true})";
    return ServerAnswer{200, out};
  });
  ReadOptions options;
  options.secrets = {{"token", "k-123456"}};
  options.more_config = R"(, "user": "agent@example.fr", "settings": {"jql": "project = AIDE"})";
  const auto written = read(server, delivered("jira_issues"), options);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(states(*written), SizeIs(kRows));
  EXPECT_EQ(instant(record_of(*written, "7"), "opened"), "2026-07-01T08:00:00Z");
  options.checkpoint = written->checkpoints.back();
  ASSERT_TRUE(read(server, delivered("jira_issues"), options).ok());
  EXPECT_THAT(server.asked().back().parameter("jql"), HasSubstr("updated >= \"2026-07-02 09:00\""))
      << "10:00 in Paris, less an hour, without seconds";
}

TEST(Catalogue, ServiceNowNamesItsNextPageInAHeader) {
  std::string url;
  const HttpServer server([&url](const ServerRequest& request) {
    const std::string offset = request.parameter("sysparm_offset");
    const int from = offset.empty() ? 0 : std::stoi(offset);
    EXPECT_THAT(request.parameter("sysparm_query"), StartsWith("sys_updated_on>="));
    ServerAnswer answer{200, R"({"result":)" + list(from, std::min(from + 100, kRows), [](int i) {
                               return R"({"sys_id":"a)" + std::to_string(i) + R"(","number":"INC)" +
                                      std::to_string(i) +
                                      R"(","state":"6","assignment_group.name":"Réseau",)"
                                      R"("opened_at":"2026-07-01 08:00:00",)"
                                      R"("resolved_at":"","made_sla":"true","reopen_count":"1",)"
                                      R"("sys_updated_on":"2026-07-02 08:00:00"})";
                             }) + "}"};
    if (from + 100 < kRows) {
      answer.headers.emplace_back(
          "Link", "<" + url +
                      "/api/now/table/incident?sysparm_query=sys_updated_on%3E%3D1970&"
                      "sysparm_offset=" +
                      std::to_string(from + 100) + ">;rel=\"next\"");
    }
    return answer;
  });
  url = server.url();
  ReadOptions options;
  options.secrets = {{"password", "p-123456"}};
  options.more_config = R"(, "user": "passerelle")";
  const auto written = read(server, delivered("servicenow_incidents"), options);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(states(*written), SizeIs(kRows));
  const auto one = record_of(*written, "a7");
  EXPECT_EQ(one.texts.at("state"), "Resolved");
  EXPECT_EQ(one.texts.at("group"), "Réseau");
  EXPECT_EQ(instant(one, "opened"), "2026-07-01T08:00:00Z");
  EXPECT_EQ(instant(one, "resolved"), "");
  EXPECT_EQ(one.numbers.at("made_sla"), 1);
}

TEST(Catalogue, DolibarrsFirstPageIs0AndBehindTheLastIs404) {
  const HttpServer server([](const ServerRequest& request) {
    EXPECT_EQ(request.header("dolapikey"), "k-123456");
    EXPECT_EQ(request.path, "/tickets");
    const int from = std::stoi(request.parameter("page")) * 100;
    if (from >= kRows) {
      return ServerAnswer{404, R"({"error":{"code":404,"message":"Not Found: No ticket found"}})"};
    }
    return ServerAnswer{200, list(from, std::min(from + 100, kRows), [](int i) {
                          return R"({"id":")" + std::to_string(i) + R"(","ref":"TS2607-)" +
                                 std::to_string(i) +
                                 R"(","fk_statut":"8","category_code":"OTHER","type_code":"ISSUE",)"
                                 R"("datec":1782892800,"date_close":"","fk_user_create":"3"})";
                        })};
  });
  ReadOptions options;
  options.secrets = {{"token", "k-123456"}};
  const auto written = read(server, delivered("dolibarr_tickets"), options);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(states(*written), SizeIs(kRows));
  EXPECT_EQ(instant(record_of(*written, "7"), "opened"), "2026-07-01T08:00:00Z");
  EXPECT_EQ(record_of(*written, "7").texts.at("state"), "clos");
}

TEST(Catalogue, OdooSaysFalseForNothingAndGivesUtcWithoutSayingSo) {
  const HttpServer server([](const ServerRequest& request) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/json/2/hr.attendance/search_read");
    EXPECT_EQ(request.header("authorization"), "Bearer k-123456");
    EXPECT_EQ(request.header("x-odoo-database"), "ville");
    if (request.body.find(R"(["id",">",0])") == std::string::npos) return ServerAnswer{200, "[]"};
    return ServerAnswer{
        200,
        // Seven hours and 59 minutes as a float; 23:30 UTC is the next day in Paris; one still
        // there.
        R"([{"id":1,"employee_id":[12,"A"],"department_id":[3,"Voirie"],)"
        R"("check_in":"2026-07-01 06:00:00",)"
        R"("check_out":"2026-07-01 13:59:00","worked_hours":7.983333333333333,)"
        R"("write_date":"2026-07-01 14:00:00"},)"
        R"({"id":2,"employee_id":[13,"B"],"department_id":false,"check_in":"2026-07-01 23:30:00",)"
        R"("check_out":"2026-07-02 00:30:00","worked_hours":1.0,)"
        R"("write_date":"2026-07-02 01:00:00"},)"
        R"({"id":3,"employee_id":[14,"C"],"department_id":false,"check_in":"2026-07-02 06:00:00",)"
        R"("check_out":false,"worked_hours":0.0,"write_date":"2026-07-02 06:00:00"}])"};
  });
  ReadOptions options;
  options.secrets = {{"token", "k-123456"}};
  options.more_config = R"(, "database": "ville")";
  const auto written = read(server, delivered("odoo_attendance"), options);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->records, SizeIs(2)) << "who is still there has not worked yet";
  EXPECT_THAT(written->rejects, SizeIs(0));
  const auto day = [&](const char* id) {
    return base::format_date(static_cast<base::Days>(record_of(*written, id).numbers.at("day")));
  };
  EXPECT_EQ(record_of(*written, "1").numbers.at("minutes"), 479);
  EXPECT_EQ(day("1"), "2026-07-01");
  EXPECT_EQ(day("2"), "2026-07-02");
  EXPECT_EQ(record_of(*written, "2").texts.count("service"), 0u);
}

}  // namespace
}  // namespace passerelle::rest::testing
