#include "core/publication/publisher.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <utility>

#include "core/base/limits.h"
#include "core/publication/backlog.h"
#include "core/publication/handle.h"
#include "core/publication/mutex.h"
#include "core/publication/outbox.h"
#include "core/publication/selection.h"
#include "core/publication/subscriber.h"
#include "core/publication/token.h"
#include "core/publication/watch.h"

namespace passerelle::publication {
namespace {

// A selector and a perimeter.
using SelectionKey = std::pair<base::Hash128, base::Hash128>;

struct Joiner {
  Subscriber::Settings settings;
  std::shared_ptr<Outbox> outbox;
};

}  // namespace

class Publisher::Impl {
 public:
  Impl(Settings settings, std::unique_ptr<Ledger> ledger, TokenMaker tokens)
      : settings_(std::move(settings)),
        ledger_(std::move(ledger)),
        tokens_(std::move(tokens)),
        context_{*ledger_, tokens_, settings_.epoch, {}} {}
  ~Impl() { stop(); }

  Status start(std::shared_ptr<const flow::CellView> view, std::vector<flow::SourceMark> marks,
               std::shared_ptr<const flow::Access> access);
  Status publish(flow::Delta delta, std::shared_ptr<const flow::CellView> view);
  Status note(flow::Delta delta);
  Backlog& backlog() { return backlog_; }
  StatusOr<std::unique_ptr<Subscription>> subscribe(Target target, std::function<void()> on_ready);
  void stop();
  Counters counters() const;
  Stand stand() const {
    const MutexLock lock(&mutex_);
    return stand_;
  }
  std::shared_ptr<const flow::Access> access() const {
    const MutexLock lock(&mutex_);
    return access_;
  }
  const Ledger& ledger() const { return *ledger_; }
  Ledger& ledger() { return *ledger_; }

 private:
  // The writer's thread.
  void write();
  Status write(const Backlog::Entry& entry);
  void apply(const Backlog::Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The worker.
  void work();
  bool turn();
  void take_heads();
  void admit(Joiner joiner);
  Selection* selection_for(const Selector& selector,
                           const std::shared_ptr<const Perimeter>& perimeter);
  std::shared_ptr<Watched> watch(const Selector& selector, Stand* stand);
  StatusOr<std::shared_ptr<const Perimeter>> perimeter_of(const std::string& account);
  bool check_rights();
  void wait_for_view(Joiner joiner);
  void serve();
  void drop_ended();

  const Settings settings_;
  const std::unique_ptr<Ledger> ledger_;
  const TokenMaker tokens_;
  Context context_;
  Backlog backlog_;
  Applied applied_;  // the writer's own: its memory serves again
  Subscriber::Counts counts_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  const std::shared_ptr<std::atomic<std::uint64_t>> places_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  std::atomic<std::uint64_t> selection_count_{0};

  mutable Mutex mutex_;
  Stand stand_ ABSL_GUARDED_BY(mutex_);
  std::vector<flow::SourceMark> marks_ ABSL_GUARDED_BY(mutex_);  // newest, shown or not
  std::shared_ptr<const flow::Access> access_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<const flow::Access>();  // the same
  // Revisions were noted that no view shows yet: what the index gathered must wait.
  bool behind_ ABSL_GUARDED_BY(mutex_) = false;
  WatchIndex index_ ABSL_GUARDED_BY(mutex_);
  std::vector<Joiner> joiners_ ABSL_GUARDED_BY(mutex_);
  // Groups met while the worker prepares a selection without the lock.
  bool gathering_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Applied::Fresh> gathered_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // The worker's own. `newest_`: no selection is at a newer one.
  Stand newest_;
  std::map<SelectionKey, std::unique_ptr<Selection>> selections_;
  Perimeters perimeters_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  Subscriber::Time again_ = Subscriber::Time::max();
  std::thread writer_;
  std::thread worker_;
};

Status Publisher::Impl::start(std::shared_ptr<const flow::CellView> view,
                              std::vector<flow::SourceMark> marks,
                              std::shared_ptr<const flow::Access> access) {
  PAS_RETURN_IF_ERROR(ledger_->start(*view));
  {
    const MutexLock lock(&mutex_);
    marks_ = marks;
    if (access != nullptr) access_ = std::move(access);
    stand_ = {std::move(view), std::move(marks), access_, 1};
  }
  writer_ = std::thread([this] { write(); });
  worker_ = std::thread([this] { work(); });
  return {};
}

Status Publisher::Impl::publish(flow::Delta delta, std::shared_ptr<const flow::CellView> view) {
  PAS_RETURN_IF_ERROR(backlog_.push({std::move(delta), std::move(view)}));
  return backlog_.settle();
}

Status Publisher::Impl::note(flow::Delta delta) {
  if (delta.reset) return base::internal("a model switch was noted without its view");
  return backlog_.push({std::move(delta), nullptr});
}

void Publisher::Impl::write() {
  Status written;
  flow::Delta spare;
  while (auto entry = backlog_.pop(std::move(written), std::move(spare))) {
    written = write(*entry);
    spare.changes = std::move(entry->delta.changes);
  }
}

Status Publisher::Impl::write(const Backlog::Entry& entry) {
  PAS_RETURN_IF_ERROR(ledger_->append(entry.delta, entry.view.get(), &applied_));
  {
    const MutexLock lock(&mutex_);
    apply(entry);
    behind_ = entry.view == nullptr;
    if (behind_) return {};
    stand_.view = entry.view;
    stand_.marks = marks_;
    stand_.access = access_;
  }
  bell_->ring();
  return {};
}

void Publisher::Impl::apply(const Backlog::Entry& entry) {
  const flow::Delta& delta = entry.delta;
  if (delta.marks_changed) marks_ = delta.marks;
  if (delta.access != nullptr) access_ = delta.access;
  if (gathering_) gathered_.insert(gathered_.end(), applied_.fresh.begin(), applied_.fresh.end());
  if (delta.reset) {
    ++stand_.generation;
    // Cells that selections had, found by their old places; then, in the new layout, the rest.
    for (const AppliedChange& change : applied_.changes) {
      if (change.has_old) index_.note(change, change.old_ref, stand_.generation);
    }
    index_.rebuild(*entry.view, *ledger_);
    for (const AppliedChange& change : applied_.changes) {
      if (!change.has_old && !change.gone) index_.note(change, change.ref, stand_.generation);
    }
    return;
  }
  if (index_.empty()) return;
  for (const Applied::Fresh& fresh : applied_.fresh) index_.take_up(fresh, delta.names);
  for (const AppliedChange& change : applied_.changes) {
    if (change.gone) continue;  // another engine's: nobody has subscribed yet
    index_.note(change, change.ref, stand_.generation);
  }
}

StatusOr<std::unique_ptr<Subscription>> Publisher::Impl::subscribe(Target target,
                                                                   std::function<void()> on_ready) {
  target.selector = normalised(std::move(target.selector));
  const Stand now = stand();
  if (now.view == nullptr) return base::unavailable("the hub is starting; try again");
  PAS_RETURN_IF_ERROR(Resolved::of(target.selector, *now.view).status());
  Joiner joiner;
  if (!target.resume_token.empty()) {
    PAS_ASSIGN_OR_RETURN(joiner.settings.resume, tokens_.read(target.resume_token));
    if (joiner.settings.resume->selector != hash_of(target.selector)) {
      return base::invalid_argument(
          "the resume token is of another selector; subscribe without a token");
    }
  }
  if (places_->fetch_add(1) >= base::kSubscribersMax) {
    --*places_;
    return base::resource_exhausted("there are " + std::to_string(base::kSubscribersMax) +
                                    " subscriptions, the most this hub serves; try again later");
  }
  joiner.settings.target = std::move(target);
  joiner.settings.progress_interval = settings_.progress_interval;
  joiner.outbox = std::make_shared<Outbox>(bell_, std::move(on_ready));
  auto handle = std::make_unique<Handle>(joiner.outbox, places_);
  {
    const MutexLock lock(&mutex_);
    if (stopping_) return base::unavailable("the hub is stopping");
    joiners_.push_back(std::move(joiner));
  }
  bell_->ring();
  return handle;
}

void Publisher::Impl::stop() {
  // The ledger gets what was noted.
  backlog_.close();
  if (writer_.joinable()) writer_.join();
  {
    const MutexLock lock(&mutex_);
    stopping_ = true;
  }
  bell_->ring();
  if (worker_.joinable()) worker_.join();
}

Publisher::Counters Publisher::Impl::counters() const {
  return {*places_, selection_count_, context_.serialisations, counts_.resumes, counts_.resets};
}

void Publisher::Impl::work() {
  while (turn()) bell_->wait(again_);
  for (const auto& subscriber : subscribers_) subscriber->close();
  subscribers_.clear();
  selections_.clear();
}

bool Publisher::Impl::turn() {
  std::vector<Joiner> joiners;
  {
    const MutexLock lock(&mutex_);
    if (!behind_ || stopping_) joiners.swap(joiners_);
    if (stopping_) {
      for (const Joiner& joiner : joiners) joiner.outbox->close();
      return false;
    }
  }
  drop_ended();
  take_heads();
  for (Joiner& joiner : joiners) admit(std::move(joiner));
  while (check_rights()) continue;
  serve();
  return true;
}

void Publisher::Impl::take_heads() {
  Stand stand;
  std::vector<std::pair<Selection*, Head>> heads;
  {
    const MutexLock lock(&mutex_);
    if (behind_) return;
    stand = newest_ = stand_;
    for (const auto& [hash, selection] : selections_) {
      heads.emplace_back(selection.get(), std::exchange(selection->watched()->head, Head{}));
    }
  }
  for (auto& [selection, head] : heads) {
    if (selection->at() == stand.view->revision()) continue;
    if (!selection->absorb(head, stand)) continue;
    for (const auto& subscriber : subscribers_) {
      if (&subscriber->selection() != selection) continue;
      subscriber->restart(
          "the steering model gave an indicator another grain, or a family other indicators");
    }
  }
}

// The next publish rings again.
void Publisher::Impl::wait_for_view(Joiner joiner) {
  const MutexLock lock(&mutex_);
  joiners_.push_back(std::move(joiner));
}

void Publisher::Impl::admit(Joiner joiner) {
  if (joiner.outbox->closed()) return;
  const auto perimeter = perimeter_of(joiner.settings.target.account);
  if (!perimeter.ok()) {
    joiner.outbox->finish(perimeter.status());
    joiner.outbox->notify();
    return;
  }
  Selection* selection = selection_for(joiner.settings.target.selector, *perimeter);
  if (selection == nullptr) return wait_for_view(std::move(joiner));
  subscribers_.push_back(std::make_unique<Subscriber>(
      std::move(joiner.settings), std::move(joiner.outbox), *selection, context_, counts_));
}

StatusOr<std::shared_ptr<const Perimeter>> Publisher::Impl::perimeter_of(
    const std::string& account) {
  return perimeters_.of(account, newest_.access, *newest_.view);
}

// Before anything of a revision is sent, at every revision: who does not see what they saw begins
// anew, who sees nothing any more is told so. True: some began anew, perhaps at a newer revision.
bool Publisher::Impl::check_rights() {
  std::vector<Joiner> moved;
  std::erase_if(subscribers_, [&](const std::unique_ptr<Subscriber>& subscriber) {
    if (subscriber->account().empty()) return false;
    const auto perimeter = perimeter_of(subscriber->account());
    if (!perimeter.ok()) {
      subscriber->expel(perimeter.status());
      return true;
    }
    if ((*perimeter)->hash() == subscriber->selection().perimeter().hash()) return false;
    auto [settings, outbox] = subscriber->leave_for("what the account may see has changed");
    moved.push_back({std::move(settings), std::move(outbox)});
    return true;
  });
  for (Joiner& joiner : moved) admit(std::move(joiner));
  return !moved.empty();
}

Selection* Publisher::Impl::selection_for(const Selector& selector,
                                          const std::shared_ptr<const Perimeter>& perimeter) {
  const SelectionKey hash(hash_of(selector), perimeter->hash());
  const auto known = selections_.find(hash);
  if (known != selections_.end()) return known->second.get();
  Stand stand;
  std::shared_ptr<Watched> watched = watch(selector, &stand);
  if (watched == nullptr) return nullptr;
  newest_ = stand;
  auto made =
      std::make_unique<Selection>(context_, std::move(watched), std::move(stand), perimeter);
  Selection* selection = made.get();
  selections_.emplace(hash, std::move(made));
  selection_count_ = selections_.size();
  return selection;
}

// Enters a selection in the index. The long part, looking at every group, is done without the lock;
// a model switch meanwhile makes it begin again. Null while revisions are noted but not shown.
std::shared_ptr<Watched> Publisher::Impl::watch(const Selector& selector, Stand* stand) {
  for (;;) {
    {
      const MutexLock lock(&mutex_);
      // What was noted already may have made groups that this view does not show, and that nothing
      // gathers any more.
      if (behind_) return nullptr;
      *stand = stand_;
      gathering_ = true;
      gathered_.clear();
    }
    auto watched = std::make_shared<Watched>();
    watched->selector = selector;
    watched->resolve(Resolved::lenient(selector, *stand->view), stand->view->cuboids().size());
    const std::vector<std::uint32_t> groups =
        watched_groups(watched->resolved, *stand->view, *ledger_);
    const MutexLock lock(&mutex_);
    gathering_ = false;
    if (behind_) return nullptr;
    if (stand_.generation != stand->generation) continue;
    *stand = stand_;
    index_.add(watched, groups);
    const auto last = static_cast<std::uint32_t>(index_.selections().size() - 1);
    for (const Applied::Fresh& fresh : gathered_) index_.take_up(fresh, *stand_.view, last);
    return watched;
  }
}

void Publisher::Impl::serve() {
  const Subscriber::Time now = std::chrono::steady_clock::now();
  again_ = Subscriber::Time::max();
  for (const auto& [hash, selection] : selections_) selection->ledger_readers = 0;
  for (const auto& subscriber : subscribers_) {
    again_ = std::min(again_, subscriber->pump(now));
    if (subscriber->reads_ledger()) ++subscriber->selection().ledger_readers;
  }
  for (const auto& [hash, selection] : selections_) {
    if (selection->ledger_readers == 0) selection->drop_locator();
  }
}

void Publisher::Impl::drop_ended() {
  std::erase_if(subscribers_, [](const auto& subscriber) { return subscriber->ended(); });
  for (auto it = selections_.begin(); it != selections_.end();) {
    if (it->second->subscribers > 0) {
      ++it;
      continue;
    }
    const MutexLock lock(&mutex_);
    it->second->watched()->ended = true;
    index_.tidy();
    it = selections_.erase(it);
  }
  selection_count_ = selections_.size();
}

Publisher::Publisher(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Publisher::~Publisher() { stop(); }

StatusOr<std::unique_ptr<Publisher>> Publisher::open(Settings settings) {
  PAS_ASSIGN_OR_RETURN(auto ledger,
                       Ledger::open({settings.folder + "/ledger", settings.epoch, settings.clock,
                                     settings.ledger_segment_bytes_max, settings.engine}));
  PAS_ASSIGN_OR_RETURN(TokenMaker tokens,
                       TokenMaker::open(settings.folder + "/token.key", settings.authority));
  return std::unique_ptr<Publisher>(new Publisher(
      std::make_shared<Impl>(std::move(settings), std::move(ledger), std::move(tokens))));
}

Status Publisher::start(std::shared_ptr<const flow::CellView> view,
                        std::vector<flow::SourceMark> marks,
                        std::shared_ptr<const flow::Access> access) {
  return impl_->start(std::move(view), std::move(marks), std::move(access));
}

Status Publisher::publish(flow::Delta delta, std::shared_ptr<const flow::CellView> view) {
  return impl_->publish(std::move(delta), std::move(view));
}

Status Publisher::note(flow::Delta delta) { return impl_->note(std::move(delta)); }
bool Publisher::needs_view() const { return impl_->ledger().needs_view(); }
flow::Delta Publisher::spare() { return impl_->backlog().spare(); }

StatusOr<std::vector<model::PublishedCell>> Publisher::published_otherwise(
    const flow::CellView& view) const {
  return impl_->ledger().published_otherwise(view);
}

Status Publisher::flush(model::Revision revision) {
  PAS_RETURN_IF_ERROR(impl_->backlog().settle());
  return impl_->ledger().flush(revision);
}
model::Revision Publisher::ledger_revision() const { return impl_->ledger().last_revision(); }
std::shared_ptr<const flow::CellView> Publisher::view() const { return impl_->stand().view; }
std::vector<flow::SourceMark> Publisher::marks() const { return impl_->stand().marks; }
std::shared_ptr<const flow::Access> Publisher::access() const { return impl_->access(); }

StatusOr<std::shared_ptr<const Perimeter>> Publisher::perimeter_of(
    const std::string& account) const {
  if (account.empty()) return std::make_shared<const Perimeter>();
  const Stand stand = impl_->stand();
  if (stand.view == nullptr) return base::unavailable("the hub is starting; try again");
  return publication::perimeter_of(account, *impl_->access(), *stand.view);
}

StatusOr<Answer> Publisher::get(const Selector& selector, const AsOf& as_of,
                                const std::string& account) const {
  PAS_ASSIGN_OR_RETURN(const auto perimeter, perimeter_of(account));
  const Stand stand = impl_->stand();
  if (stand.view == nullptr) return base::unavailable("the hub is starting; try again");
  if (as_of.live) {
    if (as_of.revision != 0 || !as_of.known_at.empty()) {
      return base::invalid_argument(
          "live values are of the newest revision; ask without a revision and a date");
    }
    PAS_ASSIGN_OR_RETURN(Answer live, publication::get(selector, stand.view->unclosed()));
    live.marks = stand.marks;
    hide(*perimeter, &live);
    return live;
  }
  PAS_ASSIGN_OR_RETURN(model::Revision revision, revision_of(as_of, *stand.view, impl_->ledger()));
  // The ledger may be ahead of the view by what is about to be shown.
  if (!as_of.known_at.empty()) revision = std::min(revision, stand.view->revision());
  const bool newest = revision == 0 || revision == stand.view->revision();
  PAS_ASSIGN_OR_RETURN(Answer answer,
                       newest ? publication::get(selector, *stand.view)
                              : get_as_of(selector, *stand.view, impl_->ledger(), revision));
  PAS_RETURN_IF_ERROR(fill_history(selector, *stand.view, impl_->ledger(), &answer));
  answer.marks = stand.marks;
  hide(*perimeter, &answer);
  return answer;
}

StatusOr<std::unique_ptr<Subscription>> Publisher::subscribe(Target target,
                                                             std::function<void()> on_ready) {
  return impl_->subscribe(std::move(target), std::move(on_ready));
}

Publisher::Counters Publisher::counters() const { return impl_->counters(); }
void Publisher::stop() { impl_->stop(); }

}  // namespace passerelle::publication
