// The numbers the ledger gives to indicators, groupings and groups. Groups are known by a 64-bit
// fingerprint (two of ten million share one with a chance of 3 in a million); their words stay in
// the file, found through the run of groups that one record introduced. Not locked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/publication/ledger_files.h"

namespace passerelle::publication {

class LedgerNames {
 public:
  // Numbers of names; kNoLedgerId if there is none.
  std::uint32_t find_indicator(std::string_view name) const;
  std::uint32_t find_grouping(const std::vector<std::string>& dimensions) const;
  std::uint32_t find_group(std::uint64_t hash) const;

  // Each returns the new number: the names so far are 0 to number - 1.
  std::uint32_t add_indicator(std::string name);
  std::uint32_t add_grouping(std::vector<std::string> dimensions);
  std::uint32_t add_group(std::uint64_t hash);

  std::uint32_t group_count() const { return static_cast<std::uint32_t>(hashes_.size()); }
  const std::vector<std::string>& indicators() const { return indicators_; }
  const std::vector<std::vector<std::string>>& groupings() const { return groupings_; }

  // The record at `place` introduced the groups from `first` on.
  void add_run(std::uint32_t first, FramePlace place) { runs_.push_back({first, place}); }
  struct Run {
    std::uint32_t first = 0;
    FramePlace place;
  };
  const Run& run_of(std::uint32_t group) const;  // the group has been added, and so has its run

 private:
  void grow();

  std::vector<std::string> indicators_;
  std::map<std::string, std::uint32_t, std::less<>> indicator_numbers_;
  std::vector<std::vector<std::string>> groupings_;
  std::map<std::vector<std::string>, std::uint32_t> grouping_numbers_;
  std::vector<std::uint64_t> hashes_;  // by group
  std::vector<std::uint32_t> table_;   // open addressing by hash: group + 1, 0 is free
  std::vector<Run> runs_;              // ascending
};

}  // namespace passerelle::publication
