// Whatever the pools, keys and facts, corrections and deletions, their order and batches: what is
// allocated incrementally is what one fold of the surviving facts allocates, and every pool gives
// out what it had, to the cent. rapidcheck prints how to repeat a failure.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <map>

#include "core/base/decimal.h"
#include "tests/core/consolidation/followed_cells.h"
#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/survivors.h"

namespace passerelle::consolidation::random_pools {
namespace {

using model::KeyVersion;

struct Change {
  int id = 0;
  int version = 0;
  bool deleted = false;
  int month = 0;
  int part = 0;      // which pool's fact it is
  int activity = 0;  // 3: none
  int policy = 0;    // 2: none
  int cents = 0;
  int minutes = 0;
};

constexpr int kParts = 5;  // DSI, RH, STAFF, OTHER and direct costs of activities
const char* const kPartNames[] = {"DSI", "RH", "STAFF", "OTHER", "DIRECT"};

rc::Gen<std::vector<Change>> changes() {
  return rc::gen::container<std::vector<Change>>(rc::gen::build<Change>(
      rc::gen::set(&Change::id, rc::gen::inRange(0, 20)),
      rc::gen::set(&Change::version, rc::gen::inRange(1, 6)),
      rc::gen::set(&Change::deleted,
                   rc::gen::map(rc::gen::inRange(0, 5), [](int n) { return n == 0; })),
      rc::gen::set(&Change::month, rc::gen::inRange(1, 4)),
      rc::gen::set(&Change::part, rc::gen::inRange(0, kParts)),
      rc::gen::set(&Change::activity, rc::gen::inRange(0, 4)),
      rc::gen::set(&Change::policy, rc::gen::inRange(0, 3)),
      rc::gen::set(&Change::cents, rc::gen::inRange(-5'000, 20'000)),
      rc::gen::set(&Change::minutes, rc::gen::inRange(-20, 300))));
}

Row row_of(const Change& change) {
  Row row{std::to_string(change.id), change.version, {}, change.deleted};
  if (change.deleted) return row;
  row.fields = {{"day", "2026-0" + std::to_string(change.month) + "-15"},
                {"part", kPartNames[change.part]},
                {"amount", base::format_scaled(std::int64_t{change.cents}, 2)},
                {"minutes", std::to_string(change.minutes)}};
  if (change.activity < 3) row.fields["activity"] = "A" + std::to_string(change.activity);
  if (change.policy < 2) row.fields["policy"] = "P" + std::to_string(change.policy);
  return row;
}

model::Pool pool(const std::string& id, const std::string& to) {
  model::Pool out;
  out.id = id;
  out.to = to;
  model::PoolSource source;
  source.amount = {"amount", "fact", "part == '" + id + "'", "", false, {}};
  out.sources.push_back(source);
  return out;
}

KeyVersion constant(const std::vector<std::string>& destinations) {
  KeyVersion out;
  for (const std::string& destination : destinations) {
    out.shares[destination] = std::to_string(*rc::gen::inRange(0, 4));
  }
  return out;
}

KeyVersion measured(KeyVersion::Kind kind, const std::string& value) {
  KeyVersion out;
  out.kind = kind;
  out.measure = {value, "fact", "", "", false, {}};
  return out;
}

// A key of one version, or of two that meet at the first of February.
model::AllocationKey key(const std::string& pool_id, const std::function<KeyVersion()>& version) {
  model::AllocationKey out;
  out.id = "K_" + pool_id;
  out.pool = pool_id;
  out.versions = {version()};
  if (*rc::gen::arbitrary<bool>()) {
    out.versions.push_back(version());
    out.versions[0].valid.to = base::days_from_civil({2026, 1, 31});
    out.versions[1].valid.from = base::days_from_civil({2026, 2, 1});
  }
  return out;
}

std::vector<model::AllocationKey> random_keys() {
  using Kind = KeyVersion::Kind;
  std::vector<model::AllocationKey> keys;
  keys.push_back(key("DSI", [] { return constant({"RH", "STAFF", "OTHER"}); }));
  keys.push_back(key("RH", [] { return constant({"DSI", "STAFF", "OTHER"}); }));
  keys.push_back(key("STAFF", [] { return measured(Kind::kMinutes, "sum(minutes)"); }));
  keys.push_back(key("OTHER", [] {
    return *rc::gen::arbitrary<bool>() ? constant({"A0", "A1", "A2"})
                                       : measured(Kind::kWeight, "count()");
  }));
  keys.push_back(key("ACTIVITIES", [] {
    KeyVersion out = measured(Kind::kWeight, "sum(minutes)");
    if (*rc::gen::arbitrary<bool>()) out.per = {"activity"};
    return out;
  }));
  model::AllocationKey own = key("ACTIVITIES", [] { return constant({"P0", "P1"}); });
  own.id = "OWN";
  own.of["activity"] = "A0";
  keys.push_back(std::move(own));
  return keys;
}

model::SteeringModel random_model() {
  model::SteeringModel model = empty_model();
  model.kinds.push_back(kind_of("fact", "day",
                                {"day:date", "part:string", "activity:string", "policy:string",
                                 "amount:decimal2:EUR", "minutes:integer:min"}));
  for (const char* id : {"A0", "A1", "A2"}) {
    model.activities.push_back({});
    model.activities.back().id = id;
  }
  for (const char* id : {"P0", "P1"}) {
    model.policies.push_back({});
    model.policies.back().id = id;
  }
  model.pools = {pool("ACTIVITIES", "policy"), pool("DSI", "pool"), pool("OTHER", "activity"),
                 pool("RH", "pool"), pool("STAFF", "activity")};
  model.pools[0].each = {"activity"};
  model.pools[0].sources[0].amount.where = "part == 'DIRECT'";
  for (const char* id : {"STAFF", "OTHER"}) {
    model::PoolSource source;
    source.pool = id;
    model.pools[0].sources.push_back(source);
  }
  model.pools[4].capacity = {"minutes", "fact", "part == 'STAFF'", "", false, {}};
  model.cascade.method =
      *rc::gen::element(model::Cascade::Method::kReciprocal, model::Cascade::Method::kStepDown,
                        model::Cascade::Method::kDirect);
  model.cascade.order = {"RH", "DSI"};
  model.keys = random_keys();
  model::Indicator out =
      indicator("OUT", "allocation", "sum(amount)", {"pool", "part", "activity", "policy"});
  model.indicators.push_back(out);
  model.indicators.push_back(indicator("TIME", "allocation", "sum(minutes)", {"pool", "activity"}));
  model.indicators.push_back(indicator("GROSS", "allocation", "sum(gross)", {"pool"}));
  model.indicators.push_back(indicator("IN", "fact", "sum(amount)", {"part"}));
  model::carry_pool_dimensions(&model);
  return model;
}

std::string sum_of(const flow::CellView& view, const Fields& dimensions, const std::string& month) {
  const std::string text = cell_of(view, "OUT", dimensions, month);
  return text == "absent" ? "0.00" : text;
}

std::int64_t cents_of(const std::string& text) { return base::parse_scaled(text, 2).value(); }

// Pool by pool, against the facts and what other pools gave, all read from cells.
void expect_conserved(const flow::CellView& view, const std::map<int, Change>& kept) {
  for (int month = 1; month < 4; ++month) {
    const std::string period = "2026-0" + std::to_string(month);
    std::map<std::string, std::int64_t> had;
    std::int64_t all = 0;
    for (const auto& [id, fact] : kept) {
      if (fact.month != month) continue;
      had[kPartNames[fact.part]] += fact.cents;
      all += fact.cents;
    }
    const auto out = [&](const Fields& dimensions) {
      return cents_of(sum_of(view, dimensions, period));
    };
    for (const char* pool_id : {"DSI", "RH"}) {
      RC_ASSERT(out({{"pool", pool_id}}) == had[pool_id]);
    }
    // What the support pools gave away went to STAFF and OTHER.
    const std::int64_t given = out({{"pool", "DSI"}, {"part", "allocated"}}) +
                               out({{"pool", "RH"}, {"part", "allocated"}});
    RC_ASSERT(out({{"pool", "STAFF"}}) + out({{"pool", "OTHER"}}) ==
              had["STAFF"] + had["OTHER"] + given);
    const std::int64_t passed_on = out({{"pool", "STAFF"}, {"part", "allocated"}}) +
                                   out({{"pool", "OTHER"}, {"part", "allocated"}});
    RC_ASSERT(out({{"pool", "ACTIVITIES"}}) == had["DIRECT"] + passed_on);
    // Everything is somewhere, once.
    std::int64_t left = out({{"pool", "ACTIVITIES"}});
    for (const char* pool_id : {"DSI", "RH", "STAFF", "OTHER"}) {
      left += out({{"pool", pool_id}, {"part", "unassigned"}});
      left += out({{"pool", pool_id}, {"part", "unused"}});
    }
    RC_ASSERT(left == all);
  }
}

TEST(AllocationProperty, WhatIsAllocatedIsWhatOneFoldAllocatesAndIsConserved) {
  const bool holds = rc::check([] {
    const auto all = *changes();
    const auto batch = static_cast<std::size_t>(*rc::gen::inRange(1, 8));
    const auto restate_at = static_cast<std::size_t>(*rc::gen::inRange(0, 12));
    const bool hold_views = *rc::gen::arbitrary<bool>();
    model::SteeringModel model = random_model();
    Hub hub(model);
    Cells cells;
    std::vector<std::shared_ptr<const flow::CellView>> views;
    for (std::size_t from = 0; from < all.size(); from += batch) {
      std::vector<Row> rows;
      for (std::size_t i = from; i < std::min(all.size(), from + batch); ++i) {
        rows.push_back(row_of(all[i]));
      }
      fold_delta(hub.send("fact", rows), &cells);
      if (hold_views) views.push_back(hub.engine().view());
      if (from / batch != restate_at) continue;
      model.keys = random_keys();
      hub.apply_model(model);
      cells = cells_in(*hub.engine().view());
    }
    const auto kept = survivors(all);
    const auto view = hub.engine().view();
    for (const auto& [ref, value] : cells) RC_ASSERT(view->cell(ref).same_value(value));
    expect_conserved(*view, kept);
    Hub fresh(model);
    std::vector<Row> rows;
    for (const auto& [id, change] : kept) rows.push_back(row_of(change));
    std::reverse(rows.begin(), rows.end());
    fresh.send("fact", rows);
    RC_ASSERT(fresh.engine().state_hash() == hub.engine().state_hash());
    RC_ASSERT(hub.reloaded()->state_hash() == hub.engine().state_hash());
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace passerelle::consolidation::random_pools
