#include "plugins/mapping/pass.h"

#include <algorithm>

#include "core/base/clock.h"
#include "core/base/decimal.h"

namespace passerelle::mapping {
namespace {

bool flag_at(const formats::Json& object, std::string_view key) {
  const formats::Json* value = object.find(key);
  return value != nullptr && value->boolean;
}

base::Instant micros(std::chrono::seconds time) { return std::chrono::microseconds(time).count(); }

}  // namespace

void Pass::begin(bool tells_changes, std::chrono::seconds compare_every, base::Instant now) {
  if (is_running) return;
  const bool is_due =
      full_at == 0 || (compare_every.count() > 0 && now - full_at >= micros(compare_every));
  is_running = true;
  is_full = !tells_changes || is_due;
  began = now;
  seen = 0;
  rows = 0;
}

std::optional<base::Instant> Pass::since(std::chrono::seconds overlap) const {
  if (is_full || high == 0) return std::nullopt;
  return high - micros(overlap);
}

void Pass::end() {
  is_running = false;
  // The source's clock, not ours: rows that change from now on are behind it.
  high = std::max(high, seen);
  if (!is_full) return;
  full_at = began;
  full_rows = rows;
}

Status Pass::refuse_emptied(const std::string& scope, sdk::Output& out) {
  if (!is_full || rows > 0 || full_rows == 0) return absl::OkStatus();
  is_running = false;
  sdk::Reject cause;
  cause.key = scope;
  cause.position = scope;
  cause.rule = "SOURCE-EMPTY";
  cause.reason = "the source shows no row where it had " + std::to_string(full_rows);
  cause.remedy =
      "give the connector's account its rights again; if the source is really empty, "
      "write allow_empty: true";
  const std::string text = cause.reason + "; nothing was deleted: " + cause.remedy;
  out.abort_scope(std::move(cause));
  return base::failed_precondition(text);
}

void Pass::write(formats::JsonWriter& out) const {
  out.key("high").number(high).key("full_at").number(full_at).key("full_rows").number(full_rows);
  if (!is_running) return;
  out.key("running").boolean(true).key("full").boolean(is_full);
  out.key("began").number(began).key("seen").number(seen).key("rows").number(rows);
}

Pass Pass::read(const formats::Json& object) {
  Pass pass;
  pass.high = number_at(object, "high");
  pass.full_at = number_at(object, "full_at");
  pass.full_rows = number_at(object, "full_rows");
  pass.is_running = flag_at(object, "running");
  pass.is_full = flag_at(object, "full");
  pass.began = number_at(object, "began");
  pass.seen = number_at(object, "seen");
  pass.rows = number_at(object, "rows");
  return pass;
}

std::int64_t number_at(const formats::Json& object, std::string_view key) {
  const formats::Json* value = object.find(key);
  return value == nullptr ? 0 : base::parse_scaled(value->text, 0).value_or(0);
}

std::string text_at(const formats::Json& object, std::string_view key) {
  const formats::Json* value = object.find(key);
  return value == nullptr ? "" : value->text;
}

}  // namespace passerelle::mapping
