// Checks a whole model folder and yields the model. What this accepts starts: every expression
// compiles, every reference exists, every constant of a closed dimension is a member.
#pragma once

#include <memory>
#include <vector>

#include "core/model/steering.h"
#include "core/steering/finding.h"
#include "core/steering/folder.h"
#include "core/steering/model_test.h"

namespace passerelle::steering {

struct Checked {
  std::shared_ptr<const model::SteeringModel> model;  // null if there is any error
  std::vector<Finding> findings;                      // all of them, by file, line and column
  std::vector<ModelTest> tests;                       // empty if there is any error
  bool ok() const { return model != nullptr; }
};

// Files as read_folder() or files_of() give them, in any order. Pure; any thread. The model's
// defaults are resolved: kinds hold the built-in ones, indicators their `at`, grains, groupings and
// unit; target scopes hold ids; a label without English repeats the French.
Checked check(std::vector<ModelFile> files);

}  // namespace passerelle::steering
