// Where a part of the model was written, and when it holds.
#pragma once

#include <optional>
#include <string>

#include "core/base/calendar.h"

namespace passerelle::model {

// Two models that say the same are equal wherever they say it.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const Place&) const { return true; }
};

// Days for which a version of an entity holds; both ends included, absent = open.
struct Validity {
  std::optional<base::Days> from;
  std::optional<base::Days> to;
  bool holds(base::Days day) const { return (!from || *from <= day) && (!to || day <= *to); }
  bool operator==(const Validity&) const = default;
};

}  // namespace passerelle::model
