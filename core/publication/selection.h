// One selection and all who follow it: its state hash, and per distinct revision last sent the
// cells that changed since. A slow subscriber costs memory for the cells of its selection at most,
// shared with others that stalled at the same revision. Worker's thread only.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/publication/changes.h"
#include "core/publication/ledger.h"
#include "core/publication/perimeter.h"
#include "core/publication/token.h"
#include "core/publication/transmission.h"
#include "core/publication/watch.h"

namespace passerelle::publication {

// What all selections share; must outlive them.
struct Context {
  const Ledger& ledger;
  const TokenMaker& tokens;
  std::uint64_t epoch = 0;
  std::atomic<std::uint64_t> serialisations{0};
};

// A view and what goes with it.
struct Stand {
  std::shared_ptr<const flow::CellView> view;
  std::vector<flow::SourceMark> marks;
  std::shared_ptr<const flow::Access> access;
  std::uint32_t generation = 0;  // of the layout
};

class Selection {
 public:
  // Cells out of the perimeter are HIDDEN in all that it gives.
  Selection(Context& context, std::shared_ptr<Watched> watched, Stand stand,
            std::shared_ptr<const Perimeter> perimeter);

  model::Revision at() const { return stand_.view->revision(); }
  const std::shared_ptr<Watched>& watched() const { return watched_; }
  std::uint64_t cells() const { return cells_; }
  std::uint64_t hash() const { return hash_; }
  const Stand& stand() const { return stand_; }
  const base::Hash128& selector_hash() const { return selector_hash_; }
  const Perimeter& perimeter() const { return *perimeter_; }
  // What decides on its cells beside the selector: the perimeter and, of families, which indicators
  // they have now. Zero: nothing.
  const base::Hash128& scope_hash() const { return scope_hash_; }

  // Goes on to a newer stand; `head` has what changed in between. True: with the model an
  // indicator's own grain changed, or what a family holds, so that what subscribers hold is of
  // another selection.
  bool absorb(const Head& head, Stand stand);

  // Kept by those who use it.
  std::size_t subscribers = 0;
  std::size_t ledger_readers = 0;  // of these, who need the locator

  // Followers of the state at `sent` (at() or one joined before).
  void join(model::Revision sent);
  void leave(model::Revision sent);

  // All cells at at().
  std::shared_ptr<Transmission> snapshot();
  // What changed from `sent` (joined) to at(); `published` is raised by the values published for
  // it in between, sent or not.
  std::shared_ptr<Transmission> delta(model::Revision sent, std::uint64_t* published);
  bool has_changes(model::Revision sent) const;
  // The same for cells known otherwise: those that changed after a resumed subscriber's revision.
  std::shared_ptr<Transmission> delta_of(const PendingCells& cells);
  // Of an earlier state of which `cells` have changed since.
  void rewind(const PendingCells& cells, std::uint64_t* hash, std::uint64_t* count);

  // Finds cells by the ledger's numbers at at().
  Location locate(CellId id);
  // A value of the ledger as the perimeter shows it.
  model::CellValue shown(CellId id, const Location& location, const model::CellValue& value) const;
  // Whether the alert's cell is one of the selection.
  bool asks_for(const flow::Alert& alert) const;
  void drop_locator() { locator_.reset(); }
  ProgressFacts facts_at(model::Revision revision, std::uint64_t cells, std::uint64_t hash) const;

 private:
  struct Lag {
    std::size_t users = 0;
    NetChanges single;    // what one absorb brought: the usual case, shared and not copied
    PendingCells merged;  // of more than one
    std::uint64_t published = 0;
  };
  void relocate(CellId id, Pending* pending);
  void merge(const NetChanges& net, std::uint64_t published, Lag* lag);
  void unshare(Lag* lag);
  NetChanges net_of(const PendingCells& cells);
  std::uint64_t published_in(const Head& head, const std::vector<NetChange>& net) const;
  void count(const std::vector<NetChange>& net, bool forward, std::uint64_t* hash,
             std::uint64_t* cells) const;
  void count_all();
  void settle_scope();

  Context& context_;
  const std::shared_ptr<Watched> watched_;
  const Selector selector_;
  const base::Hash128 selector_hash_;
  const std::shared_ptr<const Perimeter> perimeter_;
  base::Hash128 scope_hash_;
  Stand stand_;
  std::shared_ptr<Members> members_;
  std::optional<Locator> locator_;
  std::uint64_t hash_ = 0;
  std::uint64_t cells_ = 0;
  std::map<model::Revision, Lag> lags_;
  std::weak_ptr<Transmission> snapshot_;
  // Transmissions to at(), by what they are made of: net changes, a lag, or null for none.
  std::map<const void*, std::shared_ptr<Transmission>> built_;
};

}  // namespace passerelle::publication
