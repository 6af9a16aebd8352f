// A small, whole model, and helpers to check texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/steering/check.h"

namespace passerelle::steering {

// Every section of the folder, each in a file of its own.
std::vector<ModelFile> sample_model();
// The sample with one file replaced or added.
std::vector<ModelFile> sample_with(std::string path, std::string text);
// One finding a line, for messages of tests.
std::string lines_of(const std::vector<Finding>& findings);

}  // namespace passerelle::steering
