#include "core/connectors/reach.h"

#include <link.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/text.h"
#include "core/formats/json.h"

namespace passerelle::connectors {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOfConfig = "config.";

// The values of a permission: those of the configuration's field, or the text itself.
std::vector<std::string> values_of(const std::string& permission, const formats::Json& config) {
  if (!permission.starts_with(kOfConfig)) return {permission};
  const formats::Json* field = config.find(permission.substr(kOfConfig.size()));
  if (field == nullptr) return {};
  if (field->is_string()) return {field->text};
  std::vector<std::string> values;
  for (const formats::Json& item : field->items) values.push_back(item.text);
  return values;
}

// The file, or the folder whose files the pattern is about.
fs::path place_of(std::string_view pattern, const fs::path& folder) {
  const fs::path whole = folder / std::string(pattern);
  fs::path place;
  for (const fs::path& part : whole) {
    if (part.string().find_first_of("*?[") != std::string::npos) break;
    place /= part;
  }
  return place;  // the kernel resolves .. behind links, words do not
}

// Of "https://host/x", "host:8443".
std::optional<std::uint16_t> port_of(std::string_view address) {
  std::uint16_t port = 0;
  const std::size_t scheme = address.find("://");
  if (scheme != std::string_view::npos) {
    port = address.starts_with("https") ? 443 : address.starts_with("http") ? 80 : 0;
    address.remove_prefix(scheme + 3);
  }
  address = address.substr(0, address.find_first_of("/?#"));
  const std::size_t colon = address.rfind(':');
  const bool is_in_brackets = address.find(']', colon) != std::string_view::npos;
  if (colon != std::string_view::npos && !is_in_brackets) {
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  }
  if (port == 0) return std::nullopt;
  return port;
}

// What programs need of the system to run, to know the time and to find and trust a host.
constexpr const char* kSystem[] = {"/usr",
                                   "/lib",
                                   "/lib64",
                                   "/lib32",
                                   "/bin",
                                   "/sbin",
                                   "/etc/ld.so.cache",
                                   "/etc/ssl",
                                   "/etc/ca-certificates",
                                   "/etc/resolv.conf",
                                   "/etc/hosts",
                                   "/etc/host.conf",
                                   "/etc/nsswitch.conf",
                                   "/etc/gai.conf",
                                   "/etc/services",
                                   "/etc/protocols",
                                   "/etc/localtime",
                                   "/etc/timezone",
                                   "/etc/odbc.ini",
                                   "/etc/odbcinst.ini",
                                   "/etc/ldap/ldap.conf",
                                   "/dev/zero",
                                   "/dev/random",
                                   "/dev/urandom",
                                   "/proc/cpuinfo",
                                   "/proc/meminfo",
                                   "/proc/stat",
                                   "/sys/devices/system/cpu"};

// The project's own libraries lie where it was installed; plugins that come with it have the same.
void add_own_libraries(std::vector<fs::path>* read) {
  const auto add = [](dl_phdr_info* loaded, std::size_t, void* to) {
    if (loaded->dlpi_name != nullptr && loaded->dlpi_name[0] == '/') {
      static_cast<std::vector<fs::path>*>(to)->emplace_back(loaded->dlpi_name);
    }
    return 0;
  };
  ::dl_iterate_phdr(add, read);
}

}  // namespace

Reach reach_of(const PluginFile& plugin, const std::string& config, const fs::path& folder,
               const fs::path& socket_folder) {
  Reach reach;
  reach.may_connect = !plugin.permissions.hosts.empty();
  reach.write = {socket_folder, "/dev/null"};
  reach.read.assign(std::begin(kSystem), std::end(kSystem));
  add_own_libraries(&reach.read);
  reach.read.push_back(plugin.folder);
  // A program may be a link to where it was installed.
  std::error_code unknown;
  const fs::path program = fs::canonical(plugin.executable, unknown);
  if (!unknown) reach.read.push_back(program);
  const auto parsed = formats::parse_json(config.empty() ? "{}" : config);
  const formats::Json fields = parsed.ok() ? *parsed : formats::Json();
  for (const std::string& permission : plugin.permissions.paths) {
    for (const std::string& value : values_of(permission, fields)) {
      for (const std::string_view part : base::split(value, ';')) {
        const std::string_view pattern = base::trimmed(part);
        if (!pattern.empty()) reach.read.push_back(place_of(pattern, folder));
      }
    }
  }
  for (const std::string& permission : plugin.permissions.hosts) {
    for (const std::string& value : values_of(permission, fields)) {
      if (value.empty()) continue;
      const auto port = port_of(value);
      // A host without a port may be any: nothing can be said of ports then.
      if (!port) return reach.ports.clear(), reach;
      reach.ports.push_back(*port);
    }
  }
  if (!reach.ports.empty()) reach.ports.push_back(53);  // names
  return reach;
}

}  // namespace passerelle::connectors
