// How fast the fold takes records, and how much memory they take: tickets, ledger lines and work
// times in the proportions of the reference workload, 60 indicators in three families of 20 by
// activity, direction and month, 200 mapping rules.
//
//   consolidation_bench [records] [rules] [view after every commit: 0 | 1]
#include <malloc.h>

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

constexpr std::size_t kBatch = 1'000;
constexpr int kDirections = 40;
constexpr int kActivities = 500;
constexpr int kMonths = 24;

std::string padded(const char* prefix, int number) {
  char text[32];
  std::snprintf(text, sizeof text, "%s%03d", prefix, number);
  return text;
}

model::RecordKind kind(const std::string& name, const std::string& at,
                       std::vector<model::Field> fields) {
  model::RecordKind out;
  out.name = out.fact_kind = name;
  out.default_at = at;
  out.fields = std::move(fields);
  return out;
}
model::Field text(const std::string& name) { return {name, FieldType::kString, 0, "", {}}; }

void add_indicators(model::SteeringModel* model, const std::string& prefix, const std::string& from,
                    const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    model::Indicator indicator;
    indicator.id = prefix + std::to_string(i);
    indicator.from = from;
    indicator.value = values[i];
    indicator.grain = base::Grain::kMonth;
    indicator.grains = {base::Grain::kMonth};
    indicator.by = {"activity", "dir"};
    indicator.publish = {{"activity", "dir"}};
    indicator.round = 2;
    model->indicators.push_back(std::move(indicator));
  }
}

std::vector<std::string> family(const std::string& x, const std::vector<std::string>& filters) {
  std::vector<std::string> values = {"count()", "sum(" + x + ")", "avg(" + x + ")",
                                     "median(" + x + ")"};
  for (const std::string& filter : filters) {
    for (const char* fn : {"sum(", "avg("}) values.push_back(fn + x + ", " + filter + ")");
    values.push_back("count(" + filter + ")");
  }
  values.resize(17);
  values.push_back("min(" + x + ")");
  values.push_back("max(" + x + ")");
  values.push_back("median(" + x + ", " + filters[0] + ")");
  return values;
}

void add_rules(model::SteeringModel* model, const std::string& from, const std::string& one,
               const std::string& other, int count, std::mt19937* random) {
  model::Mapping mapping;
  mapping.kind = from;
  for (int i = 0; i < count; ++i) {
    model::MappingRule rule;
    rule.name = from + std::to_string(i);
    const int code = static_cast<int>((*random)() % 300);
    rule.when = (*random)() % 2 == 0
                    ? one + " == '" + padded("C", code) + "'"
                    : one + ".startsWith('" + padded("C", code).substr(0, 3) + "')";
    if ((*random)() % 2 == 0) {
      rule.when += " && " + other + ".startsWith('Q" + std::to_string((*random)() % 10) + "')";
    }
    rule.set["activity"] = {model::RuleValue::Kind::kConstant,
                            padded("A", static_cast<int>((*random)() % kActivities)),
                            {}};
    mapping.rules.push_back(std::move(rule));
  }
  model->mappings.push_back(std::move(mapping));
}

model::SteeringModel bench_model(int rules) {
  model::SteeringModel model;
  model.time_zone = "UTC";
  model.kinds = {kind("help", "opened",
                      {text("category"),
                       text("queue"),
                       text("state"),
                       text("dir"),
                       {"opened", FieldType::kInstant, 0, "", {}},
                       {"minutes", FieldType::kInteger, 0, "min", {}}}),
                 kind("hours", "day",
                      {text("act"),
                       text("dir"),
                       text("grade"),
                       {"day", FieldType::kDate, 0, "", {}},
                       {"hours", FieldType::kDecimal, 2, "h", {}}}),
                 kind("ledger", "day",
                      {text("func"),
                       text("nature"),
                       text("chapter"),
                       text("dir"),
                       text("flow"),
                       {"day", FieldType::kDate, 0, "", {}},
                       {"amount", FieldType::kDecimal, 2, "EUR", {}}})};
  for (int i = 0; i < kActivities; ++i) {
    model::Activity activity;
    activity.id = padded("A", i);
    model.activities.push_back(activity);
  }
  std::mt19937 random(7);
  add_rules(&model, "help", "category", "queue", rules / 2, &random);
  add_rules(&model, "ledger", "func", "nature", rules / 2, &random);
  model::Mapping hours;
  hours.kind = "hours";
  hours.rules.resize(1);
  hours.rules[0].name = "own";
  hours.rules[0].set["activity"] = {model::RuleValue::Kind::kExpression, "act", {}};
  model.mappings.push_back(hours);
  add_indicators(&model, "T", "help",
                 family("minutes", {"state == 'closed'", "state == 'open'", "state == 'pending'",
                                    "category < 'C100'", "category >= 'C200'"}));
  add_indicators(&model, "F", "ledger",
                 family("amount", {"flow == 'D'", "flow == 'R'", "chapter == '011'",
                                   "chapter == '012'", "chapter == '65'"}));
  add_indicators(&model, "H", "hours",
                 family("hours", {"grade == 'A'", "grade == 'B'", "grade == 'C'", "grade < 'B'",
                                  "grade > 'B'"}));
  return model;
}

// Rows of one kind with random values; texts come from small sets.
class Generator {
 public:
  explicit Generator(const model::RecordKind& kind) : kind_(kind), random_(kind.name.size()) {}

  model::RecordBatch batch(std::uint64_t first, std::size_t count, std::int64_t version) {
    model::RecordBatch out;
    out.stream = out.kind = kind_.name;
    for (const model::Field& field : kind_.fields) {
      out.columns.push_back({field.name, field.type, field.scale, {}, {}, {}});
      if (model::is_text(field.type)) out.columns.back().dictionary = members(field.name);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::string id = std::to_string(first + i);
      out.ids.append(id);
      out.keys.push_back(model::key_of("bench", kind_.name, id));
      out.versions.push_back(version);
      out.contents.push_back(random_());
      for (model::Column& column : out.columns) fill(&column);
    }
    return out;
  }

 private:
  static std::vector<std::string> members(const std::string& field) {
    std::vector<std::string> out;
    const auto fill = [&](const char* prefix, int count) {
      for (int i = 0; i < count; ++i) out.push_back(padded(prefix, i));
    };
    if (field == "category" || field == "func") fill("C", 300);
    if (field == "queue" || field == "nature") fill("Q", 100);
    if (field == "dir") fill("D", kDirections);
    if (field == "act") fill("A", kActivities);
    if (field == "state") out = {"open", "closed", "pending"};
    if (field == "flow") out = {"D", "R"};
    if (field == "grade") out = {"A", "B", "C"};
    if (field == "chapter") out = {"011", "012", "65", "21", "23"};
    return out;
  }
  void fill(model::Column* column) {
    if (model::is_text(column->type)) {
      column->codes.push_back(
          static_cast<std::uint32_t>(1 + random_() % column->dictionary.size()));
      return;
    }
    const auto day = static_cast<std::int64_t>(20'000 + random_() % (kMonths * 30));
    if (column->type == FieldType::kDate) {
      column->numbers.push_back(day);
    } else if (column->type == FieldType::kInstant) {
      column->numbers.push_back(day * base::kMicrosPerDay +
                                static_cast<std::int64_t>(random_() % 86'400) * 1'000'000);
    } else {
      column->numbers.push_back(static_cast<std::int64_t>(random_() % 1'000'000));
    }
  }

  const model::RecordKind& kind_;
  std::mt19937_64 random_;
};

std::uint64_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long long pages = 0;
  unsigned long long resident = 0;
  if (file == nullptr || std::fscanf(file, "%llu %llu", &pages, &resident) != 2) resident = 0;
  if (file != nullptr) std::fclose(file);
  return resident * 4'096;
}

class Bench {
 public:
  Bench(int rules, bool views)
      : model_(std::make_shared<model::SteeringModel>(bench_model(rules))), views_(views) {
    for (const model::RecordKind& kind : model_->kinds) generators_.emplace_back(kind);
    apply(model::ModelProposed{{}, "", model_});
    apply(model::ModelSwitched{1});
  }

  // `counts` records of each kind from id `first` on, in commits of a thousand; returns seconds.
  double run(const std::vector<std::size_t>& counts, std::int64_t version) {
    double seconds = 0;
    for (std::size_t kind = 0; kind < counts.size(); ++kind) {
      for (std::size_t at = 0; at < counts[kind]; at += kBatch) {
        const std::size_t count = std::min(kBatch, counts[kind] - at);
        model::Records records;
        records.connector = "bench";
        records.read = count;
        // Corrections meet records all over the load.
        const std::uint64_t first = version == 1 ? at : at * 7 % (counts[kind] * 10);
        records.batches.push_back(generators_[kind].batch(first, count, version));
        seconds += apply(std::move(records));
      }
    }
    return seconds;
  }
  std::size_t changes() const { return changes_; }
  std::uint64_t state_bytes() const { return engine_.memory_bytes(); }
  std::uint64_t groups() {
    std::uint64_t groups = 0;
    const auto view = engine_.view();
    for (std::uint32_t i = 0; i < view->cuboids().size(); ++i) groups += view->group_count(i);
    return groups;
  }

 private:
  template <typename Body>
  double apply(Body body) {
    model::Commit commit;
    commit.revision = engine_.revision() + 1;
    commit.body = std::move(body);
    flow::Delta delta;
    const std::clock_t start = std::clock();
    const Status status = engine_.apply(commit, &delta);
    if (views_) view_ = engine_.view();
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      std::exit(1);
    }
    changes_ += delta.changes.size();
    return seconds;
  }

  std::shared_ptr<const model::SteeringModel> model_;
  const bool views_;
  std::vector<Generator> generators_;
  consolidation::Engine engine_{consolidation::EngineSettings{}};
  std::shared_ptr<const flow::CellView> view_;
  std::size_t changes_ = 0;
};

int run(std::size_t records, int rules, bool views) {
  Bench bench(rules, views);
  malloc_trim(0);
  const std::uint64_t idle = resident_bytes();
  const std::vector<std::size_t> counts = {records * 43 / 100, records * 27 / 100,
                                           records * 30 / 100};
  const double load = bench.run(counts, 1);
  malloc_trim(0);
  const std::uint64_t grown = resident_bytes() - idle;
  const auto total = static_cast<double>(counts[0] + counts[1] + counts[2]);
  std::printf("load: %.0f records/s (CPU), %zu cell changes, %llu groups\n", total / load,
              bench.changes(), static_cast<unsigned long long>(bench.groups()));
  std::printf("memory: %.0f bytes/record resident, %.0f counted\n",
              static_cast<double>(grown) / total, static_cast<double>(bench.state_bytes()) / total);
  std::vector<std::size_t> some;
  for (const std::size_t count : counts) some.push_back(count / 10);
  const double corrections = bench.run(some, 2);
  std::printf("corrections: %.0f records/s (CPU)\n", total / 10 / corrections);
  return 0;
}

}  // namespace
}  // namespace passerelle

int main(int argc, char** argv) {
  const std::size_t records = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'150'000;
  const int rules = argc > 2 ? std::atoi(argv[2]) : 200;
  return passerelle::run(records, rules, argc > 3 && std::atoi(argv[3]) != 0);
}
