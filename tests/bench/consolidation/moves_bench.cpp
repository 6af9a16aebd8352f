// What it costs the fold when a service moves to another direction: a million facts of its own
// among those of seven others, by direction, service and policy in all groupings, by month, quarter
// and year, and the same in the view of today's organisation. Beside it what folding all facts anew
// costs; the cells must be the same, bit for bit.
//
//   moves_bench [facts of the service that moves]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/consolidation/engine.h"
#include "core/model/steering.h"

namespace passerelle {
namespace {

using model::FieldType;

constexpr std::size_t kBatch = 10'000;
constexpr int kServices = 8;
constexpr int kPolicies = 40;
constexpr int kMonths = 36;
const base::Days kFirstDay = base::days_from_civil({2024, 1, 1});

model::OrgUnit unit(const std::string& id, const std::string& kind, const std::string& parent) {
  model::OrgUnit out;
  out.id = id;
  out.kind = kind;
  out.parents = {{parent, {}}};
  return out;
}

void add_indicator(model::SteeringModel* model, const std::string& value) {
  model::Indicator indicator;
  indicator.id = "I" + std::to_string(model->indicators.size());
  indicator.from = "payment";
  indicator.value = value;
  indicator.grain = base::Grain::kMonth;
  indicator.grains = {base::Grain::kMonth, base::Grain::kQuarter, base::Grain::kYear};
  indicator.by = {"direction", "policy", "service"};
  for (unsigned bits = 0; bits < 8; ++bits) {
    std::vector<std::string> grouping;
    for (unsigned i = 0; i < 3; ++i) {
      if ((bits >> i & 1U) != 0) grouping.push_back(indicator.by[i]);
    }
    indicator.publish.push_back(grouping);
  }
  indicator.round = 2;
  model->indicators.push_back(indicator);
}

model::SteeringModel model_of(bool has_bags, bool has_stock) {
  model::SteeringModel model;
  model.time_zone = "UTC";
  model.org_views = {"is"};
  model::RecordKind kind;
  kind.name = kind.fact_kind = "payment";
  kind.default_at = "day";
  kind.fields = {{"day", FieldType::kDate, 0, "", {}},
                 {"closed", FieldType::kDate, 0, "", {}},
                 {"service", FieldType::kString, 0, "", {}},
                 {"policy", FieldType::kString, 0, "", {}},
                 {"amount", FieldType::kDecimal, 2, "EUR", {}}};
  model.kinds = {kind};
  model.units = {unit("D1", "direction", ""), unit("D2", "direction", "")};
  for (int i = 0; i < kServices; ++i) {
    model.units.push_back(unit("S" + std::to_string(i), "service", i % 2 == 0 ? "D1" : "D2"));
  }
  for (const char* value : {"sum(amount)", "count()", "avg(amount)",
                            "sum(amount, policy < 'P20') / sum(amount)", "var(amount)"}) {
    add_indicator(&model, value);
  }
  if (has_bags) {
    for (const char* value : {"median(amount)", "max(amount)", "distinct(policy)"}) {
      add_indicator(&model, value);
      model.indicators.back().grains = {base::Grain::kMonth};
    }
  }
  if (has_stock) {
    add_indicator(&model, "stock(day, closed)");
    model.indicators.back().time = model::TimeRule::kAtEnd;
  }
  return model;
}

// The service S0 is below D2 from that day on.
model::SteeringModel moved(model::SteeringModel model, base::Days day) {
  model.units[2].parents = {{"D1", {{}, day - 1}}, {"D2", {day, {}}}};
  return model;
}

class Bench {
 public:
  explicit Bench(const model::SteeringModel& model) { switch_to(model); }

  void load(std::size_t facts, int first_service, int services) {
    for (std::size_t at = 0; at < facts; at += kBatch) {
      model::Records records;
      records.connector = "bench";
      const std::size_t count = std::min(kBatch, facts - at);
      records.read = count;
      records.batches.push_back(batch(count, first_service, services));
      apply(std::move(records));
    }
  }
  // CPU milliseconds of the fold, its cells and what they changed; the text is parsed before.
  double switch_to(const model::SteeringModel& model) {
    const model::Revision proposed = engine_.revision() + 1;
    apply(model::ModelProposed{{}, "", std::make_shared<const model::SteeringModel>(model)});
    return apply(model::ModelSwitched{proposed});
  }
  double tick(base::Days day) { return apply(model::Tick{day * base::kMicrosPerDay}); }
  std::uint64_t hash() { return engine_.state_hash(); }
  std::size_t changes() const { return delta_.changes.size(); }
  std::uint64_t groups() {
    std::uint64_t groups = 0;
    const auto view = engine_.view();
    for (std::uint32_t i = 0; i < view->cuboids().size(); ++i) groups += view->group_count(i);
    return groups;
  }

 private:
  model::RecordBatch batch(std::size_t count, int first_service, int services) {
    model::RecordBatch out;
    out.stream = out.kind = "payment";
    out.columns = {{"day", FieldType::kDate, 0, {}, {}, {}},
                   {"closed", FieldType::kDate, 0, {}, {}, {}},
                   {"service", FieldType::kString, 0, {}, {}, {}},
                   {"policy", FieldType::kString, 0, {}, {}, {}},
                   {"amount", FieldType::kDecimal, 2, {}, {}, {}}};
    for (int i = 0; i < services; ++i) {
      out.columns[2].dictionary.push_back("S" + std::to_string(first_service + i));
    }
    for (int i = 0; i < kPolicies; ++i)
      out.columns[3].dictionary.push_back("P" + std::to_string(i));
    for (std::size_t i = 0; i < count; ++i) {
      const std::string id = std::to_string(next_++);
      out.ids.append(id);
      out.keys.push_back(model::key_of("bench", "payment", id));
      out.versions.push_back(1);
      out.contents.push_back(random_());
      const auto day = static_cast<std::int64_t>(kFirstDay + static_cast<int>(random_() % 1'096));
      out.columns[0].numbers.push_back(day);
      out.columns[1].numbers.push_back(day + static_cast<std::int64_t>(random_() % 90));
      out.columns[2].codes.push_back(1 + static_cast<std::uint32_t>(random_()) %
                                             static_cast<std::uint32_t>(services));
      out.columns[3].codes.push_back(1 + static_cast<std::uint32_t>(random_()) % kPolicies);
      out.columns[4].numbers.push_back(static_cast<std::int64_t>(random_() % 1'000'000));
    }
    return out;
  }
  template <typename Body>
  double apply(Body body) {
    model::Commit commit;
    commit.revision = engine_.revision() + 1;
    commit.body = std::move(body);
    const std::clock_t start = std::clock();
    const Status status = engine_.apply(commit, &delta_);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      std::exit(1);
    }
    return seconds * 1'000;
  }

  consolidation::Engine engine_{consolidation::EngineSettings{}};
  flow::Delta delta_;
  std::mt19937_64 random_{7};
  std::uint64_t next_ = 0;
};

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

void run(const char* name, const model::SteeringModel& model, std::size_t facts) {
  Bench bench(model);
  bench.tick(kFirstDay);
  bench.load(facts, 0, 1);
  bench.load(facts / 2, 1, kServices - 1);
  std::printf("%s: %zu facts, %llu groups\n", name, facts + facts / 2,
              static_cast<unsigned long long>(bench.groups()));
  const base::Days june = base::days_from_civil({2025, 6, 1});
  const auto measured = [&](const char* what, const model::SteeringModel& to) {
    const double moved_ms = bench.switch_to(to);
    const std::size_t changes = bench.changes();
    const std::uint64_t hash = bench.hash();
    model::SteeringModel other = to;
    other.authority_label.en += "x";  // nothing that a fold goes on with
    const double anew_ms = bench.switch_to(other);
    check(bench.hash() == hash, "the cells are not those of a fold from the beginning");
    bench.switch_to(model);
    std::printf("  %-28s %7.1f ms, %zu cell changes; anew %7.1f ms\n", what, moved_ms, changes,
                anew_ms);
    std::fflush(stdout);
  };
  measured("from the first of a month", moved(model, june));
  measured("from the 10th of a month", moved(model, june + 9));
  const model::SteeringModel later = moved(model, june);
  bench.switch_to(later);
  const double today_ms = bench.tick(june);
  std::printf("  %-28s %7.1f ms, %zu cell changes\n", "the day comes: as it is", today_ms,
              bench.changes());
}

}  // namespace
}  // namespace passerelle

int main(int argc, char** argv) {
  const std::size_t facts = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  passerelle::run("sums", passerelle::model_of(false, false), facts);
  if (argc > 2) return 0;
  passerelle::run("with a stock", passerelle::model_of(false, true), facts);
  passerelle::run("with medians", passerelle::model_of(true, false), facts);
}
