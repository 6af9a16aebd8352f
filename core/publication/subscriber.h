// One target being served: what it was sent, and what comes next. Worker's thread only.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "core/publication/outbox.h"
#include "core/publication/selection.h"

namespace passerelle::publication {

class Subscriber {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Settings {
    Target target;  // its token is checked and read: `resume`
    std::optional<ResumePoint> resume;
    std::chrono::milliseconds progress_interval{50};
    std::string restart_reason = {};  // why it begins with a Reset; empty: it does not
  };
  struct Counts {
    std::atomic<std::uint64_t> resumes{0};
    std::atomic<std::uint64_t> resets{0};
  };

  // `selection`, `context` and `counts` outlive it.
  Subscriber(Settings settings, std::shared_ptr<Outbox> outbox, Selection& selection,
             Context& context, Counts& counts);
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  bool ended() const { return outbox_->closed(); }
  void close() { outbox_->close(); }
  Selection& selection() { return selection_; }
  bool reads_ledger() const { return phase_ == Phase::kResume || phase_ == Phase::kEach; }
  // Sends what there is room and time for. The time to be called again at the latest.
  Time pump(Time now);
  // Forgets what was sent: Reset and, once that was taken, a snapshot come next.
  void restart(const std::string& reason);
  const std::string& account() const { return settings_.target.account; }
  // What a new subscriber needs to begin anew in this one's place, which then sends nothing more.
  std::pair<Settings, std::shared_ptr<Outbox>> leave_for(const std::string& reason);
  // Sends Reset, then nothing any more.
  void expel(const Status& why);

 private:
  enum class Phase {
    kSnapshot,  // everything comes next
    kResume,    // finding out what changed since the token
    kLive,      // net changes
    kEach,      // every revision, from the ledger
  };
  void feed(Time now);
  void begin_snapshot();
  void read_ledger_for_resume();
  void finish_resume();
  Time pump_live(Time now);
  void pump_each();
  void send_each(const LedgerRevision& revision);
  // Alerts of its cells up to `revision`: before the Progress of that.
  void tell_alerts(model::Revision revision);
  void be_at(model::Revision revision);
  void leave();

  const Settings settings_;
  const std::shared_ptr<Outbox> outbox_;
  Selection& selection_;
  Context& context_;
  Counts& counts_;
  Phase phase_ = Phase::kSnapshot;
  bool joined_ = false;
  model::Revision sent_ = 0;
  std::uint64_t conflated_ = 0;
  std::optional<model::Revision> alerted_;  // alerts up to there were sent, or are of before
  Time next_cells_{};                       // not before
  Time next_progress_{};                    // of a Progress without cells, not before
  // What is being sent.
  std::shared_ptr<Transmission> transmission_;
  std::size_t next_message_ = 0;
  Time last_taken_{};
  std::uint64_t taken_ = 0;
  // Reading the ledger.
  LedgerCursor cursor_;
  PendingCells since_token_;
  std::uint64_t each_hash_ = 0;
  std::uint64_t each_cells_ = 0;
};

}  // namespace passerelle::publication
