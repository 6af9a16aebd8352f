// One read of the connector: every stream of the manifest, page by page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/rest/manifest.h"
#include "plugins/rest/source.h"
#include "plugins/sdk/connector.h"

namespace passerelle::rest {

struct Settings {
  Manifest manifest;
  Access access;
  std::string time_zone;     // of the manifest, else the authority's
  bool allow_empty = false;  // a full comparison may find nothing where there was something
  std::uint64_t context = 0;
};

StatusOr<Settings> settings_of(const sdk::Config& config);
std::vector<sdk::Stream> streams_of(const Manifest& manifest);

// Asks for the first page of the first stream: the address, the session and the request work.
Status try_source(const Settings& settings);

Status read_source(const Settings& settings, std::string_view checkpoint, sdk::Output& out);

}  // namespace passerelle::rest
