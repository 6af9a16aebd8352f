#include "core/consolidation/group_store.h"

#include <algorithm>
#include <cstdlib>

#include "core/consolidation/tuple_memo.h"

namespace passerelle::consolidation {
namespace {

constexpr std::uint32_t kCacheLineBytes = 64;

}  // namespace

RetiredPages::~RetiredPages() {
  for (char* page : pages) std::free(page);
  // Not by recursion: a view held for long has many successors.
  std::shared_ptr<RetiredPages> rest = std::move(next);
  while (rest && rest.use_count() == 1) {
    std::shared_ptr<RetiredPages> after = std::move(rest->next);
    rest = std::move(after);
  }
}

std::shared_ptr<RetiredPages> PageKeeper::share() {
  std::shared_ptr<RetiredPages> shared = retired_;
  retired_ = std::make_shared<RetiredPages>();
  shared->next = retired_;
  ++generation_;
  return shared;
}

GroupStore::GroupStore(const CuboidLayout& layout, PageKeeper* keeper)
    : layout_(layout),
      keeper_(keeper),
      key_bytes_((layout.dimensions() + 1) * sizeof(std::uint32_t)),
      period_at_(static_cast<Offset>(layout.key + layout.dimensions() * sizeof(Code))),
      page_bits_(layout.page_bits),
      page_mask_((1U << page_bits_) - 1),
      slots_(64) {}

GroupStore::~GroupStore() {
  for (char* page : pages_) keeper_->retire(page);
}

bool GroupStore::has_key(std::uint32_t group, const std::uint32_t* key) const {
  const char* known = row(group) + layout_.key;
  // The period differs most often: from the end.
  for (std::size_t i = key_bytes_ / 4; i-- > 0;) {
    if (load<std::uint32_t>(known, static_cast<Offset>(i * 4)) != key[i]) return false;
  }
  return true;
}

std::uint64_t GroupStore::hash_of(const std::uint32_t* key) const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < key_bytes_ / 4; ++i) hash = mixed(hash, key[i]);
  return hash;
}

void GroupStore::prefetch(const char* row) const {
  for (std::uint32_t at = 0; at < layout_.row_bytes; at += kCacheLineBytes) {
    __builtin_prefetch(row + at);
  }
  __builtin_prefetch(row + layout_.row_bytes - 1);
}

std::optional<std::uint32_t> GroupStore::find(const std::uint32_t* key) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t hash = hash_of(key);
  const std::uint32_t tag = tag_of(hash);
  for (std::size_t at = hash & mask; slots_[at].group != kNoGroup; at = (at + 1) & mask) {
    if (slots_[at].tag == tag && has_key(slots_[at].group, key)) return slots_[at].group;
  }
  return std::nullopt;
}

std::uint32_t GroupStore::find_or_add(const std::uint32_t* key, std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t tag = tag_of(hash);
  std::size_t at = hash & mask;
  for (; slots_[at].group != kNoGroup; at = (at + 1) & mask) {
    if (slots_[at].tag == tag && has_key(slots_[at].group, key)) return slots_[at].group;
  }
  const std::uint32_t group = size_++;
  slots_[at] = {tag, group};
  if ((group & page_mask_) == 0) {
    const std::size_t bytes = kPageHeaderBytes + (std::size_t{layout_.row_bytes} << page_bits_);
    auto* page = static_cast<char*>(std::calloc(bytes, 1));
    if (page == nullptr) std::abort();
    store(page, 0, keeper_->generation());
    pages_.push_back(page);
  }
  // A row past the end of a shared page: no view reads it, so it is written in place.
  char* fresh = const_cast<char*>(row(group));
  std::memcpy(fresh + layout_.key, key, key_bytes_);
  if (std::size_t{size_} * 10 > slots_.size() * 7) grow();
  return group;
}

void GroupStore::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  std::vector<std::uint32_t> key(key_bytes_ / 4);
  for (const Slot& slot : old) {
    if (slot.group == kNoGroup) continue;
    std::memcpy(key.data(), row(slot.group) + layout_.key, key_bytes_);
    std::size_t at = hash_of(key.data()) & mask;
    while (slots_[at].group != kNoGroup) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

char* GroupStore::touch(std::uint32_t group) {
  char*& page = pages_[group >> page_bits_];
  if (keeper_->must_copy(load<std::uint64_t>(page, 0))) {
    const std::size_t bytes = kPageHeaderBytes + (std::size_t{layout_.row_bytes} << page_bits_);
    auto* copy = static_cast<char*>(std::malloc(bytes));
    if (copy == nullptr) std::abort();
    std::memcpy(copy, page, bytes);
    store(copy, 0, keeper_->generation());
    keeper_->retire(page);
    page = copy;
  }
  char* found = const_cast<char*>(row(group));
  if (load<std::uint32_t>(found, layout_.stamp) == stamp_) return found;
  changed_ = true;
  store(found, layout_.stamp, stamp_);
  if (!keep_before_ || group >= fresh_from_) {
    touched_.push_back({group, kFresh});
    return found;
  }
  touched_.push_back({group, before_.size()});
  before_.insert(before_.end(), found, found + layout_.row_bytes);
  return found;
}

void GroupStore::add(char* row, std::uint32_t group, Offset at, std::int64_t value, bool minus) {
  const auto old = load<std::int64_t>(row, at);
  std::int64_t sum = 0;
  const bool over =
      minus ? __builtin_sub_overflow(old, value, &sum) : __builtin_add_overflow(old, value, &sum);
  if (!over && old != kPromoted && sum != kPromoted) [[likely]] {
    store(row, at, sum);
    return;
  }
  const base::Int128 wide = old == kPromoted ? promoted_->at({group, at}) : base::Int128{old};
  set(row, group, at, minus ? wide - value : wide + value);
}

void GroupStore::set(char* row, std::uint32_t group, Offset at, base::Int128 value) {
  const bool fits = value > std::numeric_limits<std::int64_t>::min() &&
                    value <= std::numeric_limits<std::int64_t>::max();
  const bool was_wide = load<std::int64_t>(row, at) == kPromoted;
  store(row, at, fits ? static_cast<std::int64_t>(value) : kPromoted);
  if (fits && !was_wide) [[likely]]
    return;
  auto copy = std::make_shared<Promoted>(*promoted_);
  if (fits) {
    copy->erase({group, at});
  } else {
    (*copy)[{group, at}] = value;
  }
  promoted_ = std::move(copy);
}

void GroupStore::begin(std::uint32_t stamp, bool keep_before) {
  stamp_ = stamp;
  keep_before_ = keep_before;
  fresh_from_ = size_;
  touched_.clear();
  before_.clear();
  promoted_before_ = promoted_;
}

const char* GroupStore::before(std::size_t i) const {
  const std::size_t at = touched_[i].before;
  return at == kFresh ? nullptr : before_.data() + at;
}

GroupSnapshot GroupStore::snapshot() {
  if (changed_ || last_.groups != size_) {
    last_.pages = std::make_shared<const std::vector<char*>>(pages_);
    last_.groups = size_;
    changed_ = false;
  }
  last_.promoted = promoted_;
  return last_;
}

std::size_t GroupStore::bytes() const {
  const std::size_t page = kPageHeaderBytes + (std::size_t{layout_.row_bytes} << page_bits_);
  return pages_.size() * (page + sizeof(char*)) + slots_.size() * sizeof(Slot);
}

std::vector<std::uint32_t> key_of(const GroupStore& store, std::uint32_t group) {
  std::vector<std::uint32_t> key(store.layout().dimensions() + 1);
  std::memcpy(key.data(), store.row(group) + store.layout().key, key.size() * sizeof(key[0]));
  return key;
}

std::uint32_t facts_of(const AggregateCell& cell, const RowView& view) {
  if (cell.count != kNoOffset) return load<std::uint32_t>(view.row, cell.count);
  return static_cast<std::uint32_t>(load<std::int64_t>(view.row, cell.value));  // a stock
}

std::uint32_t periods_of(const AggregateCell& cell, const RowView& view) {
  return cell.periods == kNoOffset ? 1U : load<std::uint32_t>(view.row, cell.periods);
}

}  // namespace passerelle::consolidation
