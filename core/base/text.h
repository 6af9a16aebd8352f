// Small text helpers shared by every room. All text inside the hub is UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace passerelle::base {

bool is_valid_utf8(std::string_view text);
// Windows-1252 (a superset of ISO-8859-1's printable part) to UTF-8; undefined bytes become U+FFFD.
std::string utf8_from_windows1252(std::string_view bytes);
// Appends one code point.
void append_utf8(std::string* out, char32_t code_point);
// Without spaces at either end; U+00A0 and U+202F count as spaces.
std::string_view trimmed(std::string_view text);
// Columns a terminal needs: code points, combining marks left out.
std::size_t display_width(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// RFC 3986: everything but letters, digits and -._~ becomes %XX.
std::string percent_encoded(std::string_view text);
StatusOr<std::string> percent_decoded(std::string_view text);
// The member of `known` nearest to `word` (edit distance at most a third of its length), or "".
std::string nearest_of(std::string_view word, const std::vector<std::string>& known);
// "Sécurité Publique" and "securite publique " compare equal: case folded, accents and
// repeated spaces removed (Latin letters only).
std::string folded(std::string_view text);
// 14 digits and a right Luhn sum. La Poste's and test numbers fail it: a warning, never a refusal.
bool siret_checks(std::string_view siret);
// Shown instead of a personal value: its length only, "[masked, 13 characters]".
std::string masked(std::string_view value);
// 1234567 -> "1,234,567"; for English logs and tables.
std::string grouped(long long value);

}  // namespace passerelle::base
