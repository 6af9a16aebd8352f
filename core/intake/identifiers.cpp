#include <algorithm>

#include "core/base/text.h"
#include "core/intake/vault.h"

namespace passerelle::intake {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// INSEE gives 01 to 12; other values stand for an unknown month and are rare enough to be left to
// the registers' own names.
bool is_month(char tens, char units) {
  return (tens == '0' && units >= '1' && units <= '9') ||
         (tens == '1' && units >= '0' && units <= '2');
}

}  // namespace

std::string normalised_identifier(std::string_view value) {
  std::string text(base::trimmed(value));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

bool looks_like_nir(std::string_view text) {
  if (text.size() != 13 && text.size() != 15) return false;
  if (text[0] != '1' && text[0] != '2' && text[0] != '7' && text[0] != '8') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool corsica = i == 6 && text[5] == '2' && (text[6] == 'A' || text[6] == 'B');
    if (!is_digit(text[i]) && !corsica) return false;
  }
  return is_month(text[3], text[4]);
}

std::string why_refused(PersonRef reference) {
  const std::string scheme = base::folded(reference.scheme);
  if (scheme.empty()) return "the identifier names no register";
  if (scheme == "nir" || scheme == "nia" || scheme == "insee") {
    return "the social security number is not taken as an identifier";
  }
  const std::string value = normalised_identifier(reference.value);
  if (value.empty()) return "the identifier is empty";
  if (looks_like_nir(value)) return "the identifier looks like a social security number";
  return {};
}

}  // namespace passerelle::intake
