#include "core/app/preview.h"

#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <memory>

#include "core/app/strand.h"
#include "core/base/calendar.h"
#include "core/base/clock.h"
#include "core/base/decimal.h"
#include "core/base/text.h"
#include "core/connectors/supervisor.h"
#include "core/intake/packed.h"
#include "core/steering/secrets.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle::app {
namespace {

namespace v1 = connector::v1;
namespace types = passerelle::types::v1;

std::string type_text(const types::Field& field) {
  switch (field.type()) {
    case types::FIELD_TYPE_INTEGER:
      return "integer";
    case types::FIELD_TYPE_DECIMAL:
      return "decimal(" + std::to_string(field.scale()) + ")";
    case types::FIELD_TYPE_DATE:
      return "date";
    case types::FIELD_TYPE_INSTANT:
      return "instant";
    case types::FIELD_TYPE_BOOLEAN:
      return "boolean";
    case types::FIELD_TYPE_PERSON:
      return "person(" + field.scheme() + ")";
    default:
      return "string";
  }
}

std::string number_text(types::FieldType type, int scale, std::int64_t value) {
  switch (type) {
    case types::FIELD_TYPE_DECIMAL:
      return base::format_scaled(value, scale);
    case types::FIELD_TYPE_DATE:
      return base::format_date(static_cast<base::Days>(value));
    case types::FIELD_TYPE_INSTANT:
      return base::format_instant(value);
    case types::FIELD_TYPE_BOOLEAN:
      return value != 0 ? "true" : "false";
    default:
      return std::to_string(value);
  }
}

std::string value_text(const v1::Value& value) {
  switch (value.value_case()) {
    case v1::Value::kText:
      return value.text();
    case v1::Value::kInteger:
      return std::to_string(value.integer());
    case v1::Value::kDecimal:
      return base::format_scaled(value.decimal().scaled(),
                                 static_cast<int>(value.decimal().scale()));
    case v1::Value::kDate:
      return base::format_date(value.date());
    case v1::Value::kInstant:
      return base::format_instant(value.instant());
    case v1::Value::kBoolean:
      return value.boolean() ? "true" : "false";
    case v1::Value::kPerson:
      return base::masked(value.person().value());
    default:
      return "";
  }
}

// One column's value of one row; "" if it is absent.
std::string cell_text(const types::Column& column, const std::vector<std::uint32_t>& codes,
                      const std::vector<std::int64_t>& numbers, std::size_t row) {
  constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();
  if (row < codes.size()) {
    const std::uint32_t code = codes[row];
    if (code == 0 || code > static_cast<std::uint32_t>(column.dictionary_size())) return "";
    const std::string& text = column.dictionary(static_cast<int>(code - 1));
    return column.type() == types::FIELD_TYPE_PERSON ? base::masked(text) : text;
  }
  if (row >= numbers.size() || numbers[row] == kAbsent) return "";
  return number_text(column.type(), static_cast<int>(column.scale()), numbers[row]);
}

std::vector<PreviewRecord> records_of(const types::Columns& columns) {
  const std::size_t rows = columns.rows();
  std::vector<std::uint32_t> ends;
  std::vector<std::int64_t> versions;
  std::vector<PreviewRecord> records;
  if (!intake::unpack(columns.id_ends(), rows, &ends) ||
      !intake::unpack(columns.versions(), rows, &versions)) {
    return records;
  }
  records.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t begin = row == 0 ? 0 : ends[row - 1];
    if (ends[row] < begin || ends[row] > columns.ids().size()) return {};
    records[row].id = columns.ids().substr(begin, ends[row] - begin);
    records[row].version = std::to_string(versions[row]);
    records[row].is_deleted = row < columns.deleted().size() && columns.deleted()[row] != 0;
  }
  for (const types::Column& column : columns.columns()) {
    std::vector<std::uint32_t> codes;
    std::vector<std::int64_t> numbers;
    if (!column.codes().empty()) intake::unpack(column.codes(), rows, &codes);
    if (!column.numbers().empty()) intake::unpack(column.numbers(), rows, &numbers);
    for (std::size_t row = 0; row < rows; ++row) {
      records[row].values[column.name()] = cell_text(column, codes, numbers, row);
    }
  }
  return records;
}

std::vector<PreviewRecord> records_of(const v1::Rows& rows) {
  std::vector<PreviewRecord> records;
  for (const v1::Row& row : rows.rows()) {
    PreviewRecord& record = records.emplace_back();
    record.id = row.id();
    record.version = std::to_string(row.version());
    record.is_deleted = row.deleted();
    for (const auto& [name, value] : row.values()) record.values[name] = value_text(value);
  }
  return records;
}

// Takes what comes and knows when it is enough. Any thread.
class Collector final : public flow::ReadSink {
 public:
  explicit Collector(std::size_t records_max) : records_max_(records_max) {}

  void declare(const v1::DiscoverResponse& streams) {
    const absl::MutexLock lock(&mutex_);
    preview_.streams.clear();
    for (const v1::StreamType& type : streams.streams()) {
      PreviewStream& stream = preview_.streams.emplace_back();
      stream.name = type.name();
      stream.kind = type.kind();
      for (const types::Field& field : type.fields()) {
        stream.fields.push_back({field.name(), type_text(field)});
      }
    }
  }
  void accept(const std::string&, std::unique_ptr<v1::ReadResponse> message,
              std::function<void(Status)> done) override {
    {
      const absl::MutexLock lock(&mutex_);
      if (message->has_batch()) take(message->batch());
      if (message->scope_close().aborted()) take(message->scope_close().cause());
    }
    done(absl::OkStatus());
  }
  void settle(const connectors::ConnectorStatus& status) {
    const absl::MutexLock lock(&mutex_);
    if (status.state == connectors::State::kIdle && status.reads > 0) is_settled_ = true;
    if (status.state == connectors::State::kFailed || status.state == connectors::State::kRefused) {
      is_settled_ = true;
      problem_ = base::failed_precondition(status.cause);
    }
  }
  // False: neither the end nor enough has come in that time.
  bool wait(std::chrono::seconds time) {
    const absl::MutexLock lock(&mutex_);
    const auto is_over = [this] {
      mutex_.AssertHeld();
      return is_settled_ || has_enough();
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&is_over), absl::FromChrono(time));
  }
  StatusOr<Preview> result() {
    const absl::MutexLock lock(&mutex_);
    if (!has_enough() && !problem_.ok()) return problem_;
    preview_.is_whole = is_settled_ && problem_.ok() && !was_cut_;
    return preview_;
  }

 private:
  bool has_enough() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !preview_.streams.empty() &&
           std::all_of(preview_.streams.begin(), preview_.streams.end(),
                       [&](const auto& stream) { return stream.records.size() >= records_max_; });
  }
  void take(const v1::Batch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (PreviewStream& stream : preview_.streams) {
      if (stream.name != batch.stream()) continue;
      for (PreviewRecord& record :
           batch.has_rows() ? records_of(batch.rows()) : records_of(batch.columns())) {
        if (stream.records.size() < records_max_) {
          stream.records.push_back(std::move(record));
        } else {
          was_cut_ = true;
        }
      }
    }
    for (const v1::Reject& reject : batch.rejects()) take(reject);
  }
  void take(const v1::Reject& reject) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (preview_.rejects.size() >= records_max_) {
      was_cut_ = true;
      return;
    }
    preview_.rejects.push_back({reject.position(), reject.rule(), reject.field(), reject.value(),
                                reject.reason(), reject.remedy()});
  }

  const std::size_t records_max_;
  absl::Mutex mutex_;
  Preview preview_ ABSL_GUARDED_BY(mutex_);
  Status problem_ ABSL_GUARDED_BY(mutex_);
  bool is_settled_ ABSL_GUARDED_BY(mutex_) = false;
  bool was_cut_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

StatusOr<Preview> preview(const model::ConnectorConfig& connector, const std::string& time_zone,
                          const PreviewSettings& settings) {
  Collector collector(settings.records_max);
  connectors::Catalogue catalogue(std::vector<std::filesystem::path>(
      settings.plugin_folders.begin(), settings.plugin_folders.end()));
  PAS_RETURN_IF_ERROR(catalogue.find(connector.plugin).status());
  base::SystemClock clock;
  connectors::SupervisorSettings supervised;
  // The plugin runs in a folder of its own.
  supervised.folder = std::filesystem::absolute(settings.model_folder);
  supervised.time_zone = time_zone;
  supervised.read_once = true;
  connectors::SupervisorCallbacks callbacks;
  callbacks.checkpoint_of = [](const std::string&) { return std::string(); };
  callbacks.on_streams = [&](const std::string&, const v1::DiscoverResponse& streams) {
    collector.declare(streams);
    return absl::OkStatus();
  };
  callbacks.secret_of = [](const std::string& reference) {
    return steering::resolve_secret(reference);
  };
  callbacks.on_state = [&](const connectors::ConnectorStatus& status) { collector.settle(status); };
  Strand io("pas-io");
  connectors::Supervisor supervisor(io.io(), catalogue, clock, collector, supervised, callbacks);
  model::ConnectorConfig tried = connector;
  tried.enabled = true;
  tried.schedule.clear();
  const Status configured = supervisor.configure(tried);
  const bool in_time = configured.ok() && collector.wait(settings.time_max);
  supervisor.stop_and_wait();
  PAS_RETURN_IF_ERROR(configured);
  if (!in_time) {
    return base::deadline_exceeded("connector " + connector.id + " gave no " +
                                   std::to_string(settings.records_max) + " records in " +
                                   std::to_string(settings.time_max.count()) +
                                   " s; ask for fewer, or raise --time");
  }
  return collector.result();
}

}  // namespace passerelle::app
