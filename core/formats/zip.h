// ZIP archives by libzip, guarded: what a stranger sends may be cut, lie about its sizes, or be
// made to fill the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "core/base/status.h"
#include "core/formats/byte_source.h"

namespace passerelle::formats {

struct ZipEntry {
  std::string name;  // UTF-8, '/' between folders
  std::uint64_t bytes = 0;
  std::uint64_t compressed_bytes = 0;
  bool is_folder = false;
};

struct ZipSettings {
  std::uint64_t unzipped_bytes_max = base::kUnzippedBytesMax;  // all entries together
  std::uint64_t ratio_max = base::kZipRatioMax;                // of any entry above 1 MiB
  std::size_t entries_max = base::kZipEntriesMax;
};

// An archive open for reading; one thread for it and its entries together.
class ZipArchive {
 public:
  // INVALID_ARGUMENT for what is no ZIP, is cut, holds an entry outside of it (absolute, ..),
  // one name twice, or breaks a limit by its own account.
  static StatusOr<std::unique_ptr<ZipArchive>> open_file(const std::string& path,
                                                         const ZipSettings& settings = {});
  static StatusOr<std::unique_ptr<ZipArchive>> open_bytes(std::string bytes,
                                                          const ZipSettings& settings = {});
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  const std::vector<ZipEntry>& entries() const { return entries_; }
  // nullptr if there is none.
  const ZipEntry* find(std::string_view name) const;
  // Decompresses while it is read. The source keeps the archive's file open, so it may outlive
  // this object. NOT_FOUND, INVALID_ARGUMENT for a folder, an encrypted entry or an unknown
  // compression. Reading fails with INVALID_ARGUMENT at a wrong checksum or a broken limit,
  // counted on what really comes out, over all entries of the archive.
  StatusOr<std::unique_ptr<ByteSource>> open(std::string_view name) const;
  // The archive's only entry that is not a folder; INVALID_ARGUMENT names them if there are more.
  StatusOr<std::string> only_entry() const;

 private:
  struct Handle;
  class EntrySource;
  ZipArchive() = default;
  static StatusOr<std::unique_ptr<ZipArchive>> list(std::shared_ptr<Handle> handle);

  std::shared_ptr<Handle> handle_;
  std::vector<ZipEntry> entries_;
};

// Builds an archive in memory. The same entries give the same bytes: every entry is dated
// 1980-01-01.
class ZipWriter {
 public:
  // `name` is relative, without "..", and not used yet (checked by finish).
  void add(std::string name, std::string content);
  // INVALID_ARGUMENT for a bad name, FAILED_PRECONDITION without an entry. The writer is empty
  // afterwards.
  StatusOr<std::string> finish();

 private:
  struct Pending {
    std::string name;
    std::string content;
  };
  std::vector<Pending> entries_;
};

}  // namespace passerelle::formats
