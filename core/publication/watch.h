// Which selections a change concerns: an index by the ledger's group numbers. Not locked; the
// publisher calls it under its mutex.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/publication/changes.h"
#include "core/publication/ledger.h"
#include "core/publication/selector.h"

namespace passerelle::publication {

// One selection as the index sees it.
struct Watched {
  Selector selector;
  Resolved resolved;
  std::vector<std::uint64_t> masks;  // by cuboid: bit i is set if indicator i is asked for
  Head head;
  bool ended = false;  // nobody follows it any more

  void resolve(Resolved now, std::size_t cuboids);
};

class WatchIndex {
 public:
  // The groups (ledger's numbers) that are the selection's now.
  void add(const std::shared_ptr<Watched>& watched, const std::vector<std::uint32_t>& groups);
  // A group met for the first time, with its words.
  void take_up(const Applied::Fresh& fresh, const flow::GroupNames& names);
  void take_up(const Applied::Fresh& fresh, const flow::CellView& view, std::uint32_t selection);
  // Notes the change with every selection that asks for the cell at `ref`.
  void note(const AppliedChange& change, model::CellRef ref, std::uint32_t generation);
  // After a model switch: all selections in the new layout.
  void rebuild(const flow::CellView& view, const Ledger& ledger);
  // Forgets ended selections once they are the greater part.
  void tidy();

  const std::vector<std::shared_ptr<Watched>>& selections() const { return selections_; }
  bool empty() const { return selections_.empty(); }

 private:
  struct Entry {
    std::uint32_t selection = 0;
    std::uint32_t next = 0;  // entry + 1, 0 ends
  };
  void link(std::uint32_t group, std::uint32_t selection);

  std::vector<std::shared_ptr<Watched>> selections_;
  std::vector<std::uint32_t> first_;  // by group: entry + 1, 0: none
  std::vector<Entry> entries_;
};

// Groups of the view that the selection asks for, in the ledger's numbers.
std::vector<std::uint32_t> watched_groups(const Resolved& resolved, const flow::CellView& view,
                                          const Ledger& ledger);

}  // namespace passerelle::publication
