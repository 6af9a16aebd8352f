// Which indicators name which: the order in which they compile, and the circles in which they
// cannot (R9).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/ast.h"
#include "core/model/steering.h"

namespace passerelle::language {

// [A-Z][A-Z0-9_]*
bool is_indicator_id(std::string_view name);
// ytd(), rolling(), offset().
bool is_time_function(const AstNode& call);
// cost(), alloc(): what they name are pools and keys.
bool is_allocation_function(const AstNode& node);

struct NamedAt {
  std::string id;
  std::size_t offset = 0;  // in the text
};
// The indicators that a value names, in its order.
std::vector<NamedAt> indicators_named(std::string_view value);

// Numbers are those of the indicators given.
struct IndicatorOrder {
  // Every indicator that stands in no circle; what one names comes before it, else they are as
  // given.
  std::vector<std::size_t> order;
  // Each from its first indicator on, in the direction of the naming.
  std::vector<std::vector<std::size_t>> circles;
};
IndicatorOrder order_of(const std::vector<model::Indicator>& indicators);

}  // namespace passerelle::language
