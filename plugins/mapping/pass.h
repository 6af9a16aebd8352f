// One pass over a stream: everything, or what changed since. Kept in the connector's checkpoint.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/calendar.h"
#include "core/formats/json.h"
#include "plugins/sdk/connector.h"

namespace passerelle::mapping {

struct Pass {
  bool is_running = false;    // begun and not ended
  bool is_full = false;       // compares everything: what it does not meet is deleted
  base::Instant began = 0;    // version of its deletions
  base::Instant seen = 0;     // the last change among its rows
  std::int64_t rows = 0;      // so far
  base::Instant high = 0;     // the last change of the passes that ended
  base::Instant full_at = 0;  // when the last full pass began; 0: there was none
  std::int64_t full_rows = 0;

  // Begins one: full where changes cannot be told, before the first and every `compare_every` (0:
  // never again). Nothing if one is running.
  void begin(bool tells_changes, std::chrono::seconds compare_every, base::Instant now);
  // Since when a running pass asks; nullopt: everything.
  std::optional<base::Instant> since(std::chrono::seconds overlap) const;
  void end();

  // Rights that were taken away look like a source that is empty: nothing is deleted for that.
  // FAILED_PRECONDITION: this pass met nothing where there was something; the open `scope` has been
  // aborted and the next pass begins anew, after the caller's checkpoint.
  Status refuse_emptied(const std::string& scope, sdk::Output& out);

  // Members of an open object.
  void write(formats::JsonWriter& out) const;
  static Pass read(const formats::Json& object);
};

// An object's member; 0, "" where it has none.
std::int64_t number_at(const formats::Json& object, std::string_view key);
std::string text_at(const formats::Json& object, std::string_view key);

}  // namespace passerelle::mapping
