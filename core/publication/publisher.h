// Serves the published state: keeps the ledger, the newest view and the subscriptions. The engine
// never waits for a subscriber, nor, with note(), for the ledger: one thread of the publisher
// writes the ledger and notes what changed, another builds messages, once per selection, for those
// subscribers that have room.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/flow/cells.h"
#include "core/publication/ledger.h"
#include "core/publication/perimeter.h"
#include "core/publication/query.h"
#include "core/publication/selector.h"

namespace passerelle::publication {

// How long a resume token is good for; an older one is answered by Reset and a snapshot.
inline constexpr std::chrono::hours kResumeAgeMax{7 * 24};

enum class Conflation : std::uint8_t {
  kLatest,  // a slow reader gets the newest value of each cell
  kNone,    // every published value, from the ledger
};

struct Target {
  Selector selector;
  std::string resume_token;  // of the last Progress received; empty: start with a snapshot
  std::chrono::milliseconds min_interval{0};
  Conflation conflation = Conflation::kLatest;
  // The account that asks: it sees its perimeter, and is sent a Reset when that changes. Empty: who
  // administers the hub and sees everything.
  std::string account = {};
};

// A serialised passerelle.hub.v1.SubscribeResponse without its `target` field. Put before it the
// two or more bytes of that field (field 1, varint) to have the whole message.
using Message = std::shared_ptr<const std::string>;

// One target of one subscriber. Destroying it ends it: its callback is not running afterwards, so
// do not destroy it from that callback or while holding a lock that the callback takes.
class Subscription {
 public:
  virtual ~Subscription() = default;
  // The next message to send, or null: then `on_ready` is called once as soon as there is one. Take
  // a message only when it can be sent: what is not taken is conflated. Any thread, one at a time.
  virtual Message next() = 0;
  // Asked after next() gave null: why nothing comes any more, or OK. UNAUTHENTICATED: the account
  // was revoked or has ended.
  virtual Status end() const = 0;
};

class Publisher {
 public:
  struct Settings {
    std::string folder;  // data/<authority>; holds ledger/ and token.key (0600, made if missing)
    std::string authority;
    std::uint32_t engine = 1;  // that makes what is published
    std::uint64_t epoch = 0;   // of the journal; other epochs' tokens are answered by Reset
    const base::Clock* clock = nullptr;  // must outlive the publisher
    // A Progress without cells is sent at most this often to one subscriber.
    std::chrono::milliseconds progress_interval{50};
    std::uint64_t ledger_segment_bytes_max = 64ULL << 20;
  };

  struct Counters {
    std::uint64_t subscriptions = 0;
    std::uint64_t selections = 0;      // distinct
    std::uint64_t serialisations = 0;  // of cell batches, since the start
    std::uint64_t resumes = 0;
    std::uint64_t resets = 0;
  };

  // Opens the ledger and the key. Errors: those of Ledger::open, and of the key file.
  static StatusOr<std::unique_ptr<Publisher>> open(Settings settings);
  ~Publisher();  // stops

  // From one thread at a time, in this order: start once with the state that was restored (from a
  // checkpoint, or of an empty journal), its marks and rights, then publish every later revision,
  // replayed ones too; those the ledger already has are not written again. Nobody can subscribe
  // before `start`. An error of either is one of the ledger's disk: stop the hub.
  Status start(std::shared_ptr<const flow::CellView> view, std::vector<flow::SourceMark> marks,
               std::shared_ptr<const flow::Access> access = nullptr);
  // Returns when it is in the ledger and readers have it.
  Status publish(flow::Delta delta, std::shared_ptr<const flow::CellView> view);

  // The cells that `view` does not show as they were published last, as they were: what another
  // engine made of the same commits. Reads all of the ledger. As publish.
  StatusOr<std::vector<model::PublishedCell>> published_otherwise(const flow::CellView& view) const;

  // As publish, for a revision that another follows at once (a load): returns before it is written,
  // unless kUnpublishedBytesMax wait, with the error of an earlier one if there was one. Readers
  // stay at the view they have until the next publish shows all of it. Not for a delta with
  // `reset`, nor when needs_view().
  Status note(flow::Delta delta);
  // Whether what comes next is compared with what another engine published.
  bool needs_view() const;
  // A delta whose memory may be used again.
  flow::Delta spare();

  // Any thread from here on. Waits for what was noted. Call flush(r) before a state checkpoint of r
  // counts as written.
  Status flush(model::Revision revision);
  model::Revision ledger_revision() const;             // the last one in the ledger
  std::shared_ptr<const flow::CellView> view() const;  // the newest; null before start
  std::vector<flow::SourceMark> marks() const;
  std::shared_ptr<const flow::Access> access() const;  // the newest, shown or not; never null
  // Of an account, or (empty) of who sees everything. UNAUTHENTICATED: there is none.
  StatusOr<std::shared_ptr<const Perimeter>> perimeter_of(const std::string& account) const;

  // Values as of a revision or a date; neither: the newest, as the account sees them today. Runs on
  // the caller's thread and may read files: not for a thread that must not wait.
  StatusOr<Answer> get(const Selector& selector, const AsOf& as_of,
                       const std::string& account = "") const;

  // `on_ready` is called from the publisher's worker and must not block. INVALID_ARGUMENT: the
  // selector, or a token of another selector; RESOURCE_EXHAUSTED: kSubscribersMax.
  StatusOr<std::unique_ptr<Subscription>> subscribe(Target target, std::function<void()> on_ready);

  Counters counters() const;
  // Ends all subscriptions (next() gives null from then on) and the worker. Called by ~Publisher.
  void stop();

 private:
  class Impl;
  explicit Publisher(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace passerelle::publication
