// How far the streams of a source have been read: the connector's checkpoint.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/calendar.h"
#include "plugins/rest/pager.h"

namespace passerelle::rest {

struct StreamProgress {
  bool running = false;       // a pass was begun and not ended
  bool is_full = false;       // that pass compares everything
  base::Instant began = 0;    // of that pass; version of its deletions
  base::Instant seen = 0;     // the last change among its rows
  std::int64_t rows = 0;      // of that pass
  Position position;          // of its next page
  base::Instant high = 0;     // the last change of the passes that ended
  base::Instant full_at = 0;  // when the last full pass began; 0: there was none
  std::int64_t full_rows = 0;
};

struct Progress {
  // What the rows depend on besides the source (manifest, address, settings): another value starts
  // anew.
  std::uint64_t context = 0;
  std::map<std::string, StreamProgress> streams;

  std::string text() const;
  // A text that is none, or of another context, gives an empty progress.
  static Progress parse(std::string_view text, std::uint64_t context);
};

// Whether `text` is a checkpoint of this connector.
bool is_progress(std::string_view text);

}  // namespace passerelle::rest
