#include "core/model/resolve.h"

#include "core/base/text.h"
#include "core/model/cell.h"
#include "core/model/org_view.h"

namespace passerelle::model {
namespace {

constexpr std::uint32_t kTwoMembers = 0xFFFFFFFF;

void note(std::unordered_map<std::string, std::uint32_t>* names, std::string name,
          std::uint32_t member) {
  const auto [at, is_new] = names->emplace(std::move(name), member);
  if (!is_new && at->second != member) at->second = kTwoMembers;
}

Resolution resolution(std::uint32_t member) {
  if (member == kTwoMembers) return {Resolution::State::kAmbiguous, 0};
  return {Resolution::State::kFound, member};
}

}  // namespace

std::uint32_t MemberResolver::add(const std::string& id) {
  const auto member = static_cast<std::uint32_t>(ids_.size());
  ids_.push_back(id);
  exact_ids_.emplace(id, member);
  names_.push_back(id);
  add_folded(member, id);
  return member;
}

void MemberResolver::add_code(std::uint32_t member, const std::string& code) {
  note(&exact_codes_, code, member);
  names_.push_back(code);
  add_folded(member, code);
}

void MemberResolver::add_label(std::uint32_t member, const Label& label) {
  for (const std::string* text : {&label.fr, &label.en}) {
    if (text->empty()) continue;
    names_.push_back(*text);
    add_folded(member, *text);
  }
}

void MemberResolver::add_folded(std::uint32_t member, std::string_view text) {
  std::string name = base::folded(text);
  if (!name.empty()) note(&folded_, std::move(name), member);
}

MemberResolver MemberResolver::of_activities(const std::vector<Activity>& activities) {
  MemberResolver all;
  for (const Activity& activity : activities) all.add_label(all.add(activity.id), activity.label);
  return all;
}

MemberResolver MemberResolver::of_processes(const std::vector<Process>& processes) {
  MemberResolver all;
  for (const Process& process : processes) all.add_label(all.add(process.id), process.label);
  return all;
}

MemberResolver MemberResolver::of_policies(const std::vector<Policy>& policies) {
  MemberResolver all;
  for (const Policy& policy : policies) {
    const std::uint32_t member = all.add(policy.id);
    for (const std::string& code : policy.codes) all.add_code(member, code);
    all.add_label(member, policy.label);
  }
  return all;
}

MemberResolver MemberResolver::of_units(const std::vector<OrgUnit>& units) {
  MemberResolver all;
  for (const OrgUnit& unit : units) {
    const std::uint32_t member = all.add(unit.id);
    for (const std::string& code : unit.codes) all.add_code(member, code);
    all.add_label(member, unit.label);
  }
  return all;
}

MemberResolver MemberResolver::of_ids(const std::vector<std::string>& ids) {
  MemberResolver all;
  for (const std::string& id : ids) all.add(id);
  return all;
}

Resolution MemberResolver::resolve(std::string_view text) const {
  const std::string exact(base::trimmed(text));
  if (const auto at = exact_ids_.find(exact); at != exact_ids_.end()) {
    return resolution(at->second);
  }
  if (const auto at = exact_codes_.find(exact); at != exact_codes_.end()) {
    return resolution(at->second);
  }
  const auto at = folded_.find(base::folded(exact));
  return at == folded_.end() ? Resolution{} : resolution(at->second);
}

std::string MemberResolver::nearest(std::string_view text) const {
  return base::nearest_of(text, names_);
}

bool is_no_member(std::string_view value) {
  return value == kUnmapped || value == kUnassigned || value == kUnused;
}

DimensionMembers::DimensionMembers(const SteeringModel& model)
    : activities_(MemberResolver::of_activities(model.activities)),
      processes_(MemberResolver::of_processes(model.processes)),
      policies_(MemberResolver::of_policies(model.policies)),
      units_(MemberResolver::of_units(model.units)),
      families_(MemberResolver::of_ids({"managerial", "operational", "support"})) {
  if (!model.pools.empty()) {
    std::vector<std::string> pools;
    for (const Pool& pool : model.pools) pools.push_back(pool.id);
    closed_.emplace(kPoolDimension, MemberResolver::of_ids(pools));
  }
  for (const Dimension& dimension : model.dimensions) {
    if (dimension.members.empty()) continue;
    closed_.emplace(dimension.id, MemberResolver::of_ids(dimension.members));
  }
}

const MemberResolver* DimensionMembers::of(std::string_view dimension) const {
  if (dimension == "activity") return &activities_;
  if (dimension == "process") return &processes_;
  if (dimension == "policy") return &policies_;
  if (dimension == "family") return &families_;
  if (is_org_dimension(dimension)) return &units_;
  const auto at = closed_.find(std::string(dimension));
  return at == closed_.end() ? nullptr : &at->second;
}

}  // namespace passerelle::model
