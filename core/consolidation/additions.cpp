#include "core/consolidation/additions.h"

namespace passerelle::consolidation {

using language::AggregateFn;

void set_results(const Measure& measure, const BagPool& bags, GroupStore* store,
                 std::uint32_t group, char* row, BagHandle bag, std::uint32_t n) {
  for (const BagResult& result : measure.results) {
    base::Int128 found = 0;
    if (n > 0) {
      switch (result.fn) {
        case AggregateFn::kMin:
          found = bags.at(bag, 0);
          break;
        case AggregateFn::kMax:
          found = bags.at(bag, n - 1);
          break;
        case AggregateFn::kMedian:
          found = base::Int128{bags.at(bag, (n - 1) / 2)} + bags.at(bag, n / 2);
          break;
        case AggregateFn::kPct: {
          // Nearest rank: the smallest rank that covers the share, from 1.
          const base::Int128 wanted = base::Int128{result.percent_numerator} * n;
          const base::Int128 rank =
              (wanted + result.percent_denominator - 1) / result.percent_denominator;
          found = bags.at(bag, rank < 1 ? 0 : static_cast<std::uint32_t>(rank) - 1);
          break;
        }
        case AggregateFn::kShareLe:
          found = bags.count_le(bag, n, result.limit);
          break;
        default:
          found = bags.distinct(bag, n);
      }
    }
    store->set(row, group, result.at, found);
  }
}

void Additions::begin(GroupStore* store, const std::vector<std::uint32_t>& key, bool minus) {
  Waiting next;
  next.store = store;
  next.hash = store->hash_of(key.data());
  next.key = static_cast<std::uint32_t>(keys_.size());
  next.given = static_cast<std::uint32_t>(given_.size());
  next.flags = static_cast<std::uint32_t>(flags_.size());
  next.minus = minus;
  keys_.insert(keys_.end(), key.begin(), key.end());
  waiting_.push_back(next);
}

void Additions::apply() {
  for (const Waiting& next : waiting_) next.store->prefetch_slot(next.hash);
  for (const Waiting& next : waiting_) next.store->prefetch_row(next.hash);
  for (std::size_t i = 0; i < waiting_.size(); ++i) prefetch_bags(i);
  for (const Given& given : given_) bags_.prefetch_blocks(given.bag);
  for (const Given& given : given_) bags_.prefetch_place(given.bag, given.value);
  for (std::size_t i = 0; i < waiting_.size(); ++i) apply(i);
  waiting_.clear();
  keys_.clear();
  given_.clear();
  flags_.clear();
}

void Additions::prefetch_bags(std::size_t number) {
  const Waiting& next = waiting_[number];
  const char* row = nullptr;
  for (std::size_t i = next.given; i < given_end(number); ++i) {
    if (given_[i].measure->bag == kNoOffset) continue;
    if (row == nullptr) row = next.store->likely_row(next.hash);
    if (row == nullptr) return;
    given_[i].bag = load<BagHandle>(row, given_[i].measure->bag);
    bags_.prefetch(given_[i].bag);
  }
}

void Additions::apply(std::size_t number) {
  const Waiting& next = waiting_[number];
  GroupStore* store = next.store;
  const std::uint32_t group = store->find_or_add(keys_.data() + next.key, next.hash);
  char* row = store->touch(group);
  for (std::size_t i = next.given; i < given_end(number); ++i) {
    add(*given_[i].measure, store, group, row, given_[i].value, next.minus);
  }
  for (std::size_t i = next.flags; i < flags_end(number); ++i) {
    const auto count = load<std::uint32_t>(row, flags_[i]);
    consolidation::store(row, flags_[i], count + (next.minus ? ~0U : 1U));
  }
}

void Additions::add(const Measure& measure, GroupStore* store, std::uint32_t group, char* row,
                    std::int64_t value, bool minus) {
  const auto count = load<std::uint32_t>(row, measure.count);
  consolidation::store(row, measure.count, count + (minus ? ~0U : 1U));
  if (measure.sum != kNoOffset) store->add(row, group, measure.sum, value, minus);
  if (measure.squares != kNoOffset) {
    const base::Int128 square = base::Int128{value} * value;
    const auto squares = load<base::Int128>(row, measure.squares);
    consolidation::store(row, measure.squares, minus ? squares - square : squares + square);
  }
  if (measure.bag != kNoOffset) add_to_bag(measure, store, group, row, count, value, minus);
}

void Additions::add_to_bag(const Measure& measure, GroupStore* store, std::uint32_t group,
                           char* row, std::uint32_t before, std::int64_t value, bool minus) {
  auto bag = load<BagHandle>(row, measure.bag);
  bag = minus ? bags_.erase(bag, before, value) : bags_.insert(bag, before, value);
  consolidation::store(row, measure.bag, bag);
  set_results(measure, bags_, store, group, row, bag, minus ? before - 1 : before + 1);
}

}  // namespace passerelle::consolidation
