// What holds between the entities of the reference: no circles, unbroken dates, levels in order,
// one who answers for each activity.
#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>

#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

constexpr base::Days kFirstDay = std::numeric_limits<base::Days>::min();
constexpr base::Days kLastDay = std::numeric_limits<base::Days>::max();

using Parents = std::unordered_map<std::string, std::string>;  // child -> parent

// Every circle once, as the ids along it, starting with the smallest.
std::set<std::vector<std::string>> circles_of(const Parents& parents) {
  std::set<std::vector<std::string>> circles;
  std::unordered_map<std::string, int> seen_in;  // id -> walk that reached it first
  int walk = 0;
  for (const auto& [start, unused] : parents) {
    ++walk;
    std::string at = start;
    while (!at.empty() && seen_in.emplace(at, walk).second) {
      const auto next = parents.find(at);
      at = next == parents.end() ? "" : next->second;
    }
    if (at.empty() || seen_in[at] != walk) continue;
    std::vector<std::string> circle = {at};
    for (std::string next = parents.at(at); next != at; next = parents.at(next)) {
      circle.push_back(next);
    }
    std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end()), circle.end());
    circles.insert(std::move(circle));
  }
  return circles;
}

std::string chain_of(const std::vector<std::string>& circle) {
  std::string chain;
  for (const std::string& id : circle) chain += id + " > ";
  return chain + circle.front();
}

template <typename Entities>
void check_parents(const Entities& entities, Entity entity, const Draft& draft,
                   Findings* findings) {
  Parents parents;
  for (const auto& one : entities) {
    if (!one.parent.empty()) parents[one.id] = one.parent;
  }
  const std::string what(to_string(entity));
  for (const auto& circle : circles_of(parents)) {
    const auto at = draft.parents_at.find(what + '/' + circle.front());
    findings->error(
        at == draft.parents_at.end() ? model::Place{} : at->second, code::kCycle,
        what + ' ' + in_quotes(circle.front()) + " is its own ancestor: " + chain_of(circle),
        "remove one of these parents");
  }
}

// Days without a parent, or with two, while the unit exists.
void check_dates(const model::OrgUnit& unit, Findings* findings) {
  const std::string what = "organisation unit " + in_quotes(unit.id);
  const std::string gap = "leave no gap; for a time at the top level write {unit: null, ...}";
  if (unit.parents.empty()) return;
  std::int64_t next = unit.valid.from.value_or(kFirstDay);  // needs a parent
  std::int64_t taken = std::numeric_limits<std::int64_t>::min();
  for (const model::OrgParent& parent : unit.parents) {
    const base::Days from = parent.valid.from.value_or(kFirstDay);
    if (from < taken) {
      findings->error(unit.at, code::kDates,
                      what + " has two parents " +
                          (parent.valid.from ? "on " + base::format_date(from)
                                             : std::string("from its first day on")),
                      "end one the day before the next begins: both days are included");
    } else if (from > next) {
      findings->error(unit.at, code::kDates,
                      what + " has no parent before " + base::format_date(from), gap);
    }
    taken = std::int64_t{parent.valid.to.value_or(kLastDay)} + 1;
    next = std::max(next, taken);
  }
  if (next > unit.valid.to.value_or(kLastDay)) return;
  findings->error(
      unit.at, code::kDates,
      what + " has no parent from " + base::format_date(static_cast<base::Days>(next)) + " on",
      gap);
}

// The organisation may be rearranged, so it is looked at on each day on which a parent begins.
void check_organisation(const Draft& draft, Findings* findings) {
  std::set<base::Days> days = {kFirstDay};
  std::unordered_map<std::string, const model::OrgUnit*> units;
  for (const model::OrgUnit& unit : draft.model.units) {
    units[unit.id] = &unit;
    check_dates(unit, findings);
    for (const model::OrgParent& parent : unit.parents) {
      if (parent.valid.from) days.insert(*parent.valid.from);
    }
  }
  std::set<std::vector<std::string>> circles;
  for (const base::Days day : days) {
    Parents parents;
    for (const model::OrgUnit& unit : draft.model.units) {
      for (const model::OrgParent& parent : unit.parents) {
        if (parent.valid.holds(day) && !parent.unit.empty()) parents[unit.id] = parent.unit;
      }
    }
    circles.merge(circles_of(parents));
  }
  for (const auto& circle : circles) {
    findings->error(units.at(circle.front())->at, code::kCycle,
                    "organisation unit " + in_quotes(circle.front()) +
                        " is its own ancestor: " + chain_of(circle),
                    "remove one of these parents, or let one end before the other begins");
  }
}

template <std::size_t kCount>
int rank_in(const std::string_view (&order)[kCount], std::string_view name) {
  const auto* at = std::find(std::begin(order), std::end(order), name);
  return at == std::end(order) ? -1 : static_cast<int>(at - std::begin(order));
}

void check_unit_kinds(const Draft& draft, Findings* findings) {
  static constexpr std::string_view kOrder[] = {"pole", "direction", "service", "cell"};
  std::unordered_map<std::string, std::string> kinds;
  for (const model::OrgUnit& unit : draft.model.units) kinds[unit.id] = unit.kind;
  for (const model::OrgUnit& unit : draft.model.units) {
    for (const model::OrgParent& parent : unit.parents) {
      const auto kind = kinds.find(parent.unit);
      if (kind == kinds.end() || unit.kind.empty()) continue;
      if (rank_in(kOrder, kind->second) <= rank_in(kOrder, unit.kind)) continue;
      findings->error(unit.at, code::kLevel,
                      "the " + unit.kind + ' ' + in_quotes(unit.id) + " lies below the " +
                          kind->second + ' ' + in_quotes(parent.unit),
                      "the order is pole, direction, service, cell");
    }
  }
}

void check_roadmap(const Draft& draft, Findings* findings) {
  static constexpr std::string_view kOrder[] = {"project", "axis", "objective", "action"};
  std::unordered_map<std::string, std::string> levels;
  for (const model::RoadmapItem& item : draft.model.roadmap) levels[item.id] = item.level;
  for (const model::RoadmapItem& item : draft.model.roadmap) {
    const int rank = rank_in(kOrder, item.level);
    if (rank < 0) continue;
    const std::string what = "the " + item.level + ' ' + in_quotes(item.id);
    if (item.parent.empty()) {
      if (rank == 0) continue;
      findings->error(item.at, code::kLevel, what + " has no parent",
                      "add 'parent: ID' of its " + std::string(kOrder[rank - 1]));
      continue;
    }
    const auto parent = levels.find(item.parent);
    if (parent == levels.end() || rank_in(kOrder, parent->second) == rank - 1) continue;
    findings->error(item.at, code::kLevel,
                    what + " lies below the " + parent->second + ' ' + in_quotes(item.parent),
                    rank == 0 ? "a project has no parent: remove it"
                              : "its parent is an item of level " + std::string(kOrder[rank - 1]));
  }
}

}  // namespace

void check_hierarchies(const Draft& draft, Findings* findings) {
  check_parents(draft.model.processes, Entity::kProcess, draft, findings);
  check_parents(draft.model.policies, Entity::kPolicy, draft, findings);
  check_parents(draft.model.roadmap, Entity::kRoadmapItem, draft, findings);
  check_organisation(draft, findings);
  check_unit_kinds(draft, findings);
  check_roadmap(draft, findings);
}

void check_raci(const Draft& draft, Findings* findings) {
  struct Counts {
    int accountable = 0;
    int doing = 0;
  };
  std::unordered_map<std::string, Counts> counts;
  std::set<std::string> roles;
  for (const model::Raci& role : draft.model.raci) {
    Counts& of_activity = counts[role.activity];
    const std::string key = role.activity + '/' + role.letter + '/' + role.unit + '/' + role.role;
    if (!roles.insert(key).second) {
      findings->error(role.at, code::kDuplicate,
                      in_quotes(role.unit) + " has the letter " + role.letter + " twice",
                      "remove one of the two");
    }
    if (role.letter == 'A' && ++of_activity.accountable == 2) {
      findings->error(role.at, code::kRaci,
                      "activity " + in_quotes(role.activity) + " has a second A (rend compte)",
                      "keep one: the others are R, C or I");
    }
    of_activity.doing += role.letter == 'R' ? 1 : 0;
  }
  for (const model::Activity& activity : draft.model.activities) {
    const Counts& of_activity = counts[activity.id];
    const std::string what = "activity " + in_quotes(activity.id);
    if (of_activity.accountable == 0) {
      findings->error(activity.at, code::kRaci, what + " has no A (rend compte)",
                      "add 'raci: {A: UNIT, R: [UNIT]}'");
    }
    if (of_activity.doing == 0) {
      findings->error(activity.at, code::kRaci, what + " has no R (réalise)",
                      "add at least one unit under R");
    }
  }
}

}  // namespace passerelle::steering
