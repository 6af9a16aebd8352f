// Closings: from the commit on, the cells below a unit whose period lies in the closed one keep the
// value that was published then. What is frozen follows from the commits alone: it is what the fold
// shows at the closing's revision.
//
// A closing holds the cells of the indicators and groupings that were published then, of the units
// that lay below its unit by the organisation of then, each on the last day of the cell's period.
// A cell that did not exist then is held as not existing. Totals above the unit are not held.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/consolidation/cell_words.h"
#include "core/consolidation/closing_list.h"
#include "core/consolidation/seals.h"

namespace passerelle::consolidation {

struct DaySpan {
  base::Days from = 0;
  base::Days to = 0;  // both included
};
using UnitDays = std::map<std::string, std::vector<DaySpan>, std::less<>>;

// The unit and those that lie below it, with the days of the span on which they do.
UnitDays units_below(const model::SteeringModel& model, const std::string& unit, DaySpan span);

struct HeldClosing {
  ListedClosing listed;
  // "indicator|grain|dimension,...": published then.
  std::set<std::string, std::less<>> shelves;
  UnitDays units;                      // empty where the closing names no unit
  std::vector<std::uint64_t> cuboids;  // in the layout at hand: bits of the indicators held

  bool is_active() const { return listed.reopened == 0; }
  bool holds(base::Period period, const std::vector<std::string>& dimensions,
             const std::vector<std::string_view>& values) const;
  bool holds(const CellWords& words) const;
  bool holds(const flow::CellView& cells, model::CellRef ref) const;
};

class Closings {
 public:
  // Whether anything is closed or was.
  bool any() const { return !closings_.empty(); }
  // Whether what is shown may be other than what the fold holds.
  bool amends() const { return any() || !seals_.empty(); }
  // Before each commit.
  void begin() { released_.clear(); }
  const Seals& seals() const { return seals_; }

  // To be asked before a commit is journaled; what the journal holds is folded whatever it says.
  Status check(const model::Closing& closing, const model::SteeringModel* model,
               const flow::CellView& live) const;
  Status check(const model::Reopening& reopening) const;

  // `live`: the fold's cells, all of the revision before.
  void close(const model::Closing& closing, model::Revision revision, base::Instant at,
             const model::SteeringModel* model, const flow::CellView& live);
  void reopen(const model::Reopening& reopening, model::Revision revision, base::Instant at,
              const flow::CellView& live);
  // A published cell that a closing holds, as it was closed, where that is not what it is closed as
  // here; else none.
  std::optional<model::PublishedCell> closed_otherwise(const model::PublishedCell& published,
                                                       const CellPlaces& places) const;
  // Takes those as what the cells were closed as.
  void restore(const std::vector<model::PublishedCell>& closed, const CellPlaces& places,
               const flow::CellView& live);
  // Makes what a commit changed in the fold what it changed for readers.
  void amend(const flow::CellView& live, std::vector<flow::CellChange>* changes);

  // Before another model's fold takes the place of `live`; then bind().
  void let_go(const flow::CellView& live);
  void bind(const Fold& fold, Strings* strings, const flow::CellView& live);

  std::vector<ListedClosing> list(const flow::CellView& live) const;
  // The cells a closing would freeze, or (by revision) holds.
  std::vector<ClosedCell> would_hold(const model::Closing& closing,
                                     const model::SteeringModel* model,
                                     const flow::CellView& live) const;
  std::vector<ClosedCell> held_by(model::Revision closing, const flow::CellView& live) const;
  // Of one cell; NOT_FOUND where it is not closed.
  StatusOr<ClosedCell> find(const flow::CellView& live, model::CellRef ref) const;
  ReopenedCells would_release(model::Revision closing, const flow::CellView& live) const;

  // Sections "closing" and "seals" of a checkpoint; `live` is null before the first model. What was
  // loaded is in force after bind().
  Status save(const flow::CellView* live, const SectionSink& sink) const;
  bool load_closing(StateReader* in);
  bool load_seals(StateReader* in);

 private:
  struct Lost {  // a seal whose cell is not published by the model at hand
    CellWords words;
    model::CellValue value;
    bool is_closed = true;
    model::Revision since = 0;
  };
  HeldClosing made(const model::Closing& closing, const model::SteeringModel* model,
                   const flow::CellView& live) const;
  bool is_held(const flow::CellView& live, model::CellRef ref) const;
  // The closing that has held the cell longest; null: none does.
  const HeldClosing* holder_of(const CellWords& words) const;
  bool is_held_by_another(const HeldClosing& closing, const flow::CellView& live,
                          model::CellRef ref) const;
  ClosedCell told(const flow::CellView& live, model::CellRef ref) const;

  std::vector<HeldClosing> closings_;
  Seals seals_;
  std::vector<Lost> lost_;
  std::vector<flow::CellChange> released_;  // or closed, by the commit at hand
};

}  // namespace passerelle::consolidation
