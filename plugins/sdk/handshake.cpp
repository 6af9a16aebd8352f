#include "plugins/sdk/handshake.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include "plugins/sdk/service.h"

namespace passerelle::sdk {
namespace {

namespace json = boost::json;

std::string range_text(std::uint32_t min, std::uint32_t max) {
  return min == max ? std::to_string(min) : fmt::format("{} to {}", min, max);
}

bool read_contract(const json::value* value, Handshake* out) {
  if (value == nullptr || !value->is_array() || value->get_array().size() != 2) return false;
  const json::array& range = value->get_array();
  if (!range[0].is_int64() || !range[1].is_int64()) return false;
  if (range[0].get_int64() < 1 || range[1].get_int64() < range[0].get_int64()) return false;
  if (range[1].get_int64() > UINT32_MAX) return false;
  out->contract_min = static_cast<std::uint32_t>(range[0].get_int64());
  out->contract_max = static_cast<std::uint32_t>(range[1].get_int64());
  return true;
}

}  // namespace

StatusOr<Handshake> parse_handshake(std::string_view line) {
  json::error_code error;
  const json::value root = json::parse(json::string_view(line.data(), line.size()), error);
  const Status bad = base::invalid_argument(
      "the first line of standard input must be {\"socket\": PATH, \"token\": TEXT, \"contract\": "
      "[MIN, MAX]}; a plugin is started by the hub, or with --describe by hand");
  if (error || !root.is_object()) return bad;
  const json::object& object = root.get_object();
  const json::value* socket = object.if_contains("socket");
  const json::value* token = object.if_contains("token");
  Handshake out;
  if (socket == nullptr || token == nullptr || !socket->is_string() || !token->is_string()) {
    return bad;
  }
  if (!read_contract(object.if_contains("contract"), &out)) return bad;
  out.socket = json::value_to<std::string>(*socket);
  out.token = json::value_to<std::string>(*token);
  if (out.socket.empty() || out.socket.size() >= sizeof(sockaddr_un::sun_path) ||
      out.token.empty()) {
    return bad;
  }
  return out;
}

StatusOr<std::uint32_t> agree_on_contract(const Handshake& hub, std::string_view plugin) {
  const std::uint32_t best = std::min(hub.contract_max, kContractMax);
  if (best >= hub.contract_min && best >= kContractMin) return best;
  const bool plugin_is_older = kContractMax < hub.contract_min;
  return base::failed_precondition(fmt::format(
      "plugin {} speaks contract {}, the hub speaks {}; install a {} version of the {}", plugin,
      range_text(kContractMin, kContractMax), range_text(hub.contract_min, hub.contract_max),
      "newer", plugin_is_older ? "plugin" : "hub"));
}

}  // namespace passerelle::sdk
