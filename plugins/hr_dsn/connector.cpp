#include "plugins/hr_dsn/connector.h"

#include "plugins/hr_dsn/config.h"
#include "plugins/hr_dsn/reading.h"
#include "plugins/hr_dsn/streams.h"
#include "plugins/sdk/files/file_ledger.h"

namespace passerelle::hr_dsn {

sdk::Description DsnConnector::describe() const {
  return {"hr_dsn", "hr", "0.1.0", config_fields(), streams()};
}

std::vector<sdk::Problem> DsnConnector::check(const sdk::Config& config) {
  const Settings settings = settings_of(config);
  if (settings.paths.empty()) {
    return {{"path", "no pattern is given", "write path: ../sources/dsn/*.dsn"}};
  }
  const auto files = sdk::find_files(settings.paths, settings.folder);
  if (files.ok()) return {};
  return {{"path", base::message_of(files.status()), "make the folder readable"}};
}

Status DsnConnector::read(const sdk::Config& config, std::string_view checkpoint,
                          sdk::Output& out) {
  return read_declarations(settings_of(config), checkpoint, out);
}

}  // namespace passerelle::hr_dsn
