#include "plugins/sdk/connector.h"

using namespace passerelle;

class Hello final : public sdk::Connector {
 public:
  sdk::Description describe() const override {
    sdk::Description hello;
    hello.name = "hello";
    hello.family = "file";
    hello.version = "1.0.0";
    hello.config = {{"count", "integer", false, "3", false, "nombre de saluts", "greetings"}};
    hello.streams = {{"greeting", "greeting", {{"text"}, {"number", sdk::FieldType::kInteger}}}};
    return hello;
  }
  std::vector<sdk::Problem> check(const sdk::Config& config) override {
    if (config.integer("count") >= 0) return {};
    return {{"count", "is negative", "write 0 or more"}};
  }
  Status read(const sdk::Config& config, std::string_view checkpoint, sdk::Output& out) override {
    std::int64_t done = checkpoint.empty() ? 0 : std::stoll(std::string(checkpoint));
    while (done < config.integer("count") && !out.cancelled()) {
      ++done;
      const std::string id = "greeting-" + std::to_string(done);
      out.stream("greeting").begin(id, 1).set("text", "bonjour").set_number("number", done).end();
      out.checkpoint(std::to_string(done));
    }
    return absl::OkStatus();
  }
};

int main(int argc, char** argv) {
  Hello hello;
  return sdk::run(argc, argv, hello);
}
