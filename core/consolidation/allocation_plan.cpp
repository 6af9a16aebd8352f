#include "core/consolidation/allocation_plan.h"

#include <algorithm>
#include <set>

namespace passerelle::consolidation {
namespace {

using model::KeyVersion;

Status at_place(Status status, const model::Place& place, const std::string& what) {
  if (status.ok()) return status;
  return base::annotate(status, place.file + ":" + std::to_string(place.line) + ": " + what);
}

std::vector<std::string> sorted_unique(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::uint32_t position_of(const std::vector<std::string>& sorted, const std::string& name) {
  return static_cast<std::uint32_t>(std::lower_bound(sorted.begin(), sorted.end(), name) -
                                    sorted.begin());
}

model::Indicator hidden_indicator(const model::Measurement& measure, const std::string& value,
                                  const std::string& unit, base::Grain grain,
                                  std::vector<std::string> by) {
  model::Indicator out;
  out.id = "~";
  out.from = measure.from;
  out.where = measure.where;
  out.value = value;
  out.unit = unit;
  out.at = measure.at;
  out.grain = grain;
  out.by = std::move(by);
  out.place = measure.place;
  return out;
}

// Amounts that pools gave out, as the facts of the kind `allocation` tell.
model::Measurement allocated_amounts(const std::string& where, const model::Place& place) {
  return {"amount", std::string(model::kAllocationKind), where, "", false, place};
}

class AllocationCompiler {
 public:
  AllocationCompiler(const model::SteeringModel& model, Strings* strings, const HiddenCells& hide)
      : model_(model), strings_(*strings), hide_(hide) {}

  StatusOr<AllocationPlan> run() {
    plan_.cascade = model_.cascade;
    for (const model::Pool& pool : model_.pools) {
      auto added = add_pool(pool);
      PAS_RETURN_IF_ERROR(at_place(added.status(), pool.place, "pool " + pool.id));
      plan_.pools.push_back(*std::move(added));
    }
    PAS_RETURN_IF_ERROR(order());
    PAS_RETURN_IF_ERROR(add_keys());
    return std::move(plan_);
  }

  // Keys only; `plan` has everything else.
  Status run_keys(AllocationPlan plan, AllocationPlan* out) {
    plan_ = std::move(plan);
    for (PoolPlan& pool : plan_.pools) pool.keys.clear();
    PAS_RETURN_IF_ERROR(add_keys());
    *out = std::move(plan_);
    return absl::OkStatus();
  }

 private:
  StatusOr<PoolPlan> add_pool(const model::Pool& pool) {
    PoolPlan out;
    out.id = pool.id;
    out.code = strings_.intern(pool.id);
    out.grain = pool.grain;
    out.to = pool.to;
    out.each = sorted_unique(pool.each);
    const auto activity = std::find(out.each.begin(), out.each.end(), "activity");
    if (activity != out.each.end()) {
      out.activity = static_cast<std::uint32_t>(activity - out.each.begin());
      link(pool.to, &out.served);
    }
    for (const model::PoolSource& source : pool.sources) {
      PAS_ASSIGN_OR_RETURN(PoolInput input, add_source(out, source));
      out.sources.push_back(std::move(input));
    }
    if (out.takes_from_pools() && has_givers(pool.grain)) {
      const model::Measurement given =
          allocated_amounts("part == 'allocated' && to_pool == '" + pool.id + "'", pool.place);
      PAS_ASSIGN_OR_RETURN(PoolInput input, add_input(out, given, "sum(amount)", "EUR"));
      out.sources.push_back(std::move(input));
    }
    if (!pool.capacity.value.empty()) {
      PAS_ASSIGN_OR_RETURN(
          out.capacity, add_input(out, pool.capacity, "sum(" + pool.capacity.value + ")", "min"));
    }
    const model::Measurement all = allocated_amounts("pool == '" + pool.id + "'", pool.place);
    PAS_ASSIGN_OR_RETURN(out.allocated, add_input(out, all, "sum(amount)", "EUR"));
    return out;
  }

  bool has_givers(base::Grain grain) const {
    return std::any_of(model_.pools.begin(), model_.pools.end(), [&](const model::Pool& pool) {
      return pool.to == model::kPoolDimension && pool.grain == grain;
    });
  }

  StatusOr<PoolInput> add_source(const PoolPlan& pool, const model::PoolSource& source) {
    if (source.pool.empty()) {
      return add_input(pool, source.amount, "sum(" + source.amount.value + ")", "EUR");
    }
    const std::string where = "part == 'allocated' && pool == '" + source.pool + "'";
    return add_input(pool, allocated_amounts(where, source.place), "sum(amount)", "EUR");
  }

  StatusOr<PoolInput> add_input(const PoolPlan& pool, const model::Measurement& measure,
                                const std::string& value, const char* unit) {
    std::vector<std::string> by = pool.each;
    if (measure.mapped) by.emplace_back(model::kPoolDimension);
    by = sorted_unique(std::move(by));
    PoolInput input;
    for (const std::string& dimension : pool.each) {
      input.each.push_back(position_of(by, dimension));
    }
    if (measure.mapped) {
      input.selector = position_of(by, std::string(model::kPoolDimension));
      input.selected = pool.code;
    }
    PAS_ASSIGN_OR_RETURN(input.place,
                         hide_(hidden_indicator(measure, value, unit, pool.grain, by)));
    return input;
  }

  // Activities that serve one destination only need no key.
  void link(const std::string& to, std::map<Code, Code>* served) {
    const auto note = [&](const std::string& destination,
                          const std::vector<std::string>& activities) {
      for (const std::string& activity : activities) {
        const auto [at, is_new] =
            served->emplace(strings_.intern(activity), strings_.intern(destination));
        if (!is_new) at->second = kNoText;
      }
    };
    if (to == "policy") {
      for (const model::Policy& policy : model_.policies) note(policy.id, policy.activities);
    } else if (to == "action") {
      for (const model::RoadmapItem& item : model_.roadmap) {
        if (item.level == "action") note(item.id, item.activities);
      }
    }
    std::erase_if(*served, [](const auto& entry) { return entry.second == kNoText; });
  }

  // A pool comes after those whose amounts it takes; pools that give to pools are one step.
  Status order() {
    std::vector<std::set<std::uint32_t>> before(plan_.pools.size());
    std::map<std::string, std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < plan_.pools.size(); ++i) numbers[plan_.pools[i].id] = i;
    for (std::uint32_t i = 0; i < plan_.pools.size(); ++i) {
      for (const model::PoolSource& source : model_.pools[i].sources) {
        const auto at = numbers.find(source.pool);
        if (at != numbers.end()) before[i].insert(at->second);
      }
      for (std::uint32_t j = 0; j < plan_.pools.size(); ++j) {
        const bool gives =
            plan_.pools[j].gives_to_pools() && plan_.pools[j].grain == plan_.pools[i].grain;
        if (gives && plan_.pools[i].takes_from_pools()) before[i].insert(j);
      }
    }
    std::vector<bool> done(plan_.pools.size());
    const auto is_ready = [&](std::uint32_t pool) {
      return std::all_of(before[pool].begin(), before[pool].end(),
                         [&](std::uint32_t other) { return done[other]; });
    };
    for (std::size_t left = plan_.pools.size(); left > 0;) {
      std::vector<std::uint32_t> step = next_step(done, is_ready);
      if (step.empty()) {
        return base::invalid_argument(
            "pools take their amounts from each other in a circle; give them to pools instead");
      }
      for (const std::uint32_t pool : step) done[pool] = true;
      left -= step.size();
      plan_.steps.push_back(std::move(step));
    }
    return absl::OkStatus();
  }

  std::vector<std::uint32_t> next_step(const std::vector<bool>& done,
                                       const std::function<bool(std::uint32_t)>& is_ready) const {
    for (std::uint32_t i = 0; i < plan_.pools.size(); ++i) {
      if (done[i] || !is_ready(i)) continue;
      if (!plan_.pools[i].gives_to_pools()) return {i};
      std::vector<std::uint32_t> step;
      bool all_ready = true;
      for (std::uint32_t j = 0; j < plan_.pools.size(); ++j) {
        if (!plan_.pools[j].gives_to_pools() || plan_.pools[j].grain != plan_.pools[i].grain) {
          continue;
        }
        step.push_back(j);
        all_ready = all_ready && is_ready(j);
      }
      if (all_ready) return step;
    }
    return {};
  }

  Status add_keys() {
    for (const model::AllocationKey& key : model_.keys) {
      const auto pool = std::find_if(plan_.pools.begin(), plan_.pools.end(),
                                     [&](const PoolPlan& one) { return one.id == key.pool; });
      if (pool == plan_.pools.end()) {
        return at_place(base::invalid_argument("there is no pool '" + key.pool + "'"), key.place,
                        "key " + key.id);
      }
      KeyPlan out;
      out.id = strings_.intern(key.id);
      for (const auto& [dimension, value] : key.of) {
        out.of.emplace_back(position_of(pool->each, dimension), strings_.intern(value));
      }
      for (const KeyVersion& version : key.versions) {
        auto made = add_version(*pool, version);
        PAS_RETURN_IF_ERROR(at_place(made.status(), version.place, "key " + key.id));
        out.versions.push_back(*std::move(made));
      }
      pool->keys.push_back(std::move(out));
    }
    for (PoolPlan& pool : plan_.pools) {
      std::stable_sort(pool.keys.begin(), pool.keys.end(),
                       [](const auto& a, const auto& b) { return a.of.size() > b.of.size(); });
    }
    return absl::OkStatus();
  }

  StatusOr<KeyVersionPlan> add_version(const PoolPlan& pool, const KeyVersion& version) {
    KeyVersionPlan out;
    out.kind = version.kind;
    out.valid = version.valid;
    base::Rational sum = 0;
    for (const auto& [destination, text] : version.shares) {
      PAS_ASSIGN_OR_RETURN(base::Rational share, base::parse_rational(text));
      sum += share;
      out.shares.emplace_back(strings_.intern(destination), std::move(share));
    }
    if (version.kind == KeyVersion::Kind::kPercent) out.rest = base::Rational(100) - sum;
    if (version.measure.value.empty()) return out;
    const std::vector<std::string> per = sorted_unique(version.per);
    const std::string unit = version.kind == KeyVersion::Kind::kMinutes ? "min" : "";
    for (const std::string& dimension : per) {
      out.per.push_back(position_of(pool.each, dimension));
    }
    PAS_ASSIGN_OR_RETURN(out.measure, measure_of(pool, version.measure, unit, per));
    if (version.kind == KeyVersion::Kind::kVolume) {
      for (const model::Activity& activity : model_.activities) {
        if (pool.to == "activity" && activity.unit_minutes) {
          out.times[strings_.intern(activity.id)] = *activity.unit_minutes;
        }
      }
      for (const auto& [destination, text] : version.times) {
        PAS_ASSIGN_OR_RETURN(out.times[strings_.intern(destination)], base::parse_rational(text));
      }
    }
    return out;
  }

  StatusOr<std::uint32_t> measure_of(const PoolPlan& pool, const model::Measurement& measure,
                                     const std::string& unit, const std::vector<std::string>& per) {
    std::vector<std::string> by = per;
    by.push_back(pool.to);
    by = sorted_unique(std::move(by));
    std::string signature = unit + '\0' + measure.value + '\0' + measure.from + '\0' +
                            measure.where + '\0' + measure.at + '\0' +
                            std::string(base::to_string(pool.grain)) + '\0' + pool.to;
    for (const std::string& dimension : per) signature += '\0' + dimension;
    const auto known = plan_.measure_numbers.find(signature);
    if (known != plan_.measure_numbers.end()) return known->second;
    KeyMeasure out;
    out.destination = position_of(by, pool.to);
    for (const std::string& dimension : per) out.per.push_back(position_of(by, dimension));
    PAS_ASSIGN_OR_RETURN(out.place,
                         hide_(hidden_indicator(measure, measure.value, unit, pool.grain, by)));
    const auto number = static_cast<std::uint32_t>(plan_.measures.size());
    plan_.measures.push_back(std::move(out));
    plan_.measure_numbers.emplace(std::move(signature), number);
    return number;
  }

  const model::SteeringModel& model_;
  Strings& strings_;
  const HiddenCells& hide_;
  AllocationPlan plan_;
};

}  // namespace

StatusOr<AllocationPlan> compile_allocation(const model::SteeringModel& model, Strings* strings,
                                            const HiddenCells& hide) {
  return AllocationCompiler(model, strings, hide).run();
}

std::optional<AllocationPlan> with_keys(const AllocationPlan& plan,
                                        const model::SteeringModel& model, Strings* strings) {
  const HiddenCells none = [](const model::Indicator&) -> StatusOr<CellPlace> {
    return base::not_found("not measured yet");
  };
  AllocationPlan out;
  if (!AllocationCompiler(model, strings, none).run_keys(plan, &out).ok()) return std::nullopt;
  return out;
}

}  // namespace passerelle::consolidation
