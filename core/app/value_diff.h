// Why one cell changed: commits are folded one by one and, where the cell changes, part by part, so
// that every difference has a cause. Pure: no journal, no clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/app/model_diff.h"
#include "core/base/decimal.h"
#include "core/consolidation/engine.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::app {

// Up to so many objects of one part of the model have their effects told apart: each takes a fold.
inline constexpr std::size_t kDiffObjectsMax = 24;

// One cause: what the cell was worth before it and after it differs by `effect`.
struct ValueStep {
  hub::v1::DiffCauseKind kind = hub::v1::DIFF_CAUSE_KIND_UNSPECIFIED;
  model::Revision revision = 0;
  base::Instant at = 0;
  std::vector<hub::v1::DiffObject> objects;
  std::uint64_t records = 0;
  std::vector<std::pair<base::Hash128, std::string>> examples;  // key, and id where it is known
  base::Rational effect = 0;
  consolidation::CellProbe after;
};

struct ValueDiff {
  consolidation::CellProbe from;
  consolidation::CellProbe to;
  base::Rational difference = 0;  // of the published values; what is no number counts as 0
  std::vector<ValueStep> steps;   // their effects add up to it; rounding comes last
  std::string unit;

  // Where the engine changed, on the way; else the last commit.
  model::Revision engine_revision = 0;
  base::Instant engine_at = 0;

  // The value that another engine had published at either end takes the place of what this one,
  // `version`, makes of the same commits: the difference has the engine as its cause.
  void begin_with(const model::CellValue& published, std::uint32_t version);
  void end_with(const model::CellValue& published, std::uint32_t version);

 private:
  ValueStep engine_step(const consolidation::CellProbe& before,
                        const consolidation::CellProbe& after, std::uint32_t version);
};

// Models that were proposed and not yet switched to, by the revision that did.
using ProposedModels = std::map<model::Revision, std::shared_ptr<const model::SteeringModel>>;

// A commit that changes nothing, in the place of one that is folded otherwise.
model::Commit nothing_at(model::Revision revision);
// Makes it the engine's model, without a commit.
Status switch_aside(const std::shared_ptr<const model::SteeringModel>& model,
                    consolidation::Engine* engine);

class ValueDiffer {
 public:
  // `engine` stands at the first revision.
  ValueDiffer(consolidation::Engine* engine, consolidation::CellName cell, ProposedModels proposed);

  // Asked between two model switches, which take long; an error ends take().
  using Check = std::function<Status()>;
  // The next commit of the journal. A proposed model must be parsed.
  Status take(model::Commit commit, const Check& check);
  // After the last one.
  ValueDiff finish();

 private:
  // Models on the way from one to the other, and what each step is made of.
  struct Stage {
    Part part = Part::kText;
    std::vector<Difference> differences;
  };

  Status take_records(model::Commit commit, const Check& check);
  Status take_switch(const model::ModelSwitched& switched, const Check& check);
  // Part after part.
  Status take_parts(const model::SteeringModel& before,
                    const std::shared_ptr<const model::SteeringModel>& after, const Check& check);
  // From `before` to `after`, which differ in these objects, one object after the other. The
  // engine stands at `after`.
  Status take_objects(const model::SteeringModel& before,
                      const std::shared_ptr<const model::SteeringModel>& after,
                      const std::vector<Difference>& differences, const Check& check);
  ValueStep step_of(hub::v1::DiffCauseKind kind) const;
  ValueStep step_of(const std::vector<Difference>& differences,
                    const model::SteeringModel& after) const;
  // Keeps the step if the cell is worth something else now.
  void note(ValueStep step);

  consolidation::Engine& engine_;
  const consolidation::CellName cell_;
  ProposedModels proposed_;
  ValueDiff diff_;
  consolidation::CellProbe now_;
  model::Revision revision_ = 0;  // of the commit at hand, in the journal
  base::Instant at_ = 0;
};

}  // namespace passerelle::app
