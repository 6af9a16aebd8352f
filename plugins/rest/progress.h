// How far the streams of a source have been read: the connector's checkpoint.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/calendar.h"
#include "plugins/mapping/pass.h"
#include "plugins/rest/pager.h"

namespace passerelle::rest {

struct StreamProgress {
  mapping::Pass pass;
  Position position;  // of the running pass's next page
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

}  // namespace passerelle::rest
