// Which cells small counts may hide: families of indicators that read the same facts, what they
// publish, and the cells that are made of theirs.
#include <algorithm>
#include <set>
#include <tuple>

#include "core/consolidation/plan_compiler.h"

namespace passerelle::consolidation {

using PlaceKey = std::pair<std::uint32_t, std::uint32_t>;  // cuboid, cell

// A cell that shows facts of persons by itself, and which of its aggregates do.
struct PlanCompiler::PersonalCell {
  const Draft* draft = nullptr;
  const std::vector<std::string>* grouping = nullptr;
  base::Grain grain = base::Grain::kYear;
  CellPlace place;
  std::map<std::string, std::vector<std::uint32_t>> aggregates;  // by family
};

// From cells to those made of them.
struct PlanCompiler::Steps {
  explicit Steps(const ModelPlan& plan);
  static PlaceKey key(CellPlace place) { return {place.cuboid, place.cell}; }
  bool is_copied(PlaceKey cell, std::size_t aggregate) const {
    const auto at = copied.find(cell);
    return at != copied.end() && at->second.size() > aggregate && at->second[aggregate];
  }

  std::map<PlaceKey, std::vector<PlaceKey>> sources;  // without those that a mean adds up
  std::map<PlaceKey, std::vector<bool>> copied;       // by aggregate: it shows what a source does
  std::set<PlaceKey> rolled;                          // the last of its own periods
};

PlanCompiler::Steps::Steps(const ModelPlan& plan) {
  for (const WindowCopy& copy : plan.windows()) {
    sources[key(copy.to)].push_back(key(copy.from));
    std::vector<bool>& marks = copied[key(copy.to)];
    marks.resize(std::max(marks.size(), copy.first + copy.averages.size()));
    std::fill_n(marks.begin() + copy.first, copy.averages.size(), true);
  }
  for (const TimeRollup& rollup : plan.time_rollups()) {
    const auto made = copied.find(key(rollup.from));
    // A mean of facts is that of the sum: the coarser cell stands for itself.
    if (rollup.average && made == copied.end()) continue;
    sources[key(rollup.to)].push_back(key(rollup.from));
    if (rollup.average) {
      copied[key(rollup.to)] = made->second;
    } else {
      rolled.insert(key(rollup.to));
    }
  }
}

// Facts of one kind, placed by one date, that pass one `where`.
std::vector<std::string> PlanCompiler::families_of(const Draft& draft) const {
  std::vector<std::string> families(draft.plan.aggregates.size());
  const model::Indicator& indicator = *draft.indicator;
  for (std::size_t i = 0; i < families.size() && indicator.suppress_below > 0; ++i) {
    const language::Aggregate& aggregate = draft.plan.aggregates[i];
    const bool is_filtered = indicator.from.empty() || aggregate.kind == indicator.from;
    families[i] = aggregate.kind + "@" + std::to_string(draft.ats[i]) + "|" +
                  (is_filtered ? indicator.where : "");
  }
  for (const language::IndicatorReference& reference : draft.plan.references) {
    const Draft& inner = drafts_.at(reference.indicator);
    std::copy(inner.families.begin(), inner.families.end(), families.begin() + reference.first);
  }
  return families;
}

std::vector<PlanCompiler::PersonalCell> PlanCompiler::personal_cells(const Steps& steps) const {
  std::set<PlaceKey> shown;
  std::vector<PlaceKey> open;
  const auto show = [&](PlaceKey cell) {
    if (shown.insert(cell).second) open.push_back(cell);
  };
  for (const auto& [id, draft] : drafts_) {
    for (const auto& [wanted, place] : draft.places) show(Steps::key(place));
  }
  // What a shown cell is made of can be read from it.
  while (!open.empty()) {
    const PlaceKey cell = open.back();
    open.pop_back();
    const auto made = steps.sources.find(cell);
    if (made == steps.sources.end()) continue;
    for (const PlaceKey& source : made->second) show(source);
  }
  std::vector<PersonalCell> cells;
  for (const auto& [id, draft] : drafts_) {
    for (const auto* places : {&draft.places, &draft.hidden}) {
      for (const auto& [wanted, place] : *places) {
        const PlaceKey key = Steps::key(place);
        if (!shown.contains(key) || steps.rolled.contains(key)) continue;
        PersonalCell cell{&draft, &wanted.second, wanted.first, place, {}};
        for (std::uint32_t i = 0; i < draft.families.size(); ++i) {
          if (draft.families[i].empty() || steps.is_copied(key, i)) continue;
          cell.aggregates[draft.families[i]].push_back(i);
        }
        if (!cell.aggregates.empty()) cells.push_back(std::move(cell));
      }
    }
  }
  return cells;
}

Offset PlanCompiler::count_of(const Draft& draft, std::uint32_t number, std::uint32_t cuboid) {
  const language::Aggregate& aggregate = draft.plan.aggregates[number];
  const AggregateKey& key = draft.keys[number];
  KindPlan& kind = plan_->kinds_.find(aggregate.kind)->second;
  CuboidInput& input = input_of(&kind, cuboid, draft.ats[number]);
  const std::uint32_t filter = filter_of(&kind, key.filter, aggregate);
  std::int32_t argument = -1;
  if (aggregate.argument) {
    argument = static_cast<std::int32_t>(
        argument_of(&kind, key.argument, key.field, *aggregate.argument, aggregate.scale));
  }
  return measure_of(&input, plan_->layouts_[cuboid].get(), filter, argument).count;
}

namespace {

// Those that refine each, with none between; `groupings` and `grains` are the finest first.
std::vector<std::vector<std::uint32_t>> refinements(
    const std::vector<std::vector<std::string>>& groupings,
    const std::vector<base::Grain>& grains) {
  const auto refines = [&](std::size_t fine, std::size_t coarse) {
    return fine != coarse && grains[fine] <= grains[coarse] &&
           std::includes(groupings[fine].begin(), groupings[fine].end(), groupings[coarse].begin(),
                         groupings[coarse].end());
  };
  std::vector<std::vector<std::uint32_t>> finer(groupings.size());
  for (std::size_t coarse = 0; coarse < groupings.size(); ++coarse) {
    std::vector<std::uint32_t>& below = finer[coarse];
    for (std::size_t fine = groupings.size(); fine-- > 0;) {
      if (!refines(fine, coarse)) continue;
      const auto is_between = [&](std::uint32_t other) { return refines(fine, other); };
      if (std::none_of(below.begin(), below.end(), is_between)) {
        below.push_back(static_cast<std::uint32_t>(fine));
      }
    }
  }
  return finer;
}

}  // namespace

SuppressionFamily PlanCompiler::family_of(const std::string& name,
                                          const std::vector<const PersonalCell*>& cells) {
  // The finest first: more dimensions, then the finer grain.
  using Order = std::tuple<int, base::Grain, std::vector<std::string>>;
  std::map<Order, std::vector<const PersonalCell*>> publications;
  std::set<std::string> dimensions;
  SuppressionFamily family;
  base::Grain finest = base::Grain::kAll;
  family.system = base::Grain::kDay;
  for (const PersonalCell* cell : cells) {
    const int size = static_cast<int>(cell->grouping->size());
    publications[{-size, cell->grain, *cell->grouping}].push_back(cell);
    dimensions.insert(cell->grouping->begin(), cell->grouping->end());
    finest = std::min(finest, cell->grain);
    family.system = std::max(family.system, cell->grain);
  }
  const std::vector<std::string> all(dimensions.begin(), dimensions.end());
  family.atoms = new_cuboid({all, finest, false});
  std::vector<std::vector<std::string>> groupings;
  std::vector<base::Grain> grains;
  for (const auto& [order, members] : publications) {
    SuppressionFamily::Publication& made = family.publications.emplace_back();
    made.grain = std::get<base::Grain>(order);
    grains.push_back(made.grain);
    groupings.push_back(std::get<std::vector<std::string>>(order));
    for (const std::string& dimension : groupings.back()) {
      const auto at = std::lower_bound(all.begin(), all.end(), dimension);
      made.dimensions.push_back(static_cast<std::uint32_t>(at - all.begin()));
    }
    for (const PersonalCell* cell : members) {
      CuboidLayout& layout = *plan_->layouts_[cell->place.cuboid];
      const auto slot = static_cast<Offset>(layout.narrow_slots++);
      layout.cells[cell->place.cell].hidden.push_back(slot);
      made.members.push_back({cell->place, cell->aggregates.at(name), slot});
      for (const std::uint32_t number : made.members.back().aggregates) {
        const Offset count = count_of(*cell->draft, number, family.atoms);
        if (std::count(family.counts.begin(), family.counts.end(), count) == 0) {
          family.counts.push_back(count);
        }
      }
    }
  }
  const auto finer = refinements(groupings, grains);
  for (std::size_t i = 0; i < finer.size(); ++i) family.publications[i].finer = finer[i];
  return family;
}

// A cell made of suppressed ones is: what it shows is theirs.
void PlanCompiler::carry_suppression(const Steps& steps) {
  const auto cell_at = [&](CellPlace place) {
    return &plan_->layouts_[place.cuboid]->cells[place.cell];
  };
  const auto carry = [&](CellPlace from, CellPlace to, Offset* slot) {
    if (*slot != kNoOffset || cell_at(from)->hidden.empty()) return false;
    *slot = static_cast<Offset>(plan_->layouts_[to.cuboid]->narrow_slots++);
    cell_at(to)->hidden.push_back(*slot);
    return true;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (WindowCopy& copy : plan_->windows_) changed |= carry(copy.from, copy.to, &copy.hidden);
    for (TimeRollup& rollup : plan_->time_rollups_) {
      if (steps.sources.contains(Steps::key(rollup.to))) {
        changed |= carry(rollup.from, rollup.to, &rollup.hidden);
      }
    }
  }
}

void PlanCompiler::add_suppression() {
  const Steps steps(*plan_);
  const std::vector<PersonalCell> cells = personal_cells(steps);
  std::map<std::string, std::vector<const PersonalCell*>> families;
  for (const PersonalCell& cell : cells) {
    for (const auto& [family, aggregates] : cell.aggregates) families[family].push_back(&cell);
  }
  for (const auto& [name, members] : families) {
    plan_->suppression_.push_back(family_of(name, members));
    // Whoever shows these facts, itself or through others, has a say.
    for (const auto& [id, draft] : drafts_) {
      if (std::count(draft.families.begin(), draft.families.end(), name) == 0) continue;
      std::uint32_t& below = plan_->suppression_.back().below;
      below = std::max(below, draft.indicator->suppress_below);
    }
  }
  carry_suppression(steps);
}

// Numbers of narrow slots become offsets.
void PlanCompiler::settle_suppression(std::uint32_t cuboid) {
  CuboidLayout& layout = *plan_->layouts_[cuboid];
  const auto narrow = [&](Offset* at) {
    if (*at != kNoOffset) *at = static_cast<Offset>(layout.wide_slots * 8 + *at * 4);
  };
  for (CellPlan& cell : layout.cells) {
    for (Offset& at : cell.hidden) narrow(&at);
  }
  for (WindowCopy& copy : plan_->windows_) {
    if (copy.to.cuboid == cuboid) narrow(&copy.hidden);
  }
  for (TimeRollup& rollup : plan_->time_rollups_) {
    if (rollup.to.cuboid == cuboid) narrow(&rollup.hidden);
  }
  for (SuppressionFamily& family : plan_->suppression_) {
    if (family.atoms == cuboid) {
      for (Offset& at : family.counts) narrow(&at);
    }
    for (auto& publication : family.publications) {
      for (auto& member : publication.members) {
        if (member.place.cuboid == cuboid) narrow(&member.hidden);
      }
    }
  }
}

}  // namespace passerelle::consolidation
