#pragma once

#include "plugins/sdk/connector.h"

namespace passerelle::sql {

class SqlConnector final : public sdk::Connector {
 public:
  sdk::Description describe() const override;
  std::vector<sdk::Problem> check(const sdk::Config& config) override;
  StatusOr<std::vector<sdk::Stream>> discover(const sdk::Config& config) override;
  Status read(const sdk::Config& config, std::string_view checkpoint, sdk::Output& out) override;
};

}  // namespace passerelle::sql
