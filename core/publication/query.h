// Values at one revision: pure reads of an immutable view. Any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/flow/cells.h"
#include "core/publication/ledger.h"
#include "core/publication/perimeter.h"
#include "core/publication/selector.h"

namespace passerelle::publication {

// A published cell in words.
struct Cell {
  std::string indicator;
  std::vector<std::pair<std::string, std::string>> dimensions;  // sorted, `period` among them
  std::string key_text;                                         // model::cell_key_text
  model::CellValue value;
  model::Revision revision = 0;  // that last changed it; 0: not known without a long search
  std::optional<std::int64_t> previous_scaled;
};

// Which of the published values: those of a revision, or those that were known at a time.
struct AsOf {
  model::Revision revision = 0;  // 0: the newest
  std::string known_at;          // 2026-03-31 (its end, authority's zone) or an instant; or empty
  bool live = false;             // the newest, as if nothing were closed
};

struct Answer {
  model::Revision revision = 0;
  std::vector<Cell> cells;  // sorted by key text; absent cells are left out
  std::vector<flow::SourceMark> marks;
  std::uint64_t hash = 0;  // XOR of model::cell_hash over the cells
};

// Leaves only their names of the cells out of the perimeter.
void hide(const Perimeter& perimeter, Answer* answer);

// The cells of the view that the selector asks for. Marks are left empty.
StatusOr<Answer> get(const Selector& selector, const flow::CellView& view);

// The same as they were published at `revision` (at most the view's): the view with the ledger's
// later changes undone. Reads the ledger from `revision` on: about 50 M changes a second.
// OUT_OF_RANGE: older than the ledger. INVALID_ARGUMENT: newer than the view.
StatusOr<Answer> get_as_of(const Selector& selector, const flow::CellView& view,
                           const Ledger& ledger, model::Revision revision);

// What `known_at` means: the last microsecond of a day in the zone, or the instant itself.
StatusOr<base::Instant> known_instant(const std::string& known_at, const std::string& time_zone);
// The revision that `as_of` means, 0: the newest. INVALID_ARGUMENT: both are given, or the date is
// none; OUT_OF_RANGE: nothing had been published by then.
StatusOr<model::Revision> revision_of(const AsOf& as_of, const flow::CellView& view,
                                      const Ledger& ledger);

// Fills `revision` and `previous_scaled` of the cells whose last change is within the newest 16 MiB
// of the ledger; the others keep 0 and none.
Status fill_history(const Selector& selector, const flow::CellView& view, const Ledger& ledger,
                    Answer* answer);

}  // namespace passerelle::publication
