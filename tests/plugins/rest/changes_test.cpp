// What changed since: overlap, rows that move while they are read, rows of one instant, deletions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/plugins/rest/desk.h"

namespace passerelle::rest::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const char* const kStream =
    "request: {path: /t, query: {since: '${since}', page: '${page}'}}\n"
    "page: {kind: page}\n"
    "changes: {column: changed, overlap: 10m, first: '1970-01-01T00:00:00Z', restart: true}\n";

// Sorted by (changed, id), asked by since and page, as Request Tracker and Jira are.
class Desk {
 public:
  explicit Desk(std::vector<Ticket> all) : all_(std::move(all)) {}

  ServerAnswer operator()(const ServerRequest& request) {
    std::vector<Ticket> found;
    for (const Ticket& ticket : all_) {
      if (ticket.changed >= request.parameter("since")) found.push_back(ticket);
    }
    std::sort(found.begin(), found.end(), [](const Ticket& a, const Ticket& b) {
      return std::pair(a.changed, a.id) < std::pair(b.changed, b.id);
    });
    const std::size_t from = (std::stoul(request.parameter("page")) - 1) * kPage;
    ServerAnswer answer{200, items(found, from, kPage)};
    if (after_page) after_page(all_, ++pages_);
    return answer;
  }

  std::function<void(std::vector<Ticket>&, int)> after_page;

 private:
  std::vector<Ticket> all_;
  int pages_ = 0;
};

std::string moment(int minute) {
  char text[32];
  std::snprintf(text, sizeof text, "2026-11-01T%02d:%02d:00Z", 8 + minute / 60, minute % 60);
  return text;
}

TEST(Changes, AsksFromTheLastChangeMinusTheOverlap) {
  std::vector<Ticket> all;
  for (int i = 1; i <= 25; ++i) all.push_back({i, "open", moment(i)});
  const HttpServer server{Desk(all)};
  const std::string text = manifest(kStream);
  const auto first = read(server, text);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_THAT(states(*first), SizeIs(25));
  EXPECT_TRUE(first->scopes[0].replace);

  const auto again = read(server, text, {first->checkpoints.back()});
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_FALSE(again->scopes[0].replace) << "a part of the rows says nothing of the others";
  EXPECT_THAT(states(*again), SizeIs(11)) << "ten minutes before the last change, and that one";
  const auto version_of = [](const sdk::Written& written, const std::string& id) {
    const auto found = std::find_if(written.records.begin(), written.records.end(),
                                    [&](const auto& record) { return record.id == id; });
    return found == written.records.end() ? 0 : found->version;
  };
  EXPECT_EQ(version_of(*again, "20"), version_of(*first, "20"));
  EXPECT_EQ(version_of(*again, "20"), 1'793'521'200'000'000) << "2026-11-01T08:20:00Z";
}

TEST(Changes, MissesNoRowThatMovesToTheEndWhileItIsRead) {
  std::vector<Ticket> all;
  for (int i = 1; i <= 60; ++i) all.push_back({i, "open", moment(i)});
  Desk desk(all);
  // Rows that were read already change after each page: all behind them shift to the left.
  desk.after_page = [](std::vector<Ticket>& rows, int page) {
    if (page > 5) return;
    for (int k = 0; k < 3; ++k) {
      Ticket& ticket = rows[static_cast<std::size_t>(page * 3 + k - 3)];
      ticket.state = "changed";
      ticket.changed = moment(200 + page * 3 + k);
    }
  };
  const HttpServer server{std::move(desk)};
  const auto written = read(server, manifest(kStream));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  const auto found = states(*written);
  ASSERT_THAT(found, SizeIs(60));
  for (int i = 1; i <= 12; ++i) EXPECT_EQ(found.at(std::to_string(i)), "changed") << i;
}

TEST(Changes, ReadsPagesOfRowsThatAllChangedAtOnce) {
  for (const int same : {9, 10, 20, 25, 31}) {
    std::vector<Ticket> all;
    for (int i = 1; i <= 7; ++i) all.push_back({i, "open", moment(i)});
    for (int i = 8; i < 8 + same; ++i) all.push_back({i, "open", moment(30)});
    for (int i = 8 + same; i < 20 + same; ++i) all.push_back({i, "open", moment(40 + i)});
    const HttpServer server{Desk(all)};
    const auto written = read(server, manifest(kStream));
    ASSERT_TRUE(written.ok()) << written.status().ToString();
    EXPECT_THAT(states(*written), SizeIs(static_cast<std::size_t>(19 + same)));
  }
}

TEST(Changes, ComparesEverythingWhenItIsTimeAndSoFindsDeletions) {
  std::vector<Ticket> all;
  for (int i = 1; i <= 12; ++i) all.push_back({i, "open", moment(i)});
  const HttpServer server{Desk(all)};
  const std::string text = manifest(std::string(kStream) + "compare: 0s\n");
  const auto first = read(server, text);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  const auto never = read(server, text, {first->checkpoints.back()});
  ASSERT_TRUE(never.ok());
  EXPECT_FALSE(never->scopes[0].replace);

  const std::string hourly = manifest(std::string(kStream) + "compare: 1h\n");
  const auto begun = read(server, hourly);
  ASSERT_TRUE(begun.ok());
  std::string old = begun->checkpoints.back();
  const std::size_t at = old.find("\"full_at\":") + 10;
  old.replace(at, old.find_first_of(",}", at) - at, "1000000");
  const auto due = read(server, hourly, {old});
  ASSERT_TRUE(due.ok());
  EXPECT_TRUE(due->scopes[0].replace);
  EXPECT_THAT(states(*due), SizeIs(12));
}

TEST(Changes, DoesNotBelieveASourceThatShowsNothingAnyMore) {
  bool empty = false;
  const HttpServer server([&empty](const ServerRequest&) {
    return ServerAnswer{200, items(tickets(5), 0, empty ? 0 : 5)};
  });
  const std::string text = manifest("request: {path: /t}\n");
  const auto first = read(server, text);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  empty = true;
  const auto refused = read(server, text, {first->checkpoints.back()});
  EXPECT_THAT(base::message_of(refused.status()),
              HasSubstr("shows no row where it had 5; nothing was deleted"));
  ReadOptions believed{first->checkpoints.back()};
  believed.more_config = R"(, "allow_empty": true)";
  const auto emptied = read(server, text, believed);
  ASSERT_TRUE(emptied.ok()) << emptied.status().ToString();
  EXPECT_TRUE(emptied->scopes[0].closed);
}

TEST(Changes, TellsADeletionByAFlag) {
  std::vector<Ticket> all = tickets(3);
  all[1].state = "trash";
  const HttpServer server([&all](const ServerRequest&) {
    return ServerAnswer{200, items(all, 0, 9)};
  });
  const auto written =
      read(server, manifest("request: {path: /t}\ndeleted: \"state == 'trash'\"\n"));
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_EQ(states(*written),
            (std::map<std::string, std::string>{{"1", "open"}, {"2", "deleted"}, {"3", "open"}}));
}

TEST(Changes, ReadsEverythingAgainWhenTheManifestHasChanged) {
  std::vector<Ticket> all;
  for (int i = 1; i <= 12; ++i) all.push_back({i, "open", moment(i)});
  const HttpServer server{Desk(all)};
  const auto first = read(server, manifest(kStream));
  ASSERT_TRUE(first.ok());
  const auto other =
      read(server, manifest(std::string(kStream) + "compare: 9d\n"), {first->checkpoints.back()});
  ASSERT_TRUE(other.ok());
  EXPECT_TRUE(other->scopes[0].replace);
  EXPECT_THAT(states(*other), SizeIs(12));
}

}  // namespace
}  // namespace passerelle::rest::testing
