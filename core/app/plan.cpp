#include "core/app/plan.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "core/app/explain.h"
#include "core/flow/each_cell.h"

namespace passerelle::app {
namespace {

using Cells = std::unordered_map<std::string, model::CellValue>;

Cells cells_of(const flow::CellView& view) {
  Cells cells;
  flow::each_cell(view, [&](model::CellRef ref, const model::CellValue& value) {
    cells.emplace(flow::key_text(view, ref), value);
  });
  return cells;
}

// Calls `visit` for every cell whose published value differs.
template <typename Visit>
void for_each_change(const Cells& before, const Cells& after, const Visit& visit) {
  for (const auto& [key, value] : before) {
    const auto other = after.find(key);
    const model::CellValue now = other == after.end() ? model::CellValue{} : other->second;
    if (!value.same_value(now)) visit(key, value, now);
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) visit(key, model::CellValue{}, value);
  }
}

bool is_number(const model::CellValue& value) {
  return !value.absent && value.na == model::NaReason::kNone;
}

base::Rational number_of(const model::CellValue& value) {
  return is_number(value) ? base::to_rational(value.scaled, value.scale) : base::Rational(0);
}

bool comes_first(const PlannedCell& a, const PlannedCell& b) {
  if (a.has_ratio != b.has_ratio) return !a.has_ratio;
  if (a.has_ratio && a.ratio != b.ratio) return a.ratio > b.ratio;
  const base::Rational by_a = abs(number_of(a.after) - number_of(a.before));
  const base::Rational by_b = abs(number_of(b.after) - number_of(b.before));
  return by_a != by_b ? by_a > by_b : a.key_text < b.key_text;
}

// Where every fact is, by activity.
struct Seen {
  std::uint32_t record = 0;
  std::uint32_t ordinal = 0;
  std::uint32_t activity = 0;
  auto place() const { return std::tie(record, ordinal); }
};

struct Moved {
  Seen fact;
  std::uint32_t before = 0;  // activity
  std::uint32_t after = 0;
  base::Hash128 key;  // of its record, where it is a fact now
};

// By kind, connector and both activities.
using Moves =
    std::map<std::tuple<std::string, std::string, std::string, std::string>, ActivityMove>;

class Planner {
 public:
  Planner(SideFold* side, std::shared_ptr<const model::SteeringModel> proposed)
      : side_(*side), engine_(*side->engine), proposed_(std::move(proposed)) {}

  StatusOr<Plan> run(std::size_t sample) {
    const auto applied = engine_.steering();
    if (applied == nullptr) {
      return base::failed_precondition("no model was ever applied to this data");
    }
    if (applied->hash == proposed_->hash) {
      plan_.unchanged = true;
      return std::move(plan_);
    }
    plan_.differences = differences(*applied, *proposed_);
    const Cells before = cells_of(*engine_.view());
    const std::vector<Seen> facts_before = facts();
    PAS_RETURN_IF_ERROR(apply_in_parts(*applied, before));
    const Cells after = cells_of(*engine_.view());
    compare(before, after);
    PAS_RETURN_IF_ERROR(find_moves(facts_before, facts(), sample));
    return std::move(plan_);
  }

 private:
  Status apply(const std::shared_ptr<const model::SteeringModel>& model) {
    model::Commit commit;
    commit.revision = engine_.revision() + 1;
    commit.body = model::ModelProposed{model->hash, "", model};
    PAS_RETURN_IF_ERROR(engine_.apply(commit, nullptr));
    commit.body = model::ModelSwitched{commit.revision};
    ++commit.revision;
    return engine_.apply(commit, nullptr);
  }

  // One part after the other, each on top of those before it. A part that does not work without a
  // later one (a rule that sets a new dimension's value) shares the effect with it.
  Status apply_in_parts(const model::SteeringModel& applied, const Cells& before) {
    std::vector<Part> parts;
    for (const Part part : kValueParts) {
      const bool differs =
          std::any_of(plan_.differences.begin(), plan_.differences.end(),
                      [&](const Difference& difference) { return difference.part == part; });
      if (differs) parts.push_back(part);
    }
    model::SteeringModel model = applied;
    Cells last = before;
    std::vector<Part> together;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      together.push_back(parts[i]);
      model = with_part(std::move(model), *proposed_, parts[i]);
      const bool is_last = i + 1 == parts.size();
      const Status applied_part =
          apply(is_last ? proposed_ : std::make_shared<const model::SteeringModel>(model));
      if (!applied_part.ok() && is_last) return applied_part;
      if (!applied_part.ok()) continue;
      Cells now = cells_of(*engine_.view());
      for_each_change(last, now, [&](const std::string& key, const auto&, const auto&) {
        auto& causes = causes_[key];
        causes.insert(causes.end(), together.begin(), together.end());
      });
      last = std::move(now);
      together.clear();
    }
    return absl::OkStatus();
  }

  void compare(const Cells& before, const Cells& after) {
    for_each_change(
        before, after,
        [&](const std::string& key, const model::CellValue& was, const model::CellValue& is) {
          PlannedCell cell;
          cell.key_text = key;
          cell.indicator = key.substr(0, key.find('|'));
          cell.before = was;
          cell.after = is;
          cell.causes = causes_[key];
          cell.has_ratio = is_number(was) && was.scaled != 0 && (is_number(is) || is.absent);
          if (cell.has_ratio) {
            cell.ratio = abs((number_of(is) - number_of(was)) / number_of(was));
          }
          CellCounts& counts = plan_.counts[cell.indicator];
          ++(was.absent ? counts.added : is.absent ? counts.removed : counts.changed);
          plan_.cells.push_back(std::move(cell));
        });
    std::sort(plan_.cells.begin(), plan_.cells.end(), comes_first);
  }

  std::uint32_t number_of_activity(std::string_view activity) {
    const auto [at, is_new] = activity_numbers_.emplace(
        std::string(activity), static_cast<std::uint32_t>(activities_.size()));
    if (is_new) activities_.push_back(at->first);
    return at->second;
  }

  std::vector<Seen> facts() {
    std::vector<Seen> all;
    engine_.for_each_fact([&](const consolidation::FactGlance& glance) {
      all.push_back({glance.record, glance.ordinal, number_of_activity(glance.activity)});
    });
    return all;
  }

  // Facts of one place and different activities; "" where it is no fact.
  std::vector<Moved> moved(const std::vector<Seen>& before, const std::vector<Seen>& after) {
    std::vector<Moved> all;
    const std::uint32_t none = number_of_activity("");
    for (std::size_t b = 0, a = 0; b < before.size() || a < after.size();) {
      if (a == after.size() || (b < before.size() && before[b].place() < after[a].place())) {
        all.push_back({before[b], before[b].activity, none, {}});
        ++b;
      } else if (b == before.size() || after[a].place() < before[b].place()) {
        all.push_back({after[a], none, after[a].activity, {}});
        ++a;
      } else {
        if (before[b].activity != after[a].activity) {
          all.push_back({after[a], before[b].activity, after[a].activity, {}});
        }
        ++a;
        ++b;
      }
    }
    // Both in order of the facts.
    auto next = all.begin();
    engine_.for_each_fact([&](const consolidation::FactGlance& glance) {
      const Seen here{glance.record, glance.ordinal, 0};
      while (next != all.end() && next->fact.place() < here.place()) ++next;
      if (next != all.end() && next->fact.place() == here.place()) next->key = glance.key;
    });
    return all;
  }

  Status find_moves(const std::vector<Seen>& before, const std::vector<Seen>& after,
                    std::size_t sample) {
    Moves moves;
    std::vector<base::Hash128> sampled;
    for (const Moved& fact : moved(before, after)) note_move(fact, sample, &moves, &sampled);
    for (auto& [key, move] : moves) plan_.moves.push_back(std::move(move));
    std::stable_sort(plan_.moves.begin(), plan_.moves.end(),
                     [](const auto& a, const auto& b) { return a.facts > b.facts; });
    return name_sample(sampled);
  }

  void note_move(const Moved& moved, std::size_t sample, Moves* moves,
                 std::vector<base::Hash128>* sampled) {
    const std::string& from = activities_[moved.before];
    const std::string& to = activities_[moved.after];
    const auto facts = engine_.facts_of(moved.key);
    consolidation::Fact fact;
    if (moved.fact.ordinal < facts.size()) fact = facts[moved.fact.ordinal];
    ActivityMove& move = (*moves)[{fact.kind, fact.connector, from, to}];
    move.kind = fact.kind;
    move.connector = fact.connector;
    move.before = from;
    move.after = to;
    ++move.facts;
    MovedFact named{fact.kind, fact.connector, "", from, to, {}};
    const model::RecordKind* kind = model::find_kind(proposed_->kinds, fact.kind);
    for (const auto& [name, value] : fact.fields) {
      const model::Field* field = kind == nullptr ? nullptr : kind->find(name);
      if (field == nullptr || field->unit.empty()) continue;
      const auto amount = base::parse_scaled(value, field->scale);
      if (!amount.ok() || *amount == 0) continue;
      move.amounts[name] += *amount;
      named.amounts[name] = value;
    }
    if (plan_.sample.size() >= sample) return;
    plan_.sample.push_back(std::move(named));
    sampled->push_back(moved.key);
  }

  Status name_sample(const std::vector<base::Hash128>& sampled) {
    PAS_ASSIGN_OR_RETURN(const RecordIds ids, record_ids(sampled, [this](const auto& each) {
                           return side_.journal->read(1, each);
                         }));
    for (std::size_t i = 0; i < sampled.size(); ++i) plan_.sample[i].id = ids.at(sampled[i]);
    return absl::OkStatus();
  }

  SideFold& side_;
  consolidation::Engine& engine_;
  std::shared_ptr<const model::SteeringModel> proposed_;
  Plan plan_;
  std::unordered_map<std::string, std::vector<Part>> causes_;
  std::unordered_map<std::string, std::uint32_t> activity_numbers_;
  std::vector<std::string> activities_;
};

}  // namespace

StatusOr<Plan> make_plan(SideFold* side, std::shared_ptr<const model::SteeringModel> proposed,
                         std::size_t sample) {
  return Planner(side, std::move(proposed)).run(sample);
}

}  // namespace passerelle::app
