// How the effects of one commit are told apart: a cell is looked at between its stages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/decimal.h"
#include "core/base/hash.h"
#include "core/model/cell.h"
#include "core/model/commit.h"

namespace passerelle::consolidation {

// One cell as it stands.
struct CellProbe {
  bool is_published = false;  // by the applied model
  model::CellValue value;
  std::optional<base::Rational> exact;  // not rounded, in the indicator's unit; none: no number
};

// What a commit of records does to the records of one kind, in one way.
struct RecordStage {
  enum class Change : std::uint8_t { kNew, kCorrected, kDeleted };
  Change change = Change::kNew;
  std::string kind;
  std::uint64_t records = 0;
  // Some of them: key, and id where the commit says it.
  std::vector<std::pair<base::Hash128, std::string>> examples;
  // The stage as a commit of its own; empty where the whole commit is this one stage.
  model::Records body;
};

}  // namespace passerelle::consolidation
