#include "core/consolidation/holds.h"

#include <algorithm>

#include "core/base/limits.h"

namespace passerelle::consolidation {
namespace {

// A section is cut at half of what it may hold: one more cell always fits.
constexpr std::size_t kHoldSectionBytes = base::kStateSectionBytesMax / 2;
// Fewer are added one by one.
constexpr std::size_t kFewHolds = 16;

}  // namespace

model::CellValue Holds::shown(model::CellRef ref, const model::CellValue& live) const {
  const Seal* seal = held_.find(ref);
  return seal == nullptr ? live : seal->value;
}

void Holds::keep(std::vector<flow::CellChange>* changes) {
  std::vector<Seal> fresh;
  std::erase_if(*changes, [&](const flow::CellChange& change) {
    if (!is_personal(change.ref)) return false;
    if (held_.find(change.ref) == nullptr) fresh.push_back({change.ref, change.before});
    return true;
  });
  if (fresh.size() <= kFewHolds) {
    for (const Seal& seal : fresh) held_.add(seal);
    return;
  }
  const std::vector<Seal> known = held_.all();
  fresh.insert(fresh.end(), known.begin(), known.end());
  held_.assign(std::move(fresh));
}

void Holds::release(const flow::CellView& live, std::vector<flow::CellChange>* changes) {
  std::erase_if(*changes, [&](const flow::CellChange& change) { return holds(change.ref); });
  for (const Seal& seal : held_.all()) {
    const model::CellValue value = live.cell(seal.ref);
    if (!value.same_value(seal.value)) changes->push_back({seal.ref, seal.value, value});
  }
  held_ = {};
}

void Holds::bind(const Fold& fold, Strings* strings) {
  held_ = {};
  personal_.clear();
  for (std::uint32_t cuboid = 0; cuboid < fold.plan()->infos().size(); ++cuboid) {
    const std::vector<CellPlan>& cells = fold.plan()->layout(cuboid).cells;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < fold.plan()->infos()[cuboid].indicators.size(); ++i) {
      if (!cells[i].hidden.empty()) bits |= std::uint64_t{1} << i;
    }
    personal_.push_back(bits);
  }
  watches_ = std::any_of(personal_.begin(), personal_.end(), [](auto bits) { return bits != 0; });
  if (loaded_.empty()) return;
  const CellPlaces places(fold, strings);
  std::vector<Seal> held;
  for (const Lost& lost : loaded_) {
    if (const auto ref = places.place(lost.words)) held.push_back({*ref, lost.value});
  }
  held_.assign(std::move(held));
  loaded_.clear();
}

Status Holds::save(const flow::CellView* live, const SectionSink& sink) const {
  if (live == nullptr || !any()) return absl::OkStatus();
  StateWriter out;
  for (const Seal& seal : held_.all()) {
    put_words(words_of(*live, seal.ref), &out);
    put_value(seal.value, &out);
    if (out.size() < kHoldSectionBytes) continue;
    PAS_RETURN_IF_ERROR(sink("holds", out.bytes()));
    out.clear();
  }
  return out.size() == 0 ? absl::OkStatus() : sink("holds", out.bytes());
}

bool Holds::load(StateReader* in) {
  while (in->ok() && !in->at_end()) {
    CellWords words = get_words(in);
    loaded_.push_back({std::move(words), get_value(in)});
  }
  return in->ok();
}

}  // namespace passerelle::consolidation
