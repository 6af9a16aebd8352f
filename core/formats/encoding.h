// Text of any encoding the sources use, as UTF-8 (without a byte order mark).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/formats/byte_source.h"

namespace passerelle::formats {

enum class Encoding : std::uint8_t {
  // A byte order mark decides; without one the text is UTF-8 until a byte shows that it is not:
  // if everything before was ASCII, it is Windows-1252, else the byte is invalid.
  kDetect,
  kUtf8,
  kWindows1252,
  // 0x80 to 0x9F are read as Windows-1252, as browsers do: real texts never mean the C1 controls.
  kIso88591,
  kIso885915,
  // With or without a byte order mark; the mark wins where it contradicts.
  kUtf16Le,
  kUtf16Be,
};

// "auto", "utf-8", "windows-1252", "cp1252", "iso-8859-1", "latin-1", "iso-8859-15", "latin-9",
// "utf-16", "utf-16le", "utf-16be"; case and -_ do not matter.
StatusOr<Encoding> parse_encoding(std::string_view name);
std::string_view to_string(Encoding encoding);

enum class InvalidBytes : std::uint8_t {
  kRefuse,   // INVALID_ARGUMENT with the byte's offset and the remedy
  kReplace,  // U+FFFD, counted
};

// Decodes `inner` to UTF-8. A zero byte is refused in 8-bit encodings whatever `invalid` says: the
// file is not text, or UTF-16 without its mark.
class DecodingSource final : public ByteSource {
 public:
  DecodingSource(std::unique_ptr<ByteSource> inner, Encoding encoding,
                 InvalidBytes invalid = InvalidBytes::kRefuse);

  StatusOr<std::size_t> read(char* buffer, std::size_t size) override;
  // What the text was decoded as so far; kUtf8 for pure ASCII under kDetect.
  Encoding encoding() const { return encoding_; }
  // Invalid sequences replaced so far, and where the first one was (a byte offset of `inner`).
  std::uint64_t replaced() const { return replaced_; }
  std::uint64_t first_replaced_offset() const { return first_replaced_offset_; }

 private:
  Status start();
  Status fill();
  StatusOr<std::size_t> decode();
  // Each decodes what it can of input_ from `at` on and returns how far it came.
  StatusOr<std::size_t> decode_utf8();
  StatusOr<std::size_t> decode_single_bytes(std::size_t at);
  StatusOr<std::size_t> decode_utf16();
  Status invalid_at(std::size_t at);

  std::unique_ptr<ByteSource> inner_;
  Encoding encoding_;
  InvalidBytes invalid_;
  bool started_ = false;
  bool detecting_ = false;
  bool seen_multibyte_ = false;
  bool input_ended_ = false;
  std::uint64_t input_offset_ = 0;  // of input_[0] in `inner`
  std::string input_;               // bytes not decoded yet
  std::string output_;              // decoded bytes, delivered from output_at_
  std::size_t output_at_ = 0;
  std::uint64_t replaced_ = 0;
  std::uint64_t first_replaced_offset_ = 0;
};

}  // namespace passerelle::formats
