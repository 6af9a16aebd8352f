#include "core/connectors/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace passerelle::connectors {
namespace {

// Newer than Debian 12's header (linux/landlock.h of 6.7 and 6.12).
constexpr std::uint64_t kTruncate = 1ULL << 14;      // version 3
constexpr std::uint64_t kConnectTcp = 1ULL << 1;     // version 4
constexpr std::uint64_t kIoctlDevice = 1ULL << 15;   // version 5
constexpr std::uint64_t kScopeAbstract = 1ULL << 0;  // version 6
constexpr int kRuleNetPort = 2;
struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t net = 0;
  std::uint64_t scoped = 0;
};
struct PortAttributes {
  std::uint64_t allowed = 0;
  std::uint64_t port = 0;
};

constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;

int create(const RulesetAttributes* attributes, std::size_t bytes, unsigned flags) {
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, attributes, bytes, flags));
}

bool add(int ruleset, int kind, const void* rule) {
  return ::syscall(SYS_landlock_add_rule, ruleset, kind, rule, 0) == 0;
}

// Everything that this version knows of files: what no rule allows is refused.
std::uint64_t all_of_files(int version) {
  std::uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) all |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) all |= kTruncate;
  if (version >= 5) all |= kIoctlDevice;
  return all;
}

// False: errno. Rights that only folders have are no error for a file.
bool allow(int ruleset, const char* path, std::uint64_t access) {
  const int opened = ::open(path, O_PATH | O_CLOEXEC);
  if (opened < 0) return true;  // what is not there cannot be read
  struct stat what {};
  const bool is_folder = ::fstat(opened, &what) == 0 && S_ISDIR(what.st_mode);
  if (!is_folder) {
    access &= kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kIoctlDevice;
  }
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = opened;
  const bool added = add(ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule);
  const int reason = errno;
  ::close(opened);
  errno = reason;
  return added;
}

}  // namespace

int Fence::version() {
  const int version = create(nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : version;
}

StatusOr<Fence> Fence::make(const Reach& reach) {
  const int known = version();
  if (known == 0) return Fence();
  RulesetAttributes attributes;
  attributes.files = all_of_files(known);
  std::size_t bytes = sizeof(attributes.files);
  const bool limits_ports = known >= 4 && (!reach.may_connect || !reach.ports.empty());
  if (known >= 4) bytes = sizeof(attributes.files) + sizeof(attributes.net);
  if (limits_ports) attributes.net = kConnectTcp;
  if (known >= 6) {
    bytes = sizeof(attributes);
    attributes.scoped = kScopeAbstract;
  }
  // Above the descriptors that a child gives a meaning to.
  constexpr int kLowest = 16;
  const int created = create(&attributes, bytes, 0);
  Fence fence(created < 0 ? -1 : ::fcntl(created, F_DUPFD_CLOEXEC, kLowest));
  if (created >= 0) ::close(created);
  const auto failure = [](std::string_view what) {
    return base::internal(
        fmt::format("plugins cannot be confined: {}: {}", what, std::strerror(errno)));
  };
  if (fence.descriptor_ < 0) return failure("landlock_create_ruleset");
  for (const std::filesystem::path& path : reach.read) {
    if (!allow(fence.descriptor_, path.c_str(), kRead)) return failure(path.string());
  }
  for (const std::filesystem::path& path : reach.write) {
    if (!allow(fence.descriptor_, path.c_str(), attributes.files)) return failure(path.string());
  }
  if (limits_ports) {
    for (const std::uint16_t port : reach.ports) {
      const PortAttributes rule{kConnectTcp, port};
      if (!add(fence.descriptor_, kRuleNetPort, &rule)) return failure("landlock_add_rule");
    }
  }
  return fence;
}

Fence::Fence(Fence&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Fence& Fence::operator=(Fence&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Fence::~Fence() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Fence::apply(int descriptor) {
  // Of this process, so it could not be opened before the fork: what is mapped, which limits.
  return allow(descriptor, "/proc/self", kRead) &&
         ::syscall(SYS_landlock_restrict_self, descriptor, 0) == 0 && ::close(descriptor) == 0;
}

}  // namespace passerelle::connectors
