#include "plugins/sdk/output.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/limits.h"
#include "plugins/sdk/fatal.h"

namespace passerelle::sdk {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTick{50};  // how late an old batch may be

void copy_cause(const Reject& cause, const std::string& stream, v1::Reject* out) {
  out->set_stream(stream);
  out->set_key(cause.key);
  out->set_position(cause.position);
  out->set_rule(cause.rule);
  out->set_field(cause.field);
  out->set_value(cause.value);
  out->set_reason(cause.reason);
  out->set_remedy(cause.remedy);
  out->set_records(cause.records);
}

}  // namespace

class BatchingOutput::Writer final : public StreamWriter {
 public:
  Writer(Stream stream, bool wanted, BatchingOutput& output)
      : builder_(std::move(stream)), wanted_(wanted), output_(output) {}

  StreamWriter& begin(std::string_view id, std::int64_t version, std::uint64_t position) override {
    start(id, version, position, false);
    return *this;
  }
  StreamWriter& set(std::string_view field, std::string_view text) override {
    return set(builder_.shape().index_of(field), text);
  }
  StreamWriter& set_number(std::string_view field, std::int64_t value) override {
    return set_number(builder_.shape().index_of(field), value);
  }
  StreamWriter& set(std::size_t field, std::string_view text) override {
    expect_open();
    builder_.shape().expect_text(field);
    if (wanted_) builder_.set_text(field, text);
    return *this;
  }
  StreamWriter& set_number(std::size_t field, std::int64_t value) override {
    expect_open();
    builder_.shape().expect_number(field);
    if (wanted_) builder_.set_number(field, value);
    return *this;
  }
  StreamWriter& natural_key(std::string_view key) override {
    expect_open();
    if (wanted_) builder_.natural_key(key);
    return *this;
  }
  void end() override {
    expect_open();
    if (wanted_) builder_.end();
    open_ = false;
    output_.in_record_ = false;
    output_.after_record(*this);
    output_.gate_.leave();
  }
  void deleted(std::string_view id, std::int64_t version, std::uint64_t position) override {
    start(id, version, position, true);
    end();
  }
  void reject(Reject reject) override {
    output_.enter_call();
    if (wanted_) {
      output_.note_waiting();
      builder_.reject(reject);
      output_.after_record(*this);
    }
    output_.gate_.leave();
  }

  void drop() {
    if (open_ && wanted_) builder_.drop_row();
    open_ = false;
  }
  BatchBuilder& builder() { return builder_; }

 private:
  void start(std::string_view id, std::int64_t version, std::uint64_t position, bool deleted) {
    output_.enter_call();
    output_.in_record_ = true;
    open_ = true;
    if (!wanted_) return;
    if (builder_.empty()) output_.note_waiting();
    builder_.begin(id, version, position, deleted);
  }
  void expect_open() const {
    if (!open_) fatal("set() or end() without begin()");
  }

  BatchBuilder builder_;
  bool wanted_;
  bool open_ = false;
  BatchingOutput& output_;
};

BatchingOutput::BatchingOutput(std::vector<Stream> streams, const std::vector<std::string>& wanted,
                               MessageSink& sink)
    : sink_(sink) {
  for (Stream& stream : streams) {
    const bool is_wanted =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), stream.name) != wanted.end();
    const std::string name = stream.name;
    names_.push_back(name);
    writers_.emplace(name, std::make_unique<Writer>(std::move(stream), is_wanted, *this));
  }
  ager_ = std::thread([this] { age(); });
}

BatchingOutput::~BatchingOutput() {
  {
    absl::MutexLock lock(&stop_mutex_);
    stopping_ = true;
  }
  ager_.join();
}

StreamWriter& BatchingOutput::stream(std::string_view name) {
  const auto found = writers_.find(name);
  if (found == writers_.end()) refuse_stream(name, names_);
  return *found->second;
}

void BatchingOutput::open_scope(std::string_view scope, const std::vector<std::string>& streams,
                                Visibility visibility, bool replace, std::int64_t version) {
  if (in_scope_) fatal("open_scope() while the scope '" + scope_ + "' is open");
  if (scope.empty() || streams.empty()) fatal("open_scope() needs a name and at least one stream");
  for (const std::string& name : streams) stream(name);
  enter_call();
  flush_all();
  auto message = std::make_unique<v1::ReadResponse>();
  v1::ScopeOpen* open = message->mutable_scope_open();
  open->set_stream(streams.front());
  for (std::size_t i = 1; i < streams.size(); ++i) open->add_streams(streams[i]);
  open->set_scope(std::string(scope));
  open->set_visibility(visibility == Visibility::kAtClose ? v1::VISIBILITY_AT_CLOSE
                                                          : v1::VISIBILITY_AS_READ);
  open->set_replace(replace);
  open->set_version(version);
  send_with_trailer(std::move(message));
  in_scope_ = true;
  scope_ = scope;
  scope_stream_ = streams.front();
  gate_.leave();
}

void BatchingOutput::close_scope() { leave_scope(false, nullptr); }

void BatchingOutput::abort_scope(Reject cause) { leave_scope(true, &cause); }

void BatchingOutput::leave_scope(bool aborted, Reject* cause) {
  if (!in_scope_) fatal("close_scope() or abort_scope() without an open scope");
  enter_call();
  // The checkpoint and the marks are only true once the scope has ended: they travel with its end.
  for (auto& [name, writer] : writers_) {
    if (!writer->builder().empty()) send_plain(*writer);
  }
  auto message = std::make_unique<v1::ReadResponse>();
  v1::ScopeClose* close = message->mutable_scope_close();
  close->set_scope(scope_);
  close->set_aborted(aborted);
  if (aborted) {
    copy_cause(*cause, scope_stream_, close->mutable_cause());
    marks_.clear();  // what they promise is in quarantine
  }
  in_scope_ = false;
  scope_.clear();
  held_ = std::move(message);
  note_waiting();
  gate_.leave();
}

void BatchingOutput::checkpoint(std::string_view state) {
  if (in_record_) fatal("checkpoint() between begin() and end()");
  gate_.enter();
  has_checkpoint_ = true;
  checkpoint_ = state;
  note_waiting();
  gate_.leave();
}

void BatchingOutput::complete_to(std::string_view name, base::Days day) {
  stream(name);
  if (in_record_) fatal("complete_to() between begin() and end()");
  gate_.enter();
  marks_[std::string(name)] = day;
  note_waiting();
  gate_.leave();
}

void BatchingOutput::progress(std::uint64_t done, std::uint64_t total, std::string_view what) {
  if (in_record_) fatal("progress() between begin() and end()");
  gate_.enter();
  if (progress_ == nullptr) progress_ = std::make_unique<v1::ReadResponse>();
  v1::Progress* out = progress_->mutable_progress();
  out->set_done(done);
  out->set_total(total);
  out->set_what(std::string(what));
  if (Clock::now() - progress_sent_ >= base::kBatchAgeMax) send_progress();
  gate_.leave();
}

void BatchingOutput::drop_record() {
  if (!in_record_) return;
  for (auto& [name, writer] : writers_) writer->drop();
  in_record_ = false;
  gate_.leave();
}

Status BatchingOutput::finish() {
  if (in_record_) fatal("read() returned between begin() and end()");
  enter_call();
  const std::string open = in_scope_ ? scope_ : "";
  flush_all();
  send_trailer_alone();
  if (progress_ != nullptr) send_progress();
  gate_.leave();
  if (open.empty() || cancelled()) return absl::OkStatus();
  return base::internal(fmt::format(
      "read() returned while the scope '{}' is open; call close_scope() or abort_scope()", open));
}

// The start of every call that may send: a scope's end goes out before what follows it.
void BatchingOutput::enter_call() {
  if (in_record_) fatal("a record was begun and not ended: call end() first");
  gate_.enter();
  if (held_ != nullptr) send_held();
}

void BatchingOutput::after_record(Writer& writer) {
  if (writer.builder().full()) {
    flush(writer);
  } else if (look_at_age_.load(std::memory_order_relaxed)) {
    look_at_age_.store(false, std::memory_order_relaxed);
    send_old();
  }
}

// One stream's records, without the checkpoint.
void BatchingOutput::send_plain(Writer& writer) {
  const std::string& name = writer.builder().shape().stream().name;
  auto message = writer.builder().take(sink_.spare(name));
  message->mutable_batch()->set_scope(scope_);
  sink_.send(std::move(message));
}

// Sends one stream. If a checkpoint waits, the other streams go first: it speaks for all.
void BatchingOutput::flush(Writer& writer) {
  if (has_checkpoint_ || !marks_.empty()) {
    for (auto& [name, other] : writers_) {
      if (other.get() != &writer && !other->builder().empty()) send_plain(*other);
    }
  }
  const std::string& name = writer.builder().shape().stream().name;
  auto message = writer.builder().take(sink_.spare(name));
  message->mutable_batch()->set_scope(scope_);
  send_with_trailer(std::move(message));
  if (!anything_waits()) waiting_since_ = {};
}

// Sends every stream's records, the last with the checkpoint.
void BatchingOutput::flush_all() {
  Writer* last = nullptr;
  for (auto& [name, writer] : writers_) {
    if (writer->builder().empty()) continue;
    if (last != nullptr) send_plain(*last);
    last = writer.get();
  }
  if (last != nullptr) flush(*last);
}

bool BatchingOutput::anything_waits() const {
  return held_ != nullptr || has_checkpoint_ || !marks_.empty() ||
         std::any_of(writers_.begin(), writers_.end(),
                     [](const auto& entry) { return !entry.second->builder().empty(); });
}

void BatchingOutput::send_with_trailer(std::unique_ptr<v1::ReadResponse> message) {
  const auto add_marks = [this](auto* marks) {
    for (const auto& [stream, day] : marks_) {
      types::v1::Mark* mark = marks->Add();
      mark->set_stream(stream);
      mark->set_complete_to(day);
    }
    marks_.clear();
  };
  if (message->has_scope_open()) {
    if (!marks_.empty()) send_trailer_alone();
    if (has_checkpoint_) message->mutable_scope_open()->set_checkpoint(checkpoint_);
  } else if (message->has_scope_close()) {
    if (has_checkpoint_) message->mutable_scope_close()->set_checkpoint(checkpoint_);
    add_marks(message->mutable_scope_close()->mutable_marks());
  } else {
    if (has_checkpoint_) message->mutable_batch()->set_checkpoint(checkpoint_);
    add_marks(message->mutable_batch()->mutable_marks());
  }
  has_checkpoint_ = false;
  sink_.send(std::move(message));
}

void BatchingOutput::send_held() { send_with_trailer(std::move(held_)); }

// A checkpoint or marks with nothing to travel with.
void BatchingOutput::send_trailer_alone() {
  if (!has_checkpoint_ && marks_.empty()) return;
  auto message = std::make_unique<v1::ReadResponse>();
  v1::Batch* batch = message->mutable_batch();
  batch->set_stream(names_.empty() ? "" : names_.front());
  batch->set_scope(scope_);
  batch->mutable_columns();
  send_with_trailer(std::move(message));
}

void BatchingOutput::send_progress() {
  progress_sent_ = Clock::now();
  sink_.send(std::move(progress_));
}

void BatchingOutput::note_waiting() {
  if (waiting_since_ == SteadyTime{}) waiting_since_ = Clock::now();
}

void BatchingOutput::send_old() {
  const std::size_t messages_max = writers_.size() + 3;  // an end, a lone trailer, progress
  if (sink_.room() < messages_max) return;               // the hub is busy: the batch may fill up
  const SteadyTime now = Clock::now();
  // The end of a scope waits for the author's checkpoint (or next call) however old it is: sent
  // without it, a crash right then would make the next read open a closed scope again, half way
  // through.
  const bool awaits_checkpoint = held_ != nullptr && !has_checkpoint_;
  if (!awaits_checkpoint && waiting_since_ != SteadyTime{} &&
      now - waiting_since_ >= base::kBatchAgeMax - kTick) {
    waiting_since_ = {};
    if (held_ != nullptr) send_held();
    flush_all();
    send_trailer_alone();
  }
  if (progress_ != nullptr && now - progress_sent_ >= base::kBatchAgeMax) send_progress();
}

void BatchingOutput::age() {
  for (;;) {
    {
      absl::MutexLock lock(&stop_mutex_);
      if (stop_mutex_.AwaitWithTimeout(absl::Condition(&stopping_), absl::FromChrono(kTick))) {
        return;
      }
    }
    if (gate_.try_enter()) {
      send_old();
      gate_.leave();
    } else {
      look_at_age_.store(true, std::memory_order_relaxed);
    }
  }
}

}  // namespace passerelle::sdk
