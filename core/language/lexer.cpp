#include "core/language/lexer.h"

#include <array>
#include <utility>

#include "core/language/lexer_literals.h"

namespace passerelle::language {
namespace {

constexpr std::array<std::string_view, 6> kTwoCharacter = {"==", "!=", "<=", ">=", "&&", "||"};

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<Problem>* problems) : cursor_{text, 0, problems} {}

  std::vector<Token> run() {
    while (true) {
      skip_blanks();
      Token token = next();
      token.end = cursor_.at;
      tokens_.push_back(std::move(token));
      if (tokens_.back().kind == TokenKind::kEnd) return std::move(tokens_);
    }
  }

 private:
  void skip_blanks() {
    while (!cursor_.done()) {
      const char c = cursor_.peek();
      if (c == '/' && cursor_.peek(1) == '/') {
        while (!cursor_.done() && cursor_.peek() != '\n') ++cursor_.at;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        ++cursor_.at;
      } else if (cursor_.text.substr(cursor_.at, 2) == "\xC2\xA0") {
        cursor_.at += 2;  // no-break space: pasted from a word processor
      } else {
        return;
      }
    }
  }

  Token next() {
    Token token;
    token.begin = cursor_.at;
    if (cursor_.done()) return token;
    const char c = cursor_.peek();
    if (is_digit(c) || (c == '.' && is_digit(cursor_.peek(1)))) {
      lex_number(&cursor_, &token);
    } else if (starts_string(cursor_)) {
      lex_string(&cursor_, &token);
    } else if (is_letter(c)) {
      token.kind = TokenKind::kName;
      while (is_letter(cursor_.peek()) || is_digit(cursor_.peek())) token.text += cursor_.take();
    } else {
      lex_punctuation(&token);
    }
    return token;
  }

  void lex_punctuation(Token* token) {
    token->kind = TokenKind::kPunctuation;
    const std::string_view two = cursor_.text.substr(cursor_.at, 2);
    for (std::string_view known : kTwoCharacter) {
      if (two != known) continue;
      token->text = known;
      cursor_.at += 2;
      return;
    }
    const char c = cursor_.peek();
    if (std::string_view("()[]{}.,:?<>!+-*/%").find(c) != std::string_view::npos) {
      token->text = cursor_.take();
      return;
    }
    refuse_character(token, c);
  }

  // One problem for a run of characters that begin no token.
  void refuse_character(Token* token, char c) {
    const std::size_t begin = cursor_.at;
    std::string remedy = "remove it";
    if (c == '=') remedy = "compare with ==";
    if (c == '&') remedy = "write && for and";
    if (c == '|') remedy = "write || for or";
    if (cursor_.text.substr(begin, 3) == "\xE2\x80\x99" ||
        cursor_.text.substr(begin, 3) == "\xE2\x80\x98") {
      remedy = "quote texts with ' or \"";
    }
    ++cursor_.at;
    while (!cursor_.done() && (static_cast<unsigned char>(cursor_.peek()) & 0xC0) == 0x80) {
      ++cursor_.at;
    }
    token->kind = TokenKind::kRefused;
    cursor_.refuse(begin, ProblemKind::kSyntax,
                   "'" + std::string(cursor_.text.substr(begin, cursor_.at - begin)) +
                       "' is not part of the language",
                   std::move(remedy));
  }

  Cursor cursor_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text, std::vector<Problem>* problems) {
  return Lexer(text, problems).run();
}

}  // namespace passerelle::language
