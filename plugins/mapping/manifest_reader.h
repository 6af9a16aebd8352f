// Reads a manifest's YAML and gathers everything that is wrong with it, each with its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/formats/yaml.h"
#include "plugins/mapping/spec.h"

namespace passerelle::mapping {

// The manifest's text: the file at `path`, else the one of that name in the folder `manifests`
// beside the plugin's program.
struct ManifestText {
  std::string name;  // of the file, for messages
  std::string text;
};
StatusOr<ManifestText> read_manifest_text(const std::string& path);

class ManifestReader {
 public:
  explicit ManifestReader(std::string_view file_name) : file_(file_name) {}

  // All problems as file:line:column, what is wrong, how to mend it; OK if there are none.
  Status status() const;

  void problem(const formats::Yaml& at, std::string_view reason, std::string_view remedy);
  bool expect_map(const formats::Yaml& node, std::string_view what);
  void known(const formats::Yaml& map, const std::vector<std::string>& keys);
  std::string text(const formats::Yaml& map, std::string_view key, std::string_view otherwise = "");
  // "\t" and "tab" are the tabulator; empty text is 0.
  char character(const formats::Yaml& map, std::string_view key, char otherwise);
  std::vector<std::string> texts(const formats::Yaml& map, std::string_view key);
  // A map of texts.
  std::map<std::string, std::string> pairs(const formats::Yaml& map, std::string_view key);
  std::int64_t integer(const formats::Yaml& map, std::string_view key, std::int64_t otherwise,
                       std::int64_t min, std::int64_t max);
  // "90s", "10m", "2h", "30d" in seconds.
  std::int64_t seconds(const formats::Yaml& map, std::string_view key, std::int64_t otherwise);
  // The keys `decimal`, `missing`, `time_zone`.
  void read_dialect(const formats::Yaml& root, Dialect* dialect);
  // The pairs below `streams`; nullptr, and a problem, if there is none.
  const std::vector<formats::YamlPair>* streams(const formats::Yaml& root);
  // A stream's mapping keys; `others` are the engine's own, read by the engine.
  StreamSpec read_stream(const formats::YamlPair& pair, const std::vector<std::string>& others);

 private:
  void read_field(const std::string& kind, const formats::YamlPair& pair, StreamSpec* stream);
  void read_origin(const formats::Yaml& node, FieldSpec* spec);

  std::string file_;
  std::vector<std::string> problems_;
};

}  // namespace passerelle::mapping
