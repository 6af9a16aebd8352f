#include "core/model/cell.h"

#include <algorithm>

#include "core/base/hash.h"
#include "core/base/text.h"

namespace passerelle::model {
namespace {

void append_varint(std::string* out, std::uint64_t value) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

}  // namespace

std::string cell_key_text(std::string_view indicator, const std::vector<std::string>& dimensions,
                          const std::vector<std::string_view>& values, base::Period period) {
  std::vector<std::pair<std::string_view, std::string>> parts;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    parts.emplace_back(dimensions[i], base::percent_encoded(values[i]));
  }
  parts.emplace_back("period", base::percent_encoded(period.to_string()));
  std::sort(parts.begin(), parts.end());
  std::string text(indicator);
  for (const auto& [name, value] : parts) {
    text += '|';
    text += name;
    text += '=';
    text += value;
  }
  return text;
}

std::uint64_t cell_hash(std::string_view key_text, const CellValue& value) {
  std::string bytes(key_text);
  bytes.push_back('\0');
  if (value.na != NaReason::kNone) {
    bytes.push_back('n');
    bytes.push_back(static_cast<char>(value.na));
  } else {
    bytes.push_back('v');
    append_varint(&bytes, value.scale);
    const auto bits = static_cast<std::uint64_t>(value.scaled);
    append_varint(&bytes, (bits << 1) ^ (value.scaled < 0 ? ~0ULL : 0ULL));
  }
  return base::hash64(bytes);
}

}  // namespace passerelle::model
