#include "plugins/file/reading.h"

#include <fnmatch.h>

#include <charconv>

#include "core/base/text.h"
#include "core/formats/csv.h"
#include "core/formats/zip.h"
#include "plugins/mapping/row_plan.h"
#include "plugins/sdk/files/file_ledger.h"

namespace passerelle::file {
namespace {

// Rows between two checkpoints: what is read again, at most, after a crash.
constexpr std::uint64_t kCheckpointRows = 5'000;

// Where in a file a reading stands: "offset:row:line".
std::string text_of(const formats::CsvPosition& position) {
  return std::to_string(position.offset) + ":" + std::to_string(position.row) + ":" +
         std::to_string(position.line);
}

std::optional<formats::CsvPosition> position_of(std::string_view text) {
  const auto parts = base::split(text, ':');
  std::uint64_t numbers[3] = {};
  if (parts.size() != 3) return std::nullopt;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto [end, problem] =
        std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), numbers[i]);
    if (problem != std::errc() || end != parts[i].data() + parts[i].size()) return std::nullopt;
  }
  return formats::CsvPosition{numbers[0], numbers[1], numbers[2]};
}

bool is_zip(const std::string& path) {
  return path.size() > 4 && base::folded(path.substr(path.size() - 4)) == ".zip";
}

StatusOr<std::unique_ptr<formats::ByteSource>> open(const Settings& settings,
                                                    const sdk::FoundFile& file) {
  if (!is_zip(file.path)) return formats::open_file(file.path);
  PAS_ASSIGN_OR_RETURN(const auto archive, formats::ZipArchive::open_file(file.path));
  std::vector<std::string> found;
  for (const formats::ZipEntry& entry : archive->entries()) {
    if (!entry.is_folder && fnmatch(settings.manifest.entry.c_str(), entry.name.c_str(), 0) == 0) {
      found.push_back(entry.name);
    }
  }
  if (found.size() != 1) {
    return base::invalid_argument(file.name + " holds " + std::to_string(found.size()) +
                                  " entries that match '" + settings.manifest.entry +
                                  "'; one is needed: name it by `entry` in the manifest");
  }
  return archive->open(found.front());
}

// One file being read.
class FileReading {
 public:
  FileReading(const Settings& settings, const sdk::FoundFile& file, sdk::FileLedger& ledger,
              sdk::Output& out)
      : settings_(settings),
        file_(file),
        ledger_(ledger),
        out_(out),
        version_(file.modified_ns / 1'000'000),
        scope_("file:" + file.name) {}

  Status read() {
    std::vector<std::string> names;
    for (const mapping::StreamSpec& stream : settings_.manifest.streams)
      names.push_back(stream.name);
    PAS_ASSIGN_OR_RETURN(auto source, open(settings_, file_));
    formats::CsvSettings csv_settings;
    csv_settings.delimiter = settings_.manifest.delimiter;
    csv_settings.quote = settings_.manifest.quote;
    formats::CsvReader reader(
        std::make_unique<formats::DecodingSource>(std::move(source), settings_.manifest.encoding),
        csv_settings);
    out_.open_scope(scope_, names, sdk::Visibility::kAsRead, true, version_);
    Status status = read_rows(reader);
    if (!status.ok() && status.code() != absl::StatusCode::kCancelled) {
      abort(status);
      remember("", true);
      return absl::OkStatus();
    }
    PAS_RETURN_IF_ERROR(status);
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      if (const auto day = plans_[i].complete_to()) out_.complete_to(names[i], *day);
    }
    out_.close_scope();
    remember("", true);
    return absl::OkStatus();
  }

 private:
  Status read_rows(formats::CsvReader& reader) {
    PAS_RETURN_IF_ERROR(bind(reader));
    const sdk::FileState* known = ledger_.find(file_.path);
    if (known != nullptr && !known->done && known->bytes == file_.bytes &&
        known->modified_ns == file_.modified_ns && known->context == context()) {
      if (const auto position = position_of(known->resume)) {
        PAS_RETURN_IF_ERROR(reader.skip_to(*position));
      }
    }
    for (std::uint64_t rows = 1;; ++rows) {
      PAS_ASSIGN_OR_RETURN(const bool more, reader.next());
      if (!more) return absl::OkStatus();
      write(reader);
      if (rows % kCheckpointRows != 0) continue;
      remember(text_of(reader.next_position()), false);
      out_.progress(reader.next_position().offset, is_zip(file_.path) ? 0 : file_.bytes,
                    file_.name);
      if (out_.cancelled()) return base::cancelled("the read was cancelled");
    }
  }

  Status bind(formats::CsvReader& reader) {
    if (settings_.manifest.has_header) {
      PAS_ASSIGN_OR_RETURN(const bool more, reader.next());
      if (!more) return base::invalid_argument("the file is empty; a header row is expected");
      header_ = formats::CsvHeader(reader.fields());
    } else {
      header_ = formats::CsvHeader(std::vector<std::string_view>(settings_.manifest.names.begin(),
                                                                 settings_.manifest.names.end()));
    }
    const std::string zone_name = settings_.manifest.dialect.time_zone.empty()
                                      ? settings_.time_zone
                                      : settings_.manifest.dialect.time_zone;
    PAS_ASSIGN_OR_RETURN(const base::Zone zone, base::Zone::load(zone_name));
    for (const mapping::StreamSpec& stream : settings_.manifest.streams) {
      PAS_ASSIGN_OR_RETURN(
          auto plan, mapping::RowPlan::bind(settings_.manifest.dialect, stream, header_, zone));
      plans_.push_back(std::move(plan));
      writers_.push_back(&out_.stream(stream.name));
    }
    return absl::OkStatus();
  }

  void write(const formats::CsvReader& reader) {
    const formats::CsvPosition& position = reader.position();
    if (!reader.row_status().ok()) {
      sdk::Reject reject;
      reject.position = file_.name + ", line " + std::to_string(position.line);
      reject.rule = "FILE-ROW";
      reject.reason = base::message_of(reader.row_status());
      reject.remedy = "correct the quotes of this row";
      return writers_.front()->reject(std::move(reject));
    }
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      plans_[i].write(reader.fields(), {file_.name, position.row, position.line}, version_,
                      *writers_[i]);
    }
  }

  void abort(const Status& status) {
    sdk::Reject cause;
    cause.key = file_.name;
    cause.position = file_.name;
    cause.rule = "FILE-BROKEN";
    cause.reason = base::message_of(status);
    cause.remedy = "correct the file or the manifest; it is read again when it changes";
    out_.abort_scope(std::move(cause));
  }

  // What a file's records depend on besides its content.
  std::uint64_t context() const { return settings_.manifest.fingerprint; }

  void remember(std::string resume, bool done) {
    sdk::FileState state;
    state.bytes = file_.bytes;
    state.modified_ns = file_.modified_ns;
    state.context = context();
    state.done = done;
    state.resume = std::move(resume);
    ledger_.set(file_.path, std::move(state));
    out_.checkpoint(ledger_.text());
  }

  const Settings& settings_;
  const sdk::FoundFile& file_;
  sdk::FileLedger& ledger_;
  sdk::Output& out_;
  std::int64_t version_;  // milliseconds of the file's last change
  std::string scope_;
  formats::CsvHeader header_;
  std::vector<mapping::RowPlan> plans_;
  std::vector<sdk::StreamWriter*> writers_;
};

}  // namespace

StatusOr<Settings> settings_of(const sdk::Config& config) {
  Settings settings;
  settings.folder = config.folder();
  settings.time_zone = config.time_zone();
  settings.paths = sdk::absolute_patterns(config.text("path"), settings.folder);
  PAS_ASSIGN_OR_RETURN(settings.manifest, read_manifest(config.path("manifest")));
  return settings;
}

std::vector<sdk::Stream> streams_of(const Manifest& manifest) {
  std::vector<sdk::Stream> streams;
  for (const mapping::StreamSpec& spec : manifest.streams) {
    streams.push_back(mapping::stream_of(spec, "time of the file's last change, in milliseconds"));
  }
  return streams;
}

Status read_files(const Settings& settings, std::string_view checkpoint, sdk::Output& out) {
  sdk::FileLedger ledger = sdk::FileLedger::parse(checkpoint);
  PAS_ASSIGN_OR_RETURN(const auto files, sdk::find_files(settings.paths, settings.folder));
  ledger.keep_only(files);
  for (const sdk::FoundFile& file : files) {
    if (ledger.is_consumed(file, settings.manifest.fingerprint)) continue;
    PAS_RETURN_IF_ERROR(FileReading(settings, file, ledger, out).read());
  }
  return absl::OkStatus();
}

}  // namespace passerelle::file
