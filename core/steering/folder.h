// The model folder as text: which of its files belong to the model, and the one canonical text
// that the journal keeps and hashes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.h"
#include "core/base/status.h"

namespace passerelle::steering {

struct ModelFile {
  std::string path;  // relative to the folder, '/' between folders
  std::string text;
  bool operator==(const ModelFile&) const = default;
};

// Every *.yaml and *.yml below `dir` and the CSV files that their `tables` name, sorted by path.
// Hidden files and folders are passed over. INVALID_ARGUMENT for a link that leads out of the
// folder, RESOURCE_EXHAUSTED at a limit, NOT_FOUND without the folder. A CSV that is named and
// absent is no error here: check() says where it is named.
StatusOr<std::vector<ModelFile>> read_folder(const std::string& dir);

// Whether a table may name this file: a *.csv, below the folder, written without "." and "..".
bool is_table_path(const std::string& path);

// Whether a file may hold tests only: a *.yaml below tests/. Such files are no part of the model.
bool is_test_path(std::string_view path);

// The files sorted by path, those of tests left out, each as "<bytes of path>:<path><bytes of
// text>:<text>", after a first line that names the layout. Equal folders give equal bytes, whatever
// their tests.
std::string canonical(std::vector<ModelFile> files);
// Of the canonical text: the model's identity.
base::Hash128 hash_of(std::string_view canonical_text);
// The inverse; DATA_LOSS for anything that canonical() does not write.
StatusOr<std::vector<ModelFile>> files_of(std::string_view canonical_text);

// Writes files below `dir` (made if need be), each in one piece: a reader never sees half of one.
Status write_files(const std::string& dir, const std::vector<ModelFile>& files);

}  // namespace passerelle::steering
