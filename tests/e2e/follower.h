// A subscriber written from proto/README.md alone: it keeps its own cells, checks every Progress,
// and comes back with its last resume token whenever the hub goes away.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace grpc {
class ClientContext;
}
namespace passerelle::hub::v1 {
class Cell;
class Progress;
class SubscribeResponse;
}  // namespace passerelle::hub::v1

namespace passerelle::test {

class Follower {
 public:
  struct Selection {
    std::vector<std::string> indicators;
    std::vector<std::string> by;
    std::string counted;  // the indicator whose values total() adds up
  };
  // Follows in a thread of its own until destroyed.
  Follower(std::string socket_path, Selection selection);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // At the last Progress: the key's text to the value's bytes, as they are hashed; and their hash.
  std::map<std::string, std::string> cells() const;
  std::uint64_t hash() const;
  std::int64_t total() const { return total_; }

  int streams() const { return streams_; }        // that brought at least one Progress
  int resumed() const { return resumed_; }        // of them, begun with a token and no snapshot
  int snapshots() const { return snapshots_; }    // received
  int resets() const { return resets_; }          // received
  int progresses() const { return progresses_; }  // received, all checked
  // What was wrong with a Progress or an answer; empty: nothing.
  std::string faults() const;

 private:
  void run();
  void follow_once();
  bool take(const hub::v1::SubscribeResponse& response, bool* is_snapshot);
  void take_cell(const hub::v1::Cell& cell);
  void check(const hub::v1::Progress& progress);
  void fault(const std::string& text);

  const std::string address_;
  const Selection selection_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> total_{0};
  std::atomic<int> streams_{0};
  std::atomic<int> resumed_{0};
  std::atomic<int> snapshots_{0};
  std::atomic<int> resets_{0};
  std::atomic<int> progresses_{0};
  // Only the thread: the cells as received, which are whole at each Progress only.
  std::map<std::string, std::string> coming_;
  mutable std::mutex mutex_;
  grpc::ClientContext* running_ = nullptr;    // guarded by mutex_
  std::map<std::string, std::string> cells_;  // guarded by mutex_; at the token's Progress
  std::string token_;                         // goes with cells_
  std::uint64_t hash_ = 0;
  std::uint64_t revision_ = 0;
  std::string faults_;
  std::thread thread_;
};

}  // namespace passerelle::test
