// A crossing of status: told once, until the status is crossed again.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/flow/cells.h"

namespace passerelle::flow {

struct Acknowledgement {
  model::Revision revision = 0;  // 0: none yet
  base::Instant at = 0;
  std::string author;
  std::string comment;
};

struct Alert {
  std::uint64_t number = 0;  // dense, from 1
  model::Revision revision = 0;
  base::Instant at = 0;  // when that commit was written
  Cause cause = Cause::kFacts;
  std::string indicator;
  base::Grain grain = base::Grain::kYear;
  std::vector<std::pair<std::string, std::string>> dimensions;  // sorted, `period` among them
  model::CellStatus from = model::CellStatus::kNone;
  model::CellStatus to = model::CellStatus::kNone;
  std::int64_t value = 0;  // of 10^-scale units, as is the target: where green ends
  std::int64_t target = 0;
  std::uint8_t scale = 0;
  Acknowledgement acknowledged;
};

}  // namespace passerelle::flow
