// A system that nobody knew, wired to a hub that runs: one manifest and one declaration, no
// program, no restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <memory>

#include "tests/support/binary.h"
#include "tests/support/http_server.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::HttpServer;
using tests::ServerAnswer;
using tests::ServerRequest;

constexpr const char* kManifest = R"yaml(# The expenses of the swimming pool's till.
engine: rest
auth: {kind: bearer, token: "${secret.token}"}
streams:
  cost:
    kind: cost
    request: {path: /expenses, query: {offset: "${offset}"}}
    rows: data
    page: {kind: offset, total: total}
    id: [id]
    fields:
      day: {column: spent.on, type: date}
      amount: {column: spent.amount, type: decimal, scale: 2, unit: EUR}
)yaml";

// Three expenses, two a page; the last may be gone, and the server may be ill.
struct Till {
  std::atomic<int> expenses{3};
  std::atomic<bool> is_ill{false};

  ServerAnswer answer(const ServerRequest& request) const {
    if (request.header("authorization") != "Bearer till-123456") return {401, "{}"};
    if (is_ill) return {500, R"({"error":"database"})"};
    const int from = std::stoi(request.parameter("offset"));
    std::string out = R"({"total":)" + std::to_string(expenses) + R"(,"data":[)";
    for (int i = from; i < std::min(from + 2, expenses.load()); ++i) {
      if (i > from) out += ',';
      out += R"({"id":)" + std::to_string(i + 1) + R"(,"spent":{"on":"2026-02-0)" +
             std::to_string(i + 1) + R"(","amount":100.10}})";
    }
    return {200, out + "]}"};
  }
};

class NewSystem : public ::testing::Test {
 protected:
  ~NewSystem() override {
    if (hub_) {
      hub_->signal(SIGTERM);
      EXPECT_EQ(hub_->wait(std::chrono::seconds(60)), 0) << hub_->err();
    }
  }
  void SetUp() override {
    fs::copy(PASSERELLE_SOURCE_DIR "/tests/e2e/examples/E04", folder_.path() / "model",
             fs::copy_options::recursive);
    folder_.write("model/keys.yaml", "keys: {COMMUN: {pool: COMMUN, share: {A: 60, B: 40}}}\n");
    hub_ = std::make_unique<Background>(
        folder_, "hub",
        std::vector<std::string>{passerelle_binary(), "--log", "warn", "serve", "--model",
                                 folder_ / "model", "--data", folder_ / "data"});
    ASSERT_TRUE(eventually([&] { return fs::exists(folder_ / "data/EXEMPLE/hub.sock"); }))
        << hub_->err();
  }
  void wire() {
    folder_.write("model/till.manifest", kManifest);
    folder_.write("token", "till-123456");
    fs::permissions(folder_.path() / "token", fs::perms::owner_read | fs::perms::owner_write);
    folder_.write("model/connectors/till.yaml",
                  "plugin: rest\nlabel: {fr: Caisse, en: Till}\nconfig: {manifest: till.manifest, "
                  "url: \"" +
                      server_.url() + "\"}\nsecrets: {token: \"secret://file" +
                      (folder_ / "token") + "\"}\n");
  }
  std::string quarter() const {
    const Finished got = passerelle({"get", "CHARGES", "--by", "policy", "--period", "2026-Q1",
                                     "--data", folder_ / "data", "--output", "csv"});
    return value_of(rows_of(got.out), {{"policy", "A"}});
  }
  Finished connector(const std::string& verb) const {
    return passerelle({"connector", verb, "till", "--data", folder_ / "data"});
  }

  const Folder folder_;
  Till till_;
  const HttpServer server_{[this](const ServerRequest& request) { return till_.answer(request); }};
  std::unique_ptr<Background> hub_;
};

TEST_F(NewSystem, IsTriedThenAppliedToAHubThatRunsAndFollowsItsSource) {
  wire();
  const std::string model = fs::relative(folder_.path() / "model").string();
  const Finished tried =
      passerelle({"connector", "preview", "till", "--model", model, "--records", "2"});
  EXPECT_EQ(tried.exit_code, 0) << tried.err;
  EXPECT_THAT(tried.out, HasSubstr("2026-02-01"));
  EXPECT_THAT(tried.out, HasSubstr("100.10"));
  EXPECT_THAT(tried.out, HasSubstr("The source has more."));
  EXPECT_THAT(tried.out + tried.err, Not(HasSubstr("till-123456")));
  EXPECT_EQ(quarter(), "") << "a try stores nothing";

  const Finished applied = passerelle({"apply", folder_ / "model", "--data", folder_ / "data"});
  ASSERT_EQ(applied.exit_code, 0) << applied.err;
  EXPECT_TRUE(eventually([&] { return quarter() == "180.18"; })) << quarter() << hub_->err();

  till_.expenses = 2;
  ASSERT_EQ(connector("restart").exit_code, 0);
  EXPECT_TRUE(eventually([&] { return quarter() == "120.12"; })) << "one has gone: " << quarter();

  till_.expenses = 0;
  ASSERT_EQ(connector("run").exit_code, 0);
  EXPECT_TRUE(eventually([&] {
    const std::string shown = connector("show").out;
    return shown.find("shows no row where it had 2; nothing was deleted") != std::string::npos;
  })) << connector("show").out;
  EXPECT_EQ(quarter(), "120.12");
  EXPECT_TRUE(hub_->running());
}

TEST_F(NewSystem, ThatIsIllIsReadOnceItIsWell) {
  wire();
  till_.is_ill = true;
  ASSERT_EQ(passerelle({"apply", folder_ / "model", "--data", folder_ / "data"}).exit_code, 0);
  EXPECT_TRUE(
      eventually([&] { return connector("show").out.find("answers 500") != std::string::npos; },
                 std::chrono::seconds(60)))
      << connector("show").out;
  till_.is_ill = false;
  EXPECT_TRUE(eventually([&] { return quarter() == "180.18"; }, std::chrono::seconds(60)))
      << connector("show").out;
}

}  // namespace
}  // namespace passerelle::test
