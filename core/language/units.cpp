#include "core/language/units.h"

#include <map>
#include <vector>

#include "core/base/text.h"

namespace passerelle::language {
namespace {

using Powers = std::map<std::string, int>;

bool is_plain(std::string_view unit) { return unit.empty() || unit == "count"; }

Powers powers_of(std::string_view unit) {
  Powers powers;
  int sign = 1;
  for (std::string_view side : base::split(unit, '/')) {
    for (std::string_view word : base::split(side, '*')) {
      if (!is_plain(word) && word != "1" && word != "%" && word != "pt")
        powers[std::string(word)] += sign;
    }
    sign = -1;
  }
  return powers;
}

std::string text_of(const Powers& powers) {
  std::string above;
  std::string below;
  for (const auto& [word, power] : powers) {
    for (int i = 0; i < power; ++i) above += (above.empty() ? "" : "*") + word;
    for (int i = 0; i > power; --i) below += "/" + word;
  }
  const bool inverse = above.empty() && !below.empty();
  return (inverse ? std::string("1") : above) + below;
}

std::string combined(std::string_view left, std::string_view right, int sign) {
  Powers powers = powers_of(left);
  for (const auto& [word, power] : powers_of(right)) powers[word] += sign * power;
  return text_of(powers);
}

// Seconds of one unit of time; 0 for other units.
std::int64_t seconds_of(std::string_view unit) {
  if (unit == "s") return 1;
  if (unit == "min") return 60;
  if (unit == "h") return 3'600;
  if (unit == "d") return 86'400;
  return 0;
}

}  // namespace

bool is_measured(std::string_view unit) {
  return unit == "EUR" || unit == "ETP" || unit == "day" || seconds_of(unit) != 0;
}

bool units_agree(std::string_view left, std::string_view right) {
  return left == right || (is_plain(left) && is_plain(right));
}

std::string unit_product(std::string_view left, std::string_view right) {
  if (is_plain(right)) return std::string(left);
  if (is_plain(left)) return std::string(right);
  return combined(left, right, 1);
}

std::string unit_quotient(std::string_view left, std::string_view right) {
  if (is_plain(right)) return std::string(left);
  return combined(left, right, -1);
}

std::optional<base::Rational> unit_factor(std::string_view from, std::string_view to) {
  if (units_agree(from, to)) return base::Rational(1);
  const auto is_hundredths = [](std::string_view unit) { return unit == "%" || unit == "pt"; };
  if (is_hundredths(from) && is_hundredths(to)) return base::Rational(1);
  if (is_plain(from) && is_hundredths(to)) return base::Rational(100);
  if (is_hundredths(from) && is_plain(to)) return base::Rational(1, 100);
  const std::int64_t from_seconds = seconds_of(from);
  const std::int64_t to_seconds = seconds_of(to);
  if (from_seconds == 0 || to_seconds == 0) return std::nullopt;
  return base::Rational(from_seconds, to_seconds);
}

}  // namespace passerelle::language
