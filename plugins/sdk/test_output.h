// For tests of connectors: an Output that keeps everything in memory.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plugins/sdk/connector.h"

namespace passerelle::sdk {

struct WrittenRecord {
  std::string stream;
  std::string scope;
  std::string id;
  std::int64_t version = 0;
  std::uint64_t position = 0;
  bool deleted = false;
  std::string natural_key;
  std::map<std::string, std::string> texts;
  std::map<std::string, std::int64_t> numbers;
};

struct WrittenScope {
  std::string scope;
  bool closed = false;
  bool replace = false;
  std::optional<Reject> aborted;
};

struct Written {
  std::vector<WrittenRecord> records;
  std::vector<Reject> rejects;
  std::vector<WrittenScope> scopes;
  std::vector<std::string> checkpoints;
  std::map<std::string, base::Days> complete_to;
};

// Runs check and read of `connector` in this process with a configuration given as JSON.
// `stop_after_checkpoints`: cancelled() turns true after that many checkpoints (0: never), to test
// resuming; a read that then ends with CANCELLED is no error.
StatusOr<Written> read_in_process(Connector& connector, const std::string& config_json,
                                  const std::string& folder, std::string_view checkpoint = "",
                                  std::size_t stop_after_checkpoints = 0,
                                  const std::map<std::string, std::string>& secrets = {});

}  // namespace passerelle::sdk
