// Finds the member of a dimension that a text of a source names: by id, by one of its codes, or by
// its label (case, accents and repeated spaces apart). Immutable once built; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/model/steering.h"

namespace passerelle::model {

struct Resolution {
  enum class State : std::uint8_t { kFound, kUnknown, kAmbiguous };
  State state = State::kUnknown;
  std::uint32_t member = 0;  // index of the member; kFound only
  bool found() const { return state == State::kFound; }
};

// One dimension's members, indexed in the order of the model's list they come from. An exact id
// wins over an exact code, that over a folded id, code or label; a text that names two members
// equally well is ambiguous.
class MemberResolver {
 public:
  static MemberResolver of_activities(const std::vector<Activity>& activities);
  static MemberResolver of_processes(const std::vector<Process>& processes);
  static MemberResolver of_policies(const std::vector<Policy>& policies);
  static MemberResolver of_units(const std::vector<OrgUnit>& units);
  // Ids only: the members of a closed dimension have no labels.
  static MemberResolver of_ids(const std::vector<std::string>& ids);

  Resolution resolve(std::string_view text) const;
  const std::vector<std::string>& ids() const { return ids_; }
  // Of every name a member is found under: the one nearest to `text`, or "".
  std::string nearest(std::string_view text) const;

 private:
  std::uint32_t add(const std::string& id);
  void add_code(std::uint32_t member, const std::string& code);
  void add_label(std::uint32_t member, const Label& label);
  void add_folded(std::uint32_t member, std::string_view text);

  std::vector<std::string> ids_;
  std::unordered_map<std::string, std::uint32_t> exact_ids_;
  std::unordered_map<std::string, std::uint32_t> exact_codes_;  // kAmbiguous where two share one
  std::unordered_map<std::string, std::uint32_t> folded_;       // the same
  std::vector<std::string> names_;                              // as written, for suggestions
};

// The resolvers of one model's dimensions. `service`, `direction` and `pole` share the one of the
// organisation: a value may name any unit, the dimension takes the ancestor of its kind.
class DimensionMembers {
 public:
  explicit DimensionMembers(const SteeringModel& model);
  // nullptr: the dimension is open, any value is a member.
  const MemberResolver* of(std::string_view dimension) const;

 private:
  MemberResolver activities_;
  MemberResolver processes_;
  MemberResolver policies_;
  MemberResolver units_;
  MemberResolver families_;
  std::unordered_map<std::string, MemberResolver> closed_;
};

// What stands for no member in the cells of a dimension: facts without a mapping, and the parts of
// a pool that went nowhere.
bool is_no_member(std::string_view value);

}  // namespace passerelle::model
