// The plugins of a folder: one sub-folder each, with its plugin.yaml. Nothing is started to find
// them, and nothing is cached between two scans: a plugin dropped into the folder is found by the
// next scan, without a rebuild or a restart of the hub.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace passerelle::connectors {

// Majors of the contract proto/passerelle/connector/v1 and its successors; both ends included.
struct ContractRange {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
  bool operator==(const ContractRange&) const = default;
  // "1" or "1 to 2".
  std::string to_string() const;
};

// What this hub speaks.
inline constexpr ContractRange kHubContract{1, 1};

// The highest major that both speak. FAILED_PRECONDITION names `plugin`, both ranges and the
// remedy.
StatusOr<std::uint32_t> negotiate(std::string_view plugin, ContractRange plugin_range,
                                  ContractRange hub_range = kHubContract);

// What a plugin may reach, as its plugin.yaml declares it.
struct Permissions {
  std::vector<std::string> hosts;
  std::vector<std::string> paths;
};

// One plugin.yaml.
struct PluginFile {
  std::string name;
  std::string family;  // finance | hr | ticketing | file
  std::string version;
  ContractRange contract;
  std::filesystem::path executable;  // absolute
  Permissions permissions;
  std::filesystem::path folder;  // where plugin.yaml lies
};

// INVALID_ARGUMENT names file, line, what is wrong and the remedy. `folder` must exist.
StatusOr<PluginFile> read_plugin_file(const std::filesystem::path& folder);

// The plugins of some folders (the first that holds a name wins). Any thread.
class Catalogue {
 public:
  explicit Catalogue(std::vector<std::filesystem::path> folders);

  // Reads the folders again. The errors are of plugins that cannot be used; the others can.
  std::vector<Status> scan();
  // The plugin of that name; an unknown name makes one more scan. NOT_FOUND names the folders, the
  // nearest known name and the remedy; a plugin whose plugin.yaml is wrong gives that error.
  StatusOr<PluginFile> find(std::string_view name);
  // As of the last scan, sorted by name.
  std::vector<PluginFile> plugins() const;

 private:
  std::optional<StatusOr<PluginFile>> known(std::string_view name) const;

  const std::vector<std::filesystem::path> folders_;
  mutable absl::Mutex mutex_;
  // By name; one that cannot be used by its folder's name.
  std::map<std::string, StatusOr<PluginFile>, std::less<>> plugins_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace passerelle::connectors
