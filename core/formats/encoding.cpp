#include "core/formats/encoding.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "core/base/text.h"

namespace passerelle::formats {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr char32_t kUndefined = 0;

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The first byte from `at` on that is not ASCII, or the end.
std::size_t end_of_ascii(std::string_view text, std::size_t at) {
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

enum class Sequence { kValid, kInvalid, kCut };

// The sequence of two to four bytes that starts at `at` (which is not ASCII).
std::pair<Sequence, std::size_t> utf8_sequence(std::string_view text, std::size_t at) {
  const unsigned char lead = byte_at(text, at);
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return {Sequence::kInvalid, 1};
  for (std::size_t i = 1; i < size; ++i) {
    if (at + i >= text.size()) return {Sequence::kCut, 0};
    const unsigned char next = byte_at(text, at + i);
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (i == 1) {  // overlong forms, surrogates, beyond U+10FFFF
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    }
    if (next < low || next > high) return {Sequence::kInvalid, 1};
  }
  return {Sequence::kValid, size};
}

using Table = std::array<char32_t, 128>;  // of the bytes 0x80 to 0xFF

Table windows1252_table() {
  Table table{};
  constexpr std::array<char32_t, 32> kHigh = {
      0x20AC,     kUndefined, 0x201A, 0x0192, 0x201E, 0x2026,     0x2020, 0x2021,
      0x02C6,     0x2030,     0x0160, 0x2039, 0x0152, kUndefined, 0x017D, kUndefined,
      kUndefined, 0x2018,     0x2019, 0x201C, 0x201D, 0x2022,     0x2013, 0x2014,
      0x02DC,     0x2122,     0x0161, 0x203A, 0x0153, kUndefined, 0x017E, 0x0178};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = i < kHigh.size() ? kHigh[i] : static_cast<char32_t>(0x80 + i);
  }
  return table;
}

Table iso885915_table() {
  Table table = windows1252_table();
  constexpr std::array<std::pair<std::size_t, char32_t>, 8> kDifferent = {{{0xA4, 0x20AC},
                                                                           {0xA6, 0x160},
                                                                           {0xA8, 0x161},
                                                                           {0xB4, 0x17D},
                                                                           {0xB8, 0x17E},
                                                                           {0xBC, 0x152},
                                                                           {0xBD, 0x153},
                                                                           {0xBE, 0x178}}};
  for (const auto& [at, code] : kDifferent) table[at - 0x80] = code;
  return table;
}

const Table& table_of(Encoding encoding) {
  static const Table kWindows = windows1252_table();
  static const Table kIso15 = iso885915_table();
  return encoding == Encoding::kIso885915 ? kIso15 : kWindows;
}

bool is_utf16(Encoding encoding) {
  return encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be;
}

}  // namespace

StatusOr<Encoding> parse_encoding(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != ' ') {
      key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
  }
  if (key == "auto" || key.empty()) return Encoding::kDetect;
  if (key == "utf8") return Encoding::kUtf8;
  if (key == "windows1252" || key == "cp1252" || key == "ansi") return Encoding::kWindows1252;
  if (key == "iso88591" || key == "latin1") return Encoding::kIso88591;
  if (key == "iso885915" || key == "latin9") return Encoding::kIso885915;
  if (key == "utf16" || key == "utf16le") return Encoding::kUtf16Le;
  if (key == "utf16be") return Encoding::kUtf16Be;
  return base::invalid_argument("encoding \"" + std::string(name) +
                                "\" is not known; use auto, utf-8, windows-1252, iso-8859-1, "
                                "iso-8859-15, utf-16le or utf-16be");
}

std::string_view to_string(Encoding encoding) {
  switch (encoding) {
    case Encoding::kDetect:
      return "auto";
    case Encoding::kUtf8:
      return "utf-8";
    case Encoding::kWindows1252:
      return "windows-1252";
    case Encoding::kIso88591:
      return "iso-8859-1";
    case Encoding::kIso885915:
      return "iso-8859-15";
    case Encoding::kUtf16Le:
      return "utf-16le";
    case Encoding::kUtf16Be:
      return "utf-16be";
  }
  return "?";
}

DecodingSource::DecodingSource(std::unique_ptr<ByteSource> inner, Encoding encoding,
                               InvalidBytes invalid)
    : inner_(std::move(inner)), encoding_(encoding), invalid_(invalid) {}

StatusOr<std::size_t> DecodingSource::read(char* buffer, std::size_t size) {
  while (output_at_ == output_.size()) {
    if (input_ended_ && input_.empty()) return std::size_t{0};
    PAS_RETURN_IF_ERROR(fill());
  }
  const std::size_t count = std::min(size, output_.size() - output_at_);
  std::memcpy(buffer, output_.data() + output_at_, count);
  output_at_ += count;
  return count;
}

Status DecodingSource::fill() {
  output_.clear();
  output_at_ = 0;
  if (!input_ended_) {
    const std::size_t kept = input_.size();
    input_.resize(kept + kChunkBytes);
    PAS_ASSIGN_OR_RETURN(const std::size_t got, inner_->read(input_.data() + kept, kChunkBytes));
    input_.resize(kept + got);
    input_ended_ = got == 0;
  }
  if (!started_) {
    // The longest mark has four bytes.
    if (input_.size() < 4 && !input_ended_) return {};
    PAS_RETURN_IF_ERROR(start());
  }
  PAS_ASSIGN_OR_RETURN(const std::size_t used, decode());
  input_.erase(0, used);
  input_offset_ += used;
  return {};
}

Status DecodingSource::start() {
  started_ = true;
  const std::string_view text = input_;
  std::size_t mark = 0;
  if (text.starts_with("\xEF\xBB\xBF")) {
    encoding_ = Encoding::kUtf8;
    mark = 3;
  } else if (text.starts_with(std::string_view("\xFF\xFE\0\0", 4))) {
    return base::invalid_argument("the text is UTF-32; save it as UTF-8");
  } else if (text.starts_with("\xFF\xFE")) {
    encoding_ = Encoding::kUtf16Le;
    mark = 2;
  } else if (text.starts_with("\xFE\xFF")) {
    encoding_ = Encoding::kUtf16Be;
    mark = 2;
  }
  detecting_ = encoding_ == Encoding::kDetect;
  if (detecting_) encoding_ = Encoding::kUtf8;
  input_.erase(0, mark);
  input_offset_ += mark;
  return {};
}

StatusOr<std::size_t> DecodingSource::decode() {
  if (is_utf16(encoding_)) return decode_utf16();
  if (const std::size_t zero = input_.find('\0'); zero != std::string::npos) {
    return base::invalid_argument("byte " + std::to_string(input_offset_ + zero) +
                                  " is zero: this is not a text file, or it is UTF-16 without its "
                                  "mark (then set the encoding to utf-16le)");
  }
  return encoding_ == Encoding::kUtf8 ? decode_utf8() : decode_single_bytes(0);
}

StatusOr<std::size_t> DecodingSource::decode_utf8() {
  const std::string_view text = input_;
  std::size_t copied = 0;  // everything before is in output_
  for (std::size_t at = end_of_ascii(text, 0); at < text.size(); at = end_of_ascii(text, at)) {
    const auto [sequence, size] = utf8_sequence(text, at);
    if (sequence == Sequence::kValid) {
      at += size;
      seen_multibyte_ = true;
      continue;
    }
    output_.append(text, copied, at - copied);
    if (sequence == Sequence::kCut && !input_ended_) return at;
    if (detecting_ && !seen_multibyte_) {
      encoding_ = Encoding::kWindows1252;
      return decode_single_bytes(at);
    }
    PAS_RETURN_IF_ERROR(invalid_at(at));
    copied = ++at;
  }
  output_.append(text, copied);
  return text.size();
}

StatusOr<std::size_t> DecodingSource::decode_single_bytes(std::size_t at) {
  const std::string_view text = input_;
  const Table& table = table_of(encoding_);
  while (at < text.size()) {
    const std::size_t ascii_end = end_of_ascii(text, at);
    output_.append(text, at, ascii_end - at);
    at = ascii_end;
    for (; at < text.size() && byte_at(text, at) >= 0x80; ++at) {
      const char32_t code = table[byte_at(text, at) - 0x80];
      if (code != kUndefined) {
        base::append_utf8(&output_, code);
      } else {
        PAS_RETURN_IF_ERROR(invalid_at(at));
      }
    }
  }
  return at;
}

StatusOr<std::size_t> DecodingSource::decode_utf16() {
  const std::string_view text = input_;
  const int high = encoding_ == Encoding::kUtf16Be ? 0 : 1;
  const auto unit = [&](std::size_t at) -> char32_t {
    return static_cast<char32_t>(byte_at(text, at + high) << 8 | byte_at(text, at + 1 - high));
  };
  std::size_t at = 0;
  while (at + 2 <= text.size()) {
    const char32_t code = unit(at);
    if (code < 0xD800 || code > 0xDFFF) {
      base::append_utf8(&output_, code);
      at += 2;
      continue;
    }
    if (code < 0xDC00 && at + 4 > text.size() && !input_ended_) return at;
    const char32_t low = code < 0xDC00 && at + 4 <= text.size() ? unit(at + 2) : 0;
    if (low >= 0xDC00 && low <= 0xDFFF) {
      base::append_utf8(&output_, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
      at += 4;
    } else {
      PAS_RETURN_IF_ERROR(invalid_at(at));
      at += 2;
    }
  }
  if (input_ended_ && at < text.size()) {  // half a character
    PAS_RETURN_IF_ERROR(invalid_at(at));
    at = text.size();
  }
  return at;
}

Status DecodingSource::invalid_at(std::size_t at) {
  const std::uint64_t offset = input_offset_ + at;
  if (invalid_ == InvalidBytes::kReplace) {
    if (replaced_++ == 0) first_replaced_offset_ = offset;
    output_ += kReplacement;
    return {};
  }
  char hex[8];
  std::snprintf(hex, sizeof hex, "0x%02X", byte_at(input_, at));
  return base::invalid_argument("byte " + std::to_string(offset) + " (" + hex + ") is not valid " +
                                std::string(to_string(encoding_)) +
                                "; set the encoding the file was written in");
}

}  // namespace passerelle::formats
