#include "core/base/decimal.h"

#include <array>
#include <limits>

namespace passerelle::base {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Status not_a_decimal(std::string_view text) {
  return invalid_argument("'" + std::string(text.substr(0, 64)) +
                          "' is not a decimal number; write it as 1234.56");
}

BigInt from_int128(Int128 value) {
  const bool negative = value < 0;
  auto magnitude =
      negative ? ~static_cast<unsigned __int128>(value) + 1 : static_cast<unsigned __int128>(value);
  BigInt result = static_cast<std::uint64_t>(magnitude >> 64);
  result <<= 64;
  result += static_cast<std::uint64_t>(magnitude);
  return negative ? BigInt(-result) : result;
}

}  // namespace

std::int64_t power_of_ten(int exponent) {
  static constexpr auto kPowers = [] {
    std::array<std::int64_t, kScaleMax + 1> powers{};
    std::int64_t power = 1;
    for (auto& entry : powers) {
      entry = power;
      if (power < std::numeric_limits<std::int64_t>::max() / 10) power *= 10;
    }
    return powers;
  }();
  return kPowers.at(static_cast<std::size_t>(exponent));
}

StatusOr<std::int64_t> parse_scaled(std::string_view text, int scale) {
  std::size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  std::int64_t value = 0;
  int decimals = -1;  // -1: before the point
  bool any = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && decimals < 0) {
      decimals = 0;
      continue;
    }
    if (!is_digit(c)) return not_a_decimal(text);
    any = true;
    if (decimals >= scale) {
      if (c != '0') {
        return invalid_argument("'" + std::string(text.substr(0, 64)) + "' has more than " +
                                std::to_string(scale) + " decimals");
      }
      continue;
    }
    if (decimals >= 0) ++decimals;
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, c - '0', &value)) {
      return out_of_range("'" + std::string(text.substr(0, 64)) + "' does not fit 64 bits");
    }
  }
  if (!any) return not_a_decimal(text);
  for (int missing = scale - (decimals < 0 ? 0 : decimals); missing > 0; --missing) {
    if (__builtin_mul_overflow(value, 10, &value)) {
      return out_of_range("'" + std::string(text.substr(0, 64)) + "' does not fit 64 bits");
    }
  }
  // The digits were gathered as a negative number so that the smallest int64 can be read too.
  if (!negative && __builtin_sub_overflow(0, value, &value)) {
    return out_of_range("'" + std::string(text.substr(0, 64)) + "' does not fit 64 bits");
  }
  return value;
}

StatusOr<Rational> parse_rational(std::string_view text) {
  std::size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  BigInt numerator = 0;
  BigInt denominator = 1;
  bool point = false;
  bool any = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(c)) return not_a_decimal(text);
    any = true;
    numerator = numerator * 10 + (c - '0');
    if (point) denominator *= 10;
  }
  if (!any) return not_a_decimal(text);
  return Rational(negative ? BigInt(-numerator) : numerator, denominator);
}

std::string format_scaled(Int128 value, int scale) {
  const bool negative = value < 0;
  auto magnitude =
      negative ? ~static_cast<unsigned __int128>(value) + 1 : static_cast<unsigned __int128>(value);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  } while (magnitude != 0);
  if (scale > 0) {
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  return negative ? "-" + digits : digits;
}

std::string format_scaled(std::int64_t value, int scale) {
  return format_scaled(static_cast<Int128>(value), scale);
}

std::optional<std::int64_t> round_to_scaled(const Rational& value, int scale, Rounding rounding) {
  const BigInt numerator = boost::multiprecision::numerator(value) * power_of_ten(scale);
  const BigInt denominator = boost::multiprecision::denominator(value);
  BigInt quotient;
  BigInt remainder;
  boost::multiprecision::divide_qr(BigInt(abs(numerator)), denominator, quotient, remainder);
  const BigInt twice = remainder * 2;
  const bool takes_half = rounding == Rounding::kHalfAway || (quotient & 1) != 0;
  if (twice > denominator || (twice == denominator && takes_half)) quotient += 1;
  if (numerator < 0) quotient = -quotient;
  if (quotient > std::numeric_limits<std::int64_t>::max() ||
      quotient < std::numeric_limits<std::int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(quotient);
}

Rational to_rational(Int128 value, int scale) {
  return {from_int128(value), BigInt(power_of_ten(scale))};
}

}  // namespace passerelle::base
