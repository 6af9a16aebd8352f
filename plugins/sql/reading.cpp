#include "plugins/sql/reading.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/formats/csv.h"
#include "plugins/mapping/cell_text.h"
#include "plugins/mapping/pass.h"
#include "plugins/mapping/row_plan.h"

namespace passerelle::sql {
namespace {

using formats::Json;

// With what a database takes as a timestamp, in the session's zone.
constexpr const char* kTimestamp = "%Y-%m-%d %H:%M:%S.%f";

struct StreamProgress {
  mapping::Pass pass;
  std::vector<std::string> after;  // the key of the last row
};

// The connector's checkpoint. `context` is what the rows depend on besides the database.
struct Progress {
  std::uint64_t context = 0;
  std::map<std::string, StreamProgress> streams;

  std::string text() const {
    std::string text;
    formats::JsonWriter out(&text);
    out.begin_object().member("context", std::to_string(context)).key("streams").begin_object();
    for (const auto& [name, stream] : streams) {
      out.key(name).begin_object();
      stream.pass.write(out);
      out.key("after").begin_array();
      for (const std::string& value : stream.after) out.string(value);
      out.end_array().end_object();
    }
    out.end_object().end_object();
    return text;
  }
  static Progress parse(std::string_view text, std::uint64_t context) {
    Progress progress;
    progress.context = context;
    const auto root = formats::parse_json(text);
    if (!root.ok() || mapping::text_at(*root, "context") != std::to_string(context)) {
      return progress;
    }
    const Json* streams = root->find("streams");
    if (streams == nullptr) return progress;
    for (const formats::JsonMember& member : streams->members) {
      StreamProgress& stream = progress.streams[member.key];
      stream.pass = mapping::Pass::read(member.value);
      const Json* after = member.value.find("after");
      if (after == nullptr) continue;
      for (const Json& value : after->items) stream.after.push_back(value.text);
    }
    return progress;
  }
};

struct Query {
  std::string text;
  std::vector<std::string> parameters;
};

// The page of the stream's query behind `after`, among the rows changed since `since`.
Query page_of(const StreamManifest& stream, const std::string& since,
              const std::vector<std::string>& after, std::int64_t rows) {
  Query query;
  const auto parameter = [&query](const std::string& value) {
    query.parameters.push_back(value);
    return "$" + std::to_string(query.parameters.size());
  };
  std::string key;
  std::string values;
  std::string conditions;
  for (std::size_t i = 0; i < stream.key.size(); ++i) {
    const std::string separator = i == 0 ? "" : ", ";
    key += separator + "q." + quoted_name(stream.key[i]);
    if (i < after.size()) values += separator + parameter(after[i]);
  }
  if (!values.empty()) conditions = "ROW(" + key + ") > ROW(" + values + ")";
  if (!since.empty()) {
    if (!conditions.empty()) conditions += " AND ";
    conditions += "q." + quoted_name(stream.changes->column) + " >= " + parameter(since);
  }
  query.text = "SELECT q.* FROM (" + stream.query + ") q" +
               (conditions.empty() ? "" : " WHERE " + conditions) + " ORDER BY " + key + " LIMIT " +
               std::to_string(rows);
  return query;
}

StatusOr<std::vector<std::size_t>> places_of(const std::vector<std::string>& columns,
                                             const formats::CsvHeader& header) {
  std::vector<std::size_t> places;
  for (const std::string& column : columns) {
    PAS_ASSIGN_OR_RETURN(const std::size_t place, header.require(column));
    places.push_back(place);
  }
  return places;
}

class StreamReading {
 public:
  StreamReading(const Settings& settings, const StreamManifest& stream, Database& database,
                Progress& progress, const base::Zone& zone, sdk::Output& out)
      : settings_(settings),
        stream_(stream),
        database_(database),
        progress_(progress),
        state_(progress.streams[stream.spec.name]),
        pass_(state_.pass),
        zone_(zone),
        out_(out) {}

  Status read() {
    const auto& changes = stream_.changes;
    if (!pass_.is_running) state_.after.clear();
    pass_.begin(changes.has_value(), changes ? changes->compare_every : std::chrono::seconds(0),
                base::SystemClock().now());
    const std::string scope = "sql:" + stream_.spec.name;
    out_.open_scope(scope, {stream_.spec.name}, sdk::Visibility::kAsRead, pass_.is_full,
                    pass_.began);
    PAS_RETURN_IF_ERROR(read_pages());
    if (!settings_.allow_empty) {
      const Status believed = pass_.refuse_emptied(scope, out_);
      if (!believed.ok()) out_.checkpoint(progress_.text());
      PAS_RETURN_IF_ERROR(believed);
    }
    if (plan_ && plan_->complete_to()) {
      out_.complete_to(stream_.spec.name, *plan_->complete_to());
    }
    out_.close_scope();
    pass_.end();
    state_.after.clear();
    out_.checkpoint(progress_.text());
    return absl::OkStatus();
  }

 private:
  Status read_pages() {
    std::string since;
    if (stream_.changes) {
      const auto from = pass_.since(stream_.changes->overlap);
      const std::string& format = stream_.changes->format;
      if (from) since = mapping::write_moment(*from, format.empty() ? kTimestamp : format, zone_);
    }
    for (;;) {
      if (out_.cancelled()) return base::cancelled("the read was cancelled");
      const Query query = page_of(stream_, since, state_.after, stream_.page);
      PAS_ASSIGN_OR_RETURN(const Rows rows, database_.select(query.text, query.parameters));
      PAS_RETURN_IF_ERROR(write(rows));
      out_.progress(static_cast<std::uint64_t>(pass_.rows), 0, stream_.spec.name);
      if (static_cast<std::int64_t>(rows.cells.size()) < stream_.page) return absl::OkStatus();
      out_.checkpoint(progress_.text());
    }
  }

  Status bind(const Rows& rows) {
    const formats::CsvHeader header(
        std::vector<std::string_view>(rows.names.begin(), rows.names.end()));
    PAS_ASSIGN_OR_RETURN(key_, places_of(stream_.key, header));
    if (stream_.changes) {
      PAS_ASSIGN_OR_RETURN(changed_, header.require(stream_.changes->column));
    }
    PAS_ASSIGN_OR_RETURN(
        plan_, mapping::RowPlan::bind(settings_.manifest.dialect, stream_.spec, header, zone_));
    return absl::OkStatus();
  }

  Status write(const Rows& rows) {
    if (!plan_) PAS_RETURN_IF_ERROR(bind(rows));
    sdk::StreamWriter& writer = out_.stream(stream_.spec.name);
    std::vector<std::string_view> cells(rows.names.size());
    for (const auto& row : rows.cells) {
      ++pass_.rows;
      for (std::size_t i = 0; i < row.size(); ++i)
        cells[i] = row[i] ? std::string_view(*row[i]) : std::string_view();
      std::int64_t version = pass_.began;
      if (stream_.changes && row[changed_]) {
        const auto moment = mapping::parse_moment(*row[changed_], stream_.changes->format, zone_);
        if (moment.ok()) {
          pass_.seen = std::max(pass_.seen, *moment);
          version = *moment;
        }
      }
      plan_->write(cells, {stream_.spec.name, static_cast<std::uint64_t>(pass_.rows), 0}, version,
                   writer);
    }
    if (rows.cells.empty()) return absl::OkStatus();
    state_.after.clear();
    for (const std::size_t place : key_) {
      const auto& value = rows.cells.back()[place];
      if (!value) {
        return base::failed_precondition(
            "stream " + stream_.spec.name + ": the key column " + rows.names[place] +
            " is NULL in a row, so what follows could not be found; give a key that is never NULL");
      }
      state_.after.push_back(*value);
    }
    return absl::OkStatus();
  }

  const Settings& settings_;
  const StreamManifest& stream_;
  Database& database_;
  Progress& progress_;
  StreamProgress& state_;
  mapping::Pass& pass_;
  const base::Zone& zone_;
  sdk::Output& out_;
  std::vector<std::size_t> key_;
  std::size_t changed_ = 0;
  std::optional<mapping::RowPlan> plan_;
};

}  // namespace

StatusOr<Settings> settings_of(const sdk::Config& config) {
  Settings settings;
  PAS_ASSIGN_OR_RETURN(settings.manifest, read_manifest(config.path("manifest")));
  const std::string& zone = settings.manifest.dialect.time_zone;
  Access& access = settings.access;
  access = {config.text("address"),
            config.text("database"),
            config.text("user"),
            config.secret("password"),
            config.path("ca_file"),
            config.boolean("allow_plain"),
            zone.empty() ? config.time_zone() : zone};
  settings.allow_empty = config.boolean("allow_empty");
  settings.context = settings.manifest.fingerprint;
  for (const std::string& part : {access.address, access.database}) {
    settings.context = settings.context * 31 + base::hash64(part);
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
  PAS_ASSIGN_OR_RETURN(const base::Zone zone, base::Zone::load(settings.access.time_zone));
  PAS_ASSIGN_OR_RETURN(const auto database,
                       Database::connect(settings.access, [] { return false; }));
  for (const StreamManifest& stream : settings.manifest.streams) {
    const Query query = page_of(stream, "", {}, 1);
    const auto rows = database->select(query.text, query.parameters);
    if (!rows.ok()) return base::annotate(rows.status(), "stream " + stream.spec.name);
    const formats::CsvHeader header(
        std::vector<std::string_view>(rows->names.begin(), rows->names.end()));
    PAS_RETURN_IF_ERROR(
        mapping::RowPlan::bind(settings.manifest.dialect, stream.spec, header, zone).status());
    if (stream.changes) PAS_RETURN_IF_ERROR(header.require(stream.changes->column).status());
  }
  return absl::OkStatus();
}

Status read_source(const Settings& settings, std::string_view checkpoint, sdk::Output& out) {
  PAS_ASSIGN_OR_RETURN(const base::Zone zone, base::Zone::load(settings.access.time_zone));
  Progress progress = Progress::parse(checkpoint, settings.context);
  PAS_ASSIGN_OR_RETURN(const auto database,
                       Database::connect(settings.access, [&out] { return out.cancelled(); }));
  for (const StreamManifest& stream : settings.manifest.streams) {
    PAS_RETURN_IF_ERROR(StreamReading(settings, stream, *database, progress, zone, out).read());
  }
  return absl::OkStatus();
}

}  // namespace passerelle::sql
