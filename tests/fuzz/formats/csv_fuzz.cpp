// Any bytes through the decoder and the CSV reader: no crash, positions that only grow, and what
// the writer makes of a row reads back as that row.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/formats/csv.h"
#include "core/formats/encoding.h"

namespace {

using namespace passerelle::formats;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_round_trip(const std::vector<std::string_view>& fields) {
  std::string text;
  CsvWriter(&text).row(fields);
  CsvReader reader(source_of_view(text), {.row_bytes_max = 16 << 20});
  require(*reader.next());
  require(reader.fields() == fields);
  require(reader.row_status().ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto encoding = static_cast<Encoding>(data[0] % 7);
  const auto invalid = (data[0] & 0x80) != 0 ? InvalidBytes::kReplace : InvalidBytes::kRefuse;
  CsvSettings settings;
  settings.delimiter = ",;\t|"[data[1] % 4];
  settings.quote = "\"'\0\""[data[1] / 4 % 4];
  settings.skip_blank_lines = (data[1] & 0x80) != 0;
  settings.row_bytes_max = 4'096;
  settings.columns_max = 64;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  CsvReader reader(std::make_unique<DecodingSource>(source_of_view(text), encoding, invalid),
                   settings);
  std::uint64_t offset = 0;
  for (;;) {
    const auto more = reader.next();
    if (!more.ok() || !*more) return 0;
    require(reader.position().offset >= offset);
    offset = reader.next_position().offset;
    require(offset > reader.position().offset);
    require(!reader.fields().empty());
    check_round_trip(reader.fields());
  }
}
