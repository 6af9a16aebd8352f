// What an import would define a second time: the folder's own files already say it.
#pragma once

#include <string>
#include <vector>

#include "core/steering/folder.h"

namespace passerelle::steering {

struct ImportClash {
  std::string file;              // of the folder, written by hand
  int line = 0;                  // of the section
  std::string section;           // processes, activities, ...
  std::vector<std::string> ids;  // in both, in the file's order
};

// By file and section. `imported` replaces files of `folder` with the same path; those are no
// clash. Files that are no YAML are left to check().
std::vector<ImportClash> clashes_of(const std::vector<ModelFile>& imported,
                                    const std::vector<ModelFile>& folder);

}  // namespace passerelle::steering
