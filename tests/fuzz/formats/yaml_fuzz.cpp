// Any bytes through the YAML and JSON readers: no crash, and a YAML tree that was read is the same
// after it was written and read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/formats/json.h"
#include "core/formats/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passerelle::formats;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_json(text);
  const auto yaml = parse_yaml(text, "fuzz.yaml");
  if (!yaml.ok()) return 0;
  const std::string written = write_yaml(*yaml);
  const auto again = parse_yaml(written, "written.yaml");
  if (!again.ok() || write_yaml(*again) != written) std::abort();
  return 0;
}
