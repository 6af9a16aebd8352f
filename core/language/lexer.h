// Text to tokens. What CEL has and the subset leaves out (1u, 1e3, b'') becomes a kRefused token
// and a problem, so that the rest of the text is still checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/problem.h"

namespace passerelle::language {

enum class TokenKind : std::uint8_t {
  kEnd,
  kName,
  kInt,       // magnitude, up to 2^63: the parser applies the sign
  kDecimal,   // magnitude of 10^-scale units
  kDuration,  // magnitude in microseconds
  kString,    // text, escapes resolved
  kRefused,   // an operand that has its problem already
  kPunctuation,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;  // name, punctuation or string value
  std::uint64_t magnitude = 0;
  int scale = 0;
};

// Always ends with a kEnd token. Appends to `problems`.
std::vector<Token> tokenize(std::string_view text, std::vector<Problem>* problems);

}  // namespace passerelle::language
