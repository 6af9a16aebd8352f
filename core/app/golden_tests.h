// Tests of a model folder made from real records: one for each way in which facts are mapped, those
// that no rule maps first, so that a later change of the rules must say what it does to them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/consolidation/engine.h"
#include "core/steering/folder.h"

namespace passerelle::app {

// A file for the folder's `tests/`, of at most `facts_max` facts of `data`; expected is what the
// folder's model, `files`, makes of each now. A fact keeps only fields that rules or formulas of
// the model name, never a person, an id or a natural key; amounts of a kind that tells of persons
// are 1.
StatusOr<std::string> golden_tests(consolidation::Engine& data,
                                   const std::vector<steering::ModelFile>& files,
                                   std::size_t facts_max);

}  // namespace passerelle::app
