#include "core/journal/checkpoints.h"

#include <dirent.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <vector>

#include "core/base/hash.h"
#include "core/base/limits.h"
#include "core/journal/length_delimited.h"
#include "passerelle/storage/v1/state.pb.h"

namespace passerelle::journal {
namespace {

namespace pb = passerelle::storage::v1;

constexpr std::string_view kSuffix = ".state";
// A section's name and the message around its data.
constexpr std::size_t kSectionOverheadMax = 4'096;

// The header's last field is written with all five bytes that a uint32 may take (protobuf readers
// accept that), so that the count, known at the end, is set in place.
constexpr std::size_t kCountBytes = 5;
constexpr char kCountTag = static_cast<char>(pb::StateHeader::kSectionsFieldNumber << 3);

std::string count_bytes(std::uint32_t count) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < kCountBytes; ++i, count >>= 7) {
    bytes.push_back(static_cast<char>((count & 0x7f) | 0x80));
  }
  bytes.push_back(static_cast<char>(count));
  return bytes;
}

Status disk_error(const std::string& path) {
  return base::data_loss("the state checkpoint " + path + " cannot be written: " +
                         std::strerror(errno) + ". The hub goes on; a restart replays more");
}

std::string directory_of(const CheckpointSettings& settings) {
  return settings.folder + "/checkpoints";
}

// Revisions of the files in the directory, newest first.
std::vector<model::Revision> listed(const std::string& directory) {
  std::vector<model::Revision> revisions;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    const std::string name = entry.path().filename();
    model::Revision revision = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), revision);
    const std::string_view rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
    if (error == std::errc() && rest == kSuffix) revisions.push_back(revision);
  }
  std::sort(revisions.rbegin(), revisions.rend());
  return revisions;
}

std::string path_of(const std::string& directory, model::Revision revision) {
  return directory + "/" + std::to_string(revision) + std::string(kSuffix);
}

void sync_directory(const std::string& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

// Reads a whole file, checks everything, and gives each section to `each` when there is one.
StatusOr<Checkpoint> read_file(const std::string& path, const CheckpointSettings& settings,
                               const SectionSink& each) {
  const File file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return base::not_found(std::strerror(errno));
  std::string bytes;
  pb::StateHeader header;
  PAS_ASSIGN_OR_RETURN(const bool begun, read_delimited(file.get(), kSectionOverheadMax, &bytes));
  if (!begun || !header.ParseFromString(bytes)) return base::data_loss("its header is damaged");
  if (header.layout() != settings.layout || header.engine() != settings.engine) {
    return base::failed_precondition("another version of the hub wrote it");
  }
  if (header.epoch() != settings.epoch) {
    return base::failed_precondition("it belongs to another journal");
  }
  std::uint32_t sections = 0;
  for (;; ++sections) {
    PAS_ASSIGN_OR_RETURN(
        const bool more,
        read_delimited(file.get(), base::kStateSectionBytesMax + kSectionOverheadMax, &bytes));
    if (!more) break;
    pb::StateSection section;
    if (!section.ParseFromString(bytes) || base::hash64(section.data()) != section.checksum()) {
      return base::data_loss("section " + std::to_string(sections) + " is damaged");
    }
    if (each) PAS_RETURN_IF_ERROR(each(section.name(), section.data()));
  }
  if (sections != header.sections()) return base::data_loss("sections are missing");
  std::error_code unknown;
  return Checkpoint{header.revision(), sections, std::filesystem::file_size(path, unknown), path};
}

class Writer {
 public:
  Writer(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  Status begin(const CheckpointSettings& settings, model::Revision revision) {
    pb::StateHeader header;
    header.set_layout(settings.layout);
    header.set_engine(settings.engine);
    header.set_revision(revision);
    header.set_epoch(settings.epoch);
    const std::string bytes = header.SerializeAsString() + kCountTag + count_bytes(0);
    count_at_ = static_cast<long>(1 + bytes.size() - kCountBytes);  // behind a one-byte length
    return write_delimited(file_.get(), bytes) ? absl::OkStatus() : disk_error(path_);
  }

  Status add(std::string_view name, std::string_view data) {
    if (data.size() > base::kStateSectionBytesMax) {
      return base::resource_exhausted("section " + std::string(name) + " of the state has " +
                                      std::to_string(data.size()) + " bytes, at most " +
                                      std::to_string(base::kStateSectionBytesMax) +
                                      " fit: write it in slices");
    }
    pb::StateSection section;
    section.set_name(std::string(name));
    section.set_data(data.data(), data.size());
    section.set_checksum(base::hash64(data));
    ++sections_;
    return write_delimited(file_.get(), section.SerializeAsString()) ? absl::OkStatus()
                                                                     : disk_error(path_);
  }

  // The count, then everything on disk.
  Status finish() {
    const std::string count = count_bytes(sections_);
    if (std::fseek(file_.get(), count_at_, SEEK_SET) != 0 ||
        std::fwrite(count.data(), 1, count.size(), file_.get()) != count.size() ||
        std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) {
      return disk_error(path_);
    }
    return absl::OkStatus();
  }

 private:
  std::string path_;
  File file_;
  long count_at_ = 0;
  std::uint32_t sections_ = 0;
};

Status write_file(const std::string& path, const CheckpointSettings& settings,
                  model::Revision revision, const std::function<Status(const SectionSink&)>& fill) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return disk_error(path);
  Writer writer(path, ::fdopen(descriptor, "wb"));
  PAS_RETURN_IF_ERROR(writer.begin(settings, revision));
  PAS_RETURN_IF_ERROR(fill(
      [&writer](std::string_view name, std::string_view data) { return writer.add(name, data); }));
  return writer.finish();
}

}  // namespace

CheckpointStore::CheckpointStore(CheckpointSettings settings) : settings_(std::move(settings)) {}

Status CheckpointStore::write(model::Revision revision,
                              const std::function<Status(const SectionSink&)>& fill) {
  const std::string directory = directory_of(settings_);
  std::error_code failed;
  if (std::filesystem::create_directory(directory, failed)) ::chmod(directory.c_str(), 0700);
  const std::string path = path_of(directory, revision);
  const std::string temporary = directory + "/next.part";  // one name: a crash leaves one file
  const Status written = write_file(temporary, settings_, revision, fill);
  if (!written.ok() || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const Status status = written.ok() ? disk_error(path) : written;
    ::unlink(temporary.c_str());
    return status;
  }
  sync_directory(directory);
  std::size_t kept = 0;
  for (const model::Revision other : listed(directory)) {
    // A later one is of a journal that was restored to an earlier revision since.
    const bool keep = other <= revision && kept < base::kStateCheckpointsKept;
    kept += keep ? 1 : 0;
    if (!keep) ::unlink(path_of(directory, other).c_str());
  }
  return absl::OkStatus();
}

std::optional<Checkpoint> CheckpointStore::newest(model::Revision last,
                                                  model::Revision journal_end) const {
  const std::string directory = directory_of(settings_);
  for (const model::Revision revision : listed(directory)) {
    const std::string path = path_of(directory, revision);
    if (revision > journal_end) {
      spdlog::warn("state checkpoint {} ignored: the journal ends at revision {}", path,
                   journal_end);
    }
    if (revision > last) continue;
    StatusOr<Checkpoint> checkpoint = read_file(path, settings_, nullptr);
    if (checkpoint.ok() && checkpoint->revision == revision) return *std::move(checkpoint);
    spdlog::warn(
        "state checkpoint {} ignored: {}", path,
        checkpoint.ok() ? "its name is not its revision" : base::message_of(checkpoint.status()));
  }
  return std::nullopt;
}

Status CheckpointStore::read(const Checkpoint& checkpoint, const SectionSink& each) const {
  const StatusOr<Checkpoint> done = read_file(checkpoint.path, settings_, each);
  return done.ok() ? absl::OkStatus()
                   : base::annotate(done.status(), "state checkpoint " + checkpoint.path);
}

}  // namespace passerelle::journal
