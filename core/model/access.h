// Who may call the hub beside its own administrator, and what each of them sees.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/status.h"
#include "core/model/record.h"

namespace passerelle::model {

enum class Role : std::uint8_t { kReader, kIntegrator, kAdministrator, kAuditor };

// reader, integrator, administrator, auditor.
std::string_view to_string(Role role);
// Those, or in French: lecteur, intégrateur, administrateur, auditeur. INVALID_ARGUMENT.
StatusOr<Role> parse_role(std::string_view text);

// The bytes of Account::digest.
inline constexpr std::size_t kTokenDigestBytes = 32;

struct Account {
  std::string id;  // of a system or a post, never a person's name
  Role role = Role::kReader;
  // The perimeter: cells below one of these units, or of one of these processes. Neither: all.
  std::vector<std::string> units;
  std::vector<std::string> processes;
  std::optional<base::Days> until;  // the last day on which it counts
  std::string digest;               // SHA-256 of the bearer token; empty in a grant: as it was

  bool sees_all() const { return units.empty() && processes.empty(); }
  bool operator==(const Account&) const = default;
};

}  // namespace passerelle::model
