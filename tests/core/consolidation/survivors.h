// Which of many changes to records stand.
#pragma once

#include <map>
#include <vector>

namespace passerelle::consolidation {

// By id: the highest version, the later of two with one version; deleted ones left out.
template <typename Change>
std::map<int, Change> survivors(const std::vector<Change>& all) {
  std::map<int, Change> kept;
  for (const Change& change : all) {
    const auto at = kept.find(change.id);
    if (at == kept.end() || change.version >= at->second.version) kept[change.id] = change;
  }
  std::erase_if(kept, [](const auto& entry) { return entry.second.deleted; });
  return kept;
}

}  // namespace passerelle::consolidation
