#include "core/steering/import_clash.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/formats/yaml.h"

namespace passerelle::steering {
namespace {

using Ids = std::map<std::string, std::set<std::string>>;  // by section

// Targets have no id: the indicator and the scope tell them apart.
std::string id_of_target(const formats::Yaml& target) {
  const formats::Yaml* indicator = target.find("indicator");
  const formats::Yaml* scope = target.find("scope");
  std::set<std::string> dimensions;
  if (scope != nullptr) {
    for (const formats::YamlPair& pair : scope->pairs) {
      dimensions.insert(' ' + pair.key + '=' + pair.value.text);
    }
  }
  std::string id = indicator == nullptr ? "" : indicator->text;
  for (const std::string& dimension : dimensions) id += dimension;
  return id;
}

std::vector<std::string> ids_of(const formats::Yaml& section) {
  std::vector<std::string> ids;
  for (const formats::YamlPair& pair : section.pairs) ids.push_back(pair.key);
  for (const formats::Yaml& item : section.items) ids.push_back(id_of_target(item));
  return ids;
}

// The sections of a file of the folder; none if it holds none or cannot be read.
formats::Yaml sections_of(const ModelFile& file) {
  const bool is_yaml = file.path.ends_with(".yaml") || file.path.ends_with(".yml");
  if (!is_yaml || file.path.starts_with("connectors/")) return {};
  auto tree = formats::parse_yaml(file.text, file.path);
  return tree.ok() ? *std::move(tree) : formats::Yaml();
}

}  // namespace

std::vector<ImportClash> clashes_of(const std::vector<ModelFile>& imported,
                                    const std::vector<ModelFile>& folder) {
  Ids known;
  std::set<std::string> replaced;
  for (const ModelFile& file : imported) {
    replaced.insert(file.path);
    for (const formats::YamlPair& section : sections_of(file).pairs) {
      for (std::string& id : ids_of(section.value)) known[section.key].insert(std::move(id));
    }
  }
  std::vector<ImportClash> clashes;
  for (const ModelFile& file : folder) {
    if (replaced.contains(file.path)) continue;
    for (const formats::YamlPair& section : sections_of(file).pairs) {
      const auto imported_ids = known.find(section.key);
      if (imported_ids == known.end()) continue;
      ImportClash clash{file.path, section.key_mark.line, section.key, {}};
      for (std::string& id : ids_of(section.value)) {
        if (imported_ids->second.contains(id)) clash.ids.push_back(std::move(id));
      }
      if (!clash.ids.empty()) clashes.push_back(std::move(clash));
    }
  }
  std::stable_sort(clashes.begin(), clashes.end(),
                   [](const auto& a, const auto& b) { return a.file < b.file; });
  return clashes;
}

}  // namespace passerelle::steering
