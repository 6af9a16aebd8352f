// A question that a running hub answers, or else the data of a stopped one.
#pragma once

#include "core/app/authority.h"
#include "core/app/cli.h"
#include "core/base/clock.h"

namespace passerelle::app {

template <typename Request, typename Response>
StatusOr<Response> ask(const HubOptions& hub, const Request& request,
                       StatusOr<Response> (edge::Client::*of_hub)(const Request&),
                       StatusOr<Response> (*of_data)(const Request&, Authority&)) {
  if (hub_is_running(hub)) {
    PAS_ASSIGN_OR_RETURN(const auto client, connect(hub));
    return (client.get()->*of_hub)(request);
  }
  base::SystemClock clock;
  PAS_ASSIGN_OR_RETURN(const auto authority, open_stopped(hub.data, clock));
  StatusOr<Response> response = of_data(request, *authority);
  PAS_RETURN_IF_ERROR(authority->write_checkpoint());
  return response;
}

}  // namespace passerelle::app
