// A plugin that misbehaves as its configuration says, for the tests of the supervisor and the SDK.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "plugins/sdk/connector.h"

namespace {

using namespace passerelle;

class Chaos final : public sdk::Connector {
 public:
  sdk::Description describe() const override {
    sdk::Description chaos;
    chaos.name = "chaos";
    chaos.family = "file";
    chaos.version = "1.0.0";
    chaos.config = {{"count", "integer", false, "10", false, "enregistrements", "records"},
                    {"bytes", "integer", false, "8", false, "octets de texte", "bytes of text"},
                    {"then", "string", false, "end", false, "la suite", "what comes then"},
                    {"password", "string", false, "", true, "secret", "a secret"}};
    chaos.streams = {{"thing", "thing", {{"text"}, {"number", sdk::FieldType::kInteger}}}};
    return chaos;
  }

  std::vector<sdk::Problem> check(const sdk::Config& config) override {
    if (config.text("then") != "bad_check") return {};
    return {{"then", "is not what the source has", "write `end`"}};
  }

  Status read(const sdk::Config& config, std::string_view checkpoint, sdk::Output& out) override {
    const std::int64_t start = checkpoint.empty() ? 0 : std::stoll(std::string(checkpoint));
    const std::string text(static_cast<std::size_t>(config.integer("bytes")), 'x');
    sdk::StreamWriter& thing = out.stream("thing");
    for (std::int64_t i = start; i < config.integer("count") && !out.cancelled(); ++i) {
      const std::string id = std::to_string(i);
      thing.begin(id, 1, static_cast<std::uint64_t>(i + 1)).set(0, text + id);
      thing.set_number(1, i).end();
      out.checkpoint(std::to_string(i + 1));
    }
    out.progress(1, 2, "things");
    return then(config, out);
  }

 private:
  static void wait_for_the_batch() { std::this_thread::sleep_for(std::chrono::milliseconds(500)); }

  Status then(const sdk::Config& config, sdk::Output& out) {
    const std::string what = config.text("then");
    if (what == "end") return absl::OkStatus();
    if (what == "secret") {
      return base::invalid_argument(
          "the secret has " + std::to_string(config.secret("password").size()) + " characters");
    }
    wait_for_the_batch();
    if (what == "exit") {
      spdlog::error("the source's driver gave up");
      ::_exit(3);
    }
    if (what == "segv") {
      std::signal(SIGSEGV, SIG_DFL);  // a sanitizer would turn it into an exit
      ::raise(SIGSEGV);
    }
    if (what == "stop") ::raise(SIGSTOP);
    if (what == "throw") throw std::runtime_error("out of luck");
    if (what == "unavailable") return base::unavailable("the source does not answer");
    if (what == "undeclared") out.stream("thing").begin("x", 1).set("colour", "red").end();
    if (what == "print") std::puts("a line on standard output");
    while (what == "wait" && !out.cancelled()) wait_for_the_batch();
    if (what == "stubborn") std::this_thread::sleep_for(std::chrono::hours(1));
    return absl::OkStatus();
  }
};

}  // namespace

int main(int argc, char** argv) {
  Chaos chaos;
  return sdk::run(argc, argv, chaos);
}
