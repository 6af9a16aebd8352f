#include "plugins/sdk/connector.h"

namespace passerelle::sdk {

StatusOr<std::vector<Stream>> Connector::discover(const Config&) { return describe().streams; }

}  // namespace passerelle::sdk
