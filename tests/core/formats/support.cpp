#include "tests/core/formats/support.h"

#include <fstream>

namespace passerelle::formats {

std::string TemporaryFolder::write(const std::string& name, std::string_view content) const {
  const std::filesystem::path path = path_ / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string shared_file(const std::string& path) {
  const char* const shared = std::getenv("PASSERELLE_SHARED");
  const std::filesystem::path folder =
      shared != nullptr ? std::filesystem::path(shared)
                        : std::filesystem::path(PASSERELLE_SOURCE_DIR) / ".." / "shared";
  const std::filesystem::path file = folder / "data" / path;
  return std::filesystem::exists(file) ? file.string() : "";
}

}  // namespace passerelle::formats
