// What the steering model lets expressions name beside fields: its calendars, pools and keys.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/language/business_time.h"
#include "core/model/steering.h"

namespace passerelle::language {

struct PoolNames {
  std::set<std::string> keys;
  std::set<std::string> methods;  // of its keys: "tdabc", "share"; or that of the cascade
  // What it spreads, as written and with its kind: "employer_cost", "payroll.employer_cost". Empty
  // where it has several sources.
  std::set<std::string> amounts;
};

// Immutable once made.
struct ModelNames {
  std::map<std::string, std::shared_ptr<const BusinessCalendar>, std::less<>> calendars;
  std::map<std::string, PoolNames, std::less<>> pools;
  std::map<std::string, std::string, std::less<>> keys;  // key -> its pool

  // A calendar whose time zone is unknown is left out; check (core/steering) says so.
  static std::shared_ptr<const ModelNames> of(const model::SteeringModel& model);
};

}  // namespace passerelle::language
