// The same expression with one operator turned into another one: what a test should notice.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace passerelle::language {

struct Mutant {
  std::string text;    // the whole expression
  std::size_t at = 0;  // of the operator, in bytes of the original
  std::string from;    // "=="
  std::string to;      // "!="; empty: the operator is left out
};

// In the order of the text; comparisons twice (the opposite, and with or without the bound). None
// of a text that does not parse.
std::vector<Mutant> mutants_of(std::string_view text);

}  // namespace passerelle::language
