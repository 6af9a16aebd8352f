// Between the messages of passerelle.hub.v1 and publication's values.
#pragma once

#include "core/publication/publisher.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::edge {

publication::Selector to_selector(const hub::v1::Selector& selector);
publication::Target to_target(const hub::v1::Target& target);
publication::AsOf to_as_of(const hub::v1::GetRequest& request);
void fill(const publication::Answer& answer, hub::v1::GetResponse* out);

}  // namespace passerelle::edge
