// Keys: to whom they give, by what, and from when to when.
#include <algorithm>
#include <set>

#include "core/language/units.h"
#include "core/model/resolve.h"
#include "core/steering/measurements.h"

namespace passerelle::steering {
namespace {

using model::KeyVersion;

class KeyCheck {
 public:
  KeyCheck(Draft* draft, Findings* findings)
      : model_(draft->model),
        draft_(*draft),
        findings_(*findings),
        measurements_(*draft, findings),
        members_(draft->model) {}

  void run() {
    for (std::size_t i = 0; i < model_.keys.size(); ++i) {
      model::AllocationKey& key = model_.keys[i];
      const model::Pool* pool = pool_of(key);
      if (pool == nullptr) continue;  // reported as a reference
      what_ = "key " + in_quotes(key.id);
      check_of(*pool, &key, draft_.keys[i]);
      for (std::size_t v = 0; v < key.versions.size(); ++v) {
        check_version(*pool, &key.versions[v], draft_.keys[i].versions[v]);
      }
    }
    for (std::size_t i = 0; i < model_.keys.size(); ++i) check_overlaps(i);
  }

 private:
  const model::Pool* pool_of(const model::AllocationKey& key) const {
    for (const model::Pool& pool : model_.pools) {
      if (pool.id == key.pool) return &pool;
    }
    return nullptr;
  }

  // The id of a member of the dimension; reported if there is none.
  std::string member(const std::string& dimension, const Placed& name, const std::string& where) {
    std::vector<std::string> ids;
    if (dimension == "action") {
      for (const model::RoadmapItem& item : model_.roadmap) {
        if (item.level == "action") ids.push_back(item.id);
      }
    }
    const model::MemberResolver actions = model::MemberResolver::of_ids(ids);
    const model::MemberResolver* all = dimension == "action" ? &actions : members_.of(dimension);
    if (all == nullptr) return name.text;
    const model::Resolution found = all->resolve(name.text);
    if (found.found()) return all->ids()[found.member];
    const std::string near = all->nearest(name.text);
    findings_.error(
        name.at, code::kMember,
        in_quotes(name.text) + " in " + where + " is no member of " + in_quotes(dimension),
        near.empty() ? "name one that exists" : "did you mean '" + near + "'?");
    return "";
  }

  void check_of(const model::Pool& pool, model::AllocationKey* key, const KeyDraft& places) {
    for (std::size_t i = 0; i < places.dimensions.size(); ++i) {
      const Placed& dimension = places.dimensions[i];
      if (std::count(pool.each.begin(), pool.each.end(), dimension.text) == 0) {
        findings_.error(dimension.at, code::kAllocation,
                        what_ + " is for one " + in_quotes(dimension.text) + ", and pool " +
                            in_quotes(pool.id) + " is not one for each",
                        suggestion(dimension.text, pool.each,
                                   "add it to 'each' of the pool, or remove it here"));
        continue;
      }
      if (places.values[i].text == model::kUnmapped) continue;
      const std::string id = member(dimension.text, places.values[i], "'of' of " + what_);
      if (!id.empty()) key->of[dimension.text] = id;
    }
  }

  void check_version(const model::Pool& pool, KeyVersion* version, const KeyVersionDraft& places) {
    rename(pool, places.destinations, "the shares of " + what_, &version->shares);
    rename(pool, places.times, "'times' of " + what_, &version->times);
    check_days(pool, *version);
    if (version->kind <= KeyVersion::Kind::kPercent) return;
    const bool is_time = version->kind >= KeyVersion::Kind::kMinutes;
    if (is_time && pool.to == model::kPoolDimension) {
      findings_.error(version->place, code::kAllocation,
                      what_ + " spreads time, and pool " + in_quotes(pool.id) + " gives to pools",
                      "give by 'share', 'percent' or 'weight'");
    } else if (is_time && pool.capacity.value.empty()) {
      findings_.error(version->place, code::kAllocation,
                      what_ + " spreads time, and pool " + in_quotes(pool.id) +
                          " has no capacity: what is unused would be spread in silence",
                      "add 'capacity: ...' to the pool, or write 'weight' instead");
    }
    check_measure(pool, *version, places);
    if (version->kind == KeyVersion::Kind::kVolume) check_times(pool, *version);
  }

  // Destinations by their ids, each once.
  void rename(const model::Pool& pool, const std::vector<Placed>& places, const std::string& where,
              std::map<std::string, std::string>* numbers) {
    std::map<std::string, std::string> renamed;
    for (const Placed& place : places) {
      const std::string id = member(pool.to, place, where);
      if (id.empty()) continue;
      if (!renamed.emplace(id, numbers->at(place.text)).second) {
        findings_.error(place.at, code::kDuplicate,
                        in_quotes(place.text) + " in " + where + " is " + in_quotes(id) +
                            ", which is there already",
                        "keep one of the two");
      }
      if (pool.to == model::kPoolDimension) check_taker(pool, place, id);
    }
    *numbers = std::move(renamed);
  }

  void check_taker(const model::Pool& pool, const Placed& place, const std::string& id) {
    for (const model::Pool& other : model_.pools) {
      if (other.id != id) continue;
      const bool is_itself = other.id == pool.id;
      if (!is_itself && other.grain == pool.grain && other.each.empty()) return;
      findings_.error(place.at, code::kAllocation,
                      "pool " + in_quotes(pool.id) + " cannot give to " + in_quotes(id) +
                          (is_itself                   ? ": it is that pool"
                           : other.grain != pool.grain ? ": they have different grains"
                                                       : ": it is one for each " + other.each[0]),
                      is_itself ? "remove it: what a pool uses itself changes no proportion"
                                : "give both the same grain and no 'each'");
    }
  }

  // A key changes between two periods of its pool, never within one.
  void check_days(const model::Pool& pool, const KeyVersion& version) {
    const auto refuse = [&](const char* name, base::Days day, base::Days good) {
      findings_.error(version.place, code::kDates,
                      what_ + ": " + in_quotes(name) + " is " + base::format_date(day) +
                          ", within a " + std::string(base::to_string(pool.grain)) + " of pool " +
                          in_quotes(pool.id),
                      "write " + base::format_date(good) + ", or give the pool a finer grain");
    };
    if (version.valid.from) {
      const base::Period period = base::Period::of(*version.valid.from, pool.grain);
      if (period.first_day() != *version.valid.from) {
        refuse("from", *version.valid.from, period.first_day());
      }
    }
    if (version.valid.to) {
      const base::Period period = base::Period::of(*version.valid.to, pool.grain);
      if (period.last_day() != *version.valid.to) {
        refuse("to", *version.valid.to, period.last_day());
      }
    }
  }

  void check_measure(const model::Pool& pool, const KeyVersion& version,
                     const KeyVersionDraft& places) {
    using Kind = KeyVersion::Kind;
    const std::string what = (version.kind == Kind::kWeight    ? "'weight' of "
                              : version.kind == Kind::kMinutes ? "'minutes' of "
                                                               : "'volume' of ") +
                             what_;
    const auto plan = measurements_.check(version.measure, places.measure, false, pool.grain, what);
    if (!plan) return;
    const bool is_plain = plan->unit.empty() || plan->unit == "count";
    if (version.kind == Kind::kMinutes && !is_plain && !language::unit_factor(plan->unit, "min")) {
      findings_.error(place_of(places.measure.value, version.place), code::kUnit,
                      what + " is in " + in_quotes(plan->unit) + ", not a time",
                      "measure a duration or minutes, or write 'volume'");
    }
    measurements_.have_dimension(*plan, pool.to, version.place, what);
    for (const Placed& dimension : places.per) {
      if (std::count(pool.each.begin(), pool.each.end(), dimension.text) == 0) {
        findings_.error(dimension.at, code::kAllocation,
                        what_ + " measures per " + in_quotes(dimension.text) + ", and pool " +
                            in_quotes(pool.id) + " is not one for each",
                        suggestion(dimension.text, pool.each, "remove it"));
        continue;
      }
      measurements_.have_dimension(*plan, dimension.text, dimension.at, what);
    }
  }

  void check_times(const model::Pool& pool, const KeyVersion& version) {
    if (pool.to != "activity") {
      if (version.times.empty()) {
        findings_.error(version.place, code::kAllocation,
                        what_ + " gives volumes and no unit times", "add 'times: {ID: minutes}'");
      }
      return;
    }
    std::string without;
    for (const model::Activity& activity : model_.activities) {
      if (activity.unit_minutes || version.times.contains(activity.id)) continue;
      without += (without.empty() ? "" : ", ") + activity.id;
    }
    if (without.empty()) return;
    findings_.warning(version.place, code::kAllocation,
                      what_ + " gives nothing to activities without a unit time: " + without,
                      "add 'unit_minutes' to the activity, or 'times' here, if it has a volume");
  }

  // Of keys that could spread the same amount one must say more about it, or hold at another time.
  void check_overlaps(std::size_t index) {
    const model::AllocationKey& key = model_.keys[index];
    for (std::size_t i = 0; i <= index; ++i) {
      const model::AllocationKey& other = model_.keys[i];
      if (other.pool != key.pool || other.of.size() != key.of.size()) continue;
      const bool may_meet = std::all_of(key.of.begin(), key.of.end(), [&](const auto& entry) {
        const auto at = other.of.find(entry.first);
        return at == other.of.end() || at->second == entry.second;
      });
      if (!may_meet) continue;
      for (std::size_t v = 0; v < key.versions.size(); ++v) {
        for (std::size_t w = 0; w < (i == index ? v : other.versions.size()); ++w) {
          if (overlaps(key.versions[v].valid, other.versions[w].valid)) {
            report_overlap(key, key.versions[v], other, other.versions[w]);
          }
        }
      }
    }
  }

  static bool overlaps(const model::Validity& a, const model::Validity& b) {
    const bool a_is_over = a.to && b.from && *a.to < *b.from;
    const bool b_is_over = b.to && a.from && *b.to < *a.from;
    return !a_is_over && !b_is_over;
  }

  void report_overlap(const model::AllocationKey& key, const KeyVersion& version,
                      const model::AllocationKey& other, const KeyVersion& known) {
    findings_.error(version.place, code::kDates,
                    "key " + in_quotes(key.id) + " holds at the same time as " +
                        (key.id == other.id ? "its version" : "key " + in_quotes(other.id)) +
                        " of " + known.place.file + ':' + std::to_string(known.place.line),
                    "end one with 'to' before the other begins with 'from'");
  }

  model::SteeringModel& model_;
  const Draft& draft_;
  Findings& findings_;
  Measurements measurements_;
  model::DimensionMembers members_;
  std::string what_;
};

}  // namespace

void check_keys(Draft* draft, Findings* findings) { KeyCheck(draft, findings).run(); }

}  // namespace passerelle::steering
