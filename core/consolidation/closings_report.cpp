// What closings hold, for administrators, and their sections of a checkpoint.
#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/consolidation/closings.h"

namespace passerelle::consolidation {
namespace {

constexpr std::size_t kSectionBytes = base::kStateSectionBytesMax / 2;

Status check_indicators(const model::Closing& closing, const flow::CellView& live) {
  std::set<std::string> published;
  for (const flow::CuboidInfo& info : live.cuboids()) {
    published.insert(info.indicators.begin(), info.indicators.end());
  }
  const std::vector<std::string> names(published.begin(), published.end());
  for (const std::string& indicator : closing.indicators) {
    if (published.contains(indicator)) continue;
    const std::string near = base::nearest_of(indicator, names);
    return base::not_found("there is no indicator " + indicator +
                           (near.empty() ? "" : ", did you mean " + near + "?"));
  }
  return absl::OkStatus();
}

Status check_unit(const std::string& unit, const model::SteeringModel& model) {
  if (unit.empty()) return absl::OkStatus();
  std::vector<std::string> ids;
  for (const model::OrgUnit& known : model.units) {
    if (known.id == unit) return absl::OkStatus();
    ids.push_back(known.id);
  }
  const std::string near = base::nearest_of(unit, ids);
  return base::not_found("there is no org unit " + unit +
                         (near.empty() ? "" : ", did you mean " + near + "?"));
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

void put_closing(const HeldClosing& held, StateWriter* out) {
  const ListedClosing& listed = held.listed;
  out->put(listed.revision);
  out->put(listed.at);
  out->put_text(listed.closing.author);
  out->put_text(listed.closing.unit);
  out->put(listed.closing.period.packed());
  out->put_texts(listed.closing.indicators);
  out->put_text(listed.closing.reason);
  out->put_texts(listed.closing.signatories);
  out->put(listed.cells);
  out->put(listed.reopened);
  out->put(listed.reopened_at);
  out->put_text(listed.reopening.author);
  out->put_text(listed.reopening.reason);
  out->put_texts(listed.reopening.signatories);
  out->put_texts({held.shelves.begin(), held.shelves.end()});
  out->put(static_cast<std::uint32_t>(held.units.size()));
  for (const auto& [unit, spans] : held.units) {
    out->put_text(unit);
    out->put(static_cast<std::uint32_t>(spans.size()));
    for (const DaySpan& span : spans) {
      out->put(span.from);
      out->put(span.to);
    }
  }
}

void put_seal(const CellWords& words, const Seal& seal, StateWriter* out) {
  put_words(words, out);
  put_value(seal.value, out);
  out->put(static_cast<std::uint8_t>(seal.is_closed));
  out->put(seal.since);
}

}  // namespace

Status Closings::check(const model::Closing& closing, const model::SteeringModel* model,
                       const flow::CellView& live) const {
  if (model == nullptr) return base::failed_precondition("no model is applied yet");
  if (closing.author.empty()) return base::invalid_argument("a closing names its author");
  if (closing.reason.empty()) return base::invalid_argument("a closing says why: its reason");
  if (closing.period.grain() == base::Grain::kAll) {
    return base::invalid_argument(
        "a closing names a period: 2026, 2026-Q1, 2026-03 or 2026-03-31; 'all' never ends");
  }
  PAS_RETURN_IF_ERROR(check_unit(closing.unit, *model));
  PAS_RETURN_IF_ERROR(check_indicators(closing, live));
  for (const HeldClosing& known : closings_) {
    const model::Closing& other = known.listed.closing;
    if (known.is_active() && other.unit == closing.unit && other.period == closing.period &&
        sorted(other.indicators) == sorted(closing.indicators)) {
      return base::already_exists("this is closed since revision " +
                                  std::to_string(known.listed.revision) + ", by " + other.author +
                                  "; reopen that one first");
    }
  }
  return absl::OkStatus();
}

Status Closings::check(const model::Reopening& reopening) const {
  if (reopening.author.empty()) return base::invalid_argument("a reopening names its author");
  if (reopening.reason.empty()) return base::invalid_argument("a reopening says why: its reason");
  for (const HeldClosing& known : closings_) {
    if (known.listed.revision != reopening.closing) continue;
    if (known.is_active()) return absl::OkStatus();
    return base::failed_precondition(
        "the closing of revision " + std::to_string(reopening.closing) +
        " was reopened at revision " + std::to_string(known.listed.reopened) + " already");
  }
  return base::not_found("revision " + std::to_string(reopening.closing) +
                         " is no closing; see them with: passerelle closings");
}

ClosedCell Closings::told(const flow::CellView& live, model::CellRef ref) const {
  const CellWords words = words_of(live, ref);
  ClosedCell cell;
  cell.indicator = words.indicator;
  for (std::size_t i = 0; i < words.dimensions.size(); ++i) {
    cell.dimensions.emplace_back(words.dimensions[i], words.values[i]);
  }
  cell.dimensions.emplace_back("period", words.period.to_string());
  std::sort(cell.dimensions.begin(), cell.dimensions.end());
  cell.live = live.cell(ref);
  cell.closed = seals_.held(ref, cell.live);
  const Seal* seal = seals_.find(ref);
  cell.is_pending = seal != nullptr && seal->is_closed && differs(seal->value, cell.live);
  for (const HeldClosing& closing : closings_) {
    if (closing.is_active() && closing.holds(live, ref)) {
      cell.closings.push_back(closing.listed.revision);
    }
  }
  if (!cell.closings.empty()) cell.since = cell.closings.front();
  if (seal != nullptr && seal->since != 0) cell.since = seal->since;
  return cell;
}

std::vector<ListedClosing> Closings::list(const flow::CellView& live) const {
  std::vector<ListedClosing> all;
  const std::vector<Seal> seals = seals_.all();
  for (const HeldClosing& closing : closings_) {
    ListedClosing& listed = all.emplace_back(closing.listed);
    if (!closing.is_active()) continue;
    for (const Seal& seal : seals) {
      listed.pending += seal.is_closed && differs(seal.value, live.cell(seal.ref)) &&
                        closing.holds(live, seal.ref);
    }
  }
  return all;
}

std::vector<ClosedCell> Closings::would_hold(const model::Closing& closing,
                                             const model::SteeringModel* model,
                                             const flow::CellView& live) const {
  const HeldClosing held = made(closing, model, live);
  std::vector<ClosedCell> cells;
  for (std::uint32_t cuboid = 0; cuboid < held.cuboids.size(); ++cuboid) {
    for (std::uint32_t group = 0; group < live.group_count(cuboid); ++group) {
      for (std::uint16_t i = 0; i < live.cuboids()[cuboid].indicators.size(); ++i) {
        const model::CellRef ref{cuboid, group, i};
        if (!held.holds(live, ref) || seals_.shown(ref, live.cell(ref)).absent) continue;
        cells.push_back(told(live, ref));
      }
    }
  }
  return cells;
}

std::vector<ClosedCell> Closings::held_by(model::Revision closing,
                                          const flow::CellView& live) const {
  std::vector<ClosedCell> cells;
  for (const HeldClosing& known : closings_) {
    if (known.listed.revision != closing || !known.is_active()) continue;
    for (const Seal& seal : seals_.all()) {
      if (seal.is_closed && known.holds(live, seal.ref)) cells.push_back(told(live, seal.ref));
    }
  }
  return cells;
}

StatusOr<ClosedCell> Closings::find(const flow::CellView& live, model::CellRef ref) const {
  ClosedCell cell = told(live, ref);
  if (cell.closings.empty()) {
    return base::not_found("this cell is not closed; what is closed: `passerelle closings`");
  }
  return cell;
}

ReopenedCells Closings::would_release(model::Revision closing, const flow::CellView& live) const {
  ReopenedCells counts;
  for (const ClosedCell& cell : held_by(closing, live)) {
    if (cell.closings.size() > 1 || (cell.closed.absent && cell.live.absent)) continue;
    ++counts.cells;
    counts.restated += cell.is_pending;
  }
  return counts;
}

Status Closings::save(const flow::CellView* live, const SectionSink& sink) const {
  StateWriter out;
  for (const HeldClosing& closing : closings_) {
    out.clear();
    put_closing(closing, &out);
    PAS_RETURN_IF_ERROR(sink("closing", out.bytes()));
  }
  out.clear();
  const auto add = [&](const CellWords& words, const Seal& seal) -> Status {
    put_seal(words, seal, &out);
    if (out.size() < kSectionBytes) return absl::OkStatus();
    PAS_RETURN_IF_ERROR(sink("seals", out.bytes()));
    out.clear();
    return absl::OkStatus();
  };
  for (const Lost& lost : lost_) {
    PAS_RETURN_IF_ERROR(add(lost.words, {{}, lost.value, lost.is_closed, lost.since}));
  }
  if (live != nullptr) {
    for (const Seal& seal : seals_.all()) {
      if (seal.is_closed && seal.value.absent) continue;  // bind() finds those that matter
      PAS_RETURN_IF_ERROR(add(words_of(*live, seal.ref), seal));
    }
  }
  return out.size() == 0 ? absl::OkStatus() : sink("seals", out.bytes());
}

bool Closings::load_closing(StateReader* in) {
  HeldClosing held;
  ListedClosing& listed = held.listed;
  listed.revision = in->get<model::Revision>();
  listed.at = in->get<base::Instant>();
  listed.closing.author = in->get_text();
  listed.closing.unit = in->get_text();
  listed.closing.period = base::Period::from_packed(in->get<std::uint32_t>());
  listed.closing.indicators = in->get_texts();
  listed.closing.reason = in->get_text();
  listed.closing.signatories = in->get_texts();
  listed.cells = in->get<std::uint64_t>();
  listed.reopened = in->get<model::Revision>();
  listed.reopened_at = in->get<base::Instant>();
  listed.reopening.closing = listed.reopened == 0 ? 0 : listed.revision;
  listed.reopening.author = in->get_text();
  listed.reopening.reason = in->get_text();
  listed.reopening.signatories = in->get_texts();
  for (std::string& shelf : in->get_texts()) held.shelves.insert(std::move(shelf));
  const auto units = in->get<std::uint32_t>();
  for (std::uint32_t i = 0; in->ok() && i < units; ++i) {
    std::vector<DaySpan>& spans = held.units[std::string(in->get_text())];
    const auto count = in->get<std::uint32_t>();
    for (std::uint32_t s = 0; in->ok() && s < count; ++s) {
      const auto from = in->get<base::Days>();
      spans.push_back({from, in->get<base::Days>()});
    }
  }
  closings_.push_back(std::move(held));
  return in->ok() && in->at_end();
}

bool Closings::load_seals(StateReader* in) {
  while (in->ok() && !in->at_end()) {
    Lost lost;
    lost.words = get_words(in);
    lost.value = get_value(in);
    lost.is_closed = in->get<std::uint8_t>() != 0;
    lost.since = in->get<model::Revision>();
    lost_.push_back(std::move(lost));
  }
  return in->ok();
}

}  // namespace passerelle::consolidation
