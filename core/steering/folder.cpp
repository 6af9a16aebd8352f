#include "core/steering/folder.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/formats/byte_source.h"
#include "core/formats/yaml.h"

namespace passerelle::steering {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout = "passerelle-model 1\n";

bool by_path(const ModelFile& a, const ModelFile& b) { return a.path < b.path; }

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

bool is_hidden(const fs::path& path) { return path.filename().string().rfind('.', 0) == 0; }

bool lies_below(const fs::path& path, const fs::path& root) {
  const auto [left, right] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return left == root.end();
}

// The files to read and how much was read of them.
class Reader {
 public:
  explicit Reader(fs::path root) : root_(std::move(root)) {}

  Status add(const fs::path& path) {
    const std::string name = path.lexically_relative(root_).generic_string();
    std::error_code failure;
    const fs::path real = fs::canonical(path, failure);
    if (failure) return base::not_found(name + ": " + failure.message());
    if (!lies_below(real, root_)) {
      return base::invalid_argument(name +
                                    ": is a link that leads out of the model folder; copy the "
                                    "file into the folder");
    }
    if (files_.size() >= base::kModelFilesMax) {
      return base::resource_exhausted("the model folder holds more than " +
                                      std::to_string(base::kModelFilesMax) +
                                      " files; keep source data elsewhere");
    }
    PAS_ASSIGN_OR_RETURN(const auto source, formats::open_file(real.string()));
    auto text = formats::read_all(*source, base::kModelFileBytesMax);
    if (!text.ok()) return base::annotate(text.status(), name);
    bytes_ += text->size();
    if (bytes_ > base::kModelBytesMax) {
      return base::resource_exhausted("the model folder holds more than " +
                                      std::to_string(base::kModelBytesMax >> 20) +
                                      " MiB; keep source data elsewhere");
    }
    files_.push_back({name, *std::move(text)});
    return absl::OkStatus();
  }

  std::vector<ModelFile>& files() { return files_; }

 private:
  fs::path root_;
  std::vector<ModelFile> files_;
  std::size_t bytes_ = 0;
};

// Without folders behind links: those could lead in a circle.
StatusOr<std::vector<fs::path>> yaml_files(const fs::path& root) {
  std::vector<fs::path> found;
  std::error_code failure;
  fs::recursive_directory_iterator at(root, failure);
  for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    if (is_hidden(at->path())) {
      if (at->is_directory(failure)) at.disable_recursion_pending();
      continue;
    }
    if (is_yaml(at->path()) && !at->is_directory(failure)) found.push_back(at->path());
  }
  if (failure) {
    return base::failed_precondition("the model folder cannot be read: " + failure.message() +
                                     "; check its rights");
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Paths that `tables` name, as far as the file can be read at all.
void add_named_tables(const ModelFile& file, std::set<std::string>* paths) {
  const auto tree = formats::parse_yaml(file.text, file.path);
  if (!tree.ok()) return;
  const formats::Yaml* tables = tree->find("tables");
  if (tables == nullptr || !tables->is_map()) return;
  for (const formats::YamlPair& table : tables->pairs) {
    const formats::Yaml* path = table.value.find("file");
    if (path != nullptr && path->is_scalar()) paths->insert(path->text);
  }
}

StatusOr<std::string_view> take_text(std::string_view* rest) {
  std::size_t size = 0;
  const auto [end, failure] = std::from_chars(rest->data(), rest->data() + rest->size(), size);
  const auto digits = static_cast<std::size_t>(end - rest->data());
  const bool is_whole = failure == std::errc() && digits < rest->size() && *end == ':' &&
                        size <= rest->size() - digits - 1;
  if (!is_whole || (digits > 1 && rest->front() == '0')) {
    return base::data_loss("the canonical text of a model is damaged: a length is wrong");
  }
  const std::string_view text = rest->substr(digits + 1, size);
  rest->remove_prefix(digits + 1 + size);
  return text;
}

}  // namespace

StatusOr<std::vector<ModelFile>> read_folder(const std::string& dir) {
  std::error_code failure;
  const fs::path root = fs::canonical(dir, failure);
  if (failure || !fs::is_directory(root, failure)) {
    return base::not_found("'" + dir + "' is no folder; give the model folder's path");
  }
  PAS_ASSIGN_OR_RETURN(const auto paths, yaml_files(root));
  Reader reader(root);
  for (const fs::path& path : paths) PAS_RETURN_IF_ERROR(reader.add(path));
  std::set<std::string> tables;
  for (const ModelFile& file : reader.files()) add_named_tables(file, &tables);
  for (const std::string& name : tables) {
    const fs::path path = root / name;
    if (!is_table_path(name) || !fs::exists(path, failure)) continue;
    PAS_RETURN_IF_ERROR(reader.add(path));
  }
  std::sort(reader.files().begin(), reader.files().end(), by_path);
  return std::move(reader.files());
}

bool is_table_path(const std::string& text) {
  const fs::path path(text);
  return !text.empty() && !path.is_absolute() && path.extension() == ".csv" &&
         path.lexically_normal() == path && path.begin()->string() != "..";
}

bool is_test_path(std::string_view path) {
  return path.starts_with("tests/") && (path.ends_with(".yaml") || path.ends_with(".yml"));
}

std::string canonical(std::vector<ModelFile> files) {
  std::sort(files.begin(), files.end(), by_path);
  std::string text(kLayout);
  for (const ModelFile& file : files) {
    if (is_test_path(file.path)) continue;
    text += std::to_string(file.path.size()) + ':' + file.path;
    text += std::to_string(file.text.size()) + ':' + file.text;
  }
  return text;
}

base::Hash128 hash_of(std::string_view canonical_text) { return base::hash128(canonical_text); }

StatusOr<std::vector<ModelFile>> files_of(std::string_view canonical_text) {
  if (canonical_text.substr(0, kLayout.size()) != kLayout) {
    return base::data_loss("this is not the canonical text of a model, or of a later version");
  }
  canonical_text.remove_prefix(kLayout.size());
  std::vector<ModelFile> files;
  while (!canonical_text.empty()) {
    PAS_ASSIGN_OR_RETURN(const std::string_view path, take_text(&canonical_text));
    PAS_ASSIGN_OR_RETURN(const std::string_view text, take_text(&canonical_text));
    if (!files.empty() && files.back().path >= path) {
      return base::data_loss("the canonical text of a model is damaged: files are out of order");
    }
    files.push_back({std::string(path), std::string(text)});
  }
  return files;
}

Status write_files(const std::string& dir, const std::vector<ModelFile>& files) {
  for (const ModelFile& file : files) {
    const fs::path path = fs::path(dir) / file.path;
    const fs::path part = path.string() + ".part";
    std::error_code failure;
    fs::create_directories(path.parent_path(), failure);
    {
      std::ofstream out(part, std::ios::binary | std::ios::trunc);
      out.write(file.text.data(), static_cast<std::streamsize>(file.text.size()));
      out.flush();
      if (!out) {
        return base::failed_precondition("'" + path.string() +
                                         "' cannot be written; check the folder's rights and the "
                                         "room on its disk");
      }
    }
    fs::rename(part, path, failure);
    if (failure) {
      return base::failed_precondition("'" + path.string() + "': " + failure.message());
    }
  }
  return absl::OkStatus();
}

}  // namespace passerelle::steering
