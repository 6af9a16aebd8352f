// From a supervised plugin to intake.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/status.h"

namespace passerelle::connector::v1 {
class ReadResponse;
}

namespace passerelle::flow {

class ReadSink {
 public:
  virtual ~ReadSink() = default;
  // One message of a connector's Read, in order. `done` is called once, on any thread, when what it
  // holds is durable and folded (or failed for good). The caller keeps at most kIntakeQueueBytesMax
  // of messages whose `done` has not been called: that is the back-pressure.
  virtual void accept(const std::string& connector,
                      std::unique_ptr<connector::v1::ReadResponse> message,
                      std::function<void(Status)> done) = 0;
};

}  // namespace passerelle::flow
