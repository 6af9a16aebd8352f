// Net changes of a selection between two revisions, read from the ledger.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/publication/codec.h"
#include "core/publication/ledger.h"
#include "core/publication/selector.h"

namespace passerelle::publication {

// Where a cell of a selection is.
struct Location {
  bool selected = false;
  bool gone = false;  // not in the current layout: its words are in the ledger
  model::CellRef ref;
};

// Finds the cells of a selection in one view by the ledger's numbers. One thread. The view may grow
// (same layout); `follow` takes up what was added.
class Locator {
 public:
  Locator(const Ledger& ledger, Selector selector, Resolved resolved);
  void follow(const flow::CellView& view);
  Location locate(CellId id);

 private:
  void learn_layout(const flow::CellView& view);
  void number(const flow::CellView& view);
  bool was_selected(CellId id);

  const Ledger& ledger_;
  const Selector selector_;
  const std::vector<std::string> grouping_;
  const Resolved resolved_;
  std::vector<std::uint32_t> followed_;  // groups seen, by part
  struct Home {
    std::uint32_t part = 0;
    std::uint32_t group = 0;
  };
  std::vector<Home> unnumbered_;                        // without a first change yet
  std::unordered_multimap<std::uint32_t, Home> homes_;  // by the ledger's group
  // By part: the ledger's indicator -> place in the cuboid.
  std::vector<std::map<std::uint32_t, std::uint16_t>> places_;
  std::set<std::uint32_t> asked_;                // the ledger's indicators of the selector
  std::map<std::uint32_t, base::Grain> grains_;  // of those published now
  std::unordered_map<std::uint32_t, std::optional<base::Period>> strangers_;
};

// The words of a cell.
struct CellWords {
  std::string indicator;
  Dimensions dimensions;
};
StatusOr<CellWords> words_of(CellId id, const Location& location, const flow::CellView& view,
                             const Ledger& ledger);

}  // namespace passerelle::publication
