#include "plugins/finance_totem/connector.h"

#include "plugins/finance_totem/chart.h"
#include "plugins/finance_totem/config.h"
#include "plugins/finance_totem/reading.h"
#include "plugins/finance_totem/streams.h"

namespace passerelle::finance_totem {

sdk::Description TotemConnector::describe() const {
  return {"finance_totem", "finance", "0.1.0", config_fields(), streams()};
}

std::vector<sdk::Problem> TotemConnector::check(const sdk::Config& config) {
  const Settings settings = settings_of(config);
  std::vector<sdk::Problem> problems;
  if (settings.paths.empty()) {
    problems.push_back({"path", "no pattern is given", "write path: ../sources/finance/*.xml"});
  } else if (const auto files = sdk::find_files(settings.paths, settings.folder); !files.ok()) {
    problems.push_back({"path", base::message_of(files.status()), "make the folder readable"});
  }
  if (const auto charts = ChartShelf::open(settings.charts, settings.folder); !charts.ok()) {
    problems.push_back(
        {"chart", base::message_of(charts.status()), "correct the pattern, or remove `chart`"});
  }
  return problems;
}

Status TotemConnector::read(const sdk::Config& config, std::string_view checkpoint,
                            sdk::Output& out) {
  return read_documents(settings_of(config), checkpoint, out);
}

}  // namespace passerelle::finance_totem
