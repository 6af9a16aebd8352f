#include "plugins/sdk/files/file_ledger.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

#include "core/base/text.h"

namespace passerelle::sdk {
namespace {

constexpr std::string_view kLayout = "passerelle-files 1";
// 2 MiB: a million different keys leave one in 200 counted without need.
constexpr std::size_t kFilterWords = std::size_t{1} << 18;
constexpr std::uint64_t kFilterBits = kFilterWords * 64;
// A version's low bits: the number of the read. The next order follows after 1,023 of them.
constexpr int kReadBits = 10;
constexpr std::int64_t kReadsPerOrder = 1 << kReadBits;

template <typename Number>
bool parse_number(std::string_view text, Number* value, int base = 10) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *value, base);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

bool parse_digest(std::string_view text, base::Hash128* digest) {
  return text.size() == 32 && parse_number(text.substr(0, 16), &digest->high, 16) &&
         parse_number(text.substr(16), &digest->low, 16);
}

bool parse_file(const std::vector<std::string_view>& parts,
                std::map<std::string, FileState>* files) {
  if (parts.size() != 8) return false;
  const auto path = base::percent_decoded(parts[1]);
  auto resume = base::percent_decoded(parts[7]);
  FileState state;
  if (!path.ok() || !resume.ok() || !parse_number(parts[2], &state.bytes) ||
      !parse_number(parts[3], &state.modified_ns) || !parse_digest(parts[4], &state.digest) ||
      !parse_number(parts[5], &state.context)) {
    return false;
  }
  state.done = parts[6] == "done";
  state.resume = std::move(resume).value();
  (*files)[*path] = std::move(state);
  return true;
}

bool parse_newest(const std::vector<std::string_view>& parts,
                  std::map<std::string, std::int64_t>* newest) {
  if (parts.size() != 3) return false;
  const auto scope = base::percent_decoded(parts[1]);
  std::int64_t version = 0;
  if (!scope.ok() || !parse_number(parts[2], &version)) return false;
  (*newest)[*scope] = version;
  return true;
}

Status find_matches(const std::string& pattern, std::set<std::string>* paths) {
  glob_t found{};
  const int outcome = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  for (std::size_t i = 0; outcome == 0 && i < found.gl_pathc; ++i) {
    paths->insert(found.gl_pathv[i]);
  }
  ::globfree(&found);
  if (outcome == 0 || outcome == GLOB_NOMATCH) return {};
  return base::unavailable(pattern +
                           ": a folder of this pattern cannot be read; check that it is mounted "
                           "and that the hub's account may list it");
}

}  // namespace

std::vector<std::string> absolute_patterns(std::string_view text, std::string_view folder) {
  std::vector<std::string> patterns;
  for (const std::string_view part : base::split(text, ';')) {
    const std::string_view pattern = base::trimmed(part);
    if (pattern.empty()) continue;
    const bool is_relative = pattern.front() != '/' && !folder.empty();
    patterns.push_back((is_relative ? std::string(folder) + "/" : "") + std::string(pattern));
  }
  return patterns;
}

StatusOr<std::vector<FoundFile>> find_files(const std::vector<std::string>& patterns,
                                            std::string_view folder) {
  std::set<std::string> paths;
  for (const std::string& pattern : patterns) {
    PAS_RETURN_IF_ERROR(find_matches(pattern, &paths));
  }
  const std::string prefix = std::string(folder) + "/";
  std::vector<FoundFile> files;
  for (const std::string& path : paths) {
    struct stat info {};
    // A file that went away meanwhile is not there, and that is all.
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    FoundFile file;
    file.path = path;
    file.name = path.starts_with(prefix) ? path.substr(prefix.size()) : path;
    file.bytes = static_cast<std::uint64_t>(info.st_size);
    file.modified_ns =
        std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + std::int64_t{info.st_mtim.tv_nsec};
    files.push_back(std::move(file));
  }
  return files;
}

FileLedger FileLedger::parse(std::string_view text) {
  FileLedger ledger;
  const std::vector<std::string_view> lines = base::split(text, '\n');
  if (lines.empty() || lines.front() != kLayout) return ledger;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::vector<std::string_view> parts = base::split(lines[i], '\t');
    const bool understood = parts.front() == "F"   ? parse_file(parts, &ledger.files_)
                            : parts.front() == "V" ? parse_newest(parts, &ledger.newest_)
                                                   : false;
    if (!understood) return {};
  }
  return ledger;
}

std::string FileLedger::text() const {
  std::string out(kLayout);
  out += '\n';
  for (const auto& [path, state] : files_) {
    out += "F\t" + base::percent_encoded(path) + '\t' + std::to_string(state.bytes) + '\t' +
           std::to_string(state.modified_ns) + '\t' + base::to_hex(state.digest) + '\t' +
           std::to_string(state.context) + '\t' + (state.done ? "done" : "open") + '\t' +
           base::percent_encoded(state.resume) + '\n';
  }
  for (const auto& [scope, version] : newest_) {
    out += "V\t" + base::percent_encoded(scope) + '\t' + std::to_string(version) + '\n';
  }
  return out;
}

const FileState* FileLedger::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

bool FileLedger::is_consumed(const FoundFile& file, std::uint64_t context) const {
  const FileState* state = find(file.path);
  return state != nullptr && state->done && state->bytes == file.bytes &&
         state->modified_ns == file.modified_ns && state->context == context;
}

void FileLedger::set(const std::string& path, FileState state) { files_[path] = std::move(state); }

void FileLedger::keep_only(const std::vector<FoundFile>& files) {
  std::set<std::string_view> paths;
  for (const FoundFile& file : files) paths.insert(file.path);
  std::erase_if(files_, [&](const auto& entry) { return !paths.contains(entry.first); });
}

std::int64_t FileLedger::newest(const std::string& scope) const {
  const auto found = newest_.find(scope);
  return found == newest_.end() ? std::numeric_limits<std::int64_t>::min() : found->second;
}

std::optional<std::int64_t> FileLedger::next_version(const std::string& scope,
                                                     std::int64_t order) const {
  const auto found = newest_.find(scope);
  if (found == newest_.end()) return order * kReadsPerOrder;
  const std::int64_t known = found->second >> kReadBits;
  if (order < known) return std::nullopt;
  return order == known ? found->second + 1 : order * kReadsPerOrder;
}

void FileLedger::set_newest(const std::string& scope, std::int64_t version) {
  newest_[scope] = version;
}

RepeatedKeys::RepeatedKeys() : filter_(kFilterWords) {}

void RepeatedKeys::note(std::uint64_t key_hash) {
  // Two positions of one hash: its low and its high half.
  const std::uint64_t first = key_hash % kFilterBits;
  const std::uint64_t second = (key_hash >> 32) * 0x9E3779B97F4A7C15ULL % kFilterBits;
  const std::uint64_t first_bit = 1ULL << (first % 64);
  const std::uint64_t second_bit = 1ULL << (second % 64);
  std::uint64_t& first_word = filter_[first / 64];
  std::uint64_t& second_word = filter_[second / 64];
  if ((first_word & first_bit) != 0 && (second_word & second_bit) != 0) counts_[key_hash] = 0;
  first_word |= first_bit;
  second_word |= second_bit;
}

std::uint32_t RepeatedKeys::ordinal(std::uint64_t key_hash) {
  const auto found = counts_.find(key_hash);
  return found == counts_.end() ? 1 : ++found->second;
}

}  // namespace passerelle::sdk
