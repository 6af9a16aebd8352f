// How long it takes to tell what a value is made of: the total of a ratio, behind which every fact
// stands, and one of its smallest cells, with and without the facts themselves. Processor time.
//
//   explain_bench [facts]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "core/consolidation/engine.h"
#include "core/model/steering.h"

namespace passerelle {
namespace {

using model::FieldType;

constexpr std::size_t kBatchRows = 1'000;
constexpr int kRounds = 15;

double millis_used() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

model::SteeringModel bench_model() {
  model::SteeringModel model;
  model.authority = "BENCH";
  model.time_zone = "UTC";
  model::RecordKind line;
  line.name = line.fact_kind = "line";
  line.default_at = "day";
  line.fields = {{"day", FieldType::kDate, 0, "", {}},
                 {"activity", FieldType::kString, 0, "", {}},
                 {"dir", FieldType::kString, 0, "", {}},
                 {"amount", FieldType::kDecimal, 2, "", {}},
                 {"minutes", FieldType::kInteger, 0, "", {}}};
  model.kinds = {line};
  for (int i = 0; i < 200; ++i) {
    model.activities.push_back({});
    model.activities.back().id = "A" + std::to_string(i);
  }
  for (const char* value :
       {"sum(amount) / sum(minutes)", "median(amount)", "sum(amount, minutes > 30)"}) {
    model::Indicator made;
    made.id = "I" + std::to_string(model.indicators.size());
    made.from = "line";
    made.value = value;
    made.grain = base::Grain::kMonth;
    made.grains = {base::Grain::kMonth, base::Grain::kYear};
    made.by = {"activity", "dir"};
    made.publish = {{}, {"activity"}, {"activity", "dir"}};
    made.round = 2;
    model.indicators.push_back(std::move(made));
  }
  return model;
}

model::RecordBatch batch(std::size_t first, std::mt19937_64* random) {
  model::RecordBatch out;
  out.stream = out.kind = "line";
  model::Column day{"day", FieldType::kDate, 0, {}, {}, {}};
  model::Column activity{"activity", FieldType::kString, 0, {}, {}, {}};
  model::Column dir{"dir", FieldType::kString, 0, {}, {}, {}};
  model::Column amount{"amount", FieldType::kDecimal, 2, {}, {}, {}};
  model::Column minutes{"minutes", FieldType::kInteger, 0, {}, {}, {}};
  for (int i = 0; i < 200; ++i) activity.dictionary.push_back("A" + std::to_string(i));
  for (int i = 0; i < 40; ++i) dir.dictionary.push_back("D" + std::to_string(i));
  for (std::size_t i = 0; i < kBatchRows; ++i) {
    const std::string id = std::to_string(first + i);
    out.ids.append(id);
    out.keys.push_back(model::key_of("bench", "line", id));
    out.versions.push_back(1);
    out.contents.push_back(first + i);
    day.numbers.push_back(base::days_from_civil({2026, 1, 1}) +
                          static_cast<base::Days>((*random)() % 365));
    activity.codes.push_back(1 + static_cast<std::uint32_t>((*random)() % 200));
    dir.codes.push_back(1 + static_cast<std::uint32_t>((*random)() % 40));
    amount.numbers.push_back(static_cast<std::int64_t>((*random)() % 1'000'000));
    minutes.numbers.push_back(1 + static_cast<std::int64_t>((*random)() % 90));
  }
  out.columns = {day, activity, dir, amount, minutes};
  return out;
}

void measure(const consolidation::Engine& engine, const char* what,
             const consolidation::CellName& name, std::size_t leaves) {
  std::vector<double> millis;
  std::uint64_t facts = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto found = engine.explain(name, leaves);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (!found.ok()) std::abort();
    facts = found->facts;
    millis.push_back(took.count());
  }
  std::sort(millis.begin(), millis.end());
  std::printf("%-34s %9zu facts %3zu leaves: p50 %8.2f ms, least %8.2f ms\n", what,
              static_cast<std::size_t>(facts), leaves, millis[millis.size() / 2], millis[0]);
}

int run(std::size_t facts) {
  consolidation::Engine engine({});
  model::Commit commit;
  commit.revision = 1;
  commit.body =
      model::ModelProposed{{1, 1}, "", std::make_shared<const model::SteeringModel>(bench_model())};
  if (!engine.apply(commit, nullptr).ok()) return 1;
  commit.revision = 2;
  commit.body = model::ModelSwitched{1};
  if (!engine.apply(commit, nullptr).ok()) return 1;
  std::mt19937_64 random(7);
  double folding = 0;
  for (std::size_t first = 0; first < facts; first += kBatchRows) {
    model::Records records;
    records.connector = "bench";
    records.batches.push_back(batch(first, &random));
    ++commit.revision;
    commit.body = std::move(records);
    const double begin = millis_used();
    if (!engine.apply(commit, nullptr).ok()) return 1;
    folding += millis_used() - begin;
  }
  std::printf("%zu facts, folded in %.0f ms, %llu bytes of state\n", facts, folding,
              static_cast<unsigned long long>(engine.memory_bytes()));
  const base::Period year = base::Period::parse("2026").value();
  const base::Period month = base::Period::parse("2026-05").value();
  for (const std::size_t leaves : {std::size_t{0}, std::size_t{10}}) {
    measure(engine, "total of a ratio, the year", {"I0", {}, year}, leaves);
    measure(engine, "total of a median, the year", {"I1", {}, year}, leaves);
    measure(engine, "one activity, a month", {"I0", {{"activity", "A7"}}, month}, leaves);
    measure(engine, "one activity and direction, a year",
            {"I0", {{"activity", "A7"}, {"dir", "D3"}}, year}, leaves);
  }
  return 0;
}

}  // namespace
}  // namespace passerelle

int main(int argc, char** argv) {
  return passerelle::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000);
}
