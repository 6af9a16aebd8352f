// One read of the connector: every stream of the manifest, page by page of its key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/connector.h"
#include "plugins/sql/database.h"
#include "plugins/sql/manifest.h"

namespace passerelle::sql {

struct Settings {
  Manifest manifest;
  Access access;
  bool allow_empty = false;  // a full comparison may find nothing where there was something
  std::uint64_t context = 0;
};

StatusOr<Settings> settings_of(const sdk::Config& config);
std::vector<sdk::Stream> streams_of(const Manifest& manifest);

// Asks every query for one row: the address, the account and the columns are right.
Status try_source(const Settings& settings);

Status read_source(const Settings& settings, std::string_view checkpoint, sdk::Output& out);

}  // namespace passerelle::sql
