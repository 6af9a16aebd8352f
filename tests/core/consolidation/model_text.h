// Models written as the text of a folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/model/steering.h"
#include "core/steering/check.h"
#include "tests/core/consolidation/harness.h"

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

// A town with one kind, `fact`, placed in time by `day`; `indicators` as defined() writes them.
inline model::SteeringModel model_of_facts(const std::string& fields,
                                           const std::string& indicators) {
  const auto model = checked_model(
      "authority: {id: VILLE, label: {fr: Ville}, time_zone: Europe/Paris}\n"
      "kinds:\n"
      "  fact:\n"
      "    label: {fr: Fait}\n"
      "    at: day\n"
      "    fields: " +
      fields + "\nindicators:\n" + indicators);
  return model ? *model : empty_model();
}

// An indicator by the month.
inline std::string defined(const std::string& id, const std::string& value,
                           const std::string& rest = "") {
  return "  " + id + ": {label: {fr: " + id + "}, kind: means, value: \"" + value +
         "\", grain: month, " + rest + "}\n";
}

}  // namespace passerelle::consolidation
