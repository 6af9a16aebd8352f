#include "core/app/cell_options.h"

namespace passerelle::app {

void CellOptions::add_to(CLI::App* verb) {
  verb->add_option("indicator", indicator, "Id of the indicator")->required();
  verb->add_option("--period", period, "2025, 2025-Q1, 2025-03, 2025-03-31 or all")->required();
  verb->add_option("--where", where, "dimension=value, once for each dimension of the grouping");
}

void CellOptions::add_org_to(CLI::App* verb) {
  verb->add_option("--org", org, "Organisation: was (the default), is, or a date");
}

StatusOr<hub::v1::CellKey> CellOptions::key() const {
  hub::v1::CellKey key;
  key.set_indicator(indicator);
  key.set_org(org);
  auto& dimensions = *key.mutable_dimensions();
  PAS_ASSIGN_OR_RETURN(const auto conditions, conditions_of(where));
  dimensions.insert(conditions.begin(), conditions.end());
  dimensions["period"] = period;
  return key;
}

}  // namespace passerelle::app
