// Any bytes through the ZIP and XLSX readers. The archive's first byte chooses: 0xFF before a
// sheet's XML puts it into a sound workbook, so that mutations reach the cells.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/formats/xlsx.h"

namespace {

using namespace passerelle::formats;

std::string workbook_with(std::string_view sheet) {
  ZipWriter zip;
  zip.add("_rels/.rels", "<R><Relationship Type='/officeDocument' Target='w.xml'/></R>");
  zip.add("w.xml", "<w><sheets><sheet name='s' id='1'/></sheets></w>");
  zip.add("_rels/w.xml.rels",
          "<R><Relationship Id='1' Type='/worksheet' Target='s.xml'/>"
          "<Relationship Id='2' Type='/styles' Target='y.xml'/></R>");
  zip.add("y.xml", "<y><cellXfs><xf numFmtId='0'/><xf numFmtId='22'/></cellXfs></y>");
  zip.add("s.xml", std::string(sheet));
  auto bytes = zip.finish();
  return bytes.ok() ? *std::move(bytes) : std::string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool is_sheet = text.starts_with('\xFF');
  const auto reader =
      XlsxReader::open_bytes(is_sheet ? workbook_with(text.substr(1)) : std::string(text));
  if (!reader.ok()) return 0;
  for (std::size_t i = 0; i < (*reader)->sheets().size(); ++i) {
    const auto rows = (*reader)->rows(i);
    if (!rows.ok()) continue;
    for (int row = 0; row < 1'000; ++row) {
      const auto more = (*rows)->next();
      if (!more.ok() || !*more) break;
    }
  }
  return 0;
}
