// What `status` of an indicator asks of its value: `value <= target * 1.15`, `value > 90`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/base/decimal.h"
#include "core/language/problem.h"

namespace passerelle::language {

// The value is at most, or at least, factor * target + constant.
struct StatusBound {
  base::Rational factor = 0;  // 0: it asks for no target
  base::Rational constant = 0;
  bool at_most = true;
  bool is_strict = false;  // less than, more than

  base::Rational of(const base::Rational& target) const { return factor * target + constant; }
};

// None where the text is not such a comparison: `problems` says why.
std::optional<StatusBound> status_bound(std::string_view text, std::vector<Problem>* problems);

}  // namespace passerelle::language
