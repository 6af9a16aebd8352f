// Units that move, appear and end, again and again, among facts that come and go: the cells, the
// counts and the explanations are those of a fold from the beginning.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "core/flow/each_cell.h"
#include "tests/core/consolidation/followed_cells.h"
#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation::moving_units {
namespace {

constexpr int kDays = 500;
const base::Days kFirst = base::days_from_civil({2025, 11, 20});

// Read modulo what there is.
struct UnitCase {
  bool is_there = true;
  int parent = 0;
  int after = 0;
  std::optional<int> moves;  // to `after`; on a day
  std::optional<int> ends;
};

struct UnitPlace {
  const char* id;
  const char* kind;
  std::vector<std::string> parents;
};
const std::vector<UnitPlace> kUnits = {
    {"P1", "pole", {""}},
    {"P2", "pole", {""}},
    {"D1", "direction", {"P1", "P2", ""}},
    {"D2", "direction", {"P2", "P1", "P1"}},
    {"D3", "direction", {"P1", ""}},
    {"S1", "service", {"D1", "D2", "D3"}},
    {"S2", "service", {"D1", "D2", "D3", ""}},
    {"S3", "service", {"D2", "D1", "P1"}},
    {"S4", "service", {"D3", "D2"}},
    {"C1", "cell", {"S1", "S2", "S3"}},
    {"C2", "cell", {"S2", "S4", "D1"}},
};
// What facts name: units, codes, and what is no unit or only some day.
const std::vector<std::string> kNamed = {"S1", "S2", "S3", "S4", "C1", "C2", "D1", "cS2", "?", ""};

rc::Gen<std::optional<int>> maybe_day() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::inRange(0, kDays)), [](const auto& chosen) {
        // Half of them on the first of a month, where no period is cut.
        const base::Days day = kFirst + chosen.second;
        const bool is_first = chosen.first == 1 || chosen.first == 2;
        const base::Period month = base::Period::of(day, base::Grain::kMonth);
        return chosen.first == 0
                   ? std::nullopt
                   : std::optional(is_first ? month.first_day() - kFirst : chosen.second);
      });
}

std::vector<UnitCase> random_units() {
  std::vector<UnitCase> units;
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    UnitCase one;
    one.parent = *rc::gen::inRange(0, 4);
    one.after = *rc::gen::inRange(0, 4);
    if (*rc::gen::inRange(0, 2) == 0) one.moves = *maybe_day();
    if (*rc::gen::inRange(0, 8) == 0) one.ends = *maybe_day();
    one.is_there = *rc::gen::inRange(0, 12) != 0;
    units.push_back(one);
  }
  return units;
}

// As most reorganisations are: a few units only.
void move_some(std::vector<UnitCase>* units) {
  const int count = *rc::gen::inRange(1, 3);
  for (int i = 0; i < count; ++i) {
    UnitCase& one = (*units)[*rc::gen::inRange<std::size_t>(2, kUnits.size())];
    one.after = *rc::gen::inRange(0, 4);
    one.moves = *maybe_day();
  }
}

std::vector<model::OrgUnit> units_of(const std::vector<UnitCase>& cases) {
  std::vector<model::OrgUnit> out;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const UnitCase& one = cases[i];
    if (!one.is_there) continue;
    model::OrgUnit made = unit(kUnits[i].id, kUnits[i].kind, "");
    if (i > 4) made.codes = {"c" + made.id};
    const auto& parents = kUnits[i].parents;
    const std::string before = parents[static_cast<std::size_t>(one.parent) % parents.size()];
    const std::string after = parents[static_cast<std::size_t>(one.after) % parents.size()];
    model::Validity open;
    if (one.ends) open.to = kFirst + *one.ends;
    if (one.moves) {
      const base::Days day = kFirst + *one.moves;
      made.parents = {{before, {{}, day - 1}}, {after, {day, open.to}}};
    } else {
      made.parents = {{before, open}};
    }
    out.push_back(std::move(made));
  }
  return out;
}

void add(model::SteeringModel* model, const std::string& from, const std::string& value,
         const std::vector<std::string>& by) {
  const std::string id = "I" + std::to_string(model->indicators.size());
  model->indicators.push_back(indicator(id, from, value, by));
  model->indicators.back().round = 4;
  model->indicators.back().grains = {base::Grain::kMonth, base::Grain::kQuarter,
                                     base::Grain::kYear};
}

void add_pools(model::SteeringModel* model) {
  for (const char* id : {"A0", "A1"}) {
    model->activities.push_back({});
    model->activities.back().id = id;
  }
  model::Pool pool;
  pool.id = "COSTS";
  pool.to = "activity";
  pool.each = {"direction"};
  pool.sources.resize(1);
  pool.sources[0].amount = {"amount", "fact", "nature == 'a'", "", false, {}};
  model->pools = {pool};
  model::AllocationKey key;
  key.id = "KEY";
  key.pool = "COSTS";
  key.versions.resize(1);
  key.versions[0].shares = {{"A0", "1"}, {"A1", "2"}};
  model->keys = {key};
  model::carry_pool_dimensions(model);
  add(model, "allocation", "sum(amount)", {"direction", "activity", "pole"});
}

model::SteeringModel model_of(const std::vector<UnitCase>& units, int variant) {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("fact", "day",
                                {"day:date", "closed:date", "service:string", "nature:string",
                                 "amount:decimal2:EUR", "n:integer"}));
  model.kinds.push_back(kind_of(
      "owned", "day", {"day:date", "service:string", "direction:string", "amount:decimal2:EUR"}));
  model.units = units_of(units);
  model.org_views = {"2026-03-15", "is"};
  using By = std::vector<std::string>;
  const By all = {"direction", "nature", "service"};
  for (const char* value : {"sum(amount)", "count()", "median(n)", "distinct(nature)", "min(n)",
                            "max(amount)", "share_le(n, 3)", "var(n)", "sum(n) / count()",
                            "sum(amount, nature == 'a') / sum(amount)"}) {
    add(&model, "fact", value, all);
  }
  add(&model, "fact", "stock(day, closed)", {"direction", "service"});
  model.indicators.back().time = model::TimeRule::kAtEnd;
  add(&model, "fact", "sum(amount)", {"direction", "pole"});  // nothing finer knows the service
  add(&model, "fact", "median(amount)", {"nature", "pole", "service"});
  add(&model, "fact", "sum(n)", {"direction", "service"});
  model.indicators.back().at = "closed";
  add(&model, "owned", "sum(amount)", {"direction", "pole", "service"});
  for (const char* value : {"ytd(I0)", "rolling(I2, 3)", "I0.offset('year', -1)", "ytd(I3)"}) {
    add(&model, "", value, {"direction", "nature"});
    model.indicators.back().grains = {base::Grain::kMonth};
  }
  add(&model, "fact", "sum(n)", {"direction", "service"});
  model.indicators.back().time = model::TimeRule::kLast;
  add(&model, "fact", "count()", {"direction", "nature"});
  model.indicators.back().suppress_below = 2;
  if (variant % 2 == 1) {
    model.mappings.push_back({});
    model.mappings[0].kind = "owned";
    model.mappings[0].rules = {rule("all", "amount > 0", {{"service", "=direction"}})};
  }
  add_pools(&model);
  return model;
}

Row random_row(int id) {
  Row row{std::to_string(id), *rc::gen::inRange(1, 8), {}, *rc::gen::inRange(0, 8) == 0};
  if (row.deleted) return row;
  const base::Days day = kFirst + *rc::gen::inRange(0, kDays);
  if (*rc::gen::inRange(0, 12) != 0) row.fields["day"] = base::format_date(day);
  if (*rc::gen::inRange(0, 3) != 0) {
    row.fields["closed"] = base::format_date(day + *rc::gen::inRange(0, 120));
  }
  const std::string& named = *rc::gen::elementOf(kNamed);
  if (!named.empty()) row.fields["service"] = named;
  row.fields["nature"] = *rc::gen::element<std::string>("a", "b", "c");
  row.fields["amount"] = base::format_scaled(*rc::gen::inRange<std::int64_t>(-300, 900), 2);
  row.fields["n"] = std::to_string(*rc::gen::inRange(-2, 8));
  return row;
}

Row owned_row(int id) {
  Row row = random_row(id);
  row.id += "o";
  std::erase_if(row.fields, [](const auto& field) {
    return field.first == "closed" || field.first == "nature" || field.first == "n";
  });
  if (!row.deleted && *rc::gen::inRange(0, 2) == 0) {
    row.fields["direction"] = *rc::gen::element<std::string>("D1", "D2", "S1", "?");
  }
  return row;
}

using Counts = std::vector<std::uint64_t>;
Counts counts_of(const Engine& engine) {
  Counts out;
  for (const auto& [name, one] : engine.statistics()) {
    for (const std::uint64_t count : {one.facts, one.mapped, one.unmapped, one.unplaced}) {
      out.push_back(count);
    }
  }
  for (const UnmappedEntry& entry : engine.unmapped()) {
    out.push_back(entry.facts);
    for (const MeasureAmount& amount : entry.amounts) {
      out.push_back(static_cast<std::uint64_t>(amount.amount));
    }
  }
  return out;
}

// Every so many cells: what is behind one is the same.
void expect_same_explanations(Engine* engine, Engine* anew) {
  const auto view = engine->view();
  int seen = *rc::gen::inRange(0, 40);
  flow::each_cell(*view, [&](model::CellRef ref, const model::CellValue&) {
    if (++seen % 97 != 0) return;
    const flow::CuboidInfo& info = view->cuboids()[ref.cuboid];
    CellName name{info.indicators[ref.indicator], {}, view->period(ref.cuboid, ref.group)};
    const auto values = view->values(ref.cuboid, ref.group);
    for (std::size_t i = 0; i < values.size(); ++i) {
      name.dimensions[info.dimensions[i]] = values[i];
    }
    const auto one = engine->explain(name, 1'000);
    const auto other = anew->explain(name, 1'000);
    RC_ASSERT(one.ok() == other.ok());
    if (!one.ok()) return;
    RC_ASSERT(one->facts == other->facts);
    RC_ASSERT(one->leaves.size() == other->leaves.size());
  });
}

std::map<std::string, std::string> texts_of(const flow::CellView& view) {
  std::map<std::string, std::string> out;
  flow::each_cell(view, [&](model::CellRef ref, const model::CellValue& value) {
    const flow::CuboidInfo& info = view.cuboids()[ref.cuboid];
    std::string text = info.indicators[ref.indicator];
    text += "|" + view.period(ref.cuboid, ref.group).to_string();
    const auto values = view.values(ref.cuboid, ref.group);
    for (std::size_t i = 0; i < values.size(); ++i) {
      text += "|" + info.dimensions[i] + "=" + std::string(values[i]);
    }
    out[text] = text_of(value) + " n" + std::to_string(value.n);
  });
  return out;
}

// For a person who reads why it failed.
std::map<std::string, std::string> differences(const flow::CellView& got,
                                               const flow::CellView& wanted) {
  std::map<std::string, std::string> out;
  const auto have = texts_of(got);
  const auto want = texts_of(wanted);
  for (const auto& [key, text] : want) {
    const auto at = have.find(key);
    if (at == have.end() || at->second != text) {
      out[key] = (at == have.end() ? "nothing" : at->second) + " for " + text;
    }
  }
  for (const auto& [key, text] : have) {
    if (!want.contains(key)) out[key] = text + " for nothing";
  }
  return out;
}

TEST(MovingUnits, TheCellsAreThoseOfAFoldFromTheBeginning) {
  const bool holds = rc::check([] {
    std::vector<UnitCase> units = random_units();
    const int variant = *rc::gen::inRange(0, 4);
    Hub hub(model_of(units, variant));
    Cells cells;
    int today = 0;
    int moved = 0;
    const int steps = *rc::gen::inRange(4, 12);
    for (int step = 0; step < steps; ++step) {
      flow::Delta delta;
      switch (*rc::gen::inRange(0, 6)) {
        case 0:
          units = random_units();
          delta = hub.apply_model(model_of(units, variant));
          break;
        case 1:
        case 2:
          move_some(&units);
          delta = hub.apply_model(model_of(units, variant));
          moved += !delta.reset;
          break;
        case 3:
          today += *rc::gen::inRange(0, 150);
          delta = hub.tick(base::format_date(kFirst + today) + "T08:00:00Z");
          break;
        default: {
          std::vector<Row> rows;
          std::vector<Row> owned;
          for (int i = 0; i < 12; ++i) rows.push_back(random_row(*rc::gen::inRange(0, 60)));
          for (int i = 0; i < 4; ++i) owned.push_back(owned_row(*rc::gen::inRange(0, 20)));
          fold_delta(hub.send("fact", rows), &cells);
          delta = hub.send("owned", owned);
        }
      }
      if (delta.reset) {
        cells = cells_in(*hub.engine().view());
      } else {
        fold_delta(delta, &cells);
      }
      const std::unique_ptr<Engine> anew = hub.reloaded();
      if (anew->state_hash() != hub.engine().state_hash()) {
        RC_ASSERT(differences(*hub.engine().view(), *anew->view()) ==
                  (std::map<std::string, std::string>()));
      }
      RC_ASSERT(anew->state_hash() == hub.engine().state_hash());
      RC_ASSERT(counts_of(*anew) == counts_of(hub.engine()));
      expect_same_explanations(&hub.engine(), anew.get());
    }
    const flow::CellView& live = hub.engine().live();
    for (const auto& [ref, value] : cells) RC_ASSERT(live.cell(ref).same_value(value));
    RC_CLASSIFY(moved > 0, "moved");
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace passerelle::consolidation::moving_units
