// An allocation key that changes over 36 months: how long the switch takes, and how long it takes
// to tell what an allocated ratio is made of. No record is read for a key, so neither should grow
// with the facts.
//
//   keys_bench [facts...]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/consolidation/engine.h"
#include "core/steering/check.h"

namespace passerelle {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchRows = 1'000;
constexpr int kMonths = 36;
constexpr int kDestinations = 20;
constexpr int kRounds = 15;

double millis_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// One support service whose costs go to twenty policies, by shares that differ with `turn`.
std::shared_ptr<const model::SteeringModel> bench_model(int turn) {
  std::string text = R"yaml(
authority: {id: BENCH, label: {fr: Banc, en: Bench}, time_zone: UTC}
kinds:
  cost: {label: {fr: coût, en: cost}, at: day, fields: {day: date, nature: string, amount: {type: decimal, scale: 2, unit: EUR}}}
pools:
  SUPPORT: {label: {fr: Support, en: Support}, from: cost, to: policy}
indicators:
  COST: {label: {fr: Coût, en: Cost}, kind: means, from: cost, value: sum(amount), grain: month, grains: [month, year], by: [nature], unit: EUR, round: 2}
  SHARED: {label: {fr: Réparti, en: Shared}, kind: means, from: allocation, value: sum(amount), grain: month, grains: [month, year], by: [policy], unit: EUR, round: 2}
  PART: {label: {fr: Part, en: Part}, kind: efficiency, from: allocation, value: "sum(amount) / sum(cost.amount)", grain: month, grains: [month, year], by: [policy], publish: [[]], round: 4}
policies:
)yaml";
  std::string shares;
  for (int i = 0; i < kDestinations; ++i) {
    const std::string id = "PP" + std::to_string(i);
    text += "  " + id + ": {label: {fr: " + id + ", en: " + id + "}}\n";
    shares += (i == 0 ? "" : ", ") + id + ": " + std::to_string(1 + (i * 7 + turn) % 11);
  }
  text += "keys:\n  K: {pool: SUPPORT, share: {" + shares + "}}\n";
  const steering::Checked checked = steering::check({{"model.yaml", text}});
  if (checked.model == nullptr) {
    for (const auto& finding : checked.findings)
      std::fprintf(stderr, "%s\n", steering::to_string(finding).c_str());
    std::exit(1);
  }
  return checked.model;
}

model::RecordBatch batch(std::size_t first, std::mt19937_64* random) {
  model::RecordBatch out;
  out.stream = out.kind = "cost";
  model::Column day{"day", model::FieldType::kDate, 0, {}, {}, {}};
  model::Column nature{"nature", model::FieldType::kString, 0, {}, {}, {}};
  model::Column amount{"amount", model::FieldType::kDecimal, 2, {}, {}, {}};
  for (int i = 0; i < 40; ++i) nature.dictionary.push_back(std::to_string(60'000 + i));
  for (std::size_t i = 0; i < kBatchRows; ++i) {
    const std::string id = std::to_string(first + i);
    out.ids.append(id);
    out.keys.push_back(model::key_of("bench", "cost", id));
    out.versions.push_back(1);
    out.contents.push_back(first + i);
    const auto month = static_cast<int>((*random)() % kMonths);
    const int day_of_month = 1 + static_cast<int>((*random)() % 28);
    day.numbers.push_back(base::days_from_civil({2024 + month / 12, 1 + month % 12, day_of_month}));
    nature.codes.push_back(1 + static_cast<std::uint32_t>((*random)() % 40));
    amount.numbers.push_back(static_cast<std::int64_t>((*random)() % 1'000'000));
  }
  out.columns = {day, nature, amount};
  return out;
}

class Bench {
 public:
  void switch_to(std::shared_ptr<const model::SteeringModel> model, flow::Delta* delta) {
    const model::Revision proposed = commit_.revision + 1;
    apply(model::ModelProposed{model->hash, "", std::move(model)}, nullptr);
    apply(model::ModelSwitched{proposed}, delta);
  }
  void load(std::size_t facts) {
    std::mt19937_64 random(7);
    for (std::size_t first = 0; first < facts; first += kBatchRows) {
      model::Records records;
      records.connector = "bench";
      records.batches.push_back(batch(first, &random));
      apply(std::move(records), nullptr);
    }
  }
  consolidation::Engine& engine() { return engine_; }

 private:
  template <typename Body>
  void apply(Body body, flow::Delta* delta) {
    ++commit_.revision;
    commit_.body = std::move(body);
    const Status applied = engine_.apply(commit_, delta);
    if (applied.ok()) return;
    std::fprintf(stderr, "%s\n", applied.ToString().c_str());
    std::exit(1);
  }

  consolidation::Engine engine_{consolidation::EngineSettings{}};
  model::Commit commit_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void run(std::size_t facts) {
  Bench bench;
  bench.switch_to(bench_model(0), nullptr);
  bench.load(facts);
  std::vector<double> switches;
  for (int turn = 1; turn <= kRounds; ++turn) {
    const auto model = bench_model(turn);
    flow::Delta delta;
    const auto begin = Clock::now();
    bench.switch_to(model, &delta);
    switches.push_back(millis_since(begin));
  }
  // The same from nothing: the shares of the last turn, folded with the facts.
  Bench anew;
  anew.switch_to(bench_model(kRounds), nullptr);
  anew.load(facts);
  const bool equal = bench.engine().state_hash() == anew.engine().state_hash();
  const consolidation::CellName total{"PART", {}, base::Period::parse("2025").value()};
  std::vector<double> explained;
  for (int i = 0; i < kRounds; ++i) {
    const auto begin = Clock::now();
    if (!bench.engine().explain(total, 10).ok()) std::exit(1);
    explained.push_back(millis_since(begin));
  }
  std::printf(
      "%9zu facts, %d months: a key for another %8.2f ms (longest %.2f), state %s; explain an "
      "allocated ratio %8.2f ms\n",
      facts, kMonths, median(switches), *std::max_element(switches.begin(), switches.end()),
      equal ? "equal to one folded anew" : "DIFFERENT", median(explained));
  if (!equal) std::exit(1);
}

}  // namespace
}  // namespace passerelle

int main(int argc, char** argv) {
  if (argc == 1) passerelle::run(100'000);
  for (int i = 1; i < argc; ++i) passerelle::run(std::strtoull(argv[i], nullptr, 10));
}
