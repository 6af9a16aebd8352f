#include "core/publication/ledger_names.h"

#include <algorithm>

#include "core/publication/ledger.h"

namespace passerelle::publication {

std::uint32_t LedgerNames::find_indicator(std::string_view name) const {
  const auto found = indicator_numbers_.find(name);
  return found == indicator_numbers_.end() ? kNoLedgerId : found->second;
}

std::uint32_t LedgerNames::find_grouping(const std::vector<std::string>& dimensions) const {
  const auto found = grouping_numbers_.find(dimensions);
  return found == grouping_numbers_.end() ? kNoLedgerId : found->second;
}

std::uint32_t LedgerNames::find_group(std::uint64_t hash) const {
  if (table_.empty()) return kNoLedgerId;
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash & mask; table_[at] != 0; at = (at + 1) & mask) {
    if (hashes_[table_[at] - 1] == hash) return table_[at] - 1;
  }
  return kNoLedgerId;
}

std::uint32_t LedgerNames::add_indicator(std::string name) {
  const auto number = static_cast<std::uint32_t>(indicators_.size());
  indicator_numbers_.emplace(name, number);
  indicators_.push_back(std::move(name));
  return number;
}

std::uint32_t LedgerNames::add_grouping(std::vector<std::string> dimensions) {
  const auto number = static_cast<std::uint32_t>(groupings_.size());
  grouping_numbers_.emplace(dimensions, number);
  groupings_.push_back(std::move(dimensions));
  return number;
}

std::uint32_t LedgerNames::add_group(std::uint64_t hash) {
  if ((hashes_.size() + 1) * 10 > table_.size() * 7) grow();
  hashes_.push_back(hash);
  const std::size_t mask = table_.size() - 1;
  std::size_t at = hash & mask;
  while (table_[at] != 0) at = (at + 1) & mask;
  table_[at] = static_cast<std::uint32_t>(hashes_.size());
  return table_[at] - 1;
}

const LedgerNames::Run& LedgerNames::run_of(std::uint32_t group) const {
  const auto after =
      std::upper_bound(runs_.begin(), runs_.end(), group,
                       [](std::uint32_t wanted, const Run& run) { return wanted < run.first; });
  return *std::prev(after);
}

void LedgerNames::grow() {
  const std::size_t size = table_.empty() ? 1024 : table_.size() * 2;
  table_.assign(size, 0);
  for (std::size_t i = 0; i < hashes_.size(); ++i) {
    std::size_t at = hashes_[i] & (size - 1);
    while (table_[at] != 0) at = (at + 1) & (size - 1);
    table_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

}  // namespace passerelle::publication
