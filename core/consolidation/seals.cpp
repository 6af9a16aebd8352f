#include "core/consolidation/seals.h"

#include <algorithm>

#include "core/base/decimal.h"

namespace passerelle::consolidation {
namespace {

// More are merged into the rest: a commit copies at most so many.
constexpr std::size_t kExtraMax = 1'024;

bool is_before(const Seal& seal, model::CellRef ref) { return seal.ref < ref; }

const Seal* find_in(const std::vector<Seal>* list, model::CellRef ref) {
  if (list == nullptr) return nullptr;
  const auto at = std::lower_bound(list->begin(), list->end(), ref, is_before);
  return at == list->end() || at->ref != ref ? nullptr : &*at;
}

}  // namespace

const Seal* Seals::find(model::CellRef ref) const {
  const Seal* known = find_in(base_.get(), ref);
  return known != nullptr ? known : find_in(extra_.get(), ref);
}

void Seals::add(const Seal& seal) {
  auto list = extra_ == nullptr ? List() : *extra_;
  list.insert(std::lower_bound(list.begin(), list.end(), seal.ref, is_before), seal);
  extra_ = std::make_shared<const List>(std::move(list));
  if (extra_->size() > kExtraMax) assign(all());
}

std::vector<Seal> Seals::all() const {
  if (extra_ == nullptr) return base_ == nullptr ? List() : *base_;
  if (base_ == nullptr) return *extra_;
  List merged;
  merged.reserve(base_->size() + extra_->size());
  std::merge(base_->begin(), base_->end(), extra_->begin(), extra_->end(),
             std::back_inserter(merged),
             [](const Seal& a, const Seal& b) { return a.ref < b.ref; });
  return merged;
}

void Seals::assign(std::vector<Seal> seals) {
  std::sort(seals.begin(), seals.end(), [](const Seal& a, const Seal& b) { return a.ref < b.ref; });
  base_ = seals.empty() ? nullptr : std::make_shared<const List>(std::move(seals));
  extra_ = nullptr;
}

model::CellValue Seals::shown(model::CellRef ref, const model::CellValue& live) const {
  model::CellValue value = held(ref, live);
  if (!is_provisional(ref) || value.absent || value.na == model::NaReason::kSuppressed) {
    return value;
  }
  const Seal* seal = find(ref);
  if (seal == nullptr || !seal->is_closed) value.flags |= model::kFlagProvisional;
  return value;
}

model::CellValue Seals::held(model::CellRef ref, const model::CellValue& live) const {
  const Seal* seal = find(ref);
  if (seal == nullptr) return live;
  const bool other = differs(seal->value, live);
  if (!seal->is_closed) {
    model::CellValue value = live;
    if (other && !live.absent) value.flags |= model::kFlagRestated;
    return value;
  }
  model::CellValue value = seal->value;
  if (!other) return value;
  if (value.absent) {  // there was none; that there would be one now must be seen
    value.absent = false;
    value.na = model::NaReason::kNoData;
    value.scale = live.scale;
  }
  value.flags |= model::kFlagRestatementPending;
  return value;
}

bool differs(const model::CellValue& a, const model::CellValue& b) {
  if (a.absent != b.absent || a.na != b.na) return true;
  if (a.absent || a.na != model::NaReason::kNone) return false;
  if (a.scale == b.scale) return a.scaled != b.scaled;
  return base::to_rational(a.scaled, a.scale) != base::to_rational(b.scaled, b.scale);
}

}  // namespace passerelle::consolidation
