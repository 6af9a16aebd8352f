// One published value as a verb's options name it.
#pragma once

#include <string>
#include <vector>

#include "core/app/cli.h"
#include "core/base/status.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::app {

struct CellOptions {
  std::string indicator;
  std::string period;
  std::vector<std::string> where;
  std::string org;

  // The indicator, --period and --where.
  void add_to(CLI::App* verb);
  // --org, where values of every view of the organisation may be asked for.
  void add_org_to(CLI::App* verb);
  // INVALID_ARGUMENT for a --where that is not dimension=value.
  StatusOr<hub::v1::CellKey> key() const;
};

}  // namespace passerelle::app
