// Models written as the text of a folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/model/steering.h"
#include "core/steering/check.h"

namespace passerelle::consolidation {

// Fails the test if `check` has anything to say.
inline std::shared_ptr<const model::SteeringModel> checked_model(
    std::vector<steering::ModelFile> files) {
  const steering::Checked checked = steering::check(std::move(files));
  std::string findings;
  for (const steering::Finding& finding : checked.findings) {
    findings += steering::to_string(finding) + "\n";
  }
  EXPECT_EQ(findings, "");
  return checked.model;
}

inline std::shared_ptr<const model::SteeringModel> checked_model(const std::string& text) {
  return checked_model(std::vector<steering::ModelFile>{{"model.yaml", text}});
}

}  // namespace passerelle::consolidation
