// Who may see what, as the commits of administrators say it. Values do not depend on it; it is in
// the fold so that a lost right is a revision, on replicas and after a restart too.
#pragma once

#include <memory>
#include <string>

#include "core/consolidation/engine.h"
#include "core/consolidation/state_bytes.h"
#include "core/flow/cells.h"

namespace passerelle::consolidation {

class AccessList {
 public:
  // Never null.
  const std::shared_ptr<const flow::Access>& now() const { return now_; }

  // To be asked before a commit is journaled; what the journal holds is folded whatever it says.
  Status check(const model::AccessGranted& granted, const model::SteeringModel* model) const;
  Status check(const model::AccessRevoked& revoked) const;

  void grant(const model::AccessGranted& granted, model::Revision revision, base::Instant at);
  void revoke(const model::AccessRevoked& revoked);
  // False: it was that day already.
  bool set_today(base::Days day);

  // Section "access" of a checkpoint.
  Status save(const SectionSink& sink) const;
  bool load(StateReader* in);

 private:
  std::shared_ptr<const flow::Access> now_ = std::make_shared<const flow::Access>();
};

}  // namespace passerelle::consolidation
