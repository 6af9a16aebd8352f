// Units of measure (R6): a word or a quotient of products of words, "EUR*h/ETP". "" and "count" are
// plain numbers; "%" and "pt" (points, the difference of percentages) are too, in hundredths, but
// do not add to them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/decimal.h"

namespace passerelle::language {

// EUR, ETP, day and what time is counted in; other words name plain numbers.
bool is_measured(std::string_view unit);
// Whether values of both may be added and compared.
bool units_agree(std::string_view left, std::string_view right);
// "" and "count" leave the other unit as it is, as does "%".
std::string unit_product(std::string_view left, std::string_view right);
std::string unit_quotient(std::string_view left, std::string_view right);

// How many `to` one `from` is: 1/60 for "min" in "h", 100 for "" in "%", 1 for units that agree;
// none if the two do not measure the same.
std::optional<base::Rational> unit_factor(std::string_view from, std::string_view to);

}  // namespace passerelle::language
