// Which cells a reader asks for, checked against what the view publishes. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.h"
#include "core/base/status.h"
#include "core/flow/cells.h"

namespace passerelle::publication {

struct Selector {
  std::vector<std::string> indicators;
  std::vector<std::string> by;                // dimensions of the grouping; empty: the total
  std::string period;                         // "2018", "2026-Q1", a prefix "2026-*", "": all
  std::string grain;                          // day | month | quarter | year | all; "": its own
  std::map<std::string, std::string> filter;  // dimension -> value, each one of `by`
  // View of the organisation: is, a date, "": was (core/model/org_view.h).
  std::string org = {};
  // Every indicator of these kinds (quality, means...) that the grouping is published of, beside
  // `indicators`.
  std::vector<std::string> families = {};

  // `by` as the view's cuboids name it.
  std::vector<std::string> grouping() const;
};

// The indicators that it asks for in this view, by name, in the place of families.
Selector expanded(const Selector& selector, const flow::CellView& view);
// Indicators and dimensions sorted and unique, so that selectors that ask for the same are equal.
Selector normalised(Selector selector);
// Of a normalised selector; what a resume token is bound to.
base::Hash128 hash_of(const Selector& selector);

// The cells of one cuboid that a selector asks for.
struct Part {
  std::uint32_t cuboid = 0;
  std::uint64_t indicators = 0;     // bit i: CuboidInfo::indicators[i] is asked for
  std::vector<std::string> wanted;  // by dimension of the cuboid; see `filtered`
  std::vector<bool> filtered;       // by dimension: only `wanted`
  bool operator==(const Part&) const = default;
};

// A selector in the layout of one view.
class Resolved {
 public:
  // INVALID_ARGUMENT names what exists where the selector asks for what is not published;
  // FAILED_PRECONDITION before the first model is applied.
  static StatusOr<Resolved> of(const Selector& selector, const flow::CellView& view);
  // As `of`, but leaves out what is not published: after a model switch a standing selection keeps
  // what is left of it.
  static Resolved lenient(const Selector& selector, const flow::CellView& view);

  const std::vector<Part>& parts() const { return parts_; }
  // Whether the part's group is asked for: its values and its period.
  bool matches(const Part& part, const flow::CellView& view, std::uint32_t group) const;
  bool matches(const Part& part, base::Period period,
               const std::vector<std::string_view>& values) const;
  bool matches_period(std::string_view period) const;

 private:
  std::vector<Part> parts_;
  std::string period_;  // exact text or prefix
  bool period_prefix_ = false;
};

}  // namespace passerelle::publication
