#include "plugins/sdk/test_output.h"

#include <fmt/format.h>

#include <limits>

#include "plugins/sdk/config.h"
#include "plugins/sdk/fatal.h"
#include "plugins/sdk/shape.h"

namespace passerelle::sdk {
namespace {

class MemoryWriter final : public StreamWriter {
 public:
  MemoryWriter(Stream stream, Written* written, const std::string* scope)
      : shape_(std::move(stream)), written_(written), scope_(scope) {}

  StreamWriter& begin(std::string_view id, std::int64_t version, std::uint64_t position) override {
    if (open_) fatal("begin() without end() of the record before");
    open_ = true;
    shape_.rewind();
    record_ = {};
    record_.stream = shape_.stream().name;
    record_.scope = *scope_;
    record_.id = id;
    record_.version = version;
    record_.position = position;
    return *this;
  }
  StreamWriter& set(std::string_view field, std::string_view text) override {
    return set(shape_.index_of(field), text);
  }
  StreamWriter& set_number(std::string_view field, std::int64_t value) override {
    return set_number(shape_.index_of(field), value);
  }
  StreamWriter& set(std::size_t field, std::string_view text) override {
    expect_open();
    shape_.expect_text(field);
    record_.texts[shape_.stream().fields[field].name] = std::string(text);
    return *this;
  }
  StreamWriter& set_number(std::size_t field, std::int64_t value) override {
    expect_open();
    shape_.expect_number(field);
    record_.numbers[shape_.stream().fields[field].name] = value;
    return *this;
  }
  StreamWriter& natural_key(std::string_view key) override {
    expect_open();
    record_.natural_key = key;
    return *this;
  }
  void end() override {
    expect_open();
    open_ = false;
    written_->records.push_back(std::move(record_));
  }
  void deleted(std::string_view id, std::int64_t version, std::uint64_t position) override {
    begin(id, version, position);
    record_.deleted = true;
    end();
  }
  void reject(Reject reject) override { written_->rejects.push_back(std::move(reject)); }

 private:
  void expect_open() const {
    if (!open_) fatal("set() or end() without begin()");
  }

  Shape shape_;
  Written* written_;
  const std::string* scope_;
  WrittenRecord record_;
  bool open_ = false;
};

class MemoryOutput final : public Output {
 public:
  MemoryOutput(const std::vector<Stream>& streams, Written* written, std::size_t stop_after)
      : written_(written), stop_after_(stop_after) {
    for (const Stream& stream : streams) {
      names_.push_back(stream.name);
      writers_.emplace(stream.name, MemoryWriter(stream, written, &scope_));
    }
  }

  StreamWriter& stream(std::string_view name) override {
    const auto found = writers_.find(name);
    if (found == writers_.end()) refuse_stream(name, names_);
    return found->second;
  }
  void open_scope(std::string_view scope, const std::vector<std::string>& streams, Visibility,
                  bool replace, std::int64_t) override {
    if (in_scope_) fatal("open_scope() while a scope is open");
    for (const std::string& name : streams) stream(name);
    in_scope_ = true;
    scope_ = scope;
    written_->scopes.push_back({std::string(scope), false, replace, std::nullopt});
  }
  void close_scope() override {
    expect_scope();
    written_->scopes.back().closed = true;
    leave();
  }
  void abort_scope(Reject cause) override {
    expect_scope();
    written_->scopes.back().aborted = std::move(cause);
    leave();
  }
  void checkpoint(std::string_view state) override { written_->checkpoints.emplace_back(state); }
  void complete_to(std::string_view name, base::Days day) override {
    stream(name);
    written_->complete_to[std::string(name)] = day;
  }
  void progress(std::uint64_t, std::uint64_t, std::string_view) override {}
  bool cancelled() const override {
    return stop_after_ != 0 && written_->checkpoints.size() >= stop_after_;
  }
  bool in_scope() const { return in_scope_; }

 private:
  void expect_scope() const {
    if (!in_scope_) fatal("close_scope() or abort_scope() without an open scope");
  }
  void leave() {
    in_scope_ = false;
    scope_.clear();
  }

  Written* written_;
  std::size_t stop_after_;
  std::string scope_;
  bool in_scope_ = false;
  std::vector<std::string> names_;
  std::map<std::string, MemoryWriter, std::less<>> writers_;
};

}  // namespace

StatusOr<Written> read_in_process(Connector& connector, const std::string& config_json,
                                  const std::string& folder, std::string_view checkpoint,
                                  std::size_t stop_after_checkpoints,
                                  const std::map<std::string, std::string>& secrets) {
  std::vector<Problem> problems;
  const auto config = make_config(connector.describe().config,
                                  {config_json, secrets, folder, "Europe/Paris"}, &problems);
  if (config == nullptr) return base::invalid_argument(to_text(problems));
  problems = connector.check(*config);
  if (!problems.empty()) return base::invalid_argument(to_text(problems));
  PAS_ASSIGN_OR_RETURN(const std::vector<Stream> streams, connector.discover(*config));
  Written written;
  MemoryOutput output(streams, &written, stop_after_checkpoints);
  const Status status = connector.read(*config, checkpoint, output);
  const bool was_stopped = status.code() == absl::StatusCode::kCancelled && output.cancelled();
  if (!was_stopped) PAS_RETURN_IF_ERROR(status);
  if (output.in_scope() && !output.cancelled()) {
    return base::internal("read() returned while a scope is open; close_scope or abort_scope it");
  }
  return written;
}

}  // namespace passerelle::sdk
