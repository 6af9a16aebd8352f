#include "core/consolidation/closings.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace passerelle::consolidation {
namespace {

constexpr std::array<std::string_view, 3> kUnitDimensions{"pole", "direction", "service"};

bool lies_in(base::Period inner, base::Period outer) {
  return inner.grain() <= outer.grain() && inner.coarsened(outer.grain()) == outer;
}

std::string shelf_text(std::string_view indicator, base::Grain grain,
                       const std::vector<std::string>& dimensions) {
  return std::string(indicator) + "|" + std::string(base::to_string(grain)) + "|" +
         base::join(dimensions, ",");
}

// The days within `span` on which some unit's parent changes, its first day before them.
std::vector<base::Days> boundaries(const std::vector<model::OrgUnit>& units, DaySpan span) {
  std::vector<base::Days> days = {span.from};
  const auto add = [&](base::Days day) {
    if (span.from < day && day <= span.to) days.push_back(day);
  };
  for (const model::OrgUnit& unit : units) {
    for (const model::OrgParent& parent : unit.parents) {
      if (parent.valid.from) add(*parent.valid.from);
      if (parent.valid.to) add(*parent.valid.to + 1);
    }
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

using UnitsById = std::map<std::string_view, const model::OrgUnit*>;

bool lies_below(const UnitsById& units, const model::OrgUnit* unit, std::string_view above,
                base::Days day) {
  // At most as many steps as there are units: a cycle ends.
  for (std::size_t step = 0; unit != nullptr && step <= units.size(); ++step) {
    if (unit->id == above) return true;
    const auto parent = std::find_if(unit->parents.begin(), unit->parents.end(),
                                     [&](const auto& p) { return p.valid.holds(day); });
    if (parent == unit->parents.end()) return false;
    const auto at = units.find(parent->unit);
    unit = at == units.end() ? nullptr : at->second;
  }
  return false;
}

// Calls `visit` for every cell that the closing holds, absent ones too.
template <typename Visit>
void for_each_held(const HeldClosing& closing, const flow::CellView& live, const Visit& visit) {
  for (std::uint32_t cuboid = 0; cuboid < closing.cuboids.size(); ++cuboid) {
    const std::uint64_t bits = closing.cuboids[cuboid];
    if (bits == 0) continue;
    const flow::CuboidInfo& info = live.cuboids()[cuboid];
    for (std::uint32_t group = 0; group < live.group_count(cuboid); ++group) {
      const base::Period period = live.period(cuboid, group);
      if (!closing.holds(period, info.dimensions, live.values(cuboid, group))) continue;
      for (std::uint16_t i = 0; i < info.indicators.size(); ++i) {
        if ((bits >> i & 1) != 0) visit(model::CellRef{cuboid, group, i});
      }
    }
  }
}

// Cells of budget facts, where the model says that closings end an exercise.
std::shared_ptr<const Seals::Open> of_open_exercises(const Fold& fold) {
  if (!fold.model()->exercises_end_by_closing) return nullptr;
  auto open = std::make_shared<Seals::Open>(fold.plan()->cuboids());
  for (std::uint32_t cuboid = 0; cuboid < open->size(); ++cuboid) {
    const CuboidLayout& layout = fold.plan()->layout(cuboid);
    for (std::size_t i = 0; i < layout.info.indicators.size(); ++i) {
      if (layout.cells[i].is_of_exercise) (*open)[cuboid] |= std::uint64_t{1} << i;
    }
  }
  return open;
}

// Finds the closing's indicators in the layout at hand.
void place(const flow::CellView& live, HeldClosing* closing) {
  closing->cuboids.clear();
  for (const flow::CuboidInfo& info : live.cuboids()) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < info.indicators.size(); ++i) {
      const std::string shelf = shelf_text(info.indicators[i], info.grain, info.dimensions);
      if (closing->shelves.contains(shelf)) bits |= std::uint64_t{1} << i;
    }
    closing->cuboids.push_back(bits);
  }
}

}  // namespace

UnitDays units_below(const model::SteeringModel& model, const std::string& unit, DaySpan span) {
  UnitsById by_id;
  for (const model::OrgUnit& each : model.units) by_id.emplace(each.id, &each);
  const std::vector<base::Days> starts = boundaries(model.units, span);
  UnitDays below;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const base::Days end = i + 1 < starts.size() ? starts[i + 1] - 1 : span.to;
    for (const model::OrgUnit& each : model.units) {
      if (!lies_below(by_id, &each, unit, starts[i])) continue;
      std::vector<DaySpan>& spans = below[each.id];
      if (!spans.empty() && spans.back().to + 1 == starts[i]) {
        spans.back().to = end;
      } else {
        spans.push_back({starts[i], end});
      }
    }
  }
  return below;
}

bool HeldClosing::holds(base::Period period, const std::vector<std::string>& dimensions,
                        const std::vector<std::string_view>& values) const {
  if (!lies_in(period, listed.closing.period)) return false;
  if (listed.closing.unit.empty()) return true;
  const base::Days last = period.last_day();
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    if (std::find(kUnitDimensions.begin(), kUnitDimensions.end(), dimensions[i]) ==
        kUnitDimensions.end()) {
      continue;
    }
    const auto unit = units.find(values[i]);
    if (unit == units.end()) continue;
    if (std::any_of(unit->second.begin(), unit->second.end(),
                    [&](const DaySpan& span) { return span.from <= last && last <= span.to; })) {
      return true;
    }
  }
  return false;
}

bool HeldClosing::holds(const CellWords& words) const {
  return shelves.contains(shelf_text(words.indicator, words.period.grain(), words.dimensions)) &&
         holds(words.period, words.dimensions, {words.values.begin(), words.values.end()});
}

bool HeldClosing::holds(const flow::CellView& cells, model::CellRef ref) const {
  return (cuboids[ref.cuboid] >> ref.indicator & 1) != 0 &&
         holds(cells.period(ref.cuboid, ref.group), cells.cuboids()[ref.cuboid].dimensions,
               cells.values(ref.cuboid, ref.group));
}

HeldClosing Closings::made(const model::Closing& closing, const model::SteeringModel* model,
                           const flow::CellView& live) const {
  HeldClosing held;
  held.listed.closing = closing;
  const std::vector<std::string>& wanted = closing.indicators;
  for (const flow::CuboidInfo& info : live.cuboids()) {
    // Other views of the organisation say what would have been: they are made to change.
    if (info.grain > closing.period.grain() || is_of_a_view(info)) continue;
    for (const std::string& indicator : info.indicators) {
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), indicator) == wanted.end()) {
        continue;
      }
      held.shelves.insert(shelf_text(indicator, info.grain, info.dimensions));
    }
  }
  if (model != nullptr && !closing.unit.empty()) {
    held.units =
        units_below(*model, closing.unit, {closing.period.first_day(), closing.period.last_day()});
  }
  place(live, &held);
  return held;
}

bool Closings::is_held(const flow::CellView& live, model::CellRef ref) const {
  return std::any_of(closings_.begin(), closings_.end(), [&](const HeldClosing& closing) {
    return closing.is_active() && closing.holds(live, ref);
  });
}

void Closings::close(const model::Closing& closing, model::Revision revision, base::Instant at,
                     const model::SteeringModel* model, const flow::CellView& live) {
  HeldClosing held = made(closing, model, live);
  held.listed.revision = revision;
  held.listed.at = at;
  std::map<model::CellRef, Seal> seals;
  for (const Seal& seal : seals_.all()) seals.emplace(seal.ref, seal);
  for_each_held(held, live, [&](model::CellRef ref) {
    const model::CellValue value = seals_.held(ref, live.cell(ref));
    if (!value.absent) ++held.listed.cells;
    const auto known = seals.find(ref);
    if (known != seals.end() && known->second.is_closed) return;
    const flow::CellChange change{ref, seals_.shown(ref, live.cell(ref)), value};
    if (!change.after.same_value(change.before)) released_.push_back(change);  // final from now on
    if (!value.absent) {
      seals[ref] = {ref, value, true, revision};
    } else if (known != seals.end()) {
      seals.erase(known);
    }
  });
  std::vector<Seal> all;
  for (const auto& [ref, seal] : seals) all.push_back(seal);
  seals_.assign(std::move(all));
  closings_.push_back(std::move(held));
}

void Closings::reopen(const model::Reopening& reopening, model::Revision revision, base::Instant at,
                      const flow::CellView& live) {
  const auto closing =
      std::find_if(closings_.begin(), closings_.end(), [&](const HeldClosing& known) {
        return known.is_active() && known.listed.revision == reopening.closing;
      });
  if (closing == closings_.end()) return;
  closing->listed.reopened = revision;
  closing->listed.reopened_at = at;
  closing->listed.reopening = reopening;
  std::vector<Seal> kept;
  for (Seal seal : seals_.all()) {
    if (!seal.is_closed || !closing->holds(live, seal.ref) || is_held(live, seal.ref)) {
      kept.push_back(seal);
      continue;
    }
    const model::CellValue value = live.cell(seal.ref);
    flow::CellChange change{seal.ref, seals_.shown(seal.ref, value), value};
    if (!seal.value.absent || !value.absent) {
      seal.is_closed = false;
      kept.push_back(seal);
      if (differs(seal.value, value) && !value.absent) {
        change.after.flags |= model::kFlagRestated;
      }
    }
    if (seals_.is_provisional(seal.ref) && !value.absent) {
      change.after.flags |= model::kFlagProvisional;
    }
    if (!change.after.same_value(change.before)) released_.push_back(change);
  }
  seals_.assign(std::move(kept));
  for (Lost& lost : lost_) {
    if (!lost.is_closed || !closing->holds(lost.words)) continue;
    lost.is_closed = std::any_of(closings_.begin(), closings_.end(), [&](const HeldClosing& other) {
      return other.is_active() && other.holds(lost.words);
    });
  }
}

const HeldClosing* Closings::holder_of(const CellWords& words) const {
  const auto holder = std::find_if(closings_.begin(), closings_.end(), [&](const auto& closing) {
    return closing.is_active() && closing.holds(words);
  });
  return holder == closings_.end() ? nullptr : &*holder;
}

std::optional<model::PublishedCell> Closings::closed_otherwise(
    const model::PublishedCell& published, const CellPlaces& places) const {
  const CellWords words{published.indicator, published.dimensions, published.values,
                        published.period};
  if (holder_of(words) == nullptr) return std::nullopt;
  model::PublishedCell closed = published;
  const bool was_pending = (closed.value.flags & model::kFlagRestatementPending) != 0;
  closed.value.flags &= static_cast<std::uint8_t>(~model::kFlagRestatementPending);
  const auto ref = places.find(words);
  const Seal* seal = ref ? seals_.find(*ref) : nullptr;
  const model::CellValue here = seal != nullptr ? seal->value : model::CellValue();
  // Then it was told that there is a cell where there was none: it stays closed as none.
  const bool was_none = was_pending && closed.value.na == model::NaReason::kNoData;
  if (was_none && here.absent) return std::nullopt;
  if (closed.value.same_value(here)) return std::nullopt;
  return closed;
}

void Closings::restore(const std::vector<model::PublishedCell>& closed, const CellPlaces& places,
                       const flow::CellView& live) {
  std::map<model::CellRef, Seal> seals;
  for (const Seal& seal : seals_.all()) seals.emplace(seal.ref, seal);
  for (const model::PublishedCell& cell : closed) {
    CellWords words{cell.indicator, cell.dimensions, cell.values, cell.period};
    const HeldClosing* holder = holder_of(words);
    if (holder == nullptr) continue;
    const auto ref = places.place(words);
    if (!ref) {
      std::erase_if(lost_, [&](const Lost& lost) { return lost.words == words; });
      lost_.push_back({std::move(words), cell.value, true, holder->listed.revision});
      continue;
    }
    const model::CellValue before = seals_.shown(*ref, live.cell(*ref));
    Seal& seal = seals[*ref];
    seal = {*ref, cell.value, true, seal.since != 0 ? seal.since : holder->listed.revision};
    released_.push_back({*ref, before, before});
  }
  std::vector<Seal> all;
  for (const auto& [ref, seal] : seals) all.push_back(seal);
  seals_.assign(std::move(all));
  for (flow::CellChange& change : released_) {
    change.after = seals_.shown(change.ref, live.cell(change.ref));
  }
  std::erase_if(released_,
                [](const auto& change) { return change.after.same_value(change.before); });
}

void Closings::amend(const flow::CellView& live, std::vector<flow::CellChange>* changes) {
  std::erase_if(*changes, [&](flow::CellChange& change) {
    const bool is_born = change.before.absent && !change.after.absent;
    if (is_born && seals_.find(change.ref) == nullptr && is_held(live, change.ref)) {
      seals_.add({change.ref, model::CellValue(), true, 0});
    }
    change.before = seals_.shown(change.ref, change.before);
    change.after = seals_.shown(change.ref, change.after);
    return change.after.same_value(change.before);
  });
  changes->insert(changes->end(), released_.begin(), released_.end());
  released_.clear();
}

void Closings::let_go(const flow::CellView& live) {
  for (const Seal& seal : seals_.all()) {
    if (seal.is_closed && seal.value.absent) continue;  // bind() finds those that matter
    lost_.push_back({words_of(live, seal.ref), seal.value, seal.is_closed, seal.since});
  }
  seals_ = {};
}

void Closings::bind(const Fold& fold, Strings* strings, const flow::CellView& live) {
  for (HeldClosing& closing : closings_) place(live, &closing);
  seals_.set_open(of_open_exercises(fold));
  const CellPlaces places(fold, strings);
  std::map<model::CellRef, Seal> seals;
  std::erase_if(lost_, [&](const Lost& lost) {
    const auto ref = places.place(lost.words);
    if (ref) seals.emplace(*ref, Seal{*ref, lost.value, lost.is_closed, lost.since});
    return ref.has_value();
  });
  // What is there now and was not when it was closed.
  for (const HeldClosing& closing : closings_) {
    if (!closing.is_active()) continue;
    for_each_held(closing, live, [&](model::CellRef ref) {
      if (!live.cell(ref).absent) seals.emplace(ref, Seal{ref, model::CellValue(), true, 0});
    });
  }
  std::vector<Seal> all;
  for (const auto& [ref, seal] : seals) all.push_back(seal);
  seals_.assign(std::move(all));
}

}  // namespace passerelle::consolidation
