// Facts and cells when units move: states go from group to group, and of the facts only those are
// looked at that no group tells apart.
#include "core/consolidation/fact_fold.h"

namespace passerelle::consolidation {

void FactFold::reorganise(const Reorganisation& wanted) {
  flush();
  CellMoves moves(*wanted.kind, stores_, wanted.changes);
  if (!moves.any() && !wanted.is_recounted) return;
  moves.apply(&bags_);
  FactSignatures::Wanted facts;
  facts.months = wanted.is_recounted ? CellMoves::kAllMonths : moves.months();
  for (FactSource* source : wanted.sources) {
    if (facts.months != CellMoves::kAllMonths) source->signatures().let_units_lag();
    if (facts.months == 0) continue;
    source->signatures().for_each({facts},
                                  [&](std::uint32_t row) { move(wanted, &moves, source, row); });
  }
  flush();
  moves.apply_apart(&bags_);
}

void FactFold::move(const Reorganisation& wanted, CellMoves* moves, FactSource* source,
                    std::uint32_t row) {
  KindPlan& kind = source->kind();
  source->load(row);
  bool is_answered = false;
  auto& [before, after] = moved_codes_;
  for (std::uint32_t at = 0; at < kind.ats.size(); ++at) {
    const auto day = day_of(*source, at);
    const base::Days placed = day.value_or(std::numeric_limits<base::Days>::max());
    source->dimensions(wanted.before, placed, &before);
    source->dimensions(wanted.after, placed, &after);
    if (before == after) continue;
    for (std::size_t i = 0; i < kind.inputs.size(); ++i) {
      const CuboidInput& input = kind.inputs[i];
      if (input.at != at || (!day && input.grain != base::Grain::kAll)) continue;
      const bool stays = std::all_of(
          input.dimensions.begin(), input.dimensions.end(),
          [&](std::uint32_t dimension) { return before[dimension] == after[dimension]; });
      if (stays) continue;
      const bool is_by_facts = moves->is_by_facts(i);
      GroupStore* const apart =
          is_by_facts ? nullptr : moves->apart(i, before, after, placed, keeper_);
      if (!is_by_facts && apart == nullptr && input.stocks.empty()) continue;
      if (!is_answered) {
        answers_.assign(kind.arguments.size(), Answer::kUnknown);
        arguments_.resize(kind.arguments.size());
        answer_filters(source);
        is_answered = true;
      }
      if (apart != nullptr) give(input, apart, source, placed, before, false);
      for (const bool minus : {true, false}) {
        const std::vector<Code>& codes = minus ? before : after;
        if (is_by_facts) {
          give(input, stores_[input.cuboid].get(), source, placed, codes, minus);
        }
        if (input.stocks.empty()) continue;
        key_.clear();
        for (const std::uint32_t dimension : input.dimensions) key_.push_back(codes[dimension]);
        add_stocks(input, source, key_.data(), minus);
      }
    }
    if (at != 0) continue;
    source->signatures().set(row, after.data(), day ? days_.period(*day, base::Grain::kMonth) : 0);
    source->recount(before, after);
  }
  if (additions_.is_full()) additions_.apply();
}

void FactFold::give(const CuboidInput& input, GroupStore* store, FactSource* source, base::Days day,
                    const std::vector<Code>& codes, bool minus) {
  key_.clear();
  for (const std::uint32_t dimension : input.dimensions) key_.push_back(codes[dimension]);
  key_.push_back(input.grain == base::Grain::kAll ? base::Period().packed()
                                                  : days_.period(day, input.grain));
  bool has_begun = false;
  const auto begin = [&] {
    if (!has_begun) additions_.begin(store, key_, minus);
    has_begun = true;
  };
  for (const Measure& measure : input.measures) {
    if (!passes(measure.filter)) continue;
    std::int64_t value = 0;
    const bool has_value = measure.argument < 0 ||
                           argument(source, static_cast<std::uint32_t>(measure.argument), &value);
    if (!has_value || !takes(measure, value)) continue;
    begin();
    additions_.give(measure, value);
  }
  if (input.flags.empty() || !source->is_flagged()) return;
  for (const FlagCount& flag : input.flags) {
    if (!passes(flag.filter)) continue;
    begin();
    additions_.give(flag);
  }
}

}  // namespace passerelle::consolidation
