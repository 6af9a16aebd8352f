#include "core/formats/zip.h"

#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <set>
#include <utility>

namespace passerelle::formats {
namespace {

// Below this an entry's ratio tells nothing: a page of spaces is no bomb.
constexpr std::uint64_t kRatioFloorBytes = 1 << 20;
// The least that an entry takes in an archive besides its content: a local and a central header.
constexpr std::uint64_t kEntryOverheadBytes = 30 + 46;
// Of the record that ends every archive.
constexpr std::uint64_t kEndRecordBytes = 22;

std::string message_of(zip_error_t* error) {
  std::string text = zip_error_strerror(error);
  zip_error_fini(error);
  return text;
}

Status open_error(const std::string& name, zip_error_t* error) {
  const int code = zip_error_code_zip(error);
  const std::string text = message_of(error);
  if (code == ZIP_ER_NOENT) return base::not_found(name + ": " + text);
  if (code == ZIP_ER_OPEN) return base::permission_denied(name + ": " + text);
  return base::invalid_argument(name + ": not a ZIP archive, or its end is missing (" + text +
                                "); transfer the file again");
}

// Why a name points outside of the folder it would be extracted to, or "".
std::string_view fault_of_name(std::string_view name) {
  if (name.empty()) return "has no name";
  if (name.find('\0') != std::string_view::npos) return "has a zero byte in its name";
  if (name[0] == '/' || name[0] == '\\' || (name.size() > 1 && name[1] == ':')) {
    return "has an absolute path";
  }
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find_first_of("/\\", at), name.size());
    if (name.substr(at, end - at) == "..") return "points outside of the archive";
    at = end + 1;
  }
  return {};
}

bool breaks_ratio(std::uint64_t bytes, std::uint64_t compressed, std::uint64_t ratio_max) {
  return bytes > kRatioFloorBytes && bytes / ratio_max > compressed;
}

}  // namespace

struct ZipArchive::Handle {
  std::string name;
  std::string bytes;  // of an archive in memory
  std::uint64_t archive_bytes = 0;
  ZipSettings settings;
  zip_t* zip = nullptr;
  std::uint64_t unzipped_bytes = 0;  // by all entries read so far

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (zip != nullptr) zip_discard(zip);
  }
};

class ZipArchive::EntrySource final : public ByteSource {
 public:
  EntrySource(std::shared_ptr<Handle> handle, zip_file_t* file, ZipEntry entry)
      : handle_(std::move(handle)), file_(file), entry_(std::move(entry)) {}
  ~EntrySource() override { zip_fclose(file_); }
  EntrySource(const EntrySource&) = delete;
  EntrySource& operator=(const EntrySource&) = delete;

  StatusOr<std::size_t> read(char* buffer, std::size_t size) override {
    const zip_int64_t got = zip_fread(file_, buffer, size);
    if (got < 0) {
      return fault(std::string("is damaged (") + zip_error_strerror(zip_file_get_error(file_)) +
                   "); transfer the archive again");
    }
    const auto count = static_cast<std::uint64_t>(got);
    bytes_ += count;
    handle_->unzipped_bytes += count;
    if (handle_->unzipped_bytes > handle_->settings.unzipped_bytes_max) {
      return fault("makes the archive unfold to more than " +
                   std::to_string(handle_->settings.unzipped_bytes_max) + " bytes");
    }
    if (breaks_ratio(bytes_, entry_.compressed_bytes, handle_->settings.ratio_max)) {
      return fault("unfolds to more than " + std::to_string(handle_->settings.ratio_max) +
                   " times its size; send it uncompressed if it is no bomb");
    }
    return static_cast<std::size_t>(count);
  }

 private:
  Status fault(const std::string& text) const {
    return base::invalid_argument(handle_->name + ": entry \"" + entry_.name + "\" " + text);
  }

  std::shared_ptr<Handle> handle_;
  zip_file_t* file_;
  ZipEntry entry_;
  std::uint64_t bytes_ = 0;
};

ZipArchive::~ZipArchive() = default;

StatusOr<std::unique_ptr<ZipArchive>> ZipArchive::open_file(const std::string& path,
                                                            const ZipSettings& settings) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return base::not_found(path + ": no such file");
  auto handle = std::make_shared<Handle>();
  handle->name = path;
  handle->settings = settings;
  handle->archive_bytes = static_cast<std::uint64_t>(info.st_size);
  int code = 0;
  handle->zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (handle->zip == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    return open_error(path, &error);
  }
  return list(std::move(handle));
}

StatusOr<std::unique_ptr<ZipArchive>> ZipArchive::open_bytes(std::string bytes,
                                                             const ZipSettings& settings) {
  auto handle = std::make_shared<Handle>();
  handle->name = "archive";
  handle->settings = settings;
  handle->bytes = std::move(bytes);
  handle->archive_bytes = handle->bytes.size();
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source =
      zip_source_buffer_create(handle->bytes.data(), handle->bytes.size(), 0, &error);
  if (source == nullptr) return open_error(handle->name, &error);
  handle->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (handle->zip == nullptr) {
    zip_source_free(source);
    return open_error(handle->name, &error);
  }
  zip_error_fini(&error);
  return list(std::move(handle));
}

StatusOr<std::unique_ptr<ZipArchive>> ZipArchive::list(std::shared_ptr<Handle> handle) {
  const auto fault = [&](std::string_view name, std::string_view text) {
    return base::invalid_argument(handle->name + ": entry \"" + std::string(name) + "\" " +
                                  std::string(text));
  };
  if (handle->archive_bytes < kEndRecordBytes) {  // libzip takes an empty file for an archive
    return base::invalid_argument(handle->name + ": not a ZIP archive; transfer the file again");
  }
  const ZipSettings& settings = handle->settings;
  const auto count = static_cast<std::uint64_t>(zip_get_num_entries(handle->zip, 0));
  if (count > settings.entries_max) {
    return base::invalid_argument(handle->name + ": " + std::to_string(count) +
                                  " entries; at most " + std::to_string(settings.entries_max) +
                                  " are read");
  }
  std::unique_ptr<ZipArchive> archive(new ZipArchive);
  std::set<std::string_view> names;
  std::uint64_t bytes = 0;
  std::uint64_t compressed = 0;
  archive->entries_.reserve(count);  // `names` looks into it
  for (std::uint64_t i = 0; i < count; ++i) {
    zip_stat_t info;
    if (zip_stat_index(handle->zip, i, 0, &info) != 0 || (info.valid & ZIP_STAT_NAME) == 0) {
      return fault("#" + std::to_string(i + 1), "cannot be read");
    }
    const std::string_view name = info.name;
    if (const auto text = fault_of_name(name); !text.empty()) return fault(name, text);
    const ZipEntry& entry = archive->entries_.emplace_back(
        ZipEntry{info.name, info.size, info.comp_size, name.ends_with('/')});
    if (!names.insert(entry.name).second) return fault(name, "occurs twice");
    if (breaks_ratio(info.size, info.comp_size, settings.ratio_max)) {
      return fault(name, "unfolds to more than " + std::to_string(settings.ratio_max) +
                             " times its size; send it uncompressed if it is no bomb");
    }
    // Sums that wrapped around would hide a bomb, so each term is bounded first.
    if (info.size > settings.unzipped_bytes_max - bytes) {
      return fault(name, "makes the archive unfold to more than " +
                             std::to_string(settings.unzipped_bytes_max) + " bytes");
    }
    if (info.comp_size > handle->archive_bytes) return fault(name, "is cut");
    bytes += info.size;
    compressed += info.comp_size + kEntryOverheadBytes;
    if (compressed > handle->archive_bytes) return fault(name, "overlaps another entry");
  }
  archive->handle_ = std::move(handle);
  return archive;
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const ZipEntry& entry) { return entry.name == name; });
  return at == entries_.end() ? nullptr : &*at;
}

StatusOr<std::unique_ptr<ByteSource>> ZipArchive::open(std::string_view name) const {
  const ZipEntry* entry = find(name);
  const std::string place = handle_->name + ": entry \"" + std::string(name) + "\" ";
  if (entry == nullptr) return base::not_found(place + "does not exist");
  if (entry->is_folder) return base::invalid_argument(place + "is a folder");
  const auto index = static_cast<zip_uint64_t>(entry - entries_.data());
  zip_stat_t info;
  if (zip_stat_index(handle_->zip, index, 0, &info) == 0 &&
      (info.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && info.encryption_method != ZIP_EM_NONE) {
    return base::invalid_argument(place + "is encrypted; send it without a password");
  }
  zip_file_t* file = zip_fopen_index(handle_->zip, index, 0);
  if (file == nullptr) {
    return base::invalid_argument(place + "cannot be opened: " + zip_strerror(handle_->zip));
  }
  return std::make_unique<EntrySource>(handle_, file, *entry);
}

StatusOr<std::string> ZipArchive::only_entry() const {
  std::string files;
  const ZipEntry* only = nullptr;
  std::size_t count = 0;
  for (const ZipEntry& entry : entries_) {
    if (entry.is_folder) continue;
    only = &entry;
    if (++count <= 5) files += (files.empty() ? "" : ", ") + entry.name;
  }
  if (count == 1) return only->name;
  if (count == 0) return base::invalid_argument(handle_->name + ": the archive holds no file");
  return base::invalid_argument(handle_->name + ": the archive holds " + std::to_string(count) +
                                " files (" + files + (count > 5 ? ", ..." : "") +
                                "); name the one to read");
}

void ZipWriter::add(std::string name, std::string content) {
  entries_.push_back({std::move(name), std::move(content)});
}

namespace {

Status write_error(zip_t* zip) {
  const std::string text = zip_strerror(zip);
  zip_discard(zip);
  return base::internal("ZIP archive cannot be written: " + text);
}

// Everything that was written into a source kept in memory.
StatusOr<std::string> content_of(zip_source_t* source) {
  zip_stat_t info;
  std::string bytes;
  if (zip_source_stat(source, &info) != 0 || zip_source_open(source) != 0) {
    return base::internal("ZIP archive cannot be read back");
  }
  bytes.resize(info.size);
  const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (got != static_cast<zip_int64_t>(bytes.size())) {
    return base::internal("ZIP archive cannot be read back");
  }
  return bytes;
}

}  // namespace

StatusOr<std::string> ZipWriter::finish() {
  constexpr zip_uint16_t kNoon = 12 << 11;
  constexpr zip_uint16_t kFirstDay = 1 << 5 | 1;  // 1980-01-01
  const std::vector<Pending> entries = std::exchange(entries_, {});
  if (entries.empty()) return base::failed_precondition("ZIP archive: no entry was added");
  for (const Pending& entry : entries) {
    if (const auto text = fault_of_name(entry.name); !text.empty()) {
      return base::invalid_argument("entry \"" + entry.name + "\" " + std::string(text));
    }
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (target == nullptr) return base::internal("ZIP archive: " + message_of(&error));
  const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> kept(target, zip_source_free);
  zip_source_keep(target);  // zip_close gives up one reference, `kept` the other
  zip_t* zip = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error);
  if (zip == nullptr) {
    zip_source_free(target);
    return base::internal("ZIP archive: " + message_of(&error));
  }
  zip_error_fini(&error);
  for (const Pending& entry : entries) {
    zip_source_t* content = zip_source_buffer(zip, entry.content.data(), entry.content.size(), 0);
    if (content == nullptr) return write_error(zip);
    const zip_int64_t index = zip_file_add(zip, entry.name.c_str(), content, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(content);
      const std::string text = zip_strerror(zip);
      zip_discard(zip);
      return base::invalid_argument("entry \"" + entry.name + "\": " + text);
    }
    const auto at = static_cast<zip_uint64_t>(index);
    if (zip_file_set_dostime(zip, at, kNoon, kFirstDay, 0) != 0) return write_error(zip);
  }
  if (zip_close(zip) != 0) return write_error(zip);
  return content_of(target);
}

}  // namespace passerelle::formats
