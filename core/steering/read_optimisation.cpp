// The section `optimisation`: the plan's actions.
#include "core/base/decimal.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

// `baseline: "1000"`, or `{period: "2025", known_at: 2026-01-31}`.
void read_baseline(NodeReader& reader, model::OptAction* action, OptActionDraft* places,
                   Findings* findings) {
  const formats::Yaml* written = reader.find("baseline", Need::kRequired);
  if (written == nullptr) return;
  places->baseline_at = reader.place_of(*written);
  if (!written->is_map()) {
    action->baseline = exact_decimal(reader, "baseline", Need::kRequired);
    return;
  }
  NodeReader inner(reader.node(*written), "'baseline' of " + reader.what(), places->baseline_at,
                   findings);
  places->baseline_period = inner.placed("period", Need::kRequired);
  action->baseline_period = places->baseline_period.text;
  // What was must not move any more: else it would tell of corrections, not of the action.
  const Placed known_at = inner.placed("known_at", Need::kRequired);
  if (inner.date("known_at")) action->baseline_known_at = known_at.text;
  inner.finish();
}

model::OptAction::State state_of(const std::string& text) {
  using State = model::OptAction::State;
  for (const State state : {State::kPlanned, State::kDone, State::kDropped}) {
    if (to_string(state) == text) return state;
  }
  return State::kUnderWay;
}

void read_action(const std::string& id, NodeReader& reader, Draft* draft, Findings* findings) {
  model::OptAction action;
  OptActionDraft places;
  action.id = id;
  action.at = reader.at();
  action.label = reader.label("label", Need::kRequired);
  const Placed activity = reader.placed("activity");
  draft->registry.refer(Entity::kActivity, activity, reader.what());
  action.activity = activity.text;
  const Placed indicator = reader.placed("indicator", Need::kRequired);
  draft->registry.refer(Entity::kIndicator, indicator, reader.what());
  action.indicator = indicator.text;
  places.scope = read_scope(reader, &action.scope);
  read_baseline(reader, &action, &places, findings);
  action.expected = exact_decimal(reader, "expected", Need::kRequired);
  const auto expected = base::parse_rational(action.expected);
  if (!action.expected.empty() && expected.ok() && *expected <= 0) {
    reader.error(action.at, code::kFormat, "'expected' of " + reader.what() + " is not above 0",
                 "write the gain as a number above 0, whatever way the indicator is better");
  }
  const Placed pilot = reader.placed("pilot");
  draft->registry.refer(Entity::kUnit, pilot, reader.what());
  action.pilot = pilot.text;
  action.due = reader.date("due");
  action.state = state_of(reader.choice("state", {"planned", "under_way", "done", "dropped"}));
  draft->model.optimisation.push_back(std::move(action));
  draft->optimisation.push_back(std::move(places));
}

}  // namespace

void read_optimisation(Node section, Draft* draft, Findings* findings) {
  read_entities(
      section, Entity::kOptAction, is_upper_id, draft, findings,
      [&](const std::string& id, NodeReader& reader) { read_action(id, reader, draft, findings); });
}

}  // namespace passerelle::steering
