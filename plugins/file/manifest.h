// A manifest: how the rows of a CSV file become records. YAML; every key is in README.md. No code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/formats/encoding.h"
#include "plugins/mapping/spec.h"

namespace passerelle::file {

struct Manifest {
  char delimiter = ',';
  char quote = '"';
  formats::Encoding encoding = formats::Encoding::kDetect;
  bool has_header = true;
  std::vector<std::string> names;  // of the columns, where the file has no header
  std::string entry = "*";         // pattern of the entry in a ZIP archive
  mapping::Dialect dialect;
  std::vector<mapping::StreamSpec> streams;
  std::uint64_t fingerprint = 0;  // of the manifest's text
};

// INVALID_ARGUMENT lists every problem as file:line:column, what is wrong, how to mend it.
StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view file_name);
// Of a path, or of a name in the plugin's own folder `manifests`.
StatusOr<Manifest> read_manifest(const std::string& path);

}  // namespace passerelle::file
