// Pools and keys of a folder: what is accepted and how it reads, what is refused and why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/steering/check.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering::allocation {
namespace {

constexpr const char* kPools = R"y(pools:
  DSI: {label: {fr: DSI}, from: payroll, where: "service == 'DSI'", to: pool}
  EC:
    label: {fr: État civil, en: Registry}
    from: payroll
    where: "service == 'ETATCIVIL'"
    grain: month
    capacity: "fte * 1607h * 0.85 / 12"
    to: activity
  ACT:
    label: {fr: Activités}
    sources:
      - {pool: EC}
      - {from: ledger_line, amount: amount}
    each: [activity]
    to: policy
keys:
  DSI: {pool: DSI, share: {EC: 1}}
  TEMPS: {pool: EC, minutes: "sum(work_time.minutes)"}
  TITRES:
    label: {fr: Titres}
    pool: ACT
    of: {activity: Délivrer les titres}
    versions:
      - {to: 2026-03-31, percent: {CITOYENNETE: 60}, rest: unassigned}
      - {from: 2026-04-01, weight: {from: ticket, value: count(), at: opened}, per: [activity], author: CIT, reason: essai}
  TOUT: {pool: ACT, share: {ACCUEIL: 1}}
cascade: {method: step_down, order: [DSI]}
)y";

TEST(Allocation, PoolsAndKeysReadAsTheyAreWritten) {
  const Checked checked = check(sample_with("second.yaml", kPools));
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  const model::SteeringModel& model = *checked.model;
  ASSERT_EQ(model.pools.size(), 3U);
  EXPECT_EQ(model.pools[0].sources[0].amount.value, "employer_cost");
  EXPECT_EQ(model.pools[1].capacity.from, "payroll");
  EXPECT_EQ(model.pools[1].capacity.where, "service == 'ETATCIVIL'");
  EXPECT_EQ(model.pools[2].sources[0].pool, "EC");
  EXPECT_EQ(model.keys[2].of.at("activity"), "EC_TITRES") << "by its label";
  EXPECT_EQ(model.keys[2].versions[0].kind, model::KeyVersion::Kind::kPercent);
  EXPECT_EQ(model.keys[2].versions[1].per, std::vector<std::string>{"activity"});
  EXPECT_EQ(model.cascade.method, model::Cascade::Method::kStepDown);
  EXPECT_TRUE(model.same_but_for_keys(model));
}

TEST(Allocation, TheCanonicalTextCarriesPoolsAndKeys) {
  const std::vector<ModelFile> files = sample_with("second.yaml", kPools);
  const auto again = files_of(canonical(files));
  ASSERT_TRUE(again.ok());
  const Checked first = check(files);
  const Checked second = check(*again);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first.model->same_but_for_keys(*second.model));
  EXPECT_EQ(first.model->keys, second.model->keys);
  EXPECT_EQ(first.model->hash, second.model->hash);
}

struct Refusal {
  const char* yaml;
  const char* where;  // line:column
  std::string_view code;
  const char* words;
};

void expect_refusals(const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals) {
    const Checked checked = check(sample_with("second.yaml", refusal.yaml));
    EXPECT_FALSE(checked.ok()) << refusal.yaml;
    const std::string start =
        std::string("second.yaml:") + refusal.where + ": error " + std::string(refusal.code);
    bool found = false;
    for (const Finding& finding : checked.findings) {
      const std::string text = to_string(finding);
      found = found || (text.rfind(start, 0) == 0 && text.find(refusal.words) != text.npos);
    }
    EXPECT_TRUE(found) << refusal.yaml << "\nexpected: " << start << " ... " << refusal.words
                       << "\nfound:\n"
                       << lines_of(checked.findings);
  }
}

TEST(Allocation, PoolsThatCannotWorkAreRefused) {
  expect_refusals({
      {"pools:\n  P: {label: {fr: P}, from: payroll, to: polcy}\n", "2:42", code::kDimension,
       "did you mean 'policy'?"},
      {"pools:\n  P: {label: {fr: P}, from: payroll, to: policy}\n", "2:3", code::kAllocation,
       "is spread by no key"},
      {"pools:\n  P: {label: {fr: P}, to: policy}\n", "2:3", code::kMissing, "nothing to spread"},
      {"pools:\n  P: {label: {fr: P}, from: paroll, to: policy}\n", "2:29", code::kReference,
       "did you mean 'payroll'?"},
      {"pools:\n  P: {label: {fr: P}, from: payroll, amount: fte, to: policy}\n", "2:46",
       code::kUnit, "not in EUR"},
      {"pools:\n  P: {label: {fr: P}, from: payroll, amount: employer_cot, to: policy}\n", "2:46",
       code::kExpression, "did you mean 'employer_cost'?"},
      {"pools:\n  P: {label: {fr: P}, from: engagement, grain: year, to: policy}\n", "2:3",
       code::kMissing, "which amount of 'engagement'"},
      {"pools:\n  P: {label: {fr: P}, from: payment_piece, to: policy}\n", "2:3", code::kAllocation,
       "known by exercise only"},
      {"pools:\n  P: {label: {fr: P}, from: allocation, amount: amount, to: policy}\n", "2:49",
       code::kAllocation, "measures what pools allocate"},
      {"pools:\n  P: {label: {fr: P}, from: payroll, capacity: gross, to: activity}\n", "2:48",
       code::kUnit, "not a time"},
      {"pools:\n  P: {label: {fr: P}, from: payroll, each: [naturre], to: activity}\n", "2:45",
       code::kDimension, "no dimension 'naturre'"},
      {"pools:\n  P: {label: {fr: P}, from: payroll, each: [policy], to: policy}\n", "2:45",
       code::kAllocation, "is what pool 'P' is spread by"},
      {"pools:\n  P: {label: {fr: P}, sources: [{pool: Q}], to: activity}\n"
       "  Q: {label: {fr: Q}, sources: [{pool: P}], to: activity}\n"
       "keys: {K: {pool: P, share: {EC_TITRES: 1}}, L: {pool: Q, share: {EC_TITRES: 1}}}\n",
       "3:3", code::kCycle, "come from itself"},
      {"pools:\n  P: {label: {fr: P}, from: payroll, mapped: true, to: policy}\n", "2:3",
       code::kAllocation, "no rule gives it anything"},
      {"pools:\n  P: {label: {fr: P}, sources: [{pool: NONE}], to: policy}\n", "2:40",
       code::kReference, "'NONE'"},
  });
}

std::string with_key(const std::string& key) {
  return "pools:\n  P: {label: {fr: P}, from: payroll, grain: quarter, to: policy}\nkeys:\n  K: "
         "{pool: P, " +
         key + "}\n";
}

TEST(Allocation, KeysThatCannotWorkAreRefused) {
  const std::vector<std::pair<std::string, Refusal>> rows = {
      {"share: {CITOYENETE: 1}", {"", "4:24", code::kMember, "did you mean 'CITOYENNETE'?"}},
      {"share: {CITOYENNETE: -1}", {"", "4:37", code::kFormat, "no number of 0 or more"}},
      {"percent: {CITOYENNETE: 60, ACCUEIL: 30}",
       {"", "4:25", code::kAllocation, "add up to 90, not to 100"}},
      {"percent: {CITOYENNETE: 60, ACCUEIL: 50}, rest: unassigned",
       {"", "4:25", code::kAllocation, "add up to 110"}},
      {"share: {ACCUEIL: 1}, weight: count(ticket)", {"", "4:3", code::kAllocation, "in two ways"}},
      {"author: X", {"", "4:3", code::kMissing, "nothing about shares"}},
      {"share: {ACCUEIL: 1}, from: 2026-02-01", {"", "4:23", code::kDates, "write 2026-01-01"}},
      {"versions: [{share: {ACCUEIL: 1}}, {from: 2026-04-01, share: {ACCUEIL: 1}}]",
       {"", "4:76", code::kDates, "holds at the same time"}},
      {"minutes: sum(work_time.minutes)", {"", "4:25", code::kAllocation, "has no capacity"}},
      {"weight: sum(work_time.minuts)", {"", "4:28", code::kExpression, "minuts"}},
      {"weight: \"stock(ticket.opened, ticket.closed)\"",
       {"", "4:25", code::kAllocation, "is a stock"}},
      {"share: {ACCUEIL: 1}, of: {activity: EC_TITRES}",
       {"", "4:42", code::kAllocation, "is not one for each"}},
      {"share: {ACCUEIL: 1}, per: [activity]", {"", "4:43", code::kAllocation, "measured only"}},
  };
  for (const auto& [key, refusal] : rows) {
    const std::string yaml = with_key(key);
    Refusal row = refusal;
    row.yaml = yaml.c_str();
    expect_refusals({row});
  }
}

TEST(Allocation, CascadesThatCannotEndAreRefused) {
  const std::string pools = R"y(pools:
  S: {label: {fr: S}, from: payroll, to: pool}
  T: {label: {fr: T}, from: payroll, to: pool}
  P: {label: {fr: P}, from: payroll, to: policy}
  Q: {label: {fr: Q}, from: payroll, grain: year, to: policy}
)y";
  const std::string rest =
      "  P: {pool: P, share: {ACCUEIL: 1}}\n  Q: {pool: Q, share: {ACCUEIL: 1}}\n";
  const auto refuse = [&](const std::string& keys, const char* where, std::string_view code,
                          const char* words, const std::string& cascade = "") {
    const std::string yaml = pools + "keys:\n" + keys + rest + cascade;
    expect_refusals({{yaml.c_str(), where, code, words}});
  };
  refuse("  S: {pool: S, share: {T: 1}}\n  T: {pool: T, share: {S: 1}}\n", "7:23", code::kCycle,
         "a closed loop passes 100 %");
  refuse("  S: {pool: S, share: {S: 1, P: 1}}\n  T: {pool: T, share: {P: 1}}\n", "7:24",
         code::kAllocation, "it is that pool");
  refuse("  S: {pool: S, share: {Q: 1}}\n  T: {pool: T, share: {P: 1}}\n", "7:24",
         code::kAllocation, "different grains");
  refuse("  S: {pool: S, share: {P: 1}}\n  T: {pool: T, share: {P: 1}}\n", "11:41",
         code::kAllocation, "gives to no pool", "cascade: {method: step_down, order: [S, P]}\n");
}

TEST(Allocation, SumsOverSeveralPoolsAreRefused) {
  const std::string yaml =
      with_key("share: {ACCUEIL: 1}") +
      "  L: {pool: R, share: {ACCUEIL: 1}}\nindicators:\n"
      "  I: {label: {fr: I}, kind: means, from: allocation, value: sum(amount)}\n";
  std::string two = yaml;
  two.insert(two.find("keys:"), "  R: {label: {fr: R}, from: payroll, to: policy}\n");
  expect_refusals({{two.c_str(), "8:3", code::kIndicator, "E-FANOUT"}});
}

TEST(Allocation, FactsThatPoolsMakeAreNeitherMappedNorGiven) {
  expect_refusals({
      {"mappings: [{kind: allocation, rules: [{set: {policy: ACCUEIL}}]}]\n", "1:19",
       code::kMapping, "are made by pools"},
      {"tests: [{name: t, facts: [{kind: allocation}], expect: {}}]\n", "1:34", code::kReference,
       "'allocation'"},
  });
}

}  // namespace
}  // namespace passerelle::steering::allocation
