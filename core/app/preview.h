// What a connector would read, tried without a hub: nothing is stored, personal values are masked.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/model/steering.h"

namespace passerelle::app {

struct PreviewField {
  std::string name;
  std::string type;  // decimal(2), person(matricule), ...
};

struct PreviewRecord {
  std::string id;
  std::string version;
  bool is_deleted = false;
  std::map<std::string, std::string> values;  // by field
};

struct PreviewReject {
  std::string position;
  std::string rule;
  std::string field;
  std::string value;
  std::string reason;
  std::string remedy;
};

struct PreviewStream {
  std::string name;
  std::string kind;
  std::vector<PreviewField> fields;
  std::vector<PreviewRecord> records;  // the first ones
};

struct Preview {
  std::vector<PreviewStream> streams;
  std::vector<PreviewReject> rejects;
  bool is_whole = false;  // the source holds no more than this
};

struct PreviewSettings {
  std::string model_folder;
  std::vector<std::string> plugin_folders;
  std::size_t records_max = 10;  // of each stream
  std::chrono::seconds time_max{120};
};

// Reads from the start until every stream has its records, or the source ends. The plugin's own
// error with its code if it refuses or fails; DEADLINE_EXCEEDED names the time.
StatusOr<Preview> preview(const model::ConnectorConfig& connector, const std::string& time_zone,
                          const PreviewSettings& settings);

}  // namespace passerelle::app
