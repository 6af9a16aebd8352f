#include "core/consolidation/alerts.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/base/limits.h"

namespace passerelle::consolidation {
namespace {

constexpr std::size_t kAlertSectionBytes = base::kStateSectionBytesMax / 2;

std::optional<Bounds> bounds_of(const Fold& fold, model::CellRef ref) {
  const GroupStore& store = *fold.stores()[ref.cuboid];
  return bounds_for(store.layout(), store.layout().cells[ref.indicator], view_of(store, ref.group));
}

// By cuboid: whether a target is about its cells. The views of the organisation repeat what `was`
// tells.
std::vector<bool> watched_cuboids(const ModelPlan& plan) {
  std::vector<bool> watched;
  for (std::uint32_t cuboid = 0; cuboid < plan.infos().size(); ++cuboid) {
    const auto& cells = plan.layout(cuboid).cells;
    watched.push_back(!plan.infos()[cuboid].indicators.empty() &&
                      !is_of_a_view(plan.infos()[cuboid]) &&
                      std::any_of(cells.begin(), cells.end(), std::mem_fn(&CellPlan::has_goals)));
  }
  return watched;
}

void put_alert(const flow::Alert& alert, StateWriter* out) {
  out->put(alert.number);
  out->put(alert.revision);
  out->put(alert.at);
  out->put(alert.cause);
  out->put_text(alert.indicator);
  out->put(alert.grain);
  out->put(static_cast<std::uint32_t>(alert.dimensions.size()));
  for (const auto& [dimension, value] : alert.dimensions) {
    out->put_text(dimension);
    out->put_text(value);
  }
  out->put(alert.from);
  out->put(alert.to);
  out->put(alert.value);
  out->put(alert.target);
  out->put(alert.scale);
  out->put(alert.acknowledged.revision);
  out->put(alert.acknowledged.at);
  out->put_text(alert.acknowledged.author);
  out->put_text(alert.acknowledged.comment);
}

flow::Alert get_alert(StateReader* in) {
  flow::Alert alert;
  alert.number = in->get<std::uint64_t>();
  alert.revision = in->get<model::Revision>();
  alert.at = in->get<base::Instant>();
  alert.cause = in->get<flow::Cause>();
  alert.indicator = in->get_text();
  alert.grain = in->get<base::Grain>();
  const auto dimensions = in->get<std::uint32_t>();
  for (std::uint32_t i = 0; in->ok() && i < dimensions; ++i) {
    const std::string dimension(in->get_text());
    alert.dimensions.emplace_back(dimension, in->get_text());
  }
  alert.from = in->get<model::CellStatus>();
  alert.to = in->get<model::CellStatus>();
  alert.value = in->get<std::int64_t>();
  alert.target = in->get<std::int64_t>();
  alert.scale = in->get<std::uint8_t>();
  alert.acknowledged.revision = in->get<model::Revision>();
  alert.acknowledged.at = in->get<base::Instant>();
  alert.acknowledged.author = in->get_text();
  alert.acknowledged.comment = in->get_text();
  return alert;
}

// Of a group without its period.
template <typename Values>
std::string key_text(const Values& values) {
  std::string key;
  for (const auto& value : values) {
    key += std::to_string(value.size()) + ":";
    key += value;
  }
  return key;
}

Status give(const SectionSink& sink, std::string_view name, bool always, StateWriter* out) {
  if (out->size() == 0 || (!always && out->size() < kAlertSectionBytes)) return absl::OkStatus();
  PAS_RETURN_IF_ERROR(sink(name, out->bytes()));
  out->clear();
  return absl::OkStatus();
}

}  // namespace

AlertWatch::Line AlertWatch::line_of(const flow::CellView& cells, model::CellRef ref) {
  return {ref.cuboid, ref.indicator, key_text(cells.values(ref.cuboid, ref.group))};
}

void AlertWatch::remember(model::CellRef ref, Line line, base::Period at_period,
                          model::CellStatus status) {
  last_[ref] = status;
  const std::uint32_t period = at_period.packed();
  const auto [at, is_new] = newest_.try_emplace(std::move(line), period, ref);
  if (!is_new && at->second.first < period) at->second = {period, ref};
}

void AlertWatch::note(const Moment& moment, const Fold& fold, const flow::CellView& shown,
                      const std::vector<flow::CellChange>& changes) {
  std::vector<std::pair<model::CellRef, model::CellValue>> statuses;
  for (const flow::CellChange& change : changes) {
    if (change.after.status == model::CellStatus::kNone || !watched_[change.ref.cuboid]) continue;
    statuses.emplace_back(change.ref, change.after);
  }
  if (!statuses.empty()) note(moment, fold, shown, statuses);
}

void AlertWatch::wait(const std::vector<flow::CellChange>& changes) {
  if (all_wait_) return;
  for (const flow::CellChange& change : changes) {
    const bool has_status = change.after.status != model::CellStatus::kNone;
    if (has_status && watched_[change.ref.cuboid]) waiting_.insert(change.ref);
  }
}

void AlertWatch::note_waiting(const Moment& moment, const Fold& fold, const flow::CellView& shown) {
  std::vector<std::pair<model::CellRef, model::CellValue>> statuses;
  for (const model::CellRef& ref : waiting_) {
    const model::CellValue value = shown.cell(ref);
    if (value.status != model::CellStatus::kNone) statuses.emplace_back(ref, value);
  }
  waiting_.clear();
  if (std::exchange(all_wait_, false)) {
    note_all(moment, fold, shown);
  } else if (!statuses.empty()) {
    note(moment, fold, shown, statuses);
  }
}

void AlertWatch::note_all(const Moment& moment, const Fold& fold, const flow::CellView& shown) {
  std::vector<std::pair<model::CellRef, model::CellValue>> statuses;
  for (std::uint32_t cuboid = 0; cuboid < shown.cuboids().size(); ++cuboid) {
    if (!watched_[cuboid]) continue;
    for (std::uint16_t i = 0; i < shown.cuboids()[cuboid].indicators.size(); ++i) {
      if (!fold.plan()->layout(cuboid).cells[i].has_goals()) continue;
      for (std::uint32_t group = 0; group < shown.group_count(cuboid); ++group) {
        const model::CellValue value = shown.cell({cuboid, group, i});
        if (value.status == model::CellStatus::kNone) continue;
        statuses.emplace_back(model::CellRef{cuboid, group, i}, value);
      }
    }
  }
  note(moment, fold, shown, statuses);
}

void AlertWatch::note(const Moment& moment, const Fold& fold, const flow::CellView& shown,
                      const std::vector<std::pair<model::CellRef, model::CellValue>>& statuses) {
  std::vector<Crossing> crossings;
  // Of each line that goes on: the newest new cell.
  std::map<Line, std::pair<std::uint32_t, const std::pair<model::CellRef, model::CellValue>*>> next;
  for (const auto& entry : statuses) {
    const auto& [ref, value] = entry;
    const auto known = last_.find(ref);
    if (known != last_.end()) {
      if (known->second != value.status) crossings.push_back({ref, known->second, value});
      known->second = value.status;
      continue;
    }
    const std::uint32_t period = shown.period(ref.cuboid, ref.group).packed();
    const auto [at, is_new] = next.try_emplace(line_of(shown, ref), period, &entry);
    if (!is_new && at->second.first < period) at->second = {period, &entry};
  }
  for (const auto& [line, newest] : next) {
    const auto before = newest_.find(line);
    if (before == newest_.end() || newest.first < before->second.first) continue;
    const model::CellStatus from = last_.at(before->second.second);
    const auto& [ref, value] = *newest.second;
    if (from != value.status) crossings.push_back({ref, from, value});
  }
  for (const auto& [ref, value] : statuses) {
    if (last_.contains(ref)) continue;
    remember(ref, line_of(shown, ref), shown.period(ref.cuboid, ref.group), value.status);
  }
  if (!crossings.empty()) tell(moment, fold, shown, crossings);
}

void AlertWatch::tell(const Moment& moment, const Fold& fold, const flow::CellView& shown,
                      const std::vector<Crossing>& crossings) {
  // By words: places depend on the order in which a process met the groups.
  std::map<CellWords, const Crossing*> sorted;
  for (const Crossing& crossing : crossings) {
    sorted.emplace(words_of(shown, crossing.ref), &crossing);
  }
  flow::Alerts alerts = list_ == nullptr ? flow::Alerts() : *list_;
  for (const auto& [words, crossing] : sorted) {
    auto alert = std::make_shared<flow::Alert>();
    alert->number = ++told_;
    alert->revision = moment.revision;
    alert->at = moment.at;
    alert->cause = moment.cause;
    alert->indicator = words.indicator;
    alert->grain = words.period.grain();
    for (std::size_t i = 0; i < words.dimensions.size(); ++i) {
      alert->dimensions.emplace_back(words.dimensions[i], words.values[i]);
    }
    alert->dimensions.emplace_back("period", words.period.to_string());
    std::sort(alert->dimensions.begin(), alert->dimensions.end());
    alert->from = crossing->from;
    alert->to = crossing->value.status;
    alert->value = crossing->value.scaled;
    alert->scale = crossing->value.scale;
    if (const auto bounds = bounds_of(fold, crossing->ref)) alert->target = bounds->green;
    alerts.push_back(std::move(alert));
  }
  if (alerts.size() > kAlertsMax) {
    alerts.erase(alerts.begin(),
                 alerts.begin() + static_cast<std::ptrdiff_t>(alerts.size() - kAlertsMax));
  }
  list_ = std::make_shared<const flow::Alerts>(std::move(alerts));
}

Status AlertWatch::check(const model::AlertAcknowledged& acknowledged) const {
  if (acknowledged.author.empty()) {
    return base::invalid_argument("an acknowledgement names its author");
  }
  for (const auto& alert : list_ == nullptr ? flow::Alerts() : *list_) {
    if (alert->number != acknowledged.alert) continue;
    if (alert->acknowledged.revision == 0) return absl::OkStatus();
    return base::failed_precondition("alert " + std::to_string(acknowledged.alert) +
                                     " was acknowledged by " + alert->acknowledged.author +
                                     " already");
  }
  return base::not_found("there is no alert " + std::to_string(acknowledged.alert) +
                         "; see them with: passerelle alerts --all");
}

void AlertWatch::acknowledge(const Moment& moment, const model::AlertAcknowledged& acknowledged) {
  if (list_ == nullptr) return;
  flow::Alerts alerts = *list_;
  for (auto& alert : alerts) {
    if (alert->number != acknowledged.alert || alert->acknowledged.revision != 0) continue;
    auto made = std::make_shared<flow::Alert>(*alert);
    made->acknowledged = {moment.revision, moment.at, acknowledged.author, acknowledged.comment};
    alert = std::move(made);
  }
  list_ = std::make_shared<const flow::Alerts>(std::move(alerts));
}

void AlertWatch::let_go(const flow::CellView& cells) {
  for (const auto& [ref, status] : last_) lost_.push_back({words_of(cells, ref), status});
  last_.clear();
  newest_.clear();
  waiting_.clear();
  all_wait_ = true;
}

void AlertWatch::bind(const Fold& fold, Strings* strings) {
  watched_ = watched_cuboids(*fold.plan());
  watches_ = std::find(watched_.begin(), watched_.end(), true) != watched_.end();
  const CellPlaces places(fold, strings);
  for (const Lost& lost : lost_) {
    const auto ref = places.place(lost.words);
    // What no target is about any more begins anew when one is.
    if (!ref || !bounds_of(fold, *ref)) continue;
    remember(*ref, {ref->cuboid, ref->indicator, key_text(lost.words.values)}, lost.words.period,
             lost.status);
  }
  lost_.clear();
}

Status AlertWatch::save(const flow::CellView* cells, const SectionSink& sink) const {
  StateWriter out;
  for (const auto& alert : list_ == nullptr ? flow::Alerts() : *list_) {
    put_alert(*alert, &out);
    PAS_RETURN_IF_ERROR(give(sink, "alerts", false, &out));
  }
  PAS_RETURN_IF_ERROR(give(sink, "alerts", true, &out));
  if (cells == nullptr) return absl::OkStatus();
  for (const auto& [ref, status] : last_) {
    put_words(words_of(*cells, ref), &out);
    out.put(status);
    PAS_RETURN_IF_ERROR(give(sink, "statuses", false, &out));
  }
  return give(sink, "statuses", true, &out);
}

bool AlertWatch::load_alerts(StateReader* in) {
  flow::Alerts alerts = list_ == nullptr ? flow::Alerts() : *list_;
  while (in->ok() && !in->at_end()) {
    alerts.push_back(std::make_shared<const flow::Alert>(get_alert(in)));
    told_ = alerts.back()->number;
  }
  list_ = std::make_shared<const flow::Alerts>(std::move(alerts));
  return in->ok();
}

bool AlertWatch::load_statuses(StateReader* in) {
  while (in->ok() && !in->at_end()) {
    CellWords words = get_words(in);
    lost_.push_back({std::move(words), in->get<model::CellStatus>()});
  }
  return in->ok();
}

}  // namespace passerelle::consolidation
