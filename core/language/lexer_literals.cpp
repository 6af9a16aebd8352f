#include "core/language/lexer_literals.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "core/base/text.h"

namespace passerelle::language {
namespace {

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `count` digits of `base`; none if one is missing.
std::optional<char32_t> take_digits(Cursor* cursor, int count, int base) {
  char32_t value = 0;
  for (int i = 0; i < count; ++i) {
    const int digit = hex_value(cursor->peek());
    if (digit < 0 || digit >= base) return std::nullopt;
    value = value * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
    ++cursor->at;
  }
  return value;
}

std::optional<char32_t> simple_escape(char c) {
  switch (c) {
    case 'a':
      return U'\a';
    case 'b':
      return U'\b';
    case 'f':
      return U'\f';
    case 'n':
      return U'\n';
    case 'r':
      return U'\r';
    case 't':
      return U'\t';
    case 'v':
      return U'\v';
    case '\\':
    case '\'':
    case '"':
    case '`':
    case '?':
      return static_cast<char32_t>(c);
    default:
      return std::nullopt;
  }
}

// Behind a backslash. False if the escape is not one of CEL's.
bool take_escape(Cursor* cursor, std::string* out) {
  const char c = cursor->peek();
  std::optional<char32_t> point = simple_escape(c);
  if (point) {
    ++cursor->at;
  } else if (c >= '0' && c <= '3') {
    point = take_digits(cursor, 3, 8);
  } else if (c == 'x' || c == 'X' || c == 'u' || c == 'U') {
    ++cursor->at;
    point = take_digits(cursor, c == 'u' ? 4 : c == 'U' ? 8 : 2, 16);
  }
  if (!point || *point > 0x10FFFF || (*point >= 0xD800 && *point <= 0xDFFF)) return false;
  base::append_utf8(out, *point);
  return true;
}

struct Prefix {
  bool raw = false;
  bool bytes = false;
  std::size_t length = 0;
};

Prefix string_prefix(const Cursor& cursor) {
  Prefix prefix;
  while (prefix.length < 2) {
    const char c = cursor.peek(prefix.length);
    bool* flag = c == 'r' || c == 'R'   ? &prefix.raw
                 : c == 'b' || c == 'B' ? &prefix.bytes
                                        : nullptr;
    if (flag == nullptr || *flag) break;
    *flag = true;
    ++prefix.length;
  }
  return prefix;
}

void lex_hexadecimal(Cursor* cursor, Token* token) {
  cursor->at += 2;
  token->kind = TokenKind::kInt;
  bool fits = true;
  for (int digit = hex_value(cursor->peek()); digit >= 0; digit = hex_value(cursor->peek())) {
    fits = fits && token->magnitude <= (std::numeric_limits<std::uint64_t>::max() >> 4);
    token->magnitude = token->magnitude * 16 + static_cast<std::uint64_t>(digit);
    ++cursor->at;
  }
  if (fits) return;
  cursor->refuse(token->begin, ProblemKind::kLiteral, "the integer does not fit 64 bits",
                 "integers go from -9223372036854775808 to 9223372036854775807");
  token->kind = TokenKind::kRefused;
}

std::optional<std::int64_t> unit_micros(std::string_view unit) {
  if (unit == "s") return base::kMicrosPerSecond;
  if (unit == "min") return base::kMicrosPerMinute;
  if (unit == "h") return 60 * base::kMicrosPerMinute;
  if (unit == "d") return base::kMicrosPerDay;
  return std::nullopt;
}

// Digits with at most one point. False if they do not fit 63 bits.
bool take_digits_and_point(Cursor* cursor, Token* token) {
  bool fits = true;
  bool point = false;
  for (; is_digit(cursor->peek()) || (cursor->peek() == '.' && !point && is_digit(cursor->peek(1)));
       ++cursor->at) {
    if (cursor->peek() == '.') {
      point = true;
      token->kind = TokenKind::kDecimal;
      continue;
    }
    if (point) ++token->scale;
    const auto digit = static_cast<std::uint64_t>(cursor->peek() - '0');
    fits = fits && token->magnitude <= (std::numeric_limits<std::uint64_t>::max() - digit) / 10;
    token->magnitude = token->magnitude * 10 + digit;
  }
  return fits && token->scale <= base::kScaleMax;
}

// The letters behind the digits: a unit of time, or CEL's u and e that are refused.
void lex_suffix(Cursor* cursor, Token* token, bool fits) {
  const std::size_t begin = cursor->at;
  const char first = cursor->peek();
  if (first == 'e' || first == 'E') {
    const std::size_t sign = cursor->peek(1) == '+' || cursor->peek(1) == '-' ? 1 : 0;
    if (is_digit(cursor->peek(1 + sign))) cursor->at += 1 + sign;
  }
  while (is_letter(cursor->peek()) || is_digit(cursor->peek())) ++cursor->at;
  const std::string_view suffix = cursor->text.substr(begin, cursor->at - begin);
  if (const auto micros = unit_micros(suffix)) {
    const base::Int128 total = static_cast<base::Int128>(token->magnitude) * *micros;
    const std::int64_t units = base::power_of_ten(token->scale);
    token->kind = TokenKind::kDuration;
    token->magnitude = static_cast<std::uint64_t>(total / units);
    if (fits && total % units == 0 && total / units <= std::numeric_limits<std::int64_t>::max()) {
      return;
    }
    cursor->refuse(token->begin, ProblemKind::kLiteral,
                   "the duration is not a whole number of microseconds below 292 years",
                   "use fewer digits");
  } else if (suffix == "u" || suffix == "U") {
    cursor->refuse(token->begin, ProblemKind::kUint, "there are no unsigned integers",
                   "write the number without u");
  } else if (first == 'e' || first == 'E') {
    cursor->refuse(token->begin, ProblemKind::kDouble,
                   "there is no floating point: numbers are exact decimals",
                   "write all digits, without exponent");
  } else {
    cursor->refuse(begin, ProblemKind::kSyntax,
                   "'" + std::string(suffix) + "' is not a unit of a number",
                   suffix == "m" ? "minutes are written min" : "units are s, min, h and d");
  }
  token->kind = TokenKind::kRefused;
}

}  // namespace

bool starts_string(const Cursor& cursor) {
  const char quote = cursor.peek(string_prefix(cursor).length);
  return quote == '\'' || quote == '"';
}

void lex_string(Cursor* cursor, Token* token) {
  const std::size_t begin = cursor->at;
  const Prefix prefix = string_prefix(*cursor);
  cursor->at += prefix.length;
  const char quote = cursor->take();
  const bool triple = cursor->peek() == quote && cursor->peek(1) == quote;
  const std::string close(triple ? 3 : 1, quote);
  if (triple) cursor->at += 2;
  token->kind = prefix.bytes ? TokenKind::kRefused : TokenKind::kString;
  while (cursor->text.substr(cursor->at, close.size()) != close) {
    if (cursor->done() || (!triple && cursor->peek() == '\n')) {
      cursor->refuse(begin, ProblemKind::kSyntax, "the text is not closed",
                     "close it with " + close);
      token->kind = TokenKind::kRefused;
      return;
    }
    const std::size_t at = cursor->at;
    const char c = cursor->take();
    if (c != '\\' || prefix.raw) {
      token->text += c;
    } else if (!take_escape(cursor, &token->text)) {
      cursor->refuse(at, ProblemKind::kSyntax, "unknown escape in a text",
                     "write \\\\ for a backslash, or put r before the text");
      token->kind = TokenKind::kRefused;
    }
  }
  cursor->at += close.size();
  if (prefix.bytes) {
    cursor->refuse(begin, ProblemKind::kBytes, "there are no byte strings",
                   "write a text, without b");
  }
}

void lex_number(Cursor* cursor, Token* token) {
  if (cursor->peek() == '0' && (cursor->peek(1) == 'x' || cursor->peek(1) == 'X') &&
      hex_value(cursor->peek(2)) >= 0) {
    lex_hexadecimal(cursor, token);
    if (!is_letter(cursor->peek())) return;
    lex_suffix(cursor, token, true);
    return;
  }
  token->kind = TokenKind::kInt;
  const bool fits = take_digits_and_point(cursor, token);
  if (is_letter(cursor->peek())) {
    lex_suffix(cursor, token, fits);
    return;
  }
  const auto max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (token->kind == TokenKind::kDecimal && (!fits || token->magnitude > max)) {
    cursor->refuse(token->begin, ProblemKind::kDouble,
                   "the decimal has more digits than 64 bits hold exactly",
                   "use at most 18 digits");
    token->kind = TokenKind::kRefused;
  } else if (token->kind == TokenKind::kInt && (!fits || token->magnitude > max + 1)) {
    cursor->refuse(token->begin, ProblemKind::kLiteral, "the integer does not fit 64 bits",
                   "integers go from -9223372036854775808 to 9223372036854775807");
    token->kind = TokenKind::kRefused;
  }
}

}  // namespace passerelle::language
