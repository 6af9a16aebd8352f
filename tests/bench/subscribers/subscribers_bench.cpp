// How long 1,000 corrections take until the last of 1, 100 and 1,000 subscribers has the new
// values: decoded, durable, folded, in the ledger, sent over the hub's Unix socket and parsed.
//
//   subscribers_bench FOLDER WORKLOAD [rounds]
//
// FOLDER was kept by tests/bench/path/bench.py (--keep), WORKLOAD is what it was loaded from.
// Subscriber i follows twenty indicators of direction i mod 40, by activity and month. Hub and
// subscribers share this process and its cores.
#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/app/hub.h"
#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "passerelle/connector/v1/connector.pb.h"
#include "passerelle/hub/v1/indicators.grpc.pb.h"

namespace passerelle {
namespace {

namespace pb = passerelle::connector::v1;
namespace types = passerelle::types::v1;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 1'000;
constexpr int kDirections = 40;
constexpr int kIndicators = 20;
constexpr int kChannels = 4;
constexpr std::int64_t kFirstVersion = 1'000;  // beyond those of the workload

struct FieldOfLine {
  const char* name;
  types::FieldType type;
};
// In the order of the workload's columns after op, id and version.
constexpr FieldOfLine kFields[] = {
    {"date", types::FIELD_TYPE_DATE},       {"nature", types::FIELD_TYPE_STRING},
    {"function", types::FIELD_TYPE_STRING}, {"chapter", types::FIELD_TYPE_STRING},
    {"service", types::FIELD_TYPE_STRING},  {"amount", types::FIELD_TYPE_DECIMAL},
    {"flow", types::FIELD_TYPE_STRING}};

std::string numbered(const std::string& prefix, int number) {
  return prefix + (number < 10 ? "0" : "") + std::to_string(number);
}

void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

pb::DiscoverResponse streams() {
  pb::DiscoverResponse all;
  pb::StreamType* stream = all.add_streams();
  stream->set_name("line");
  stream->set_kind("bench_line");
  for (const FieldOfLine& known : kFields) {
    types::Field* field = stream->add_fields();
    field->set_name(known.name);
    field->set_type(known.type);
    if (known.type == types::FIELD_TYPE_DECIMAL) field->set_scale(2);
  }
  return all;
}

// The first lines of the workload, as they were loaded.
std::vector<std::vector<std::string>> lines_of(const std::string& workload, std::size_t count) {
  std::ifstream file(workload + "/load_f.csv");
  std::vector<std::vector<std::string>> lines;
  for (std::string text; lines.size() < count && std::getline(file, text);) {
    std::vector<std::string> columns;
    std::istringstream in(text);
    for (std::string column; std::getline(in, column, ',');) columns.push_back(column);
    if (columns.size() == 10) lines.push_back(std::move(columns));
  }
  if (lines.size() < count) fail(workload + "/load_f.csv holds too few lines");
  return lines;
}

// The same lines, each with an amount that differs by `cents`.
std::unique_ptr<pb::ReadResponse> corrections(const std::vector<std::vector<std::string>>& lines,
                                              std::size_t first, std::int64_t version,
                                              std::int64_t cents) {
  auto message = std::make_unique<pb::ReadResponse>();
  message->mutable_batch()->set_stream("line");
  for (std::size_t i = first; i < first + kBatch; ++i) {
    const std::vector<std::string>& line = lines[i];
    pb::Row* row = message->mutable_batch()->mutable_rows()->add_rows();
    row->set_id(line[1]);
    row->set_version(version);
    for (std::size_t f = 0; f < std::size(kFields); ++f) {
      pb::Value& value = (*row->mutable_values())[kFields[f].name];
      const std::string& text = line[3 + f];
      if (kFields[f].type == types::FIELD_TYPE_DATE) {
        value.set_date(static_cast<std::int32_t>(base::parse_date(text).value()));
      } else if (kFields[f].type == types::FIELD_TYPE_DECIMAL) {
        value.mutable_decimal()->set_scaled(base::parse_scaled(text, 2).value() + cents);
        value.mutable_decimal()->set_scale(2);
      } else {
        value.set_text(text);
      }
    }
  }
  return message;
}

// Counts subscribers that have reached a revision.
class Finish {
 public:
  void aim(std::uint64_t revision, std::size_t subscribers) {
    const std::lock_guard<std::mutex> lock(mutex_);
    revision_ = revision;
    left_ = subscribers;
    for (const std::uint64_t reached : reached_) left_ -= reached >= revision ? 1 : 0;
  }
  std::size_t join() {
    const std::lock_guard<std::mutex> lock(mutex_);
    reached_.push_back(0);
    return reached_.size() - 1;
  }
  void reach(std::size_t subscriber, std::uint64_t revision) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const bool counts = reached_[subscriber] < revision_ && revision >= revision_;
    reached_[subscriber] = revision;
    if (!counts || --left_ > 0) return;
    at_ = Clock::now();
    all_.notify_all();
  }
  // When the last one did.
  Clock::time_point wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!all_.wait_for(lock, std::chrono::seconds(60), [this] { return left_ == 0; })) {
      fail("a subscriber has not got its values within a minute");
    }
    return at_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::vector<std::uint64_t> reached_;
  std::uint64_t revision_ = 0;
  std::size_t left_ = 0;
  Clock::time_point at_;
};

class Subscriber final
    : public grpc::ClientBidiReactor<hub::v1::SubscribeRequest, hub::v1::SubscribeResponse> {
 public:
  Subscriber(hub::v1::IndicatorService::Stub& stub, int direction, Finish* finish)
      : finish_(*finish), number_(finish->join()) {
    hub::v1::Target* target = request_.mutable_add();
    target->set_id(1);
    for (int i = 0; i < kIndicators; ++i) {
      target->mutable_selector()->add_indicators(numbered("F", i));
    }
    target->mutable_selector()->add_by("activity");
    target->mutable_selector()->add_by("direction");
    (*target->mutable_selector()->mutable_filter())["direction"] = numbered("D", direction + 1);
    stub.async()->Subscribe(&context_, this);
    StartRead(&response_);
    StartWrite(&request_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    cells_ += static_cast<std::uint64_t>(response_.cells().cells_size());
    if (response_.has_progress()) finish_.reach(number_, response_.progress().revision());
    StartRead(&response_);
  }
  void OnDone(const grpc::Status&) override { done_.set_value(); }
  void stop() {
    context_.TryCancel();
    done_.get_future().wait();
  }
  std::uint64_t cells() const { return cells_; }

 private:
  Finish& finish_;
  const std::size_t number_;
  grpc::ClientContext context_;
  hub::v1::SubscribeRequest request_;
  hub::v1::SubscribeResponse response_;
  std::atomic<std::uint64_t> cells_{0};
  std::promise<void> done_;
};

void correct(app::Authority& authority, std::unique_ptr<pb::ReadResponse> message) {
  std::promise<Status> folded;
  authority.accept("f", std::move(message),
                   [&folded](const Status& status) { folded.set_value(status); });
  const Status status = folded.get_future().get();
  if (!status.ok()) fail(status.ToString());
}

void measure(app::Hub& hub, const std::vector<std::vector<std::string>>& lines, int subscribers,
             int rounds, std::int64_t* version) {
  app::Authority& authority = hub.authority();
  Finish finish;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::unique_ptr<hub::v1::IndicatorService::Stub>> stubs;
  for (int i = 0; i < kChannels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("bench.channel", i);  // a connection of its own
    arguments.SetMaxReceiveMessageSize(-1);
    channels.push_back(grpc::CreateCustomChannel("unix:" + hub.socket_path(),
                                                 grpc::InsecureChannelCredentials(), arguments));
    stubs.push_back(hub::v1::IndicatorService::NewStub(channels.back()));
  }
  std::vector<std::unique_ptr<Subscriber>> all;
  for (int i = 0; i < subscribers; ++i) {
    all.push_back(std::make_unique<Subscriber>(*stubs[static_cast<std::size_t>(i) % kChannels],
                                               i % kDirections, &finish));
  }
  finish.aim(authority.journal().last_revision(), all.size());
  finish.wait();
  const std::uint64_t before = all[0]->cells();
  std::vector<double> milliseconds;
  for (int round = 0; round < rounds; ++round) {
    const std::size_t first = static_cast<std::size_t>(round) % (lines.size() / kBatch) * kBatch;
    ++*version;
    auto message = corrections(lines, first, *version, 1 + *version % 7);
    finish.aim(authority.journal().last_revision() + 1, all.size());
    const auto began = Clock::now();
    correct(authority, std::move(message));
    const auto ended = finish.wait();
    milliseconds.push_back(std::chrono::duration<double, std::milli>(ended - began).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(60));  // nothing of it is under way
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double share) {
    return milliseconds[static_cast<std::size_t>(share * static_cast<double>(rounds - 1) + 0.5)];
  };
  std::printf(
      "%5d subscribers: p50 %.1f ms, p99 %.1f ms, longest %.1f ms; %llu cells a batch to the "
      "first\n",
      subscribers, at(0.5), at(0.99), milliseconds.back(),
      static_cast<unsigned long long>((all[0]->cells() - before) /
                                      static_cast<std::uint64_t>(rounds)));
  for (const auto& subscriber : all) subscriber->stop();
}

void run(const std::string& folder, const std::string& workload, int rounds) {
  spdlog::set_level(spdlog::level::warn);
  app::HubSettings settings;
  settings.model_folder = folder + "/model";
  settings.data_folder = folder + "/data";
  settings.plugin_folders = app::default_plugin_folders();
  auto hub = app::Hub::start(settings);
  if (!hub.ok()) fail(hub.status().ToString());
  // The plugins find nothing new; then this program speaks in the place of one.
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const Status declared = (*hub)->authority().declare("f", streams());
  if (!declared.ok()) fail(declared.ToString());
  const auto lines = lines_of(workload, 100 * kBatch);
  const auto last = (*hub)->authority().journal().last_revision();
  std::int64_t version = kFirstVersion + static_cast<std::int64_t>(last);
  for (const int subscribers : {1, 100, 1'000}) {
    measure(**hub, lines, subscribers, rounds, &version);
  }
  (*hub)->stop();
}

}  // namespace
}  // namespace passerelle

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "usage: subscribers_bench FOLDER WORKLOAD [rounds]\n");
    return 2;
  }
  passerelle::run(argv[1], argv[2], argc == 4 ? std::atoi(argv[3]) : 100);
  return 0;
}
