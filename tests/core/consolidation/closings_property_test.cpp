// Whatever the commits, closings, reopenings and moves of a service: what is published is what a
// naive replay of all events gives, as a whole and by the deltas, and so it is from a checkpoint
// and from the journal alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <set>

#include "core/consolidation/seals.h"
#include "core/flow/alert.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {
namespace {

constexpr int kMonths = 6;
constexpr int kServices = 3;
const std::vector<std::string> kDirections = {"DIR_A", "DIR_B"};

std::string month_text(int month) { return "2026-0" + std::to_string(month + 1); }
std::string quarter_text(int month) { return "2026-Q" + std::to_string(month / 3 + 1); }
std::string service_text(int service) { return "SRV_" + std::to_string(service); }

// Service 0 lies in DIR_A, 2 in DIR_B, 1 where `variant` says.
std::string direction_of(int service, int variant) {
  return service == 0 || (service == 1 && variant == 0) ? "DIR_A" : "DIR_B";
}

model::SteeringModel the_model(int variant) {
  model::SteeringModel model = empty_model();
  model.units = {unit("DIR_A", "direction", ""), unit("DIR_B", "direction", "")};
  for (int service = 0; service < kServices; ++service) {
    model.units.push_back(unit(service_text(service), "service", direction_of(service, variant)));
  }
  model.kinds.push_back(kind_of("line", "day", {"day:date", "service:string", "amount:integer"}));
  model.mappings.push_back({"line", "", {rule("service", "", {{"service", "=service"}})}, {}});
  model::Indicator total = indicator("TOTAL", "line", "sum(amount)", {"direction", "service"});
  total.round = 0;
  total.better = "lower";
  total.grains = {base::Grain::kMonth, base::Grain::kQuarter};
  model.indicators = {total};
  for (const std::string& direction : kDirections) {
    model.targets.push_back({"TOTAL", {{"direction", direction}}, "10", "50", {}, {}, 1});
  }
  return model;
}

struct Fact {
  int month = 0;
  int service = 0;
  int amount = 0;
};

struct Event {
  enum class Kind { kPut, kDelete, kClose, kReopen, kModel };
  Kind kind = Kind::kPut;
  int id = 0;  // of a fact; model variant; of a reopening: index of the closing
  Fact fact;
  std::string unit;
  std::string period;
};

struct Cell {
  std::string direction;  // empty: not of the grouping
  std::string service;
  std::string period;
  auto operator<=>(const Cell&) const = default;
  Fields dimensions() const {
    Fields fields;
    if (!direction.empty()) fields["direction"] = direction;
    if (!service.empty()) fields["service"] = service;
    return fields;
  }
};

std::vector<Cell> universe() {
  std::set<std::string> periods;
  for (int month = 0; month < kMonths; ++month) {
    periods.insert(month_text(month));
    periods.insert(quarter_text(month));
  }
  std::vector<Cell> cells;
  for (const std::string& period : periods) {
    for (const char* direction : {"", "DIR_A", "DIR_B"}) {
      cells.push_back({direction, "", period});
      for (int service = 0; service < kServices; ++service) {
        cells.push_back({direction, service_text(service), period});
      }
    }
  }
  return cells;
}

using Value = std::optional<int>;  // none: absent

// All events again, every cell of the universe looked at for each.
class Replay {
 public:
  explicit Replay(const std::vector<Event>& events) {
    for (const Event& event : events) apply(event);
  }

  std::string text(const Cell& cell) const {
    const Value live = live_of(cell);
    if (const auto closed = closed_.find(cell); closed != closed_.end()) {
      if (closed->second == live) return plain(live);
      return (closed->second ? plain(closed->second) : "na NO_DATA") + " PENDING" +
             (marked_.contains(cell) ? " RESTATED" : "");
    }
    const auto before = restated_.find(cell);
    const bool is_other = before != restated_.end() && before->second != live && live;
    return plain(live) + (is_other ? " RESTATED" : "");
  }
  // With the flag that was frozen with the value.
  std::string shown(const Cell& cell) const {
    const std::string told = text(cell);
    const auto closed = closed_.find(cell);
    const bool is_marked = closed != closed_.end() && marked_.contains(cell);
    return is_marked && told.find("RESTATED") == std::string::npos ? told + " RESTATED" : told;
  }
  std::string live(const Cell& cell) const { return plain(live_of(cell)); }

 private:
  struct Closing {
    std::set<std::string> units;  // empty: all
    bool is_whole = false;
    std::string period;
    bool is_open = false;
  };

  static std::string plain(Value value) { return value ? std::to_string(*value) : "absent"; }

  static bool lies_in(const std::string& inner, const std::string& outer) {
    if (outer == "2026" || inner == outer) return true;
    if (inner.find('Q') != std::string::npos || outer.find('Q') == std::string::npos) return false;
    return quarter_text(inner.back() - '1') == outer;
  }
  static bool holds(const Closing& closing, const Cell& cell) {
    if (closing.is_open || !lies_in(cell.period, closing.period)) return false;
    return closing.is_whole || closing.units.contains(cell.direction) ||
           closing.units.contains(cell.service);
  }

  Value live_of(const Cell& cell) const {
    Value sum;
    for (const auto& [id, fact] : facts_) {
      if (!cell.service.empty() && service_text(fact.service) != cell.service) continue;
      if (!cell.direction.empty() && direction_of(fact.service, variant_) != cell.direction) {
        continue;
      }
      if (!lies_in(month_text(fact.month), cell.period)) continue;
      sum = sum.value_or(0) + fact.amount;
    }
    return sum;
  }

  void close(const Event& event) {
    Closing closing;
    closing.is_whole = event.unit.empty();
    closing.period = event.period;
    closing.units = {event.unit};
    for (int service = 0; service < kServices; ++service) {
      if (direction_of(service, variant_) == event.unit)
        closing.units.insert(service_text(service));
    }
    for (const Cell& cell : universe()) {
      if (!holds(closing, cell) || closed_.contains(cell)) continue;
      const bool is_marked = text(cell).find("RESTATED") != std::string::npos;
      closed_[cell] = live_of(cell);
      if (is_marked) marked_.insert(cell);
      restated_.erase(cell);
    }
    closings_.push_back(closing);
  }

  void reopen(std::size_t number) {
    const Closing closing = closings_[number];
    closings_[number].is_open = true;
    for (const Cell& cell : universe()) {
      const bool is_held = std::any_of(closings_.begin(), closings_.end(),
                                       [&](const Closing& other) { return holds(other, cell); });
      if (!holds(closing, cell) || is_held) continue;
      if (closed_[cell] || live_of(cell)) restated_[cell] = closed_[cell];
      closed_.erase(cell);
      marked_.erase(cell);
    }
  }

  void apply(const Event& event) {
    switch (event.kind) {
      case Event::Kind::kPut:
        facts_[event.id] = event.fact;
        return;
      case Event::Kind::kDelete:
        facts_.erase(event.id);
        return;
      case Event::Kind::kClose:
        return close(event);
      case Event::Kind::kReopen:
        return reopen(static_cast<std::size_t>(event.id));
      case Event::Kind::kModel:
        variant_ = event.id;
    }
  }

  int variant_ = 0;
  std::map<int, Fact> facts_;
  std::vector<Closing> closings_;
  std::map<Cell, Value> closed_;
  std::set<Cell> marked_;  // of the closed ones: RESTATED when it was closed
  std::map<Cell, Value> restated_;
};

std::string without_status(std::string text) {
  for (const char* status : {" GREEN", " AMBER", " RED"}) {
    if (text.ends_with(status)) text.resize(text.size() - std::string(status).size());
  }
  return text;
}

std::vector<std::string> texts_of(const flow::Alerts* alerts) {
  std::vector<std::string> texts;
  for (const auto& alert : alerts == nullptr ? flow::Alerts() : *alerts) {
    std::string text = std::to_string(alert->number) + "@" + std::to_string(alert->revision) + " " +
                       std::to_string(alert->value) + " " +
                       std::to_string(static_cast<int>(alert->from)) + ">" +
                       std::to_string(static_cast<int>(alert->to));
    for (const auto& [name, value] : alert->dimensions) text += " " + name + "=" + value;
    texts.push_back(std::move(text));
  }
  return texts;
}

class Life {
 public:
  explicit Life(std::uint32_t seed) : random_(seed) { hub_.apply_model(the_model(0)); }

  void step() {
    const int choice = below(20);
    if (choice < 14) {
      put();
    } else if (choice < 17) {
      close();
    } else if (choice < 19) {
      reopen();
    } else {
      change_model();
    }
  }

  void check() {
    const Replay replay(events_);
    const auto view = hub_.engine().view();
    for (const Cell& cell : universe()) {
      const Fields dimensions = cell.dimensions();
      ASSERT_EQ(without_status(cell_of(*view, "TOTAL", dimensions, cell.period)),
                replay.shown(cell))
          << cell.direction << " " << cell.service << " " << cell.period << " after "
          << events_.size() << " events";
      ASSERT_EQ(without_status(cell_of(view->unclosed(), "TOTAL", dimensions, cell.period)),
                replay.live(cell));
    }
  }

  void check_restarts() {
    const auto view = hub_.engine().view();
    const std::uint64_t hash = hub_.engine().state_hash();
    const auto alerts = texts_of(view->alerts().get());
    const auto loaded = hub_.reloaded();
    ASSERT_EQ(loaded->state_hash(), hash);
    Engine again(EngineSettings{});
    for (const model::Commit& commit : hub_.journal()) {
      ASSERT_TRUE(again.apply(commit, nullptr).ok());
    }
    ASSERT_EQ(again.state_hash(), hash);
    for (const Cell& cell : universe()) {
      const std::string text = cell_of(*view, "TOTAL", cell.dimensions(), cell.period);
      ASSERT_EQ(cell_of(*loaded->view(), "TOTAL", cell.dimensions(), cell.period), text);
      ASSERT_EQ(cell_of(*again.view(), "TOTAL", cell.dimensions(), cell.period), text);
    }
    ASSERT_EQ(texts_of(loaded->view()->alerts().get()), alerts);
    ASSERT_EQ(texts_of(again.view()->alerts().get()), alerts);
    ASSERT_EQ(loaded->closings().size(), hub_.engine().closings().size());
    for (std::size_t i = 0; i < loaded->closings().size(); ++i) {
      ASSERT_EQ(loaded->closings()[i].pending, hub_.engine().closings()[i].pending);
    }
  }

  // From here on the fold is that of the checkpoint.
  void restart() {
    hub_.restart();
    followed_.clear();  // places are of one process
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }

  void put() {
    Event event;
    event.id = below(12);
    event.fact = {below(kMonths), below(kServices), below(9) - 2};
    event.kind = below(4) == 0 ? Event::Kind::kDelete : Event::Kind::kPut;
    Row row{std::to_string(event.id), ++version_, {}, event.kind == Event::Kind::kDelete, {}};
    if (!row.deleted) {
      row.fields = {{"day", month_text(event.fact.month) + "-15"},
                    {"service", service_text(event.fact.service)},
                    {"amount", std::to_string(event.fact.amount)}};
    }
    events_.push_back(event);
    follow(hub_.send("line", {row}));
  }
  void close() {
    static const std::vector<std::string> kUnits = {"", "DIR_A", "DIR_B", "SRV_1"};
    static const std::vector<std::string> kPeriods = {"2026", "2026-Q1", "2026-Q2", "2026-02"};
    Event event;
    event.kind = Event::Kind::kClose;
    event.unit = kUnits[static_cast<std::size_t>(below(4))];
    event.period = kPeriods[static_cast<std::size_t>(below(4))];
    events_.push_back(event);
    model::Commit commit;
    commit.body =
        model::Closing{"a", event.unit, base::Period::parse(event.period).value(), {}, "b", {}};
    apply(std::move(commit));
    revisions_.push_back(hub_.engine().revision());
    open_.push_back(static_cast<int>(revisions_.size()) - 1);
  }
  void reopen() {
    if (open_.empty()) return;
    const auto which = static_cast<std::size_t>(below(static_cast<int>(open_.size())));
    Event event;
    event.kind = Event::Kind::kReopen;
    event.id = open_[which];
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
    events_.push_back(event);
    model::Commit commit;
    commit.body = model::Reopening{revisions_[static_cast<std::size_t>(event.id)], "a", "b", {}};
    apply(std::move(commit));
  }
  void change_model() {
    Event event;
    event.kind = Event::Kind::kModel;
    event.id = below(2);
    events_.push_back(event);
    hub_.apply_model(the_model(event.id));
    followed_.clear();
  }
  void apply(model::Commit commit) {
    flow::Delta delta;
    ASSERT_TRUE(hub_.apply(std::move(commit), &delta).ok());
    follow(delta);
  }
  // What a change says was there before is what the last one left; what it leaves is in the view.
  void follow(const flow::Delta& delta) {
    const auto view = hub_.engine().view();
    for (const flow::CellChange& change : delta.changes) {
      const auto known = followed_.find(change.ref);
      if (known != followed_.end()) {
        EXPECT_TRUE(known->second.same_value(change.before));
      }
      EXPECT_FALSE(change.before.same_value(change.after));
      EXPECT_TRUE(view->cell(change.ref).same_value(change.after));
      followed_[change.ref] = change.after;
    }
    for (const auto& [ref, value] : followed_) EXPECT_TRUE(view->cell(ref).same_value(value));
  }

  std::mt19937 random_;
  Hub hub_;
  std::vector<Event> events_;
  std::int64_t version_ = 0;
  std::vector<model::Revision> revisions_;  // of closings
  std::vector<int> open_;                   // indices of those still closed
  std::map<model::CellRef, model::CellValue> followed_;
};

TEST(ClosingsProperty, WhatIsPublishedIsWhatANaiveReplayOfAllEventsGives) {
  std::random_device device;
  for (int run = 0; run < 40; ++run) {
    const std::uint32_t seed = device();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(seed);
    for (int step = 0; step < 60; ++step) {
      life.step();
      if (step % 3 == 2) life.check();
      if (step % 20 == 19) life.check_restarts();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(ClosingsProperty, ARestartFromACheckpointInBetweenChangesNothing) {
  std::random_device device;
  for (int run = 0; run < 20; ++run) {
    const std::uint32_t seed = device();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(seed);
    for (int step = 0; step < 60; ++step) {
      life.step();
      if (step % 7 != 6) continue;
      life.restart();
      life.check();
      if (::testing::Test::HasFailure()) return;
    }
    life.check_restarts();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace passerelle::consolidation
