#include "plugins/sql/manifest.h"

#include "core/base/hash.h"
#include "plugins/mapping/manifest_reader.h"

namespace passerelle::sql {
namespace {

using formats::Yaml;

constexpr std::int64_t kPageMax = 50'000;

Changes read_changes(const Yaml& node, const Yaml& stream, mapping::ManifestReader& reader) {
  Changes changes;
  reader.known(node, {"column", "format", "overlap"});
  changes.column = reader.text(node, "column");
  changes.format = reader.text(node, "format");
  changes.overlap = std::chrono::seconds(reader.seconds(node, "overlap", 3'600));
  changes.compare_every = std::chrono::seconds(reader.seconds(stream, "compare", 0));
  if (changes.column.empty()) {
    reader.problem(node, "`changes` lacks `column`",
                   "write the query's column that holds the time of a row's last change");
  }
  return changes;
}

StreamManifest read_stream(const formats::YamlPair& pair, mapping::ManifestReader& reader) {
  StreamManifest stream;
  stream.spec = reader.read_stream(pair, {"query", "key", "page", "changes", "compare"});
  const Yaml& node = pair.value;
  if (!node.is_map()) return stream;
  stream.query = reader.text(node, "query");
  if (stream.query.empty()) {
    reader.problem(node, "no query is given", "write query: SELECT ... without ORDER BY");
  }
  if (stream.query.find(';') != std::string::npos) {
    reader.problem(*node.find("query"), "the query holds a ;", "write one SELECT without it");
  }
  stream.key = reader.texts(node, "key");
  if (stream.key.empty()) {
    reader.problem(node, "no key is given",
                   "write key: [column, ...]: what tells two rows of the query apart");
  }
  stream.page = reader.integer(node, "page", 5'000, 1, kPageMax);
  if (const Yaml* changes = node.find("changes");
      changes && reader.expect_map(*changes, "changes")) {
    stream.changes = read_changes(*changes, node, reader);
  } else if (const Yaml* compare = node.find("compare")) {
    reader.problem(*compare, "every read of this stream is a full comparison",
                   "remove `compare`, or describe `changes`");
  }
  return stream;
}

}  // namespace

StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view file_name) {
  PAS_ASSIGN_OR_RETURN(const Yaml root, formats::parse_yaml(text, file_name));
  Manifest manifest;
  mapping::ManifestReader reader(file_name);
  if (reader.expect_map(root, "the manifest")) {
    reader.known(root, {"engine", "label", "decimal", "missing", "time_zone", "streams"});
    reader.read_dialect(root, &manifest.dialect);
    if (const auto* streams = reader.streams(root)) {
      for (const formats::YamlPair& pair : *streams) {
        manifest.streams.push_back(read_stream(pair, reader));
      }
    }
  }
  PAS_RETURN_IF_ERROR(reader.status());
  manifest.dialect.code = "SQL";
  manifest.fingerprint = base::hash64(text);
  return manifest;
}

StatusOr<Manifest> read_manifest(const std::string& path) {
  PAS_ASSIGN_OR_RETURN(const mapping::ManifestText found, mapping::read_manifest_text(path));
  return parse_manifest(found.text, found.name);
}

}  // namespace passerelle::sql
