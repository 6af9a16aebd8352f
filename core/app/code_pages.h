// What each stable code of an error means, in French and English: `passerelle describe PAS-M010`.
#pragma once

#include <span>
#include <string_view>

namespace passerelle::app {

struct CodePage {
  std::string_view code;  // "PAS-M010"
  std::string_view title_fr;
  std::string_view title_en;
  std::string_view text_fr;  // why it comes, and what mends it
  std::string_view text_en;
};

// Of every code that `check` and the intake give, by code.
std::span<const CodePage> code_pages();
// Null where there is none.
const CodePage* find_code_page(std::string_view code);

}  // namespace passerelle::app
