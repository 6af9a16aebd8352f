#include "core/publication/subscriber.h"

#include <algorithm>

#include "core/base/limits.h"

namespace passerelle::publication {
namespace {

// Ledger bytes read in one go, so that one resuming subscriber does not hold up the others.
constexpr std::size_t kSliceBytes = 4 << 20;
// Of a subscriber to every value: at least one revision, which is put into the queue whole.
constexpr std::size_t kEachSliceBytes = 16 << 10;
// A subscriber that takes nothing for so long in the middle of a long transmission loses it: it
// keeps a whole view of the cells in memory. It is sent a snapshot when it comes back.
constexpr std::chrono::seconds kStallMax{10};

}  // namespace

Subscriber::Subscriber(Settings settings, std::shared_ptr<Outbox> outbox, Selection& selection,
                       Context& context, Counts& counts)
    : settings_(std::move(settings)),
      outbox_(std::move(outbox)),
      selection_(selection),
      context_(context),
      counts_(counts) {
  ++selection_.subscribers;
  if (!settings_.restart_reason.empty()) restart(settings_.restart_reason);
  if (!settings_.resume) return;
  const ResumePoint& point = *settings_.resume;
  if (point.epoch != context_.epoch) {
    restart("the hub's history was restored from a backup; the token is of the time before");
  } else if (point.revision > selection_.at()) {
    restart("the token is of a later revision than the hub's");
  } else if (point.revision < context_.ledger.resumable_from(kResumeAgeMax)) {
    restart("the token is older than the history that is kept for resuming (7 days)");
  } else if (point.scope != selection_.scope_hash()) {
    restart("the indicators of a family, or what the account may see, are not what they were");
  } else {
    phase_ = Phase::kResume;
    cursor_.after = point.revision;
    alerted_ = point.revision;
  }
}

Subscriber::~Subscriber() {
  leave();
  --selection_.subscribers;
}

void Subscriber::leave() {
  if (joined_) selection_.leave(sent_);
  joined_ = false;
}

void Subscriber::tell_alerts(model::Revision revision) {
  const auto alerts = selection_.stand().view->alerts();
  if (alerts != nullptr && alerted_) {
    const auto from = std::upper_bound(
        alerts->begin(), alerts->end(), *alerted_,
        [](model::Revision told, const auto& known) { return told < known->revision; });
    for (auto at = from; at != alerts->end() && (*at)->revision <= revision; ++at) {
      if (selection_.asks_for(**at)) outbox_->push(alert(**at));
    }
  }
  alerted_ = std::max(alerted_.value_or(0), revision);
}

// What was handed over is the state at `revision`.
void Subscriber::be_at(model::Revision revision) {
  leave();
  sent_ = revision;
  if (settings_.target.conflation == Conflation::kLatest) {
    selection_.join(revision);
    joined_ = true;
  }
}

void Subscriber::restart(const std::string& reason) {
  ++counts_.resets;
  leave();
  transmission_ = nullptr;
  outbox_->clear();
  since_token_.clear();
  outbox_->push(reset(reason));
  phase_ = Phase::kSnapshot;
}

std::pair<Subscriber::Settings, std::shared_ptr<Outbox>> Subscriber::leave_for(
    const std::string& reason) {
  outbox_->clear();
  Settings anew = settings_;
  anew.resume.reset();
  anew.restart_reason = reason;
  return {std::move(anew), outbox_};
}

void Subscriber::expel(const Status& why) {
  restart(base::message_of(why));
  outbox_->finish(why);
  outbox_->notify();
}

Subscriber::Time Subscriber::pump(Time now) {
  constexpr Time kNever = Time::max();
  if (transmission_ != nullptr) feed(now);
  if (transmission_ != nullptr) return last_taken_ + kStallMax;
  Time again = kNever;
  switch (phase_) {
    case Phase::kSnapshot:
      if (outbox_->empty()) {
        begin_snapshot();
      } else {
        outbox_->set_more(true);
      }
      break;
    case Phase::kResume:
      read_ledger_for_resume();
      if (phase_ == Phase::kResume && transmission_ == nullptr) return now;
      break;
    case Phase::kLive:
      again = pump_live(now);
      break;
    case Phase::kEach:
      pump_each();
      break;
  }
  if (transmission_ != nullptr) {
    last_taken_ = now;
    feed(now);
    if (transmission_ != nullptr) again = std::min(again, now + kStallMax);
  }
  outbox_->notify();
  return again;
}

void Subscriber::feed(Time now) {
  const std::uint64_t taken = outbox_->taken();
  if (taken != taken_) last_taken_ = now;
  taken_ = taken;
  Transmission& it = *transmission_;
  for (; next_message_ < it.size(); ++next_message_) {
    if (!outbox_->has_room()) {
      if (now - last_taken_ >= kStallMax) {
        restart("nothing was taken for 10 seconds in the middle of a long message");
      }
      outbox_->set_more(true);
      outbox_->notify();
      return;
    }
    outbox_->push(it.message(next_message_));
  }
  tell_alerts(it.facts().revision);
  outbox_->push(it.progress(conflated_));
  transmission_ = nullptr;
  next_message_ = 0;
  next_cells_ = now + settings_.target.min_interval;
  next_progress_ = now + std::max(settings_.target.min_interval, settings_.progress_interval);
  outbox_->notify();
}

void Subscriber::begin_snapshot() {
  transmission_ = selection_.snapshot();
  next_message_ = 0;
  if (!alerted_) alerted_ = selection_.at();
  be_at(selection_.at());
  if (settings_.target.conflation == Conflation::kLatest) {
    phase_ = Phase::kLive;
    return;
  }
  phase_ = Phase::kEach;
  cursor_ = LedgerCursor{};
  cursor_.after = sent_;
  each_hash_ = selection_.hash();
  each_cells_ = selection_.cells();
}

// A slice of the history since the token; at its end the subscriber is like any other.
void Subscriber::read_ledger_for_resume() {
  const auto whole = context_.ledger.scan(
      &cursor_, selection_.at(), kSliceBytes, [&](const LedgerRevision& revision) {
        for (const LedgerChange& change : revision.changes) {
          const CellId id = cell_id(change.group, change.indicator);
          if (since_token_.contains(id)) continue;
          if (!selection_.locate(id).selected) continue;
          // Generation 0 is no layout's: the place is looked up when the slices are done.
          since_token_.emplace(id, Pending{change.before, {}, 0, false});
        }
      });
  if (!whole.ok()) {
    restart(base::message_of(whole.status()));
    return;
  }
  if (*whole) finish_resume();
}

void Subscriber::finish_resume() {
  ++counts_.resumes;
  if (settings_.target.conflation == Conflation::kLatest) {
    transmission_ = selection_.delta_of(since_token_);
    next_message_ = 0;
    be_at(selection_.at());
    phase_ = Phase::kLive;
  } else {
    selection_.rewind(since_token_, &each_hash_, &each_cells_);
    be_at(settings_.resume->revision);
    cursor_ = LedgerCursor{};
    cursor_.after = sent_;
    phase_ = Phase::kEach;
    if (sent_ == selection_.at()) {  // nothing comes, and that is worth saying
      outbox_->push(progress(selection_.facts_at(sent_, each_cells_, each_hash_), conflated_));
    }
    pump_each();
  }
  since_token_ = PendingCells{};
}

Subscriber::Time Subscriber::pump_live(Time now) {
  if (sent_ == selection_.at()) return Time::max();
  const Time due = selection_.has_changes(sent_) ? next_cells_ : next_progress_;
  if (now < due) return due;
  if (!outbox_->empty()) {  // until then, later revisions are netted with these
    outbox_->set_more(true);
    return Time::max();
  }
  std::uint64_t published = 0;
  transmission_ = selection_.delta(sent_, &published);
  next_message_ = 0;
  conflated_ += published - std::min(published, transmission_->cells());
  be_at(selection_.at());
  return Time::max();
}

void Subscriber::pump_each() {
  while (sent_ < selection_.at()) {
    if (!outbox_->has_room()) {
      outbox_->set_more(true);
      return;
    }
    const auto whole =
        context_.ledger.scan(&cursor_, selection_.at(), kEachSliceBytes,
                             [this](const LedgerRevision& revision) { send_each(revision); });
    if (!whole.ok()) {
      restart(base::message_of(whole.status()));
      return;
    }
    sent_ = cursor_.after;
  }
}

void Subscriber::send_each(const LedgerRevision& revision) {
  BatchWriter writer;
  const flow::CellView& view = *selection_.stand().view;
  for (const LedgerChange& change : revision.changes) {
    const CellId id = cell_id(change.group, change.indicator);
    const Location location = selection_.locate(id);
    if (!location.selected) continue;
    const auto words = words_of(id, location, view, context_.ledger);
    if (!words.ok()) continue;
    const model::CellValue before = selection_.shown(id, location, change.before);
    const model::CellValue after = selection_.shown(id, location, change.after);
    if (after.same_value(before)) continue;  // of a hidden cell
    const std::string text = key_text(words->indicator, words->dimensions);
    if (!before.absent) {
      each_hash_ ^= model::cell_hash(text, before);
      --each_cells_;
    }
    if (!after.absent) {
      each_hash_ ^= model::cell_hash(text, after);
      ++each_cells_;
    }
    writer.add(words->indicator, words->dimensions, after, revision.revision, &before);
    if (writer.cells() >= base::kCellsPerMessageMax) outbox_->push(writer.take());
  }
  outbox_->push(writer.take());
  tell_alerts(revision.revision);
  outbox_->push(
      progress(selection_.facts_at(revision.revision, each_cells_, each_hash_), conflated_));
}

}  // namespace passerelle::publication
