// For connectors that read files: finds them, and remembers which version of each was consumed, so
// that an unchanged file is never read again and a half-read one goes on where it stopped.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.h"
#include "core/base/status.h"

namespace passerelle::sdk {

struct FoundFile {
  std::string path;  // absolute, or as the pattern gave it
  std::string name;  // relative to the connector's folder where it lies below: for people
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
};

// "a/*.xml; b/*.xml": patterns of glob(7) separated by ';', each relative to `folder` unless it
// starts with '/'.
std::vector<std::string> absolute_patterns(std::string_view text, std::string_view folder);

// The regular files that match, each once, sorted by path. A pattern without any match is no error:
// a drop folder may be empty. UNAVAILABLE for a folder that cannot be read.
StatusOr<std::vector<FoundFile>> find_files(const std::vector<std::string>& patterns,
                                            std::string_view folder);

// What is known of one file.
struct FileState {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  base::Hash128 digest;       // of its content
  std::uint64_t context = 0;  // what its records also depend on (settings, reference files)
  bool done = false;
  std::string resume;  // where to go on, while not done; the connector's own words
};

// The checkpoint of a connector that reads files. One thread.
class FileLedger {
 public:
  // An empty text is an empty ledger. So is one of another layout: reading everything again is
  // safe, because records carry versions.
  static FileLedger parse(std::string_view text);
  std::string text() const;

  // nullptr: never seen.
  const FileState* find(const std::string& path) const;
  // Whether `file` was consumed and neither its size and time nor `context` changed since.
  bool is_consumed(const FoundFile& file, std::uint64_t context) const;
  void set(const std::string& path, FileState state);
  // Forgets the files that are gone.
  void keep_only(const std::vector<FoundFile>& files);

  // The newest version consumed of a scope (a document, a declaration). The smallest integer when
  // there is none.
  std::int64_t newest(const std::string& scope) const;
  // The version under which to read a scope whose source says `order` (its date or its number, at
  // most 15 digits): order, then read number, so greater than any consumed before. A file that was
  // corrected under its old date counts. None if one of a later order was consumed.
  std::optional<std::int64_t> next_version(const std::string& scope, std::int64_t order) const;
  void set_newest(const std::string& scope, std::int64_t version);

 private:
  std::map<std::string, FileState> files_;
  std::map<std::string, std::int64_t> newest_;
};

// The ordinal of each key among the equal ones of a file, in constant memory however many different
// keys there are: a first pass notes every key's hash in a filter of fixed size, and only the keys
// that may repeat are counted in the second.
class RepeatedKeys {
 public:
  RepeatedKeys();
  // First pass.
  void note(std::uint64_t key_hash);
  // Second pass, from the file's start: 1, 2, ... for the equal keys in their order.
  std::uint32_t ordinal(std::uint64_t key_hash);

 private:
  std::vector<std::uint64_t> filter_;
  std::map<std::uint64_t, std::uint32_t> counts_;  // of the keys seen at least twice
};

}  // namespace passerelle::sdk
