#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace passerelle::base {
namespace {

// One code point from `text` at `*at`; U+FFFFFFFF if the bytes are not UTF-8.
constexpr char32_t kBad = 0xFFFFFFFF;

char32_t next_code_point(std::string_view text, std::size_t* at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(*at);
  if (lead < 0x80) {
    ++*at;
    return lead;
  }
  const int extra = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : -1;
  if (extra < 0 || lead > 0xF4 || *at + static_cast<std::size_t>(extra) >= text.size()) return kBad;
  char32_t code = lead & (0x3F >> extra);
  for (int i = 1; i <= extra; ++i) {
    const unsigned char next = byte(*at + static_cast<std::size_t>(i));
    if ((next & 0xC0) != 0x80) return kBad;
    code = (code << 6) | (next & 0x3F);
  }
  const bool overlong = (extra == 2 && code < 0x800) || (extra == 3 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return kBad;
  *at += static_cast<std::size_t>(extra) + 1;
  return code;
}

// Latin letters without their accents; 0 where there is nothing to fold.
char unaccented(char32_t code) {
  static constexpr std::string_view kLatin1 =
      "aaaaaaaceeeeiiiidnooooo*ouuuuyts"   // U+00C0..U+00DF
      "aaaaaaaceeeeiiiidnooooo/ouuuuyty";  // U+00E0..U+00FF
  if (code >= 0xC0 && code <= 0xFF) return kLatin1[code - 0xC0];
  if (code == 0x152 || code == 0x153) return 'o';
  if (code == 0x178) return 'y';
  return 0;
}

bool is_space(char32_t code) {
  return code == ' ' || code == '\t' || code == '\r' || code == '\n' || code == 0xA0 ||
         code == 0x202F;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    // Most text is ASCII: eight bytes at once while none has its high bit.
    std::uint64_t word = 0;
    if (text.size() - at >= sizeof word) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & 0x8080808080808080ULL) == 0) {
        at += sizeof word;
        continue;
      }
    }
    if (next_code_point(text, &at) == kBad) return false;
  }
  return true;
}

void append_utf8(std::string* out, char32_t code) {
  const auto put = [&](char32_t value) { out->push_back(static_cast<char>(value)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

std::string utf8_from_windows1252(std::string_view bytes) {
  static constexpr std::array<char32_t, 32> kHigh = {
      0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      append_utf8(&out, byte < 0xA0 ? kHigh[byte - 0x80] : byte);
    }
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto space_bytes_at_front = [](std::string_view t) -> std::size_t {
    if (t.empty()) return 0;
    if (is_space(static_cast<unsigned char>(t[0]))) return 1;
    if (t.substr(0, 2) == "\xC2\xA0") return 2;
    return t.substr(0, 3) == "\xE2\x80\xAF" ? 3 : 0;
  };
  const auto space_bytes_at_back = [](std::string_view t) -> std::size_t {
    if (t.empty()) return 0;
    const auto last = static_cast<unsigned char>(t.back());
    if (last < 0x80) return is_space(last) ? 1 : 0;
    if (t.size() >= 2 && t.substr(t.size() - 2) == "\xC2\xA0") return 2;
    return t.size() >= 3 && t.substr(t.size() - 3) == "\xE2\x80\xAF" ? 3 : 0;
  };
  while (const std::size_t n = space_bytes_at_front(text)) text.remove_prefix(n);
  while (const std::size_t n = space_bytes_at_back(text)) text.remove_suffix(n);
  return text;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code = next_code_point(text, &at);
    if (code == kBad) ++at;
    if (!(code >= 0x300 && code < 0x370)) ++width;
  }
  return width;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      char buffer[4];
      std::snprintf(buffer, sizeof buffer, "%%%02X", static_cast<unsigned>(c) & 0xFF);
      out += buffer;
    }
  }
  return out;
}

StatusOr<std::string> percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 1 < text.size() ? digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return invalid_argument("'" + std::string(text.substr(0, 80)) +
                              "' is not percent-encoded text: % needs two hexadecimal digits");
    }
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string nearest_of(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 1;
  for (const std::string& candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j <= candidate.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t above = row[j];
        const std::size_t change = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        row[j] = std::min({above + 1, row[j - 1] + 1, change});
        diagonal = above;
      }
    }
    if (row.back() < best_distance || (row.back() == best_distance && best.empty())) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

std::string folded(std::string_view text) {
  std::string out;
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    char32_t code = next_code_point(text, &at);
    if (code == kBad) code = static_cast<unsigned char>(text[at++]);
    if (is_space(code)) {
      gap = !out.empty();
      continue;
    }
    if (code >= 0x300 && code < 0x370) continue;
    if (gap) out.push_back(' ');
    gap = false;
    if (const char plain = unaccented(code); plain != 0) {
      out.push_back(plain);
    } else if (code >= 'A' && code <= 'Z') {
      out.push_back(static_cast<char>(code - 'A' + 'a'));
    } else if (code == 0x2019) {
      out.push_back('\'');
    } else {
      append_utf8(&out, code);
    }
  }
  return out;
}

bool siret_checks(std::string_view siret) {
  if (siret.size() != 14) return false;
  int sum = 0;
  for (std::size_t i = 0; i < siret.size(); ++i) {
    if (siret[i] < '0' || siret[i] > '9') return false;
    int digit = siret[i] - '0';
    if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

std::string masked(std::string_view value) {
  return "[masked, " + std::to_string(display_width(value)) + " characters]";
}

std::string grouped(long long value) {
  std::string digits = std::to_string(value);
  const std::size_t start = digits[0] == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > start + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace passerelle::base
