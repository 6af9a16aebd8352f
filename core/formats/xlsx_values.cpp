#include "core/formats/xlsx_values.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace passerelle::formats::xlsx {
namespace {

// The character that "_xHHHH_" at `at` stands for; none if there is no such escape.
std::optional<char32_t> escape_at(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "_x" || at + 7 > text.size() || text[at + 6] != '_') {
    return std::nullopt;
  }
  unsigned code = 0;
  const char* const digits = text.data() + at + 2;
  if (std::from_chars(digits, digits + 4, code, 16).ptr != digits + 4) return std::nullopt;
  if (code >= 0xD800 && code <= 0xDFFF) return std::nullopt;
  return code;
}

constexpr std::size_t kPrecision = 15;
constexpr int kExponentMax = 400;  // beyond those of a double
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kSerialMax = 2'958'465;  // 9999-12-31
constexpr base::Days kEpoch1900 = -25'569;      // 1899-12-30: right from 1900-03-01 on
constexpr base::Days kEpoch1904 = -24'107;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// A decimal as its digits, with the point behind the first `point` of them.
struct Decimal {
  bool negative = false;
  std::string digits;
  int point = 0;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal decimal;
  int exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view written = text.substr(e + 1);
    if (written.starts_with('+')) written.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(written.data(), written.data() + written.size(), exponent);
    if (error != std::errc() || end != written.data() + written.size()) return std::nullopt;
    text = text.substr(0, e);
  }
  if (text.starts_with('-')) {
    decimal.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if ((whole.empty() && fraction.empty()) || !all_digits(whole) || !all_digits(fraction) ||
      std::abs(exponent) > kExponentMax || text.size() > 400) {
    return std::nullopt;
  }
  decimal.digits = std::string(whole) + std::string(fraction);
  decimal.point = static_cast<int>(whole.size()) + exponent;
  const std::size_t zeros = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
  decimal.digits.erase(0, zeros);
  decimal.point -= static_cast<int>(zeros);
  return decimal;
}

void round_to_precision(Decimal* decimal) {
  const bool up = decimal->digits[kPrecision] >= '5';
  decimal->digits.resize(kPrecision);
  std::size_t at = kPrecision;
  while (up && at > 0 && decimal->digits[at - 1] == '9') decimal->digits[--at] = '0';
  if (!up) return;
  if (at > 0) {
    ++decimal->digits[at - 1];
  } else {
    decimal->digits.insert(0, 1, '1');
    ++decimal->point;
  }
}

std::string whole_of(const Decimal& decimal) {
  if (decimal.point <= 0) return "0";
  std::string whole = decimal.digits.substr(0, static_cast<std::size_t>(decimal.point));
  whole.resize(static_cast<std::size_t>(decimal.point), '0');
  return whole;
}

std::string fraction_of(const Decimal& decimal) {
  std::string fraction;
  if (decimal.point < 0) fraction.assign(static_cast<std::size_t>(-decimal.point), '0');
  const auto from = static_cast<std::size_t>(std::max(decimal.point, 0));
  if (from < decimal.digits.size()) fraction += decimal.digits.substr(from);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction;
}

// Days and seconds, rounded to the second.
struct Serial {
  std::int64_t days = 0;
  std::int64_t seconds = 0;
};

std::optional<Serial> parse_serial(std::string_view text) {
  const std::optional<Decimal> decimal = parse_decimal(text);
  if (!decimal || decimal->negative) return std::nullopt;
  const std::string whole = whole_of(*decimal);
  if (whole.size() > 9) return std::nullopt;
  Serial serial;
  serial.days = std::atoll(whole.c_str());
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  for (const char digit : fraction_of(*decimal).substr(0, 13)) {
    numerator = numerator * 10 + (digit - '0');
    denominator *= 10;
  }
  serial.seconds = (numerator * kSecondsPerDay + denominator / 2) / denominator;
  if (serial.seconds == kSecondsPerDay) {
    ++serial.days;
    serial.seconds = 0;
  }
  return serial;
}

std::string time_text(std::int64_t seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  return text;
}

std::optional<base::Days> day_of(std::int64_t serial, bool epoch_1904) {
  if (serial > kSerialMax) return std::nullopt;
  if (epoch_1904) return static_cast<base::Days>(kEpoch1904 + serial);
  if (serial == 0 || serial == 60) return std::nullopt;  // 1900-01-00 and 1900-02-29
  return static_cast<base::Days>(kEpoch1900 + serial + (serial < 60 ? 1 : 0));
}

}  // namespace

DateFormat format_of_id(int id) {
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) ||
      id == 57 || id == 58) {
    return {true, false, false};
  }
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 ||
      id == 56) {
    return {false, true, false};
  }
  if (id == 22) return {true, true, false};
  if (id == 46) return {false, true, true};
  return {};
}

DateFormat format_of_code(std::string_view code) {
  DateFormat format;
  bool has_month_or_minute = false;
  if (code == "General") return format;
  for (std::size_t at = 0; at < code.size() && code[at] != ';'; ++at) {
    const char c = static_cast<char>(code[at] | 0x20);
    if (code[at] == '"') {
      at = std::min(code.find('"', at + 1), code.size());
    } else if (code[at] == '\\' || code[at] == '_' || code[at] == '*') {
      ++at;  // the next character is shown, or its width, or repeated
    } else if (code[at] == '[') {
      const std::size_t end = std::min(code.find(']', at), code.size());
      const char inside = at + 1 < end ? static_cast<char>(code[at + 1] | 0x20) : ' ';
      const bool repeated = code.substr(at + 1, end - at - 1).find_first_not_of(code[at + 1]) ==
                            std::string_view::npos;
      if (repeated && (inside == 'h' || inside == 'm' || inside == 's')) {
        format.has_time = format.is_elapsed = true;
      }
      at = end;
    } else if (c == 'y' || c == 'd') {
      format.has_date = true;
    } else if (c == 'h' || c == 's') {
      format.has_time = true;
    } else if (c == 'm') {
      has_month_or_minute = true;
    }
  }
  if (has_month_or_minute && !format.has_time) format.has_date = true;
  return format;
}

std::string plain_number(std::string_view text) {
  const bool has_exponent = text.find_first_of("eE") != std::string_view::npos;
  const bool has_point = text.find('.') != std::string_view::npos;
  if (!has_exponent && (!has_point || text.size() <= kPrecision)) return std::string(text);
  std::optional<Decimal> decimal = parse_decimal(text);
  if (!decimal) return std::string(text);
  if (!fraction_of(*decimal).empty() && decimal->digits.size() > kPrecision) {
    round_to_precision(&*decimal);
  } else if (!has_exponent) {
    return std::string(text);
  }
  std::string plain = whole_of(*decimal);
  if (const std::string fraction = fraction_of(*decimal); !fraction.empty())
    plain += "." + fraction;
  return decimal->negative && plain != "0" ? "-" + plain : plain;
}

std::optional<std::string> date_text(std::string_view serial, const DateFormat& format,
                                     bool epoch_1904) {
  const std::optional<Serial> parsed = parse_serial(serial);
  if (!parsed) return std::nullopt;
  if (!format.has_date && (parsed->days == 0 || format.is_elapsed)) {
    return time_text(parsed->days * kSecondsPerDay + parsed->seconds);
  }
  const std::optional<base::Days> day = day_of(parsed->days, epoch_1904);
  if (!day) return std::nullopt;
  std::string text = base::format_date(*day);
  if (format.has_time) text += "T" + time_text(parsed->seconds);
  return text;
}

std::int64_t serial_of(base::Days day) { return std::int64_t{day} - kEpoch1900; }

std::optional<std::size_t> column_of(std::string_view reference) {
  std::size_t column = 0;
  std::size_t letters = 0;
  for (const char c : reference) {
    const char upper = static_cast<char>(c & ~0x20);
    if (upper < 'A' || upper > 'Z') break;
    column = column * 26 + static_cast<std::size_t>(upper - 'A' + 1);
    if (++letters > 3) return std::nullopt;
  }
  if (letters == 0 || column > base::kSheetColumnsMax) return std::nullopt;
  return column - 1;
}

std::string column_name(std::size_t column) {
  std::string name;
  for (std::size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) {
    name.insert(0, 1, static_cast<char>('A' + (rest - 1) % 26));
  }
  return name;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::optional<char32_t> code = escape_at(text, at)) {
      base::append_utf8(&out, *code);
      at += 7;
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 && byte != '\n' && byte != '\t') {
      char code[16];
      std::snprintf(code, sizeof code, "_x%04X_", byte);
      out += code;
    } else if (escape_at(text, at)) {
      out += "_x005F_";  // the text itself looks like an escape
    } else {
      out.push_back(text[at]);
    }
  }
  return out;
}

}  // namespace passerelle::formats::xlsx
