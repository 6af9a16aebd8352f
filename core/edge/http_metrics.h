// What a hub says of itself to Prometheus.
#pragma once

#include <string>

#include "core/publication/publisher.h"
#include "passerelle/admin/v1/admin.pb.h"

namespace passerelle::edge {

// The text exposition format. Names begin with passerelle_; a label `connector` where it applies.
std::string metrics_text(const admin::v1::ListConnectorsResponse& connectors,
                         const publication::Publisher& publisher);

}  // namespace passerelle::edge
