// Published state between consolidation (which makes it) and publication (which serves it).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow/group_names.h"
#include "core/model/access.h"
#include "core/model/cell.h"
#include "core/model/commit.h"
#include "core/model/steering.h"

namespace passerelle::flow {

// One grouping at one grain, and the indicators published there. Cuboid numbers are dense.
struct CuboidInfo {
  std::vector<std::string> dimensions;  // sorted by name, without the period
  base::Grain grain = base::Grain::kYear;
  std::vector<std::string> indicators;  // at most 64; CellRef::indicator is an index into it
};

struct Alert;  // alert.h
using Alerts = std::vector<std::shared_ptr<const Alert>>;

// All cells at one revision. Immutable; any thread; cheap to hold for a while.
class CellView {
 public:
  virtual ~CellView() = default;
  virtual model::Revision revision() const = 0;
  virtual std::shared_ptr<const model::SteeringModel> steering() const = 0;
  virtual const std::vector<CuboidInfo>& cuboids() const = 0;
  // Groups of a cuboid are numbered from 0; a group without facts has only absent cells.
  virtual std::uint32_t group_count(std::uint32_t cuboid) const = 0;
  virtual base::Period period(std::uint32_t cuboid, std::uint32_t group) const = 0;
  // The group's values, in the order of CuboidInfo::dimensions; they outlive the view's holder.
  virtual std::vector<std::string_view> values(std::uint32_t cuboid, std::uint32_t group) const = 0;
  virtual model::CellValue cell(model::CellRef ref) const = 0;
  // The same cells as if nothing were closed; lives as long as this view.
  virtual const CellView& unclosed() const { return *this; }
  // Crossings of status up to revision(), by number; null: none.
  virtual std::shared_ptr<const Alerts> alerts() const { return nullptr; }
};

struct CellChange {
  model::CellRef ref;
  model::CellValue before;
  model::CellValue after;
};

enum class Cause : std::uint8_t { kFacts, kModel, kTime, kEngine, kClosing };

struct SourceMark {
  std::string connector;
  model::Mark mark;
  bool operator==(const SourceMark&) const = default;
};

// An account as it was granted last.
struct GrantedAccount {
  model::Account account;
  model::Revision revision = 0;
  base::Instant at = 0;
  std::string author;
  std::string reason;
};

// Who may see what. Immutable.
struct Access {
  std::vector<GrantedAccount> accounts;  // by id
  base::Days today = 0;                  // the local day of the last Tick
};

// What one revision changed. `reset`: cuboids were laid out anew (a model switched); `changes` then
// holds no references of the old layout, and `previous` is the view before the switch.
struct Delta {
  model::Revision revision = 0;
  base::Instant at = 0;  // when the commit was written
  Cause cause = Cause::kFacts;
  bool reset = false;
  std::vector<CellChange> changes;
  // Of the groups of `changes`, at least those that no delta since the start or the last reset has
  // named.
  GroupNames names;
  std::vector<SourceMark> marks;  // all marks, only when one changed
  bool marks_changed = false;
  std::shared_ptr<const Access> access;      // only when it changed
  std::shared_ptr<const CellView> previous;  // with reset only
};

}  // namespace passerelle::flow
