// What administrators are told of closings.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/model/cell.h"
#include "core/model/commit.h"

namespace passerelle::consolidation {

struct ListedClosing {
  model::Revision revision = 0;  // its id
  base::Instant at = 0;
  model::Closing closing;
  std::uint64_t cells = 0;       // frozen when it was closed
  std::uint64_t pending = 0;     // now: cells whose live value is another
  model::Revision reopened = 0;  // 0: still closed
  base::Instant reopened_at = 0;
  model::Reopening reopening;
};

struct ClosedCell {
  std::string indicator;
  std::vector<std::pair<std::string, std::string>> dimensions;  // sorted, `period` among them
  model::CellValue closed;
  model::CellValue live;
  bool is_pending = false;
  std::vector<model::Revision> closings;  // that hold it
  model::Revision since = 0;              // of the closing that froze it, reopened or not
};

struct ReopenedCells {
  std::uint64_t cells = 0;     // no longer closed
  std::uint64_t restated = 0;  // of these: published as another value than before
};

}  // namespace passerelle::consolidation
