// The journal as its neighbours see it: append and read, nothing else.
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/status.h"
#include "core/model/commit.h"

namespace passerelle::flow {

class Journal {
 public:
  virtual ~Journal() = default;

  // Writes `commit` as revision last + 1, durably, and calls `done` once, on the journal's own
  // thread, in order of the calls. Any thread. After a failed write every later append fails too
  // (DATA_LOSS): the hub stops and says why.
  virtual void append(model::Commit commit, std::function<void(StatusOr<model::Commit>)> done) = 0;

  // Calls `each` with the commits from revision `from` to the last one, in order, on the caller's
  // thread; stops at the first error that `each` returns.
  virtual Status read(model::Revision from, const std::function<Status(model::Commit)>& each) = 0;

  virtual model::Revision last_revision() const = 0;
  virtual std::uint64_t epoch() const = 0;  // 0 before the Genesis commit
};

}  // namespace passerelle::flow
