// What a check found, as one text: an error a line.
#pragma once

#include <string>
#include <vector>

#include "core/steering/finding.h"

namespace passerelle::app {

inline std::string text_of(const std::vector<steering::Finding>& findings) {
  std::string text = "the model has errors:";
  for (const steering::Finding& finding : findings) {
    if (finding.severity == steering::Severity::kError) text += "\n" + to_string(finding);
  }
  return text;
}

}  // namespace passerelle::app
