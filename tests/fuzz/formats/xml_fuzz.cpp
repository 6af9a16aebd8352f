// Any bytes through the XML reader: no crash, elements that close as they opened.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/formats/xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passerelle::formats;
  XmlReader reader(source_of_view({reinterpret_cast<const char*>(data), size}),
                   {.keep_blank_text = true, .depth_max = 40, .text_bytes_max = 4'096});
  std::size_t depth = 0;
  for (;;) {
    const auto event = reader.next();
    if (!event.ok()) return 0;
    if (*event == XmlEvent::kDone) break;
    if (*event == XmlEvent::kStart) ++depth;
    if (reader.depth() != depth) std::abort();
    if (*event == XmlEvent::kEnd) --depth;
    if (reader.text().size() > 4'096) std::abort();
  }
  if (depth != 0) std::abort();
  return 0;
}
