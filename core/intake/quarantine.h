// The index behind `quarantine list|show`: DATA/<authority>/quarantine.db, filled from the
// journal's commits and rebuilt from them whenever it is missing, damaged or of another epoch.
// Numbers are dense, in the journal's order, so a rebuild gives the same ones. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/model/commit.h"

namespace passerelle::intake {

struct QuarantineEntry {
  std::uint64_t number = 0;  // 1 is the first of the journal
  model::Revision revision = 0;
  base::Instant at = 0;
  std::string connector;
  model::Reject reject;
};

struct QuarantineFilter {
  std::string connector;    // empty: all
  std::string rule;         // empty: all
  std::uint64_t after = 0;  // entries with a greater number
  std::size_t limit = 100;  // at most base::kQuarantinePageMax
};

struct QuarantineCount {
  std::string connector;
  std::uint64_t entries = 0;
  std::uint64_t records = 0;  // that they stand for
};

class Quarantine {
 public:
  // `last` is the journal's last revision: an index that knows more is rebuilt.
  static StatusOr<std::unique_ptr<Quarantine>> open(const std::string& folder, std::uint64_t epoch,
                                                    model::Revision last);
  ~Quarantine();
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  // Commits up to this one are in the index: go on reading the journal after it.
  model::Revision last_revision() const;
  // The next commit, in order; one that is known already changes nothing.
  Status add(const model::Commit& commit);
  // Makes what was added survive a restart; add() does so itself now and then.
  Status flush();

  StatusOr<std::vector<QuarantineEntry>> list(const QuarantineFilter& filter) const;
  StatusOr<QuarantineEntry> show(std::uint64_t number) const;  // NOT_FOUND
  StatusOr<std::vector<QuarantineCount>> counts() const;       // by connector

 private:
  class Impl;
  explicit Quarantine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::intake
