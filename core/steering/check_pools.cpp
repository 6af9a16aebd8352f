// Pools: where their amounts come from, in which dimension they are spread, who spreads them.
#include <algorithm>
#include <functional>
#include <set>

#include "core/base/limits.h"
#include "core/language/units.h"
#include "core/steering/dimensions.h"
#include "core/steering/measurements.h"

namespace passerelle::steering {
namespace {

// The amount that stands for a fact of the kind, or "": the loaded cost of payroll, else its only
// amount in EUR.
std::string default_amount(const model::RecordKind& kind) {
  if (kind.name == "payroll") return "employer_cost";
  std::string found;
  for (const model::Field& field : kind.fields) {
    if (field.unit != "EUR") continue;
    if (!found.empty()) return "";
    found = field.name;
  }
  return found;
}

class PoolCheck {
 public:
  PoolCheck(Draft* draft, Findings* findings)
      : model_(draft->model),
        draft_(*draft),
        findings_(*findings),
        measurements_(*draft, findings) {}

  void run() {
    if (model_.pools.size() > base::kPoolsMax) {
      findings_.error(model_.pools.back().place, code::kTooMany,
                      "the model has more than " + std::to_string(base::kPoolsMax) + " pools",
                      "gather pools of one kind with 'each'");
    }
    for (std::size_t i = 0; i < model_.pools.size(); ++i) {
      model::Pool& pool = model_.pools[i];
      what_ = "pool " + in_quotes(pool.id);
      check_destinations(pool, draft_.pools[i]);
      check_sources(&pool, draft_.pools[i]);
      check_capacity(&pool, draft_.pools[i]);
      check_is_spread(pool);
    }
    check_circles();
    check_dimension_is_free();
  }

 private:
  const model::Pool* find(const std::string& id) const {
    for (const model::Pool& pool : model_.pools) {
      if (pool.id == id) return &pool;
    }
    return nullptr;
  }

  void check_destinations(const model::Pool& pool, const PoolDraft& places) {
    std::vector<std::string> known = {"action", "activity", "direction", "pole",
                                      "policy", "pool",     "service"};
    for (const model::Dimension& declared : model_.dimensions) known.push_back(declared.id);
    std::sort(known.begin(), known.end());
    if (!pool.to.empty() && !std::binary_search(known.begin(), known.end(), pool.to)) {
      findings_.error(places.to.at, code::kDimension,
                      what_ + " cannot be spread by " + in_quotes(pool.to),
                      suggestion(pool.to, known, "name one of them, or declare a dimension"));
    }
    if (pool.to == model::kPoolDimension && !pool.each.empty()) {
      findings_.error(places.each[0].at, code::kAllocation,
                      what_ + " gives to pools and is one for each " + pool.each[0],
                      "remove 'each', or spread it by another dimension");
    }
    if (pool.each.size() > base::kIndicatorDimensionsMax - 1) {
      findings_.error(places.each.back().at, code::kTooMany,
                      "'each' of " + what_ + " has more than " +
                          std::to_string(base::kIndicatorDimensionsMax - 1) + " dimensions",
                      "remove some");
    }
    std::set<std::string> seen;
    for (const Placed& dimension : places.each) {
      const bool is_twice = !seen.insert(dimension.text).second;
      const bool is_own = dimension.text == pool.to;
      const bool is_none = dimension.text == model::kPoolDimension ||
                           dimension.text == "connector" || dimension.text == "period";
      if (!is_twice && !is_own && !is_none) continue;
      findings_.error(dimension.at, is_twice ? code::kDuplicate : code::kAllocation,
                      in_quotes(dimension.text) + (is_twice ? " is in 'each' of " + what_ + " twice"
                                                   : is_own ? " is what " + what_ + " is spread by"
                                                            : " cannot be in 'each' of " + what_),
                      "remove it");
    }
  }

  bool takes_from_givers(const model::Pool& pool) const {
    return pool.to != model::kPoolDimension && pool.each.empty() &&
           std::any_of(model_.pools.begin(), model_.pools.end(), [&](const model::Pool& other) {
             return other.to == model::kPoolDimension && other.grain == pool.grain;
           });
  }

  void check_sources(model::Pool* pool, const PoolDraft& places) {
    if (pool->sources.empty() && !takes_from_givers(*pool)) {
      findings_.error(pool->place, code::kMissing, what_ + " has nothing to spread",
                      "add 'from: a record kind', or 'sources: [...]'");
    }
    for (std::size_t i = 0; i < pool->sources.size(); ++i) {
      if (pool->sources[i].pool.empty()) {
        check_facts(pool, &pool->sources[i], places.sources[i], places);
      } else {
        check_taken(*pool, pool->sources[i], places.sources[i], places);
      }
    }
  }

  void check_facts(model::Pool* pool, model::PoolSource* source, const PoolSourceDraft& source_at,
                   const PoolDraft& places) {
    model::Measurement& amount = source->amount;
    const model::RecordKind* kind = model::find_kind(model_.kinds, amount.from);
    if (amount.value.empty() && kind != nullptr) {
      amount.value = default_amount(*kind);
      if (amount.value.empty()) {
        findings_.error(
            source->place, code::kMissing,
            what_ + " does not say which amount of " + in_quotes(amount.from) + " it takes",
            "add 'amount: ...', an expression in EUR");
        return;
      }
    }
    const std::string what = "'amount' of " + what_;
    const auto plan = measurements_.check(amount, source_at.amount, true, pool->grain, what);
    if (!plan) return;
    if (!language::unit_factor(plan->unit, "EUR")) {
      findings_.error(
          place_of(source_at.amount.value, source->place), code::kUnit,
          what + " is in " + in_quotes(plan->unit.empty() ? "count" : plan->unit) + ", not in EUR",
          "name an amount in EUR");
    }
    for (const Placed& dimension : places.each) {
      measurements_.have_dimension(*plan, dimension.text, dimension.at, what);
    }
    if (amount.mapped) check_is_given(*pool, amount.from, source->place);
  }

  // Some rule gives the pool facts of that kind.
  void check_is_given(const model::Pool& pool, const std::string& kind, const model::Place& at) {
    for (const model::Mapping& mapping : model_.mappings) {
      if (mapping.kind != kind) continue;
      for (const model::MappingRule& rule : mapping.rules) {
        const auto set = rule.set.find(std::string(model::kPoolDimension));
        if (set == rule.set.end()) continue;
        const bool is_constant = set->second.kind == model::RuleValue::Kind::kConstant;
        if (!is_constant || set->second.text == pool.id) return;
      }
    }
    findings_.error(at, code::kAllocation,
                    what_ + " takes what rules give it of " + in_quotes(kind) +
                        ", and no rule gives it anything",
                    "add 'pool: " + pool.id + "' to a rule of that kind, or remove 'mapped'");
  }

  void check_taken(const model::Pool& pool, const model::PoolSource& source,
                   const PoolSourceDraft& source_at, const PoolDraft& places) {
    const model::Pool* from = find(source.pool);
    if (from == nullptr) return;  // reported as a reference
    const auto refuse = [&](std::string reason, std::string remedy) {
      findings_.error(source_at.pool.at, code::kAllocation, what_ + std::move(reason),
                      std::move(remedy));
    };
    if (from->to == model::kPoolDimension) {
      refuse(" names " + in_quotes(from->id) + ", which gives to pools by itself",
             "remove this source and name " + in_quotes(pool.id) + " in the key of " +
                 in_quotes(from->id));
      return;
    }
    if (from->grain > pool.grain) {
      refuse(" is by " + std::string(base::to_string(pool.grain)) + " and takes from " +
                 in_quotes(from->id) + ", which is by " + std::string(base::to_string(from->grain)),
             "give it the same grain or a coarser one");
    }
    for (const Placed& dimension : places.each) {
      if (dimension.text == from->to ||
          std::count(from->each.begin(), from->each.end(), dimension.text) > 0) {
        continue;
      }
      findings_.error(dimension.at, code::kAllocation,
                      "what pool " + in_quotes(from->id) + " gives to " + what_ + " has no " +
                          in_quotes(dimension.text),
                      "add it to 'each' of " + in_quotes(from->id) + ", or remove it here");
    }
  }

  void check_capacity(model::Pool* pool, const PoolDraft& places) {
    model::Measurement& capacity = pool->capacity;
    if (capacity.value.empty()) return;
    MeasurementDraft at = places.capacity;
    if (capacity.from.empty()) {
      // Over the facts of the pool.
      std::size_t facts = pool->sources.size();
      for (std::size_t i = 0; i < pool->sources.size(); ++i) {
        if (!pool->sources[i].pool.empty()) continue;
        if (facts < pool->sources.size()) {
          findings_.error(capacity.place, code::kAllocation,
                          "'capacity' of " + what_ + " does not say over which of its facts",
                          "write {from: kind, value: \"...\"}");
          return;
        }
        facts = i;
      }
      if (facts < pool->sources.size()) {
        const model::Measurement& amount = pool->sources[facts].amount;
        capacity.from = amount.from;
        capacity.where = amount.where;
        capacity.at = amount.at;
        capacity.mapped = amount.mapped;
      }
    }
    const std::string what = "'capacity' of " + what_;
    const auto plan = measurements_.check(capacity, at, true, pool->grain, what);
    if (!plan) return;
    const bool is_plain = plan->unit.empty() || plan->unit == "count";
    if (!is_plain && !language::unit_factor(plan->unit, "min")) {
      findings_.error(place_of(at.value, capacity.place), code::kUnit,
                      what + " is in " + in_quotes(plan->unit) + ", not a time",
                      "write a duration, as in \"fte * 1607h * 0.85 / 12\", or minutes");
    }
    for (const Placed& dimension : places.each) {
      measurements_.have_dimension(*plan, dimension.text, dimension.at, what);
    }
    if (capacity.mapped) check_is_given(*pool, capacity.from, capacity.place);
  }

  void check_is_spread(const model::Pool& pool) {
    const auto is_its = [&](const model::AllocationKey& key) { return key.pool == pool.id; };
    if (std::any_of(model_.keys.begin(), model_.keys.end(), is_its)) return;
    const bool is_linked = std::count(pool.each.begin(), pool.each.end(), "activity") > 0 &&
                           ((pool.to == "policy" && !draft_.served.empty()) || pool.to == "action");
    if (is_linked) return;
    findings_.error(pool.place, code::kAllocation, what_ + " is spread by no key",
                    "add a key with 'pool: " + pool.id + "'");
  }

  // Amounts must not come back to where they were taken, except among pools that give to pools.
  void check_circles() {
    std::map<std::string, int> state;  // 1: being visited, 2: done
    const std::function<bool(const model::Pool&)> visit = [&](const model::Pool& pool) {
      int& mine = state[pool.id];
      if (mine != 0) return mine == 2;
      mine = 1;
      bool fine = true;
      for (const model::PoolSource& source : pool.sources) {
        const model::Pool* from = source.pool.empty() ? nullptr : find(source.pool);
        if (from != nullptr && from->to != model::kPoolDimension) fine = fine && visit(*from);
      }
      if (takes_from_givers(pool)) {
        for (const model::Pool& giver : model_.pools) {
          const bool gives = giver.to == model::kPoolDimension && giver.grain == pool.grain;
          if (gives && state[giver.id] == 1) fine = false;
          if (gives && state[giver.id] == 0) fine = fine && visit(giver);
        }
      }
      state[pool.id] = 2;
      if (fine) return true;
      findings_.error(pool.place, code::kCycle,
                      "pool " + in_quotes(pool.id) + " takes amounts that come from itself",
                      "remove one of the sources in the circle; pools that serve each other give "
                      "to pools ('to: pool')");
      return true;  // said once
    };
    for (const model::Pool& pool : model_.pools) visit(pool);
  }

  void check_dimension_is_free() {
    if (model_.pools.empty()) return;
    for (const model::Dimension& dimension : model_.dimensions) {
      if (dimension.id != model::kPoolDimension) continue;
      findings_.error(dimension.at, code::kDimension,
                      "the dimension 'pool' is that of the model's pools",
                      "give yours another name");
    }
  }

  model::SteeringModel& model_;
  const Draft& draft_;
  Findings& findings_;
  Measurements measurements_;
  std::string what_;
};

}  // namespace

void check_pools(Draft* draft, Findings* findings) { PoolCheck(draft, findings).run(); }

}  // namespace passerelle::steering
