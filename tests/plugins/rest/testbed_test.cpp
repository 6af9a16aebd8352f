// The real systems of a test bed. PASSERELLE_TESTBED is the folder in which
// they run (see tests/README.md). Totals are those that the systems' own databases give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "core/formats/byte_source.h"
#include "core/formats/json.h"
#include "plugins/rest/connector.h"
#include "plugins/sdk/http/http_client.h"
#include "plugins/sdk/test_output.h"

namespace passerelle::rest::testing {
namespace {

using ::testing::SizeIs;

const char* const kTryton = "http://127.0.0.1:18001/testbed/";
const char* const kTracker = "http://127.0.0.1:18002/REST/2.0";

std::string bed() {
  const char* folder = std::getenv("PASSERELLE_TESTBED");
  return folder == nullptr ? "" : folder;
}

std::string file(const std::string& name) {
  const auto source = formats::open_file(bed() + "/" + name);
  if (!source.ok()) return "";
  return formats::read_all(**source, 1 << 20).value_or("");
}

formats::Json expected(const std::string& system) {
  return formats::parse_json(file(system + "/expected.json")).value_or(formats::Json());
}

std::int64_t cents(const formats::Json& row, const char* key) {
  const formats::Json* value = row.find(key);
  return value == nullptr ? -1 : base::parse_scaled(value->text, 2).value_or(-1);
}

class Testbed : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(bed().empty()) << "set PASSERELLE_TESTBED to the folder of the test bed";
  }

  // With the delivered manifest, changed where `edit` says from what to what.
  StatusOr<sdk::Written> read_system(const std::string& manifest, const std::string& config,
                                     std::map<std::string, std::string> secrets,
                                     const std::string& checkpoint = "",
                                     std::size_t stop_after = 0) {
    RestConnector connector;
    return sdk::read_in_process(connector,
                                R"({"manifest": ")" PASSERELLE_SOURCE_DIR
                                "/plugins/rest/manifests/" +
                                    manifest + R"(.manifest", )" + config + "}",
                                "/", checkpoint, stop_after, secrets);
  }
  StatusOr<sdk::Written> read_tryton(const std::string& manifest, const std::string& settings,
                                     const std::string& checkpoint = "",
                                     std::size_t stop_after = 0) {
    return read_system(manifest,
                       R"("url": ")" + std::string(kTryton) + R"(", "user": "admin")" + settings,
                       {{"password", "testbed-admin"}}, checkpoint, stop_after);
  }
  StatusOr<sdk::Written> read_tracker(const std::string& checkpoint = "",
                                      std::size_t stop_after = 0) {
    std::string token = file("rt/token");
    while (!token.empty() && token.back() == '\n') token.pop_back();
    return read_system("request_tracker", R"("url": ")" + std::string(kTracker) + "\"",
                       {{"token", token}}, checkpoint, stop_after);
  }

  // One call of Tryton's own interface, as an administrator would.
  std::string call(const std::string& method, const std::string& params) {
    sdk::HttpClient client({}, [] { return false; });
    const auto ask = [&](const std::string& name, const std::string& list) {
      sdk::HttpRequest request{"POST",
                               kTryton,
                               {{"Content-Type", "application/json"}},
                               R"({"id":1,"method":")" + name + R"(","params":)" + list + "}"};
      if (!session_.empty()) request.headers.emplace_back("Authorization", session_);
      const auto response = client.send(request);
      return response.ok() ? response->body : response.status().ToString();
    };
    if (session_.empty()) {
      const auto login =
          formats::parse_json(ask("common.db.login", R"(["admin",{"password":"testbed-admin"}])"));
      const auto& result = login->find("result")->items;
      session_ = "Session " + sdk::base64("admin:" + result[0].text + ":" + result[1].text);
    }
    return ask(method, params);
  }

 private:
  std::string session_;
};

TEST_F(Testbed, AnalyticAmountsOfTrytonAreThoseOfItsDatabase) {
  const auto written = read_tryton("tryton_analytic", R"(, "settings": {"axis": "Directions"})");
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_THAT(written->rejects, SizeIs(0));
  // Lines of drafts are in the database and not in the accounts: all lines are compared.
  const auto drafts = call("model.analytic_account.line.search_read",
                           R"([[["account.root.name","=","Directions"],)"
                           R"(["move_line.move.state","!=","posted"]],0,null,null,)"
                           R"(["account.code","debit","credit"],{"company":1}])");
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> sums;
  for (const auto& record : written->records) {
    auto& [debit, credit] = sums[record.texts.at("service")];
    (record.texts.at("flow") == "D" ? debit : credit) += record.numbers.at("amount");
  }
  const auto parsed = formats::parse_json(drafts);
  ASSERT_TRUE(parsed.ok()) << drafts;
  for (const formats::Json& line : parsed->find("result")->items) {
    auto& [debit, credit] = sums[line.find_path({"account.", "code"})->text];
    debit += base::parse_scaled(line.find_path({"debit", "decimal"})->text, 2).value_or(0);
    credit += base::parse_scaled(line.find_path({"credit", "decimal"})->text, 2).value_or(0);
  }
  int compared = 0;
  const auto truth = expected("tryton");
  for (const formats::Json& row : truth.find("analytic_by_account")->items) {
    if (row.find("axis")->text != "Directions") continue;
    ++compared;
    const auto& [debit, credit] = sums[row.find("code")->text];
    EXPECT_EQ(debit, cents(row, "debit")) << row.find("code")->text;
    EXPECT_EQ(credit, cents(row, "credit")) << row.find("code")->text;
  }
  EXPECT_GT(compared, 5);
}

TEST_F(Testbed, TrytonsTimesheetsAreReadInPiecesThenWhatChangedThenWhatWasDeleted) {
  const auto first = read_tryton("tryton_timesheets", "", "", 1);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_THAT(first->records, SizeIs(1'000)) << "stopped behind the first page";
  const auto rest = read_tryton("tryton_timesheets", "", first->checkpoints.back());
  ASSERT_TRUE(rest.ok()) << rest.status().ToString();
  std::map<std::string, std::int64_t> minutes;
  std::set<std::string> ids;
  for (const auto* part : {&*first, &*rest}) {
    for (const auto& record : part->records) {
      const auto day = static_cast<base::Days>(record.numbers.at("day"));
      minutes[base::format_date(day).substr(0, 7)] += record.numbers.at("minutes");
      ids.insert(record.id);
    }
  }
  std::int64_t lines = 0;
  const auto truth = expected("tryton");
  for (const formats::Json& row : truth.find("timesheet_hours_by_month")->items) {
    EXPECT_EQ(minutes[row.find("month")->text] * 100, cents(row, "hours") * 60)
        << row.find("month")->text;
    ++lines;
  }
  EXPECT_GT(lines, 12);
  EXPECT_EQ(
      ids.size(),
      base::parse_scaled(truth.find_path({"counts", "timesheet_lines"})->text, 0).value_or(0));

  // Somebody enters a line: the next read brings it.
  const auto preferences = formats::parse_json(call("model.res.user.get_preferences", "[true,{}]"));
  ASSERT_TRUE(preferences.ok());
  const std::string company = preferences->find_path({"result", "company"})->text;
  const std::string made = call(
      "model.timesheet.line.create",
      R"([[{"company":)" + company +
          R"(,"employee":1,"work":1,"date":{"__class__":"date","year":2026,"month":10,"day":25},)"
          R"("duration":{"__class__":"timedelta","seconds":5400}}],{"company":)" +
          company + "}]");
  const auto answer = formats::parse_json(made);
  ASSERT_TRUE(answer.ok() && answer->find("result") != nullptr) << made;
  const std::string id = answer->find("result")->items.at(0).text;
  const auto changed = read_tryton("tryton_timesheets", "", rest->checkpoints.back());
  ASSERT_TRUE(changed.ok()) << changed.status().ToString();
  EXPECT_FALSE(changed->scopes[0].replace);
  bool found = false;
  for (const auto& record : changed->records) {
    if (record.id != id) continue;
    found = true;
    EXPECT_EQ(record.numbers.at("minutes"), 90);
  }
  EXPECT_TRUE(found);

  // It is deleted without a trace: the full comparison does not hold it any more.
  call("model.timesheet.line.delete", "[[" + id + R"(],{"company":)" + company + "}]");
  const auto compared = read_tryton("tryton_timesheets", "");
  ASSERT_TRUE(compared.ok()) << compared.status().ToString();
  EXPECT_TRUE(compared->scopes[0].replace && compared->scopes[0].closed);
  std::set<std::string> left;
  for (const auto& record : compared->records) left.insert(record.id);
  EXPECT_EQ(left, ids);
}

TEST_F(Testbed, TicketsOfRequestTrackerAreThoseOfItsDatabaseByQueue) {
  const auto first = read_tracker("", 3);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  const auto rest = read_tracker(first->checkpoints.back());
  ASSERT_TRUE(rest.ok()) << rest.status().ToString();
  std::map<std::string, std::pair<std::string, bool>> tickets;  // id -> queue, has ended
  for (const auto* part : {&*first, &*rest}) {
    EXPECT_THAT(part->rejects, SizeIs(0));
    for (const auto& record : part->records) {
      tickets[record.id] = {record.texts.at("category"), record.numbers.contains("resolved")};
    }
  }
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;
  for (const auto& [id, ticket] : tickets) {
    ++counts[ticket.first].first;
    if (ticket.second) ++counts[ticket.first].second;
  }
  const auto truth = expected("rt");
  for (const formats::Json& row : truth.find("by_queue")->items) {
    const std::string& queue = row.find("queue")->text;
    EXPECT_EQ(std::to_string(counts[queue].first), row.find("opened")->text) << queue;
    EXPECT_EQ(std::to_string(counts[queue].second), row.find("closed")->text) << queue;
  }
  const auto again = read_tracker(rest->checkpoints.back());
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_FALSE(again->scopes[0].replace);
  EXPECT_LT(again->records.size(), 100u);
}

}  // namespace
}  // namespace passerelle::rest::testing
