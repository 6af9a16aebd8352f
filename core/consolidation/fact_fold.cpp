#include "core/consolidation/fact_fold.h"

#include <algorithm>

namespace passerelle::consolidation {
namespace {

using language::Value;

constexpr std::size_t kRowsAhead = 8;

}  // namespace

FactFold::FactFold(std::shared_ptr<ModelPlan> plan, Strings* strings, PageKeeper* keeper)
    : plan_(std::move(plan)),
      strings_(strings),
      days_(plan_->zone()),
      keeper_(keeper),
      rollups_(*plan_, *strings),
      staleness_(*plan_) {
  stock_first_.resize(plan_->cuboids());
  for (std::uint32_t cuboid = 0; cuboid < plan_->cuboids(); ++cuboid) {
    const CuboidLayout& layout = plan_->layout(cuboid);
    stores_.push_back(std::make_unique<GroupStore>(layout, keeper));
    std::vector<StockMeasure> measures;
    for (const auto& [name, kind] : plan_->kinds()) {
      for (const CuboidInput& input : kind.inputs) {
        if (input.cuboid != cuboid || input.stocks.empty()) continue;
        stock_first_[cuboid][&input] = measures.size();
        measures.insert(measures.end(), input.stocks.begin(), input.stocks.end());
      }
    }
    stocks_.push_back(
        measures.empty() ? nullptr : std::make_unique<StockSeries>(layout, std::move(measures)));
  }
}

void FactFold::begin(bool keep_before) {
  ++stamp_;
  keep_before_ = keep_before;
  for (const auto& store : stores_) store->begin(stamp_, keep_before);
}

FilterAnswer FactFold::evaluate(FactSource* source, std::uint32_t filter) {
  const Value value = source->values().eval(*source->kind().filters[filter].program);
  if (value.is_true()) return FilterAnswer::kYes;
  const bool failed = value.is_error() && value.error_code() != language::ErrorCode::kNoValue;
  return failed ? FilterAnswer::kFailed : FilterAnswer::kNo;
}

void FactFold::answer_filters(FactSource* source, const std::vector<std::uint8_t>* asked) {
  const auto is_asked = [&](std::uint32_t filter) { return asked == nullptr || (*asked)[filter]; };
  KindPlan& kind = source->kind();
  passes_.assign(kind.filters.size(), 0);
  passes_[0] = 1;
  for (FilterGroup& group : kind.groups) {
    if (std::none_of(group.filters.begin(), group.filters.end(), is_asked)) continue;
    memo_key_.resize(group.slots.size());
    for (std::size_t i = 0; i < group.slots.size(); ++i) {
      memo_key_[i] = source->values().raw(group.slots[i]);
    }
    if (group.memo.size() >= base::kMappingMemoEntriesMax) {
      group.memo.clear();
      group.answers.clear();
    }
    const std::uint32_t tuple = group.memo.find_or_add(memo_key_.data());
    const std::size_t width = group.filters.size();
    if (group.answers.size() < group.memo.size() * width) {
      for (const std::uint32_t filter : group.filters) {
        group.answers.push_back(static_cast<std::uint8_t>(evaluate(source, filter)));
      }
    }
    for (std::size_t i = 0; i < width; ++i) {
      const auto answer = static_cast<FilterAnswer>(group.answers[tuple * width + i]);
      passes_[group.filters[i]] = answer == FilterAnswer::kYes;
      failures_ += answer == FilterAnswer::kFailed;
    }
  }
  for (const std::uint32_t filter : kind.plain_filters) {
    if (!is_asked(filter)) continue;
    const FilterAnswer answer = evaluate(source, filter);
    passes_[filter] = answer == FilterAnswer::kYes;
    failures_ += answer == FilterAnswer::kFailed;
  }
}

bool FactFold::argument(FactSource* source, std::uint32_t number, std::int64_t* value) {
  if (answers_[number] == Answer::kUnknown) {
    answers_[number] = Answer::kAbsent;
    const ArgumentPlan& plan = source->kind().arguments[number];
    if (plan.field) {
      if (!source->values().is_absent(*plan.field)) {
        arguments_[number] = source->values().raw(*plan.field);
        answers_[number] = Answer::kValue;
      }
    } else {
      const Value result = source->values().eval(*plan.program);
      std::optional<std::int64_t> found;
      if (result.is_number()) {
        found = language::to_scaled(result, plan.scale);
        failures_ += !found;
      } else if (result.tag() == language::Tag::kString) {
        found = strings_->intern(result.text());
      } else if (result.is_error()) {
        failures_ += result.error_code() != language::ErrorCode::kNoValue;
      } else if (result.tag() != language::Tag::kAbsent && result.tag() != language::Tag::kNull) {
        found = result.raw();
      }
      if (found) {
        arguments_[number] = *found;
        answers_[number] = Answer::kValue;
      }
    }
  }
  *value = arguments_[number];
  return answers_[number] == Answer::kValue;
}

std::optional<base::Days> FactFold::day_of(const FactSource& source, std::uint32_t at) {
  const AtPlan& plan = source.kind().ats[at];
  if (!plan.slot) return std::nullopt;
  const std::int64_t raw = const_cast<FactSource&>(source).values().raw(*plan.slot);
  if (raw == model::kAbsent) return std::nullopt;
  switch (plan.type) {
    case model::FieldType::kDate:
      return static_cast<base::Days>(raw);
    case model::FieldType::kInstant:
      return days_.local_day(raw);
    case model::FieldType::kInteger:
      // A budget year: its last day stands for it.
      if (raw < 1 || raw > 9'999) return std::nullopt;
      return base::days_from_civil({static_cast<int>(raw), 12, 31});
    default:
      return std::nullopt;
  }
}

void FactFold::apply(FactSource* source, std::uint32_t row, bool minus) {
  KindPlan& kind = source->kind();
  source->load(row);
  if (additions_.is_full()) additions_.apply();
  failures_ = 0;
  answers_.assign(kind.arguments.size(), Answer::kUnknown);
  arguments_.resize(kind.arguments.size());
  answer_filters(source);
  bool placed = true;
  for (std::uint32_t at = 0; at < kind.ats.size(); ++at) {
    const auto day = day_of(*source, at);
    if (at == 0) placed = day.has_value();
    for (const CuboidInput& input : kind.inputs) {
      if (input.at != at) continue;
      if (!day && input.grain != base::Grain::kAll) continue;
      add_to(input, source, day.value_or(std::numeric_limits<base::Days>::max()), minus);
    }
  }
  const auto day = day_of(*source, 0);
  const Code* codes = source->dimensions(day.value_or(std::numeric_limits<base::Days>::max()));
  source->count(minus);
  if (minus) {
    source->signatures().clear(row);
    source->counts.failures -= failures_;
    source->counts.unplaced -= !placed;
  } else {
    source->signatures().set(row, codes, day ? days_.period(*day, base::Grain::kMonth) : 0);
    source->counts.failures += failures_;
    source->counts.unplaced += !placed;
  }
}

void FactFold::add_to(const CuboidInput& input, FactSource* source, base::Days day, bool minus) {
  const auto wanted = [&](const auto& part) { return passes(part.filter); };
  const bool any = std::any_of(input.measures.begin(), input.measures.end(), wanted) ||
                   std::any_of(input.flags.begin(), input.flags.end(), wanted) ||
                   std::any_of(input.stocks.begin(), input.stocks.end(), wanted);
  if (!any) return;
  const Code* codes = source->dimensions(day);
  key_.clear();
  for (const std::uint32_t dimension : input.dimensions) key_.push_back(codes[dimension]);
  if (!input.stocks.empty()) add_stocks(input, source, key_.data(), minus);
  if (input.measures.empty() && input.flags.empty()) return;
  key_.push_back(input.grain == base::Grain::kAll ? base::Period().packed()
                                                  : days_.period(day, input.grain));
  if (plan_->is_clock(input.cuboid)) count_period(input.grain, key_.back(), minus);
  additions_.begin(stores_[input.cuboid].get(), key_, minus);
  for (const Measure& measure : input.measures) {
    if (!passes(measure.filter)) continue;
    std::int64_t value = 0;
    if (measure.argument >= 0 &&
        !argument(source, static_cast<std::uint32_t>(measure.argument), &value)) {
      continue;
    }
    if (takes(measure, value)) {
      additions_.give(measure, value);
    } else {
      ++failures_;
    }
  }
  if (input.flags.empty() || !source->is_flagged()) return;
  for (const FlagCount& flag : input.flags) {
    if (passes(flag.filter)) additions_.give(flag);
  }
}

std::optional<base::Days> FactFold::moment(FactSource* source, std::uint32_t number) {
  std::int64_t value = 0;
  if (!argument(source, number, &value)) return std::nullopt;
  const ArgumentPlan& plan = source->kind().arguments[number];
  const bool date = plan.program->result().type.kind == language::TypeKind::kDate;
  return date ? static_cast<base::Days>(value) : days_.local_day(value);
}

void FactFold::add_stocks(const CuboidInput& input, FactSource* source, const Code* key,
                          bool minus) {
  const std::size_t first = stock_first_[input.cuboid].at(&input);
  for (std::size_t i = 0; i < input.stocks.size(); ++i) {
    const StockMeasure& stock = input.stocks[i];
    if (!passes(stock.filter)) continue;
    const auto opened = moment(source, stock.opened);
    if (!opened) continue;
    const auto closed = moment(source, stock.closed);
    // A fact that closed before it opened was never open.
    if (closed && *closed < *opened) continue;
    stocks_[input.cuboid]->change(first + i, key, days_.period(*opened, input.grain),
                                  closed ? days_.period(*closed, input.grain) : 0, minus);
    for (const auto& day : {opened, closed}) {
      if (!day) continue;
      if (!minus) {
        ++events_[*day];
      } else if (const auto at = events_.find(*day); --at->second == 0) {
        events_.erase(at);
      }
    }
  }
}

base::Days FactFold::now(base::Instant tick) {
  if (tick == 0) return events_.rbegin()->first;
  const base::Days ticked = days_.local_day(tick);
  // A date more than a year ahead is a slip of the pen, not the present.
  auto latest = events_.upper_bound(ticked + 366);
  if (latest == events_.begin()) return ticked;
  return std::max(ticked, (--latest)->first);
}

void FactFold::count_period(base::Grain grain, std::uint32_t period, bool minus) {
  auto& periods = periods_[static_cast<std::size_t>(grain)];
  if (!minus) {
    ++periods[period];
  } else if (const auto at = periods.find(period); --at->second == 0) {
    periods.erase(at);
  }
}

std::array<std::uint32_t, 5> FactFold::horizon(base::Instant tick) const {
  std::array<std::uint32_t, 5> last{};
  for (std::size_t grain = 0; grain < last.size(); ++grain) {
    const auto at = static_cast<base::Grain>(grain);
    if (tick != 0) last[grain] = base::Period::of(plan_->zone().local_day(tick), at).packed();
    // A month has come when one of its days has.
    for (std::size_t finer = 0; finer <= grain; ++finer) {
      if (periods_[finer].empty()) continue;
      const auto period = base::Period::from_packed(periods_[finer].rbegin()->first);
      last[grain] = std::max(last[grain], period.coarsened(at).packed());
    }
  }
  for (std::uint32_t cuboid = 0; cuboid < stocks_.size(); ++cuboid) {
    if (!stocks_[cuboid] || !plan_->is_clock(cuboid) || now_ == 0) continue;
    const auto own = static_cast<std::size_t>(plan_->layout(cuboid).info.grain);
    for (std::size_t grain = own; grain < last.size(); ++grain) {
      const auto at = static_cast<base::Grain>(grain);
      last[grain] = std::max(last[grain], base::Period::of(now_, at).packed());
    }
  }
  return last;
}

void FactFold::settle(base::Instant tick, const Completeness& complete) {
  additions_.apply();
  for (std::size_t cuboid = 0; cuboid < stocks_.size(); ++cuboid) {
    if (!stocks_[cuboid]) continue;
    // Without any event left the series are emptied at the last day that was known.
    if (tick != 0 || !events_.empty()) now_ = now(tick);
    stocks_[cuboid]->settle(now_, stores_[cuboid].get());
  }
  PeriodContext context{bags_, {}, {}, complete};
  if (has_windows()) {
    context.horizon = context.open = horizon(tick);
    const base::Days today = plan_->zone().local_day(tick);
    for (std::size_t grain = 0; tick != 0 && grain < context.open.size(); ++grain) {
      context.open[grain] = base::Period::of(today, static_cast<base::Grain>(grain)).packed();
    }
  }
  rollups_.settle(stores_, context);
  staleness_.settle(stores_, tick, complete);
}

void FactFold::collect(std::vector<flow::CellChange>* changes) const {
  std::size_t expected = 0;
  for (const auto& store : stores_) {
    expected += store->touched() * ((store->layout().cells.size() + 1) / 2);
  }
  changes->reserve(expected);
  for (std::uint32_t cuboid = 0; cuboid < stores_.size(); ++cuboid) {
    const GroupStore& store = *stores_[cuboid];
    const CuboidLayout& layout = store.layout();
    if (layout.info.indicators.empty()) continue;  // only the source of roll-ups
    for (std::size_t i = 0; i < store.touched(); ++i) {
      if (i + kRowsAhead < store.touched()) {
        store.prefetch(store.row(store.touched_group(i + kRowsAhead)));
      }
      const std::uint32_t group = store.touched_group(i);
      const char* row = store.row(group);
      const char* before = store.before(i);
      const bool widened = store.promoted() != store.promoted_before();
      if (before != nullptr && !widened && std::memcmp(before, row, layout.key) == 0) continue;
      const RowView now_view{row, group, store.promoted()};
      const RowView then_view{before, group, store.promoted_before()};
      for (std::size_t cell = 0; cell < layout.cells.size(); ++cell) {
        const bool comparable = before != nullptr && !widened;
        if (comparable && layout.cells[cell].same_state(before, row)) continue;
        flow::CellChange& change = changes->emplace_back();  // in place: it is most of a commit
        if (before != nullptr) finalise(layout, cell, then_view, &change.before);
        finalise(layout, cell, now_view, &change.after);
        if (change.after.same_value(change.before)) {
          changes->pop_back();
          continue;
        }
        change.ref = {cuboid, group, static_cast<std::uint16_t>(cell)};
      }
    }
  }
}

std::vector<GroupSnapshot> FactFold::snapshot() {
  std::vector<GroupSnapshot> snapshots;
  for (const auto& store : stores_) snapshots.push_back(store->snapshot());
  return snapshots;
}

std::size_t FactFold::bytes() const {
  std::size_t bytes = bags_.bytes();
  for (const auto& store : stores_) bytes += store->bytes();
  return bytes;
}

}  // namespace passerelle::consolidation
