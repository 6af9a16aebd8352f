// Pools that give to pools, activities that serve several ends, and sums over several pools.
#include <algorithm>
#include <set>

#include "core/base/decimal.h"
#include "core/base/limits.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

using model::KeyVersion;
using Method = model::Cascade::Method;

std::vector<const model::Pool*> givers_of(const model::SteeringModel& model) {
  std::vector<const model::Pool*> givers;
  for (const model::Pool& pool : model.pools) {
    if (pool.to == model::kPoolDimension) givers.push_back(&pool);
  }
  return givers;
}

bool is_constant(const KeyVersion& version) {
  return version.kind == KeyVersion::Kind::kShare || version.kind == KeyVersion::Kind::kPercent;
}

class CascadeCheck {
 public:
  CascadeCheck(const Draft& draft, Findings* findings)
      : draft_(draft), model_(draft.model), findings_(*findings), givers_(givers_of(model_)) {}

  void run() {
    check_order();
    if (givers_.size() > base::kCascadePoolsMax) {
      findings_.error(
          givers_.back()->place, code::kTooMany,
          "more than " + std::to_string(base::kCascadePoolsMax) + " pools give to pools",
          "gather support services into fewer pools");
    }
    std::set<base::Days> days;
    bool is_open = false;
    for (const model::AllocationKey& key : model_.keys) {
      for (const KeyVersion& version : key.versions) {
        if (version.valid.from) {
          days.insert(*version.valid.from);
        } else {
          is_open = true;
        }
      }
    }
    if (is_open && !days.empty()) days.insert(*days.begin() - 1);
    if (is_open && days.empty()) days.insert(0);
    for (const base::Days day : days) {
      if (check_loops(day)) return;
    }
  }

 private:
  void check_order() {
    const model::Cascade& cascade = model_.cascade;
    if (cascade.method != Method::kStepDown) {
      if (draft_.cascade_order.empty()) return;
      findings_.error(draft_.cascade_order[0].at, code::kAllocation,
                      "'order' of the cascade goes with 'method: step_down' only", "remove it");
      return;
    }
    std::set<std::string> seen;
    for (const Placed& pool : draft_.cascade_order) {
      const auto is_it = [&](const model::Pool* giver) { return giver->id == pool.text; };
      const bool gives = std::any_of(givers_.begin(), givers_.end(), is_it);
      if (seen.insert(pool.text).second && gives) continue;
      findings_.error(
          pool.at, gives ? code::kDuplicate : code::kAllocation,
          in_quotes(pool.text) + (gives ? " is in 'order' of the cascade twice"
                                        : " in 'order' of the cascade gives to no pool"),
          "remove it");
    }
    for (const model::Pool* giver : givers_) {
      if (seen.contains(giver->id)) continue;
      findings_.error(cascade.place, code::kAllocation,
                      "'order' of the cascade does not name the pool " + in_quotes(giver->id),
                      "name every pool with 'to: pool', the first to be closed first");
    }
  }

  // Where a pool may give by the cascade's method.
  bool may_give(const std::string& from, const std::string& to) const {
    const auto rank = [&](const std::string& id) {
      const auto& order = model_.cascade.order;
      return std::find(order.begin(), order.end(), id) - order.begin();
    };
    if (model_.cascade.method == Method::kDirect) return false;
    return model_.cascade.method != Method::kStepDown || rank(from) < rank(to);
  }

  const KeyVersion* version_on(const std::string& pool, base::Days day) const {
    for (const model::AllocationKey& key : model_.keys) {
      if (key.pool != pool) continue;
      for (const KeyVersion& version : key.versions) {
        if (version.valid.holds(day)) return &version;
      }
    }
    return nullptr;
  }

  // Whether what the pool costs leaves the pools that give to pools.
  bool leaves(const std::string& pool, base::Days day, std::set<std::string>* seen) const {
    const auto is_it = [&](const model::Pool* giver) { return giver->id == pool; };
    if (std::none_of(givers_.begin(), givers_.end(), is_it)) return true;
    if (!seen->insert(pool).second) return false;
    const KeyVersion* version = version_on(pool, day);
    if (version == nullptr || !is_constant(*version)) return true;  // unassigned, or measured
    base::Rational sum = 0;
    for (const auto& [destination, text] : version->shares) {
      const base::Rational share = base::parse_rational(text).value_or(0);
      sum += share;
      if (share == 0) continue;
      const auto gives = [id = std::string_view(destination)](const model::Pool* giver) {
        return giver->id == id;
      };
      const bool is_giver = std::any_of(givers_.begin(), givers_.end(), gives);
      if (is_giver && !may_give(pool, destination)) continue;
      if (leaves(destination, day, seen)) return true;
    }
    return sum == 0 || (version->kind == KeyVersion::Kind::kPercent && sum < 100);
  }

  bool check_loops(base::Days day) {
    bool found = false;
    for (const model::Pool* giver : givers_) {
      std::set<std::string> seen;
      if (leaves(giver->id, day, &seen)) continue;
      found = true;
      const KeyVersion* version = version_on(giver->id, day);
      findings_.error(version->place, code::kCycle,
                      "what pool " + in_quotes(giver->id) +
                          " gives never leaves the pools that give to pools: a closed loop passes "
                          "100 % to itself",
                      "give a part of it to a pool that is spread by another dimension");
    }
    return found;
  }

  const Draft& draft_;
  const model::SteeringModel& model_;
  Findings& findings_;
  std::vector<const model::Pool*> givers_;
};

// Whether some key says how what the activity costs goes to `to`.
bool has_key(const model::SteeringModel& model, const std::string& activity,
             const std::string& to) {
  for (const model::AllocationKey& key : model.keys) {
    const auto of = key.of.find("activity");
    if (of != key.of.end() && of->second != activity) continue;
    for (const model::Pool& pool : model.pools) {
      if (pool.id == key.pool && pool.to == to &&
          std::count(pool.each.begin(), pool.each.end(), "activity") > 0) {
        return true;
      }
    }
  }
  return false;
}

bool spreads(const model::SteeringModel& model, const std::string& to) {
  return std::any_of(model.pools.begin(), model.pools.end(), [&](const model::Pool& pool) {
    return pool.to == to && std::count(pool.each.begin(), pool.each.end(), "activity") > 0;
  });
}

void check_served_by(const Draft& draft, const std::string& to, const std::vector<std::string>& ids,
                     Findings* findings) {
  std::map<std::string, std::string> first;  // activity -> what it serves
  for (const std::string& id : ids) {
    const auto served = draft.served.find(id);
    if (served == draft.served.end()) continue;
    for (const Placed& activity : served->second) {
      const auto [at, is_new] = first.emplace(activity.text, id);
      if (is_new || at->second == id || has_key(draft.model, activity.text, to)) continue;
      findings->error(activity.at, code::kAllocation,
                      "E-FANOUT: the activity " + in_quotes(activity.text) + " serves " +
                          in_quotes(at->second) + " and " + in_quotes(id) +
                          ": without a key its amounts would count twice",
                      "add a key to a pool with 'each: [activity], to: " + to +
                          "', with 'of: {activity: " + activity.text + "}'");
    }
  }
}

}  // namespace

void check_cascade(const Draft& draft, Findings* findings) { CascadeCheck(draft, findings).run(); }

void check_served(const Draft& draft, Findings* findings) {
  std::vector<std::string> policies;
  for (const model::Policy& policy : draft.model.policies) policies.push_back(policy.id);
  check_served_by(draft, "policy", policies, findings);
  if (!spreads(draft.model, "action")) return;
  std::vector<std::string> actions;
  for (const model::RoadmapItem& item : draft.model.roadmap) {
    if (item.level == "action") actions.push_back(item.id);
  }
  check_served_by(draft, "action", actions, findings);
}

}  // namespace passerelle::steering
