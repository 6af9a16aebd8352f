#include "core/consolidation/statuses.h"

#include <algorithm>

namespace passerelle::consolidation {
namespace {

constexpr std::uint32_t kWithoutGoal = 0xFFFFFFFF;
constexpr std::uint32_t kNotSeen = 0xFFFFFFFE;

}  // namespace

std::uint32_t StatusSeries::line_of(const GroupStore& store, std::uint32_t group) {
  if (group >= line_of_.size()) line_of_.resize(group + 1, kNotSeen);
  if (line_of_[group] != kNotSeen) return line_of_[group];
  std::vector<Code> key = key_of(store, group);
  const std::uint32_t period = key.back();
  key.pop_back();
  const Goal* goal = store.layout().cells[cell_].goal_of(key);
  if (goal == nullptr || goal->hysteresis <= 1) return line_of_[group] = kWithoutGoal;
  const auto [at, is_new] =
      numbers_.emplace(std::move(key), static_cast<std::uint32_t>(lines_.size()));
  if (is_new) lines_.push_back({{}, goal->hysteresis, false});
  Periods& groups = lines_[at->second].groups;
  const std::pair entry(period, group);
  groups.insert(std::lower_bound(groups.begin(), groups.end(), entry), entry);
  return line_of_[group] = at->second;
}

void StatusSeries::settle(const GroupStores& stores) {
  GroupStore* store = stores[cuboid_].get();
  const CuboidLayout& layout = store->layout();
  const Offset slot = layout.cells[cell_].shown_status;
  // What is shown touches rows of the same store.
  const std::size_t touched = store->touched();
  for (std::size_t i = 0; i < touched; ++i) {
    const std::uint32_t group = store->touched_group(i);
    const std::uint32_t number = line_of(*store, group);
    if (number == kWithoutGoal) continue;
    const auto own =
        static_cast<std::uint32_t>(finalise_alone(layout, cell_, view_of(*store, group)).status);
    const auto known = load<std::uint32_t>(store->row(group), slot);
    if (known >> 8 == own) continue;
    consolidation::store(store->touch(group), slot, own << 8 | (known & 0xFF));
    if (lines_[number].is_dirty) continue;
    lines_[number].is_dirty = true;
    dirty_.push_back(number);
  }
  for (const std::uint32_t number : dirty_) {
    lines_[number].is_dirty = false;
    show(lines_[number], store);
  }
  dirty_.clear();
}

void StatusSeries::show(const Line& line, GroupStore* store) {
  const Offset slot = store->layout().cells[cell_].shown_status;
  std::uint32_t shown = 0;
  std::uint32_t last = 0;
  int in_a_row = 0;
  for (const auto& [period, group] : line.groups) {
    const auto known = load<std::uint32_t>(store->row(group), slot);
    const std::uint32_t own = known >> 8;
    std::uint32_t status = 0;
    if (own != 0) {
      in_a_row = own == last ? in_a_row + 1 : 1;
      last = own;
      if (shown == 0 || in_a_row >= line.hysteresis) shown = own;
      status = shown;
    }
    if ((known & 0xFF) == status) continue;
    consolidation::store(store->touch(group), slot, own << 8 | status);
  }
}

}  // namespace passerelle::consolidation
