// The literals of the lexer: numbers with their units, strings with their escapes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/lexer.h"
#include "core/language/problem.h"

namespace passerelle::language {

// A position in a text that collects problems. peek() past the end gives NUL.
struct Cursor {
  std::string_view text;
  std::size_t at = 0;
  std::vector<Problem>* problems = nullptr;

  bool done() const { return at >= text.size(); }
  char peek(std::size_t ahead = 0) const {
    return at + ahead < text.size() ? text[at + ahead] : '\0';
  }
  char take() { return text[at++]; }
  void refuse(std::size_t offset, ProblemKind kind, std::string reason, std::string remedy) {
    problems->push_back(problem_at(text, offset, kind, std::move(reason), std::move(remedy)));
  }
};

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// At a quote, or at one of the prefixes r, b, rb, br before a quote.
bool starts_string(const Cursor& cursor);
// Both fill `token` and leave the cursor behind it; on a problem the kind is kRefused.
void lex_string(Cursor* cursor, Token* token);
void lex_number(Cursor* cursor, Token* token);

}  // namespace passerelle::language
