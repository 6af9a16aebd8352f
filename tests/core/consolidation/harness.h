// Models and commits by hand, and cells as text: what the tests of the fold are written with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/consolidation/engine.h"
#include "core/model/steering.h"

namespace passerelle::consolidation {

// Field name -> value as text: "12.50" for decimals, "2026-01-31", "2026-01-31T10:00:00Z", "true".
using Fields = std::map<std::string, std::string>;

struct Row {
  std::string id;
  std::int64_t version = 1;
  Fields fields;
  bool deleted = false;
  std::string natural_key = {};
};

// An authority with the built-in kinds, no reference and no indicators, in UTC.
model::SteeringModel empty_model();
// A kind with the given fields: "amount:decimal2:EUR", "day:date", "dir:string", "n:integer:count".
model::RecordKind kind_of(const std::string& name, const std::string& at,
                          const std::vector<std::string>& fields);
// Month grain, published by every subset of `by` at that grain, two decimals.
model::Indicator indicator(const std::string& id, const std::string& from, const std::string& value,
                           const std::vector<std::string>& by);
model::MappingRule rule(const std::string& name, const std::string& when,
                        const std::map<std::string, std::string>& set);
model::OrgUnit unit(const std::string& id, const std::string& kind, const std::string& parent);

model::RecordBatch batch_of(const std::string& connector, const model::RecordKind& kind,
                            const std::vector<Row>& rows, const std::string& scope = "");

// An engine with its journal in memory.
class Hub {
 public:
  Hub() : engine_(std::make_unique<Engine>(EngineSettings{})) {}
  explicit Hub(const model::SteeringModel& model) : Hub() { apply_model(model); }

  // Proposes and switches; fails the test if the model is refused.
  flow::Delta apply_model(const model::SteeringModel& model);
  // One commit of one batch.
  flow::Delta send(const std::string& kind, const std::vector<Row>& rows,
                   const std::string& scope = "", const std::string& connector = "source");
  flow::Delta commit(model::Records records);
  flow::Delta tick(const std::string& instant);
  Status apply(model::Commit commit, flow::Delta* delta);

  model::RecordBatch batch(const std::string& kind, const std::vector<Row>& rows,
                           const std::string& scope = "", const std::string& connector = "source");

  // "82.7", "na NO_DATA", "na ZERO_DEN", "absent"; flags and status follow: "1.00 INCOMPLETE
  // GREEN".
  std::string cell(const std::string& indicator, const Fields& dimensions,
                   const std::string& period);
  // The fold of the same commits by an engine that loads this one's checkpoint.
  std::unique_ptr<Engine> reloaded() const;
  // Goes on with that one.
  void restart() { engine_ = reloaded(); }
  Engine& engine() { return *engine_; }
  const std::vector<model::Commit>& journal() const { return journal_; }

 private:
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<const model::SteeringModel> model_;
  std::vector<model::Commit> journal_;
};

std::string text_of(const model::CellValue& value);
std::string cell_of(const flow::CellView& view, const std::string& indicator,
                    const Fields& dimensions, const std::string& period);

}  // namespace passerelle::consolidation
