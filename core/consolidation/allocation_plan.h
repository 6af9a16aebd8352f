// The pools and keys of a model compiled for the fold: in which hidden cells their amounts,
// capacities and weights are kept, what the keys say at which date, and in which order pools are
// worked out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/decimal.h"
#include "core/base/status.h"
#include "core/consolidation/layout.h"
#include "core/model/steering.h"

namespace passerelle::consolidation {

// Where a cell of an indicator lies.
struct CellPlace {
  std::uint32_t cuboid = 0;
  std::uint32_t cell = 0;
};

// Amounts of a pool, by the pool's own dimensions.
struct PoolInput {
  CellPlace place;
  std::vector<std::uint32_t> each;  // positions in the group's key, in the order of PoolPlan::each
  std::optional<std::uint32_t> selector;  // position; only groups that have `selected` there
  Code selected = kNoText;
};

// What keys measure, by destination and some of the pool's dimensions.
struct KeyMeasure {
  CellPlace place;
  std::uint32_t destination = 0;   // position in the group's key
  std::vector<std::uint32_t> per;  // positions, in the order of KeyVersionPlan::per
};

struct KeyVersionPlan {
  model::KeyVersion::Kind kind = model::KeyVersion::Kind::kShare;
  model::Validity valid;
  std::vector<std::pair<Code, base::Rational>> shares;
  base::Rational rest;                   // kPercent: of 100, unassigned
  std::uint32_t measure = 0;             // of AllocationPlan::measures
  std::vector<std::uint32_t> per;        // indices in PoolPlan::each
  std::map<Code, base::Rational> times;  // kVolume: minutes
};

struct KeyPlan {
  Code id = kNoText;
  std::vector<std::pair<std::uint32_t, Code>> of;  // index in PoolPlan::each, value
  std::vector<KeyVersionPlan> versions;
};

struct PoolPlan {
  std::string id;
  Code code = kNoText;
  base::Grain grain = base::Grain::kMonth;
  std::string to;
  std::vector<std::string> each;
  std::vector<PoolInput> sources;
  std::optional<PoolInput> capacity;
  PoolInput allocated;                    // what the facts made of it add up to
  std::vector<KeyPlan> keys;              // the one that says most about `each` first
  std::optional<std::uint32_t> activity;  // index in `each`
  std::map<Code, Code> served;            // activity -> its only destination, where it has one
  bool gives_to_pools() const { return to == model::kPoolDimension; }
  bool takes_from_pools() const { return !gives_to_pools() && each.empty(); }
};

struct AllocationPlan {
  std::vector<PoolPlan> pools;
  // Pools in the order in which they are worked out; those of one step give to each other.
  std::vector<std::vector<std::uint32_t>> steps;
  model::Cascade cascade;
  std::vector<KeyMeasure> measures;
  std::map<std::string, std::uint32_t> measure_numbers;  // by what they measure

  bool empty() const { return pools.empty(); }
};

// Makes the hidden cell of an indicator that is published nowhere, by its dimensions.
using HiddenCells = std::function<StatusOr<CellPlace>(const model::Indicator&)>;

// INVALID_ARGUMENT, with the place, for what does not compile.
StatusOr<AllocationPlan> compile_allocation(const model::SteeringModel& model, Strings* strings,
                                            const HiddenCells& hide);

// The same plan with the keys of `model`, which differs in nothing else. None where they measure
// what is not measured yet.
std::optional<AllocationPlan> with_keys(const AllocationPlan& plan,
                                        const model::SteeringModel& model, Strings* strings);

}  // namespace passerelle::consolidation
