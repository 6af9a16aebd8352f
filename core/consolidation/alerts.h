// Alerts: a cell that had a status and has another one is told once; so is a series whose newest
// period has another status than the one before it. What has no value has no status: the last one
// before counts, so that na in between is no crossing. Statuses are those shown: with hysteresis,
// and as they were closed.
//
// While a scope is open (a file or a source is being read) nothing is told: what is shown is half
// of it. Alerts wait for its end, or for the next Tick where a read hangs.
//
// Of several new periods in one commit the newest is told, against the newest of before: a series
// that is loaded whole crosses nothing. A first status, of a new target too, is no crossing.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/consolidation/cell_words.h"
#include "core/flow/alert.h"

namespace passerelle::consolidation {

// The oldest are forgotten when there are more.
inline constexpr std::size_t kAlertsMax = 10'000;

class AlertWatch {
 public:
  // Of the commit at hand.
  struct Moment {
    model::Revision revision = 0;
    base::Instant at = 0;
    flow::Cause cause = flow::Cause::kFacts;
  };

  // Whether some cell of the model has a target.
  bool watches() const { return watches_; }
  // Null: none yet.
  const std::shared_ptr<const flow::Alerts>& list() const { return list_; }

  // What a commit changed for readers; `shown`: their cells after it.
  void note(const Moment& moment, const Fold& fold, const flow::CellView& shown,
            const std::vector<flow::CellChange>& changes);
  // The same where what is shown is half of a read: noted later, by note_waiting().
  void wait(const std::vector<flow::CellChange>& changes);
  // From now on every cell waits.
  void wait_all() { all_wait_ = true; }
  bool waits() const { return all_wait_ || !waiting_.empty(); }
  void note_waiting(const Moment& moment, const Fold& fold, const flow::CellView& shown);
  // To be asked before a commit is journaled; the fold passes over what is wrong.
  Status check(const model::AlertAcknowledged& acknowledged) const;
  void acknowledge(const Moment& moment, const model::AlertAcknowledged& acknowledged);

  // Before another model's fold takes the place of the one that `cells` shows; then bind().
  void let_go(const flow::CellView& cells);
  void bind(const Fold& fold, Strings* strings);
  // Sections "alerts" and "statuses" of a checkpoint; `cells` is null before the first model. What
  // was loaded is in force after bind().
  Status save(const flow::CellView* cells, const SectionSink& sink) const;
  bool load_alerts(StateReader* in);
  bool load_statuses(StateReader* in);

 private:
  using Line = std::tuple<std::uint32_t, std::uint16_t, std::string>;
  struct Lost {
    CellWords words;
    model::CellStatus status;
  };
  struct Crossing {
    model::CellRef ref;
    model::CellStatus from;
    model::CellValue value;
  };
  void note_all(const Moment& moment, const Fold& fold, const flow::CellView& shown);
  void note(const Moment& moment, const Fold& fold, const flow::CellView& shown,
            const std::vector<std::pair<model::CellRef, model::CellValue>>& statuses);
  void tell(const Moment& moment, const Fold& fold, const flow::CellView& shown,
            const std::vector<Crossing>& crossings);
  static Line line_of(const flow::CellView& cells, model::CellRef ref);
  void remember(model::CellRef ref, Line line, base::Period at_period, model::CellStatus status);

  bool watches_ = false;
  std::vector<bool> watched_;                         // by cuboid
  std::map<model::CellRef, model::CellStatus> last_;  // the last status that the cell had
  std::map<Line, std::pair<std::uint32_t, model::CellRef>> newest_;  // period that had one
  std::set<model::CellRef> waiting_;
  bool all_wait_ = false;
  std::vector<Lost> lost_;  // between let_go and bind
  std::shared_ptr<const flow::Alerts> list_;
  std::uint64_t told_ = 0;
};

}  // namespace passerelle::consolidation
