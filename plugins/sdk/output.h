// The Output that a running plugin gives to its connector: records become batches, batches and
// scopes become messages in the order of the contract.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "plugins/sdk/batch_builder.h"
#include "plugins/sdk/connector.h"

namespace passerelle::sdk {

// Where messages go: the stream of a Read.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  // Takes one message; waits while too many are on their way. Dropped once cancelled.
  virtual void send(std::unique_ptr<v1::ReadResponse> message) = 0;
  // Messages that send() takes without waiting.
  virtual std::size_t room() const = 0;
  virtual bool cancelled() const = 0;
  // A message of that stream that was sent and may be filled again; nullptr if there is none.
  virtual std::unique_ptr<v1::ReadResponse> spare(const std::string& stream) = 0;
};

// Keeps the connector's thread and the one that sends old batches out of one record. Held for one
// record or one call, so waiting is short and rare.
class Gate {
 public:
  bool try_enter() { return !busy_.exchange(true, std::memory_order_acquire); }
  void enter() {
    while (!try_enter()) std::this_thread::yield();
  }
  void leave() { busy_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> busy_{false};
};

// Calls come from one thread, the connector's; a thread of its own sends what is older than
// kBatchAgeMax while the connector waits for its source.
class BatchingOutput final : public Output {
 public:
  // `sink` must outlive the output. Records of streams not in `wanted` are dropped; empty: all.
  BatchingOutput(std::vector<Stream> streams, const std::vector<std::string>& wanted,
                 MessageSink& sink);
  ~BatchingOutput() override;

  StreamWriter& stream(std::string_view name) override;
  void open_scope(std::string_view scope, const std::vector<std::string>& streams,
                  Visibility visibility, bool replace, std::int64_t version) override;
  void close_scope() override;
  void abort_scope(Reject cause) override;
  void checkpoint(std::string_view state) override;
  void complete_to(std::string_view stream, base::Days day) override;
  void progress(std::uint64_t done, std::uint64_t total, std::string_view what) override;
  bool cancelled() const override { return sink_.cancelled(); }

  // After read() has failed: forgets a record that was begun and not ended.
  void drop_record();
  // Sends what is left. INTERNAL if a scope is still open.
  Status finish();

 private:
  class Writer;
  using SteadyTime = std::chrono::steady_clock::time_point;

  // All of these: inside the gate.
  void enter_call();
  void send_plain(Writer& writer);
  void flush(Writer& writer);
  void flush_all();
  void send_with_trailer(std::unique_ptr<v1::ReadResponse> message);
  void send_held();
  void send_trailer_alone();
  void send_progress();
  void leave_scope(bool aborted, Reject* cause);
  void after_record(Writer& writer);
  void send_old();
  void note_waiting();
  bool anything_waits() const;

  void age();  // the thread's body

  MessageSink& sink_;
  Gate gate_;
  bool in_record_ = false;  // the connector's thread: between begin() and end()
  std::map<std::string, std::unique_ptr<Writer>, std::less<>> writers_;
  std::vector<std::string> names_;
  std::string scope_;
  std::string scope_stream_;
  bool in_scope_ = false;
  // What waits to travel with the next message that goes last.
  bool has_checkpoint_ = false;
  std::string checkpoint_;
  std::map<std::string, base::Days> marks_;
  // A scope's end waits for a checkpoint, so that both are committed together.
  std::unique_ptr<v1::ReadResponse> held_;
  std::unique_ptr<v1::ReadResponse> progress_;
  SteadyTime progress_sent_{};
  // Since when something waits; the epoch: nothing does.
  SteadyTime waiting_since_{};
  std::atomic<bool> look_at_age_{false};  // asks the connector's thread, which held the gate

  absl::Mutex stop_mutex_;
  bool stopping_ ABSL_GUARDED_BY(stop_mutex_) = false;
  std::thread ager_;
};

}  // namespace passerelle::sdk
