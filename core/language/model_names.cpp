#include "core/language/model_names.h"

#include <string_view>
#include <utility>

namespace passerelle::language {
namespace {

std::string_view name_of(model::Cascade::Method method) {
  switch (method) {
    case model::Cascade::Method::kStepDown:
      return "step_down";
    case model::Cascade::Method::kDirect:
      return "direct";
    default:
      return "reciprocal";
  }
}

bool is_by_time(const model::KeyVersion& version) {
  return version.kind == model::KeyVersion::Kind::kMinutes ||
         version.kind == model::KeyVersion::Kind::kVolume;
}

}  // namespace

std::shared_ptr<const ModelNames> ModelNames::of(const model::SteeringModel& model) {
  auto names = std::make_shared<ModelNames>();
  for (const model::OpeningCalendar& calendar : model.calendars) {
    auto built = BusinessCalendar::build(calendar, model.time_zone);
    if (!built.ok()) continue;
    names->calendars.emplace(calendar.id,
                             std::make_shared<const BusinessCalendar>(*std::move(built)));
  }
  for (const model::Pool& pool : model.pools) {
    PoolNames& known = names->pools[pool.id];
    if (pool.to == model::kPoolDimension) known.methods.emplace(name_of(model.cascade.method));
    if (pool.sources.size() != 1 || !pool.sources[0].pool.empty()) continue;
    const model::Measurement& amount = pool.sources[0].amount;
    known.amounts = {amount.value, amount.from + "." + amount.value};
  }
  for (const model::AllocationKey& key : model.keys) {
    names->keys.emplace(key.id, key.pool);
    const auto pool = names->pools.find(key.pool);
    if (pool == names->pools.end()) continue;
    pool->second.keys.insert(key.id);
    for (const model::KeyVersion& version : key.versions) {
      pool->second.methods.emplace(is_by_time(version) ? "tdabc" : "share");
    }
  }
  return names;
}

}  // namespace passerelle::language
