// The groups of one cuboid: key -> row, rows in pages. A page that a view may read is copied before
// it changes; the old one is freed when the last view that can reach it has gone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/consolidation/layout.h"

namespace passerelle::consolidation {

// Pages that left the state after some view was made. It lives as long as that view or any earlier
// one does (each holds its successor).
struct RetiredPages {
  RetiredPages() = default;
  RetiredPages(const RetiredPages&) = delete;
  RetiredPages& operator=(const RetiredPages&) = delete;
  ~RetiredPages();
  std::vector<char*> pages;
  std::shared_ptr<RetiredPages> next;
};

// Shared by the stores of one engine.
class PageKeeper {
 public:
  PageKeeper() : retired_(std::make_shared<RetiredPages>()) {}
  // Called when a commit begins: pages must be copied only while a view is alive.
  void begin() { sharing_ = retired_.use_count() > 1; }
  // For a new view: everything now in the state is shared with it.
  std::shared_ptr<RetiredPages> share();
  std::uint64_t generation() const { return generation_; }
  bool must_copy(std::uint64_t page_generation) const {
    return sharing_ && page_generation != generation_;
  }
  void retire(char* page) { retired_->pages.push_back(page); }

 private:
  std::shared_ptr<RetiredPages> retired_;
  std::uint64_t generation_ = 1;
  bool sharing_ = false;
};

// What a view keeps of one cuboid.
struct GroupSnapshot {
  std::shared_ptr<const std::vector<char*>> pages;
  std::shared_ptr<const Promoted> promoted;
  std::uint32_t groups = 0;
};

inline constexpr std::size_t kPageHeaderBytes = 8;  // the page's generation
inline const char* row_of(const CuboidLayout& layout, const GroupSnapshot& groups,
                          std::uint32_t group) {
  const std::uint32_t bits = layout.page_bits;
  return (*groups.pages)[group >> bits] + kPageHeaderBytes +
         (group & ((1U << bits) - 1)) * std::size_t{layout.row_bytes};
}

class GroupStore {
 public:
  GroupStore(const CuboidLayout& layout, PageKeeper* keeper);
  ~GroupStore();
  GroupStore(const GroupStore&) = delete;
  GroupStore& operator=(const GroupStore&) = delete;

  const CuboidLayout& layout() const { return layout_; }
  std::uint32_t size() const { return size_; }
  // `key`: a code per dimension, then the packed period.
  std::uint32_t find_or_add(const std::uint32_t* key) { return find_or_add(key, hash_of(key)); }
  std::uint32_t find_or_add(const std::uint32_t* key, std::uint64_t hash);
  std::uint64_t hash_of(const std::uint32_t* key) const;
  // What find_or_add() and touch() will need, in this order and some time before.
  void prefetch_slot(std::uint64_t hash) const {
    __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
  }
  void prefetch_row(std::uint64_t hash) const {
    if (const char* likely = likely_row(hash)) prefetch(likely);
  }
  void prefetch(const char* row) const;
  // The row of the group that has the hash's own slot, null without one: likely the one looked for.
  const char* likely_row(std::uint64_t hash) const {
    const Slot& slot = slots_[hash & (slots_.size() - 1)];
    return slot.group != kNoGroup && slot.tag == tag_of(hash) ? row(slot.group) : nullptr;
  }
  // The group of that key, or none.
  std::optional<std::uint32_t> find(const std::uint32_t* key) const;
  const char* row(std::uint32_t group) const {
    return pages_[group >> page_bits_] + kPageHeaderBytes +
           (group & page_mask_) * std::size_t{layout_.row_bytes};
  }
  std::uint32_t period(std::uint32_t group) const {
    return load<std::uint32_t>(row(group), period_at_);
  }
  // The row to change; notes what it was before the first change of this commit.
  char* touch(std::uint32_t group);
  // Adds to a sum that may leave int64.
  void add(char* row, std::uint32_t group, Offset at, std::int64_t value, bool minus);

  // Sets a slot that may hold more than int64.
  void set(char* row, std::uint32_t group, Offset at, base::Int128 value);

  void begin(std::uint32_t stamp, bool keep_before);
  // Groups touched since begin(), with the row as it was (null: it was new, or is not kept).
  std::size_t touched() const { return touched_.size(); }
  std::uint32_t touched_group(std::size_t i) const { return touched_[i].group; }
  const char* before(std::size_t i) const;
  const Promoted* promoted() const { return promoted_.get(); }
  const Promoted* promoted_before() const { return promoted_before_.get(); }

  GroupSnapshot snapshot();
  std::size_t bytes() const;

 private:
  struct Touched {
    std::uint32_t group;
    std::size_t before;  // in before_; kFresh: was new
  };
  // The tag tells most other keys apart without a look at their rows.
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t group = kNoGroup;
  };
  static constexpr std::uint32_t kNoGroup = 0xFFFFFFFF;
  static constexpr std::size_t kFresh = ~std::size_t{0};

  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  void grow();
  bool has_key(std::uint32_t group, const std::uint32_t* key) const;

  const CuboidLayout& layout_;
  PageKeeper* keeper_;
  std::size_t key_bytes_;
  Offset period_at_;
  std::uint32_t page_bits_;
  std::uint32_t page_mask_;
  std::uint32_t size_ = 0;
  std::vector<Slot> slots_;
  std::vector<char*> pages_;
  std::uint32_t stamp_ = 0;
  bool keep_before_ = false;
  std::uint32_t fresh_from_ = 0;  // groups from here on were made by this commit
  std::vector<Touched> touched_;
  std::vector<char> before_;
  std::shared_ptr<const Promoted> promoted_ = std::make_shared<Promoted>();
  std::shared_ptr<const Promoted> promoted_before_ = promoted_;
  GroupSnapshot last_;
  bool changed_ = true;
};

using GroupStores = std::vector<std::unique_ptr<GroupStore>>;          // by cuboid
using Periods = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // period, group; sorted

inline RowView view_of(const GroupStore& store, std::uint32_t group) {
  return {store.row(group), group, store.promoted()};
}
// The key of a group: a code per dimension, then the period.
std::vector<std::uint32_t> key_of(const GroupStore& store, std::uint32_t group);
// Facts behind an aggregate, and periods that it is an average over (1: none).
std::uint32_t facts_of(const AggregateCell& cell, const RowView& view);
std::uint32_t periods_of(const AggregateCell& cell, const RowView& view);

}  // namespace passerelle::consolidation
