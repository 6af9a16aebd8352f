#include "plugins/rest/reading.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <unordered_set>

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/formats/csv.h"
#include "plugins/mapping/cell_text.h"
#include "plugins/mapping/row_plan.h"
#include "plugins/rest/pager.h"
#include "plugins/rest/progress.h"

namespace passerelle::rest {
namespace {

using formats::Json;

constexpr std::chrono::milliseconds kCancelLook{100};

// A stream's rows on their way to records.
class RowWriter {
 public:
  static StatusOr<RowWriter> make(const Manifest& manifest, const StreamManifest& stream,
                                  const base::Zone& zone, sdk::Output& out) {
    std::vector<std::string_view> names;
    for (const Cell& cell : stream.cells) names.push_back(cell.name);
    const formats::CsvHeader header(names);
    PAS_ASSIGN_OR_RETURN(auto plan,
                         mapping::RowPlan::bind(manifest.dialect, stream.spec, header, zone));
    return RowWriter(stream, std::move(plan), out.stream(stream.spec.name));
  }

  // Returns a fingerprint of the row's cells.
  std::uint64_t write(const Json& row, const Json* parent, std::uint64_t number,
                      std::int64_t version) {
    texts_.resize(stream_->cells.size());
    cells_.clear();
    std::uint64_t fingerprint = 0;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      const Cell& cell = stream_->cells[i];
      texts_[i] = cell.path.text(cell.of_parent ? *parent : row);
      cells_.push_back(texts_[i]);
      fingerprint = fingerprint * 31 + base::hash64(texts_[i]);
    }
    plan_.write(cells_, {stream_->spec.name, number, 0}, version, *out_);
    return fingerprint;
  }
  std::optional<base::Days> complete_to() const { return plan_.complete_to(); }

 private:
  RowWriter(const StreamManifest& stream, mapping::RowPlan plan, sdk::StreamWriter& out)
      : stream_(&stream), plan_(std::move(plan)), out_(&out) {}

  const StreamManifest* stream_;
  mapping::RowPlan plan_;
  sdk::StreamWriter* out_;
  std::vector<std::string> texts_;
  std::vector<std::string_view> cells_;
};

struct Child {
  const StreamManifest* stream;
  RowWriter writer;
};

// One stream and those that are read row by row with it.
class StreamReading {
 public:
  StreamReading(const Settings& settings, const StreamManifest& stream, Source& source,
                Progress& progress, const base::Zone& zone, sdk::Output& out)
      : settings_(settings),
        stream_(stream),
        source_(source),
        progress_(progress),
        state_(progress.streams[stream.spec.name]),
        pass_(state_.pass),
        zone_(zone),
        out_(out) {}

  Status read() {
    PAS_ASSIGN_OR_RETURN(auto writer, RowWriter::make(settings_.manifest, stream_, zone_, out_));
    std::vector<std::string> names = {stream_.spec.name};
    for (const StreamManifest& other : settings_.manifest.streams) {
      if (other.each != stream_.spec.name) continue;
      PAS_ASSIGN_OR_RETURN(auto child, RowWriter::make(settings_.manifest, other, zone_, out_));
      children_.push_back({&other, std::move(child)});
      names.push_back(other.spec.name);
    }
    begin();
    const std::string scope = "rest:" + stream_.spec.name;
    out_.open_scope(scope, names, sdk::Visibility::kAsRead, pass_.is_full, pass_.began);
    PAS_RETURN_IF_ERROR(read_pages(writer));
    if (!settings_.allow_empty) {
      const Status believed = pass_.refuse_emptied(scope, out_);
      if (!believed.ok()) out_.checkpoint(progress_.text());
      PAS_RETURN_IF_ERROR(believed);
    }
    if (const auto day = writer.complete_to()) out_.complete_to(stream_.spec.name, *day);
    out_.close_scope();
    pass_.end();
    out_.checkpoint(progress_.text());
    return absl::OkStatus();
  }

 private:
  void begin() {
    if (pass_.is_running) return;
    const auto& changes = stream_.changes;
    pass_.begin(changes.has_value(), changes ? changes->compare_every : std::chrono::seconds(0),
                base::SystemClock().now());
    std::string since = changes ? changes->first : "";
    if (const auto from = changes ? pass_.since(changes->overlap) : std::nullopt) {
      since = mapping::write_moment(*from, changes->asked_format, zone_);
    }
    state_.position = first_position(stream_.paging, since);
  }

  Status read_pages(RowWriter& writer) {
    for (;;) {
      if (out_.cancelled()) return base::cancelled("the read was cancelled");
      PAS_ASSIGN_OR_RETURN(const Page page,
                           ask_page(source_, stream_, state_.position, Variables()));
      PAS_ASSIGN_OR_RETURN(const bool is_news, write_page(page, writer));
      PAS_ASSIGN_OR_RETURN(bool more, next_position(page, is_news));
      out_.progress(static_cast<std::uint64_t>(pass_.rows), 0, stream_.spec.name);
      if (!more) return absl::OkStatus();
      out_.checkpoint(progress_.text());
    }
  }

  // False: every row of the page was on the page before it.
  StatusOr<bool> write_page(const Page& page, RowWriter& writer) {
    bool is_news = false;
    std::unordered_set<std::uint64_t> fingerprints;
    last_changed_.reset();
    for (const Json* row : page.rows) {
      ++pass_.rows;
      std::int64_t version = pass_.began;
      if (stream_.changes) {
        last_changed_ = changed_at(*row);
        if (last_changed_) {
          pass_.seen = std::max(pass_.seen, *last_changed_);
          version = *last_changed_;
        }
      }
      const std::uint64_t fingerprint =
          writer.write(*row, nullptr, static_cast<std::uint64_t>(pass_.rows), version);
      fingerprints.insert(fingerprint);
      is_news = is_news || !last_page_.contains(fingerprint);
      PAS_RETURN_IF_ERROR(read_children(*row, version));
    }
    last_page_ = std::move(fingerprints);
    return is_news;
  }

  std::optional<base::Instant> changed_at(const Json& row) {
    std::optional<base::Instant> latest;
    for (const JsonPath& column : stream_.changes->columns) {
      const std::string text = column.text(row);
      if (text.empty()) continue;
      const auto moment = mapping::parse_moment(text, stream_.changes->format, zone_);
      if (moment.ok()) latest = std::max(latest.value_or(*moment), *moment);
    }
    return latest;
  }

  Status read_children(const Json& row, std::int64_t version) {
    for (Child& child : children_) {
      Position position = first_position(child.stream->paging, "");
      const Variables of_parent = [&row](std::string_view name) -> std::string {
        if (!name.starts_with("parent.")) return "";
        const auto path = JsonPath::parse(name.substr(7));
        return path.ok() ? path->text(row) : "";
      };
      std::uint64_t number = 0;
      for (bool more = true; more;) {
        if (out_.cancelled()) return base::cancelled("the read was cancelled");
        PAS_ASSIGN_OR_RETURN(const Page page,
                             ask_page(source_, *child.stream, position, of_parent));
        for (const Json* one : page.rows) child.writer.write(*one, &row, ++number, version);
        PAS_ASSIGN_OR_RETURN(more, advance(child.stream->paging, page, &position));
      }
    }
    return absl::OkStatus();
  }

  StatusOr<bool> next_position(const Page& page, bool is_news) {
    const auto rows = page.rows.size();
    const std::size_t largest = largest_page_ = std::max(largest_page_, rows);
    const bool restarts = stream_.changes && stream_.changes->restart;
    PAS_ASSIGN_OR_RETURN(bool more, advance(stream_.paging, page, &state_.position));
    if (restarts && rows > 0 && last_changed_) {
      // A full page without news may hide rows of the same instant behind it.
      if (!is_news && rows < largest) return false;
      const base::Instant from =
          *last_changed_ - (stream_.changes->is_strict ? base::kMicrosPerSecond : 0);
      const std::string since = mapping::write_moment(from, stream_.changes->asked_format, zone_);
      if (since != state_.position.since && is_news) {
        state_.position = first_position(stream_.paging, since);
        return true;
      }
    }
    if (more && rows > 0 && !is_news && !restarts) {
      return base::failed_precondition(
          "stream " + stream_.spec.name +
          ": the source gives rows that it gave before, so reading would never end; check `page` "
          "and the order of the request in the manifest");
    }
    return more;
  }

  const Settings& settings_;
  const StreamManifest& stream_;
  Source& source_;
  Progress& progress_;
  StreamProgress& state_;
  mapping::Pass& pass_;
  const base::Zone& zone_;
  sdk::Output& out_;
  std::vector<Child> children_;
  std::unordered_set<std::uint64_t> last_page_;  // fingerprints of its rows
  std::size_t largest_page_ = 0;
  std::optional<base::Instant> last_changed_;  // of the page's last row
};

StatusOr<base::Zone> zone_of(const Settings& settings) {
  return base::Zone::load(settings.time_zone);
}

}  // namespace

StatusOr<Settings> settings_of(const sdk::Config& config) {
  Settings settings;
  PAS_ASSIGN_OR_RETURN(settings.manifest, read_manifest(config.path("manifest")));
  Access& access = settings.access;
  access.url = config.text("url");
  PAS_RETURN_IF_ERROR(sdk::parse_url(access.url).status());
  access.ca_file = config.path("ca_file");
  access.allow_plain = config.boolean("allow_plain_http");
  access.variables["config.url"] = access.url;
  access.variables["config.user"] = config.text("user");
  access.variables["config.database"] = config.text("database");
  for (const char* secret : {"token", "password", "client_secret", "app_token"}) {
    access.variables[std::string("secret.") + secret] = config.secret(secret);
  }
  const auto given = config.map("settings");
  std::vector<std::string> known;
  for (const auto& [name, setting] : settings.manifest.settings) {
    known.push_back(name);
    const auto found = given.find(name);
    if (found == given.end() && setting.required) {
      return base::invalid_argument("settings." + name + " is missing; the manifest needs it");
    }
    access.variables["settings." + name] = found == given.end() ? setting.otherwise : found->second;
  }
  for (const auto& [name, value] : given) {
    if (settings.manifest.settings.contains(name)) continue;
    const std::string near = base::nearest_of(name, known);
    return base::invalid_argument(
        "settings." + name + " is unknown to the manifest; " +
        (near.empty() ? "it knows: " + base::join(known, ", ") : "did you mean '" + near + "'?"));
  }
  const std::string& zone = settings.manifest.dialect.time_zone;
  settings.time_zone = zone.empty() ? config.time_zone() : zone;
  settings.allow_empty = config.boolean("allow_empty");
  settings.context = settings.manifest.fingerprint;
  for (const auto& [name, value] : access.variables) {
    if (!name.starts_with("secret.")) {
      settings.context = settings.context * 31 + base::hash64(name + "=" + value);
    }
  }
  return settings;
}

std::vector<sdk::Stream> streams_of(const Manifest& manifest) {
  std::vector<sdk::Stream> streams;
  for (const StreamManifest& stream : manifest.streams) {
    streams.push_back(mapping::stream_of(
        stream.spec, stream.changes ? "time of the row's last change, in microseconds"
                                    : "time when the reading began, in microseconds"));
  }
  return streams;
}

Status try_source(const Settings& settings) {
  PAS_ASSIGN_OR_RETURN(const base::Zone zone, zone_of(settings));
  const StreamManifest& stream = settings.manifest.streams.front();
  Manifest now = settings.manifest;
  // A check answers at once: not at the source's opening.
  now.hours.reset();
  Source source(
      now, settings.access, zone, [](auto, const auto&) { return false; }, [] { return false; });
  const std::string since = stream.changes ? stream.changes->first : "";
  return ask_page(source, stream, first_position(stream.paging, since), Variables()).status();
}

Status read_source(const Settings& settings, std::string_view checkpoint, sdk::Output& out) {
  PAS_ASSIGN_OR_RETURN(const base::Zone zone, zone_of(settings));
  Progress progress = Progress::parse(checkpoint, settings.context);
  const Pause pause = [&out](std::chrono::milliseconds time, const std::string& why) {
    const auto until = std::chrono::steady_clock::now() + time;
    out.progress(0, 0, why);
    while (!out.cancelled()) {
      const auto left = until - std::chrono::steady_clock::now();
      if (left.count() <= 0) return true;
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, kCancelLook));
    }
    return false;
  };
  Source source(settings.manifest, settings.access, zone, pause,
                [&out] { return out.cancelled(); });
  for (const StreamManifest& stream : settings.manifest.streams) {
    if (!stream.each.empty()) continue;
    PAS_RETURN_IF_ERROR(StreamReading(settings, stream, source, progress, zone, out).read());
  }
  return absl::OkStatus();
}

}  // namespace passerelle::rest
