#include "core/connectors/plugin_lines.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "core/base/hash.h"
#include "core/connectors/catalogue.h"
#include "core/formats/json.h"

namespace passerelle::connectors {
namespace {

constexpr std::string_view kLinePrefix = "passerelle-plugin ";
constexpr std::string_view kRefused = "refused: ";
constexpr std::size_t kShownMax = 100;  // characters of a line that is not understood

}  // namespace

std::string random_token() {
  std::array<std::uint64_t, 4> random{};
  std::string token;
  if (::getrandom(random.data(), sizeof(random), 0) != sizeof(random)) return token;
  for (const std::uint64_t part : random) token += base::to_hex(part);
  return token;
}

std::string handshake_line(const std::string& socket, const std::string& token) {
  std::string line;
  formats::JsonWriter json(&line);
  json.begin_object().member("socket", socket).member("token", token).key("contract");
  json.begin_array().number(kHubContract.min).number(kHubContract.max).end_array().end_object();
  return line;
}

FirstLine read_first_line(std::string_view line) {
  if (line.substr(0, kLinePrefix.size()) != kLinePrefix) {
    return {base::internal(fmt::format("its first line is '{}', not 'passerelle-plugin 1 ready'",
                                       line.substr(0, kShownMax))),
            ""};
  }
  const std::string_view answer = line.substr(kLinePrefix.size());
  if (answer.substr(0, kRefused.size()) == kRefused) {
    return {absl::OkStatus(), std::string(answer.substr(kRefused.size()))};
  }
  std::uint32_t major = 0;
  const char* const end = answer.data() + answer.size();
  const auto [rest, error] = std::from_chars(answer.data(), end, major);
  const std::string_view word(rest, static_cast<std::size_t>(end - rest));
  if (error == std::errc() && word == " ready" && major >= kHubContract.min &&
      major <= kHubContract.max) {
    return {absl::OkStatus(), ""};
  }
  return {
      base::failed_precondition(fmt::format("it answered '{}'; this hub speaks contract {}",
                                            answer.substr(0, kShownMax), kHubContract.to_string())),
      ""};
}

LogLine read_log_line(std::string_view line) {
  static constexpr std::array<std::pair<std::string_view, spdlog::level::level_enum>, 7> kLevels{
      {{"trace ", spdlog::level::trace},
       {"debug ", spdlog::level::debug},
       {"info ", spdlog::level::info},
       {"warning ", spdlog::level::warn},
       {"warn ", spdlog::level::warn},
       {"error ", spdlog::level::err},
       {"critical ", spdlog::level::critical}}};
  for (const auto& [name, level] : kLevels) {
    if (line.substr(0, name.size()) == name) return {level, line.substr(name.size())};
  }
  return {spdlog::level::info, line};
}

}  // namespace passerelle::connectors
