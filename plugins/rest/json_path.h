// Where a value lies in an answer: `a.b`, `items[0].name`, `fields[name=Process].values[0]`,
// `tags[*]` (all, joined by ", "), `"party.".code` (a key with dots in quotes), `.` (the value
// itself).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/formats/json.h"

namespace passerelle::rest {

class JsonPath {
 public:
  // INVALID_ARGUMENT says what is wrong and where.
  static StatusOr<JsonPath> parse(std::string_view text);

  // nullptr: there is none, or null. A path with [*] gives the first.
  const formats::Json* find(const formats::Json& root) const;
  // The value as a cell's text; "" if there is none. Arrays are joined by ", "; the typed objects
  // of JSON-RPC (`__class__`: Decimal, date, datetime, timedelta) become numbers and ISO 8601.
  std::string text(const formats::Json& root) const;

 private:
  struct Step {
    enum class Kind { kKey, kIndex, kAll, kWhere } kind = Kind::kKey;
    std::string key;
    std::string value;  // of kWhere
    std::size_t index = 0;
  };
  void gather(const formats::Json& node, std::size_t step,
              std::vector<const formats::Json*>* found) const;

  std::vector<Step> steps_;
};

std::string text_of(const formats::Json& value);

}  // namespace passerelle::rest
