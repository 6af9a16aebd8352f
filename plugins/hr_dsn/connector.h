// The connector `hr_dsn`: payroll, assignments and absences from the déclaration sociale
// nominative.
#pragma once

#include <string_view>
#include <vector>

#include "plugins/sdk/connector.h"

namespace passerelle::hr_dsn {

class DsnConnector final : public sdk::Connector {
 public:
  sdk::Description describe() const override;
  std::vector<sdk::Problem> check(const sdk::Config& config) override;
  Status read(const sdk::Config& config, std::string_view checkpoint, sdk::Output& out) override;
};

}  // namespace passerelle::hr_dsn
