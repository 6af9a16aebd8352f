#include "core/edge/optimisation.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/base/apportionment.h"
#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "core/base/text.h"
#include "core/publication/codec.h"

namespace passerelle::edge {
namespace {

using base::Rational;
using hub::v1::Amount;
using hub::v1::NaReason;
using Actions = std::vector<const model::OptAction*>;

Amount amount_of(const Rational& value, int scale) {
  Amount out;
  out.set_scale(scale);
  // Published values fit; a difference of two may not.
  if (const auto scaled = base::round_to_scaled(value, scale)) {
    out.set_scaled(*scaled);
  } else {
    out.set_na(hub::v1::NA_REASON_NO_DATA);
  }
  return out;
}

Amount na_of(NaReason reason, int scale) {
  Amount out;
  out.set_na(reason);
  out.set_scale(scale);
  return out;
}

Rational value_of(const Amount& amount) {
  return base::to_rational(amount.scaled(), amount.scale());
}

// As it is written: "90" has no decimals, "0.5" one.
Amount amount_of(const std::string& written) {
  const std::size_t point = written.find('.');
  const auto value = base::parse_rational(written);
  const std::size_t decimals = point == std::string::npos ? 0 : written.size() - point - 1;
  if (!value.ok()) return na_of(hub::v1::NA_REASON_NO_DATA, 0);
  return amount_of(*value, static_cast<int>(decimals));
}

// Reads single cells of one revision.
class Reader {
 public:
  Reader(publication::Publisher& publisher, const std::string& account,
         const model::Indicator& indicator, std::map<std::string, std::string> dimensions)
      : publisher_(publisher),
        account_(account),
        indicator_(indicator),
        dimensions_(std::move(dimensions)) {
    dimensions_.erase("period");
  }

  // INVALID_ARGUMENT where the cell is not published. `revision`: that of the value; may be null.
  StatusOr<Amount> at(const std::string& period, const publication::AsOf& as_of,
                      model::Revision* revision = nullptr) const {
    PAS_ASSIGN_OR_RETURN(const base::Period parsed, base::Period::parse(period));
    publication::Selector selector;
    selector.indicators = {indicator_.id};
    selector.period = period;
    selector.grain = std::string(base::to_string(parsed.grain()));
    selector.filter = dimensions_;
    for (const auto& [dimension, value] : dimensions_) selector.by.push_back(dimension);
    const auto answer = publisher_.get(selector, as_of, account_);
    if (!answer.ok()) return answer.status();
    if (revision != nullptr) *revision = answer->revision;
    if (answer->cells.empty()) return na_of(hub::v1::NA_REASON_NO_DATA, indicator_.round);
    hub::v1::Cell cell;
    publication::fill(answer->cells.front(), &cell);
    if (cell.has_na()) return na_of(cell.na(), indicator_.round);
    return amount_of(base::to_rational(cell.scaled(), cell.scale()), indicator_.round);
  }

 private:
  publication::Publisher& publisher_;
  const std::string& account_;
  const model::Indicator& indicator_;
  std::map<std::string, std::string> dimensions_;
};

StatusOr<Amount> baseline_of(const model::OptAction& action, const model::Indicator& indicator,
                             const Reader& reader) {
  if (!action.baseline.empty()) {
    PAS_ASSIGN_OR_RETURN(const Rational value, base::parse_rational(action.baseline));
    return amount_of(value, indicator.round);
  }
  auto found = reader.at(action.baseline_period, {0, action.baseline_known_at});
  // Nothing had been published by then.
  if (absl::IsOutOfRange(found.status())) {
    return na_of(hub::v1::NA_REASON_NO_DATA, indicator.round);
  }
  return found;
}

// Why there is no gain is why there is no actual value, or else no baseline.
Amount gain_of(const Amount& baseline, const Amount& actual, const model::Indicator& indicator) {
  for (const Amount* part : {&actual, &baseline}) {
    if (part->has_na()) return na_of(part->na(), indicator.round);
  }
  const Rational less = value_of(baseline) - value_of(actual);
  return amount_of(indicator.better == "lower" ? less : Rational(-less), indicator.round);
}

void add_actions(const Actions& actions, hub::v1::OptimisedCell* cell) {
  std::vector<Rational> weights;
  for (const model::OptAction* action : actions) {
    if (action->shares()) weights.push_back(*base::parse_rational(action->expected));
  }
  std::vector<base::Int128> shares;
  if (!cell->gain().has_na() && !weights.empty()) {
    shares = base::apportioned(cell->gain().scaled(), weights);
  }
  auto share = shares.begin();
  for (const model::OptAction* action : actions) {
    hub::v1::OptimisationAction& out = *cell->add_actions();
    out.set_id(action->id);
    out.mutable_label()->set_fr(action->label.fr);
    out.mutable_label()->set_en(action->label.en);
    out.set_activity(action->activity);
    out.set_pilot(action->pilot);
    if (action->due) out.set_due(base::format_date(*action->due));
    out.set_state(std::string(to_string(action->state)));
    *out.mutable_expected() = amount_of(action->expected);
    if (!action->shares()) continue;
    *out.mutable_gain() = cell->gain();
    if (share != shares.end()) out.mutable_gain()->set_scaled(static_cast<std::int64_t>(*share++));
  }
}

// `as_of` becomes the revision that it means: all cells are of one.
StatusOr<hub::v1::OptimisedCell> cell_of(const Actions& actions, const model::Indicator& indicator,
                                         publication::AsOf* as_of, const std::string& account,
                                         publication::Publisher& publisher) {
  const model::OptAction& first = *actions.front();
  const Reader reader(publisher, account, indicator, first.scope);
  hub::v1::OptimisedCell cell;
  cell.mutable_cell()->set_indicator(indicator.id);
  cell.mutable_cell()->mutable_dimensions()->insert(first.scope.begin(), first.scope.end());
  cell.set_unit(indicator.unit);
  cell.set_baseline_period(first.baseline_period);
  cell.set_baseline_known_at(first.baseline_known_at);
  PAS_ASSIGN_OR_RETURN(*cell.mutable_baseline(), baseline_of(first, indicator, reader));
  model::Revision revision = 0;
  PAS_ASSIGN_OR_RETURN(*cell.mutable_actual(),
                       reader.at(first.scope.at("period"), *as_of, &revision));
  *as_of = {revision, ""};
  *cell.mutable_gain() = gain_of(cell.baseline(), cell.actual(), indicator);
  add_actions(actions, &cell);
  return cell;
}

}  // namespace

StatusOr<hub::v1::GetOptimisationResponse> optimisation(
    const hub::v1::GetOptimisationRequest& request, const std::string& account,
    publication::Publisher& publisher) {
  const auto view = publisher.view();
  const auto model = view == nullptr ? nullptr : view->steering();
  if (model == nullptr) {
    return base::failed_precondition("no model was applied yet; apply one: passerelle apply MODEL");
  }
  std::map<std::pair<std::string, std::map<std::string, std::string>>, Actions> cells;
  std::set<std::string> planned;
  for (const model::OptAction& action : model->optimisation) {
    planned.insert(action.indicator);
    if (!request.indicator().empty() && action.indicator != request.indicator()) continue;
    cells[{action.indicator, action.scope}].push_back(&action);
  }
  if (cells.empty() && !request.indicator().empty()) {
    return base::not_found(
        "the optimisation plan has no action on " + request.indicator() +
        (planned.empty()
             ? "; it is empty: add a section 'optimisation'"
             : "; it has some on " + base::join({planned.begin(), planned.end()}, ", ")));
  }
  hub::v1::GetOptimisationResponse response;
  publication::AsOf as_of{request.revision(), request.known_at()};
  if (as_of.revision == 0 && as_of.known_at.empty()) as_of.revision = view->revision();
  for (const auto& [key, actions] : cells) {
    const std::string& id = key.first;
    const auto indicator = std::find_if(model->indicators.begin(), model->indicators.end(),
                                        [&](const model::Indicator& one) { return one.id == id; });
    PAS_ASSIGN_OR_RETURN(*response.add_cells(),
                         cell_of(actions, *indicator, &as_of, account, publisher));
  }
  response.set_revision(as_of.revision);
  return response;
}

}  // namespace passerelle::edge
