// The connector `finance_totem`: budget documents of French local authorities.
#pragma once

#include <string_view>
#include <vector>

#include "plugins/sdk/connector.h"

namespace passerelle::finance_totem {

class TotemConnector final : public sdk::Connector {
 public:
  sdk::Description describe() const override;
  std::vector<sdk::Problem> check(const sdk::Config& config) override;
  Status read(const sdk::Config& config, std::string_view checkpoint, sdk::Output& out) override;
};

}  // namespace passerelle::finance_totem
