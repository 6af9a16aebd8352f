#include "core/connectors/catalogue.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <system_error>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/formats/yaml.h"

namespace passerelle::connectors {
namespace {

namespace fs = std::filesystem;
using formats::Yaml;

constexpr std::string_view kFileName = "plugin.yaml";
const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> keys = {"name",     "family",     "version",
                                                "contract", "executable", "permissions"};
  return keys;
}

// Errors of one plugin.yaml: "<file>:<line>:<column>: what, remedy".
struct Reader {
  std::string file;

  Status wrong(formats::YamlMark mark, std::string_view text) const {
    const std::string at = mark.line == 0 ? file : file + ":" + mark.to_string();
    return base::invalid_argument(at + ": " + std::string(text));
  }
  StatusOr<std::string> text(const Yaml& root, std::string_view key) const {
    const Yaml* node = root.find(key);
    if (node == nullptr) {
      return wrong(root.mark, fmt::format("`{}` is missing; add `{}: ...`", key, key));
    }
    if (!node->is_scalar() || node->text.empty()) {
      return wrong(node->mark, fmt::format("`{}` must be a text", key));
    }
    return node->text;
  }
  StatusOr<ContractRange> contract(const Yaml& root) const {
    const Yaml* node = root.find("contract");
    if (node == nullptr) return wrong(root.mark, "`contract` is missing; add `contract: [1, 1]`");
    ContractRange range;
    const bool is_pair = node->is_sequence() && node->items.size() == 2;
    if (!is_pair || !number(node->items[0], &range.min) || !number(node->items[1], &range.max) ||
        range.min < 1 || range.max < range.min) {
      return wrong(node->mark, "`contract` must be [MIN, MAX], the majors the plugin speaks");
    }
    return range;
  }
  StatusOr<std::vector<std::string>> texts(const Yaml& map, std::string_view key) const {
    std::vector<std::string> out;
    const Yaml* node = map.find(key);
    if (node == nullptr || node->is_null()) return out;
    if (!node->is_sequence()) return wrong(node->mark, fmt::format("`{}` must be a list", key));
    for (const Yaml& item : node->items) {
      if (!item.is_scalar()) return wrong(item.mark, "must be a text");
      out.push_back(item.text);
    }
    return out;
  }
  StatusOr<Permissions> permissions(const Yaml& root) const {
    Permissions out;
    const Yaml* node = root.find("permissions");
    if (node == nullptr || node->is_null()) return out;
    if (!node->is_map()) {
      return wrong(node->mark, "`permissions` must be a map of `hosts` and `paths`");
    }
    PAS_RETURN_IF_ERROR(known(*node, {"hosts", "paths"}));
    PAS_ASSIGN_OR_RETURN(out.hosts, texts(*node, "hosts"));
    PAS_ASSIGN_OR_RETURN(out.paths, texts(*node, "paths"));
    return out;
  }
  Status known(const Yaml& map, const std::vector<std::string>& keys) const {
    for (const formats::YamlPair& pair : map.pairs) {
      if (std::find(keys.begin(), keys.end(), pair.key) != keys.end()) continue;
      const std::string nearest = base::nearest_of(pair.key, keys);
      return wrong(pair.key_mark,
                   fmt::format("unknown key `{}`; {}", pair.key,
                               nearest.empty() ? "known keys: " + base::join(keys, ", ")
                                               : "did you mean `" + nearest + "`?"));
    }
    return absl::OkStatus();
  }
  static bool number(const Yaml& node, std::uint32_t* out) {
    const char* end = node.text.data() + node.text.size();
    const auto result = std::from_chars(node.text.data(), end, *out);
    return node.is_scalar() && result.ec == std::errc() && result.ptr == end;
  }
};

StatusOr<fs::path> executable_of(const Reader& reader, const Yaml& root, const fs::path& folder) {
  PAS_ASSIGN_OR_RETURN(const std::string text, reader.text(root, "executable"));
  const fs::path relative(text);
  const bool leaves = std::find(relative.begin(), relative.end(), "..") != relative.end();
  const formats::YamlMark mark = root.find("executable")->mark;
  if (relative.is_absolute() || leaves) {
    return reader.wrong(mark, "`executable` must lie in the plugin's folder; write its name");
  }
  std::error_code error;
  const fs::path path = fs::absolute(folder / relative, error);
  if (error || !fs::is_regular_file(path, error)) {
    return reader.wrong(mark, "there is no file '" + text + "'; build or install the plugin again");
  }
  if (::access(path.c_str(), X_OK) != 0) {
    return reader.wrong(mark, "'" + text + "' cannot be executed; chmod +x it");
  }
  return path;
}

}  // namespace

std::string ContractRange::to_string() const {
  return min == max ? std::to_string(min) : fmt::format("{} to {}", min, max);
}

StatusOr<std::uint32_t> negotiate(std::string_view plugin, ContractRange plugin_range,
                                  ContractRange hub_range) {
  const std::uint32_t best = std::min(plugin_range.max, hub_range.max);
  if (best >= plugin_range.min && best >= hub_range.min) return best;
  return base::failed_precondition(fmt::format(
      "plugin {} speaks contract {}, this hub speaks {}; install a newer version of the {}", plugin,
      plugin_range.to_string(), hub_range.to_string(),
      plugin_range.max < hub_range.min ? "plugin" : "hub"));
}

StatusOr<PluginFile> read_plugin_file(const fs::path& folder) {
  const fs::path path = folder / kFileName;
  const Reader reader{path.string()};
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  if (!stream || !(bytes << stream.rdbuf())) {
    return base::invalid_argument(path.string() + ": cannot be read; is it there and readable?");
  }
  PAS_ASSIGN_OR_RETURN(const Yaml root, formats::parse_yaml(bytes.str(), path.string()));
  if (!root.is_map()) return reader.wrong(root.mark, "must be a map: name, version, contract, ...");
  PAS_RETURN_IF_ERROR(reader.known(root, known_keys()));
  PluginFile plugin;
  plugin.folder = folder;
  PAS_ASSIGN_OR_RETURN(plugin.name, reader.text(root, "name"));
  PAS_ASSIGN_OR_RETURN(plugin.family, reader.text(root, "family"));
  PAS_ASSIGN_OR_RETURN(plugin.version, reader.text(root, "version"));
  PAS_ASSIGN_OR_RETURN(plugin.contract, reader.contract(root));
  PAS_ASSIGN_OR_RETURN(plugin.permissions, reader.permissions(root));
  PAS_ASSIGN_OR_RETURN(plugin.executable, executable_of(reader, root, folder));
  return plugin;
}

Catalogue::Catalogue(std::vector<fs::path> folders) : folders_(std::move(folders)) { scan(); }

std::vector<Status> Catalogue::scan() {
  std::vector<Status> errors;
  std::map<std::string, StatusOr<PluginFile>, std::less<>> found;
  for (const fs::path& folder : folders_) {
    std::error_code error;
    std::vector<fs::path> places;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      if (fs::exists(at->path() / kFileName, error)) places.push_back(at->path());
    }
    if (error) {
      errors.push_back(base::not_found(folder.string() + ": " + error.message() +
                                       "; create the plugins' folder or correct its name"));
    }
    std::sort(places.begin(), places.end());
    for (const fs::path& place : places) {
      StatusOr<PluginFile> plugin = read_plugin_file(place);
      if (!plugin.ok()) errors.push_back(plugin.status());
      const std::string name = plugin.ok() ? plugin->name : place.filename().string();
      const auto known = found.find(name);
      if (known == found.end()) {
        found.emplace(name, std::move(plugin));
      } else if (!known->second.ok() && plugin.ok()) {
        known->second = std::move(plugin);
      }
    }
  }
  absl::MutexLock lock(&mutex_);
  plugins_ = std::move(found);
  return errors;
}

StatusOr<PluginFile> Catalogue::find(std::string_view name) {
  auto found = known(name);
  if (!found || !found->ok()) {
    scan();
    found = known(name);
  }
  if (found) return *found;
  std::vector<std::string> names;
  for (const PluginFile& plugin : plugins()) names.push_back(plugin.name);
  std::vector<std::string> folders;
  for (const fs::path& folder : folders_) folders.push_back(folder.string());
  const std::string nearest = base::nearest_of(name, names);
  return base::not_found(fmt::format(
      "there is no plugin '{}' in {}; {}", name, base::join(folders, ", "),
      nearest.empty() ? "put its folder, with its plugin.yaml, there; known: " +
                            (names.empty() ? std::string("none") : base::join(names, ", "))
                      : "did you mean '" + nearest + "'?"));
}

std::vector<PluginFile> Catalogue::plugins() const {
  absl::MutexLock lock(&mutex_);
  std::vector<PluginFile> out;
  for (const auto& [name, plugin] : plugins_) {
    if (plugin.ok()) out.push_back(*plugin);
  }
  return out;
}

std::optional<StatusOr<PluginFile>> Catalogue::known(std::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = plugins_.find(name);
  if (found == plugins_.end()) return std::nullopt;
  return found->second;
}

}  // namespace passerelle::connectors
