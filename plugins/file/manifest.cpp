#include "plugins/file/manifest.h"

#include "core/base/hash.h"
#include "plugins/mapping/manifest_reader.h"

namespace passerelle::file {
namespace {

using formats::Yaml;

void read_header(const Yaml& root, mapping::ManifestReader& reader, Manifest* out) {
  const Yaml* header = root.find("header");
  if (header == nullptr) return;
  if (header->is_sequence()) {
    out->has_header = false;
    out->names = reader.texts(root, "header");
  } else if (header->text != "true") {
    reader.problem(*header, "header is neither true nor a list",
                   "write true, or the columns' names");
  }
}

void read_layout(const Yaml& root, mapping::ManifestReader& reader, Manifest* out) {
  if (const std::string format = reader.text(root, "format", "csv"); format != "csv") {
    reader.problem(*root.find("format"), "format '" + format + "' is unknown", "use csv");
  }
  out->delimiter = reader.character(root, "delimiter", ',');
  out->quote = reader.character(root, "quote", '"');
  if (const Yaml* encoding = root.find("encoding")) {
    const auto parsed = formats::parse_encoding(encoding->text);
    if (parsed.ok()) {
      out->encoding = *parsed;
    } else {
      reader.problem(*encoding, base::message_of(parsed.status()),
                     "use auto, utf-8 or windows-1252");
    }
  }
  read_header(root, reader, out);
  out->entry = reader.text(root, "entry", "*");
}

}  // namespace

StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view file_name) {
  PAS_ASSIGN_OR_RETURN(const Yaml root, formats::parse_yaml(text, file_name));
  Manifest manifest;
  mapping::ManifestReader reader(file_name);
  if (reader.expect_map(root, "the manifest")) {
    reader.known(root, {"format", "delimiter", "encoding", "quote", "header", "entry", "decimal",
                        "time_zone", "missing", "streams"});
    read_layout(root, reader, &manifest);
    reader.read_dialect(root, &manifest.dialect);
    if (const auto* streams = reader.streams(root)) {
      for (const formats::YamlPair& pair : *streams) {
        manifest.streams.push_back(reader.read_stream(pair, {}));
      }
    }
  }
  PAS_RETURN_IF_ERROR(reader.status());
  manifest.dialect.code = "FILE";
  manifest.fingerprint = base::hash64(text);
  return manifest;
}

StatusOr<Manifest> read_manifest(const std::string& path) {
  PAS_ASSIGN_OR_RETURN(const mapping::ManifestText found, mapping::read_manifest_text(path));
  return parse_manifest(found.text, found.name);
}

}  // namespace passerelle::file
