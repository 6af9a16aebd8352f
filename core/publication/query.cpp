#include "core/publication/query.h"

#include <algorithm>

#include "core/publication/codec.h"
#include "core/publication/history.h"

namespace passerelle::publication {
namespace {

constexpr std::size_t kScanSliceBytes = 4 << 20;
// How far back the last change of a cell is looked for.
constexpr std::size_t kHistoryBytesMax = 16 << 20;

void finish(Answer* answer) {
  std::sort(answer->cells.begin(), answer->cells.end(),
            [](const Cell& a, const Cell& b) { return a.key_text < b.key_text; });
  for (const Cell& cell : answer->cells) {
    answer->hash ^= model::cell_hash(cell.key_text, cell.value);
  }
}

Cell make_cell(std::string_view indicator, Dimensions dimensions, const model::CellValue& value) {
  Cell cell;
  cell.indicator = indicator;
  cell.key_text = key_text(indicator, dimensions);
  cell.dimensions = std::move(dimensions);
  cell.value = value;
  return cell;
}

// Calls `visit` for every cell that is asked for, absent ones too.
void for_each_cell(const Resolved& resolved, const flow::CellView& view,
                   const std::function<void(model::CellRef)>& visit) {
  for (const Part& part : resolved.parts()) {
    const std::uint32_t groups = view.group_count(part.cuboid);
    for (std::uint32_t group = 0; group < groups; ++group) {
      if (!resolved.matches(part, view, group)) continue;
      for (std::uint16_t i = 0; i < view.cuboids()[part.cuboid].indicators.size(); ++i) {
        if ((part.indicators >> i & 1) != 0) visit({part.cuboid, group, i});
      }
    }
  }
}

}  // namespace

void hide(const Perimeter& perimeter, Answer* answer) {
  if (perimeter.sees_all()) return;
  for (Cell& cell : answer->cells) {
    if (perimeter.sees(cell.dimensions)) continue;
    cell.value = hidden_value();
    cell.revision = 0;
    cell.previous_scaled.reset();
  }
  answer->hash = 0;
  for (const Cell& cell : answer->cells) {
    answer->hash ^= model::cell_hash(cell.key_text, cell.value);
  }
}

StatusOr<Answer> get(const Selector& asked, const flow::CellView& view) {
  PAS_ASSIGN_OR_RETURN(const Resolved resolved, Resolved::of(normalised(asked), view));
  Answer answer;
  answer.revision = view.revision();
  for_each_cell(resolved, view, [&](model::CellRef ref) {
    const model::CellValue value = view.cell(ref);
    if (value.absent) return;
    answer.cells.push_back(make_cell(view.cuboids()[ref.cuboid].indicators[ref.indicator],
                                     dimensions_of(view, ref.cuboid, ref.group), value));
  });
  finish(&answer);
  return answer;
}

StatusOr<Answer> get_as_of(const Selector& asked, const flow::CellView& view, const Ledger& ledger,
                           model::Revision revision) {
  if (revision > view.revision()) {
    return base::invalid_argument("revision " + std::to_string(revision) +
                                  " is not there yet; the newest is " +
                                  std::to_string(view.revision()));
  }
  PAS_ASSIGN_OR_RETURN(const Resolved resolved, Resolved::of(normalised(asked), view));
  const Selector selector = expanded(normalised(asked), view);
  Locator locator(ledger, selector, resolved);
  locator.follow(view);
  // The value a cell had at `revision` is the one before its first later change.
  absl::flat_hash_map<CellId, model::CellValue> then;
  LedgerCursor cursor;
  cursor.after = revision;
  for (bool whole = false; !whole;) {
    PAS_ASSIGN_OR_RETURN(
        whole,
        ledger.scan(&cursor, view.revision(), kScanSliceBytes, [&](const LedgerRevision& later) {
          for (const LedgerChange& change : later.changes) {
            const CellId id = cell_id(change.group, change.indicator);
            if (then.contains(id)) continue;
            if (!locator.locate(id).selected) continue;
            then.emplace(id, change.before);
          }
        }));
  }
  std::map<model::CellRef, const model::CellValue*> changed;
  Answer answer;
  answer.revision = revision;
  for (const auto& [id, value] : then) {
    const Location location = locator.locate(id);
    if (!location.gone) {
      changed[location.ref] = &value;
    } else if (!value.absent) {
      PAS_ASSIGN_OR_RETURN(CellWords words, words_of(id, location, view, ledger));
      answer.cells.push_back(make_cell(words.indicator, std::move(words.dimensions), value));
    }
  }
  for_each_cell(resolved, view, [&](model::CellRef ref) {
    const auto found = changed.find(ref);
    const model::CellValue value = found == changed.end() ? view.cell(ref) : *found->second;
    if (value.absent) return;
    answer.cells.push_back(make_cell(view.cuboids()[ref.cuboid].indicators[ref.indicator],
                                     dimensions_of(view, ref.cuboid, ref.group), value));
  });
  finish(&answer);
  return answer;
}

StatusOr<base::Instant> known_instant(const std::string& known_at, const std::string& time_zone) {
  if (const auto day = base::parse_date(known_at); day.ok()) {
    PAS_ASSIGN_OR_RETURN(const base::Zone zone, base::Zone::load(time_zone));
    return zone.instant_of(*day + 1, 0) - 1;
  }
  const auto instant = base::parse_instant(known_at);
  if (instant.ok()) return *instant;
  return base::invalid_argument("'" + known_at +
                                "' is neither a date such as 2026-03-31 nor an instant such as "
                                "2026-03-31T12:00:00Z");
}

StatusOr<model::Revision> revision_of(const AsOf& as_of, const flow::CellView& view,
                                      const Ledger& ledger) {
  if (as_of.known_at.empty()) return as_of.revision;
  if (as_of.revision != 0) {
    return base::invalid_argument("give a revision or a date, not both");
  }
  const auto model = view.steering();
  PAS_ASSIGN_OR_RETURN(
      const base::Instant instant,
      known_instant(as_of.known_at, model == nullptr ? "Europe/Paris" : model->time_zone));
  return ledger.revision_known_at(instant);
}

Status fill_history(const Selector& asked, const flow::CellView& view, const Ledger& ledger,
                    Answer* answer) {
  const Selector selector = expanded(normalised(asked), view);
  Locator locator(ledger, selector, Resolved::lenient(selector, view));
  locator.follow(view);
  struct Last {
    model::Revision revision = 0;
    model::CellValue before;
  };
  std::map<model::CellRef, Last> last;
  LedgerCursor cursor = ledger.recent(kHistoryBytesMax);
  const auto visit = [&](const LedgerRevision& revision) {
    for (const LedgerChange& change : revision.changes) {
      const Location location = locator.locate(cell_id(change.group, change.indicator));
      if (!location.selected || location.gone) continue;
      last[location.ref] = {revision.revision, change.before};
    }
  };
  PAS_RETURN_IF_ERROR(ledger.scan(&cursor, answer->revision, 2 * kHistoryBytesMax, visit).status());
  for (const auto& [ref, change] : last) {
    const std::string text = key_text(view.cuboids()[ref.cuboid].indicators[ref.indicator],
                                      dimensions_of(view, ref.cuboid, ref.group));
    const auto cell = std::lower_bound(
        answer->cells.begin(), answer->cells.end(), text,
        [](const Cell& known, const std::string& wanted) { return known.key_text < wanted; });
    if (cell == answer->cells.end() || cell->key_text != text) continue;
    cell->revision = change.revision;
    // A suppressed cell carries its reason only.
    if (cell->value.na == model::NaReason::kSuppressed) continue;
    if (!change.before.absent && change.before.na == model::NaReason::kNone) {
      cell->previous_scaled = change.before.scaled;
    }
  }
  return {};
}

}  // namespace passerelle::publication
