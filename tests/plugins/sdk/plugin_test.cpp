// The smallest plugin as a process: handshake, token, health, end.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "core/connectors/plugin_client.h"
#include "core/connectors/process.h"

namespace passerelle::sdk {
namespace {

namespace fs = std::filesystem;
using connectors::PluginClient;
using connectors::Process;

class Plugin : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "plugin-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    socket_ = (folder_ / "s").string();
  }
  void TearDown() override {
    client_.reset();
    process_.reset();
    run(std::chrono::milliseconds(50));
    fs::remove_all(folder_);
  }

  // Starts it with that first line and waits for its answer.
  std::string start(const std::string& plugin, const std::string& line) {
    Process::Handlers handlers;
    handlers.on_output = [this](const std::string& text) { lines_.push_back(text); };
    handlers.on_log = [this](const std::string& text) { log_.push_back(text); };
    handlers.on_exit = [this](connectors::Exit exit) { exit_ = exit; };
    connectors::PluginFile file;
    file.folder = fs::path(TEST_PLUGINS) / plugin;
    file.executable = file.folder / plugin;
    auto process = Process::start(
        io_.get_executor(),
        {file.executable, folder_, "UTC", connectors::reach_of(file, "", folder_, folder_)},
        std::move(handlers));
    EXPECT_TRUE(process.ok()) << process.status();
    process_ = *process;
    EXPECT_TRUE(process_->write_line(line).ok());
    run_until([this] { return !lines_.empty() || exit_.has_value(); });
    return lines_.empty() ? "" : lines_[0];
  }
  std::string good_line() const {
    return R"({"socket": ")" + socket_ + R"(", "token": "sesame", "contract": [1, 2]})";
  }
  void connect(const std::string& token) {
    client_ = std::make_shared<PluginClient>(io_.get_executor(), socket_, token);
  }
  template <typename Condition>
  void run_until(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < end) {
      run(std::chrono::milliseconds(10));
    }
    EXPECT_TRUE(condition());
  }
  void run(std::chrono::milliseconds time) {
    io_.restart();
    io_.run_for(time);
    if (io_.stopped()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  static PluginClient::Deadline soon() {
    return std::chrono::system_clock::now() + std::chrono::seconds(10);
  }
  Status describe() {
    std::optional<Status> answer;
    client_->describe(soon(), [&](const auto& response) { answer = response.status(); });
    run_until([&] { return answer.has_value(); });
    return *answer;
  }
  Status health() {
    std::optional<Status> answer;
    client_->health(soon(), [&](const Status& status) { answer = status; });
    run_until([&] { return answer.has_value(); });
    return *answer;
  }

  boost::asio::io_context io_;
  fs::path folder_;
  std::string socket_;
  std::shared_ptr<Process> process_;
  std::shared_ptr<PluginClient> client_;
  std::vector<std::string> lines_;
  std::vector<std::string> log_;
  std::optional<connectors::Exit> exit_;
};

TEST_F(Plugin, AnswersOnItsSocketToWhoHasTheToken) {
  EXPECT_EQ(start("hello", good_line()), "passerelle-plugin 1 ready");
  connect("sesame");
  EXPECT_TRUE(describe().ok());
  EXPECT_TRUE(health().ok());
  EXPECT_EQ(fs::status(socket_).permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(Plugin, RefusesEveryCallWithoutTheToken) {
  start("hello", good_line());
  for (const char* token : {"", "sesama", "sesame2"}) {
    connect(token);
    EXPECT_TRUE(absl::IsUnauthenticated(describe())) << token;
    EXPECT_TRUE(absl::IsUnauthenticated(health())) << token;
    std::optional<Status> end;
    client_->read({}, {[](auto) {}, [&](const Status& status) { end = status; }});
    run_until([&] { return end.has_value(); });
    EXPECT_TRUE(absl::IsUnauthenticated(*end)) << *end;
  }
}

TEST_F(Plugin, EndsWithItsStandardInputAndRemovesItsSocket) {
  start("hello", good_line());
  ASSERT_TRUE(fs::exists(socket_));
  process_->close_input();
  run_until([this] { return exit_.has_value(); });
  EXPECT_EQ(exit_->to_string(), "exited with code 0");
  EXPECT_FALSE(fs::exists(socket_));
}

TEST_F(Plugin, EndsInTheMiddleOfAReadToo) {
  start("chaos", good_line());
  connect("sesame");
  connector::v1::ReadRequest request;
  request.mutable_config()->set_json(R"({"count": 1, "then": "wait"})");
  bool has_read = false;
  std::optional<Status> end;
  const auto stream = client_->read(
      request, {[&](auto) { has_read = true; }, [&](const Status& status) { end = status; }});
  run_until([&] { return has_read; });
  process_->close_input();
  run_until([this] { return exit_.has_value(); });
  EXPECT_EQ(exit_->to_string(), "exited with code 0");
  EXPECT_FALSE(fs::exists(socket_));
  stream->next();
  run_until([&] { return end.has_value(); });
  EXPECT_FALSE(end->ok());
}

TEST_F(Plugin, RefusesAnotherContractNamingBothRanges) {
  EXPECT_EQ(start("hello", R"({"socket": ")" + socket_ + R"(", "token": "t", "contract": [2, 3]})"),
            "passerelle-plugin refused: plugin hello speaks contract 1, the hub speaks 2 to 3; "
            "install a newer version of the plugin");
  run_until([this] { return exit_.has_value(); });
  EXPECT_EQ(exit_->code, 2);
}

TEST_F(Plugin, SaysWhatItsFirstLineMustBe) {
  for (const char* line : {"", "hello", "[]", R"({"socket": "s"})",
                           R"({"socket": "s", "token": "t", "contract": [0, 1]})",
                           R"({"socket": "s", "token": "t", "contract": [1]})"}) {
    lines_.clear();
    exit_.reset();
    EXPECT_NE(start("hello", line).find("refused: the first line of standard input must be"),
              std::string::npos)
        << line;
    run_until([this] { return exit_.has_value(); });
  }
}

TEST_F(Plugin, WhatItsCodePrintsIsALogLine) {
  start("chaos", good_line());
  connect("sesame");
  connector::v1::ReadRequest request;
  request.mutable_config()->set_json(R"({"count": 0, "then": "print"})");
  std::optional<Status> end;
  std::shared_ptr<connectors::ReadStream> stream;
  stream = client_->read(
      request, {[&](auto) { stream->next(); }, [&](const Status& status) { end = status; }});
  run_until([&] { return end.has_value(); });
  process_->close_input();
  run_until([this] { return exit_.has_value(); });
  EXPECT_EQ(lines_.size(), 1u);
  EXPECT_NE(std::find(log_.begin(), log_.end(), "a line on standard output"), log_.end());
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

TEST(Readme, ShowsThePluginThatTheseTestsRun) {
  const fs::path root(SOURCE_FOLDER);
  const std::string readme = text_of(root / "plugins/sdk/README.md");
  EXPECT_NE(readme.find(text_of(root / "tests/plugins/sdk/hello/main.cpp")), std::string::npos)
      << "copy tests/plugins/sdk/hello/main.cpp into plugins/sdk/README.md";
  EXPECT_NE(readme.find(text_of(root / "tests/plugins/sdk/hello/plugin.yaml")), std::string::npos);
}

}  // namespace
}  // namespace passerelle::sdk
