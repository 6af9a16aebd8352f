// A manifest: which queries a database is asked and how their rows become records. YAML; every key
// is in README.md. No code.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "plugins/mapping/spec.h"

namespace passerelle::sql {

struct Changes {
  std::string column;  // of the query: when a row was changed last
  std::string format;  // of its text; empty: as the database writes its timestamps
  std::chrono::seconds overlap{3'600};
  std::chrono::seconds compare_every{0};  // full comparisons; 0: none
};

struct StreamManifest {
  mapping::StreamSpec spec;
  std::string query;
  std::vector<std::string> key;  // columns of the query that tell its rows apart and sort them
  std::int64_t page = 5'000;     // rows
  std::optional<Changes> changes;
};

struct Manifest {
  mapping::Dialect dialect;
  std::vector<StreamManifest> streams;
  std::uint64_t fingerprint = 0;
};

// INVALID_ARGUMENT lists every problem as file:line:column, what is wrong, how to mend it.
StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view file_name);
StatusOr<Manifest> read_manifest(const std::string& path);

}  // namespace passerelle::sql
