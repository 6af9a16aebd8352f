// Indicators that name others, and functions of time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/language/indicator.h"
#include "core/language/indicator_order.h"
#include "tests/core/language/support.h"

namespace passerelle::language {
namespace {

using base::Grain;
using base::Rational;
using model::TimeRule;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = Finalised::State;

model::Indicator indicator(const std::string& id, const std::string& value) {
  model::Indicator out;
  out.id = id;
  out.from = "budget";
  out.value = value;
  out.grain = Grain::kMonth;
  out.grains = {Grain::kMonth};
  return out;
}

// Compiled in their order, each on top of those that it names.
class Model {
 public:
  explicit Model(std::vector<model::Indicator> indicators) : indicators_(std::move(indicators)) {
    for (const std::size_t number : order_of(indicators_).order) {
      const model::Indicator& one = indicators_[number];
      CompiledIndicator compiled = compile_indicator(one, kinds(), named_);
      problems_[one.id] = to_string(compiled.problems);
      if (compiled.plan) plans_[one.id] = *std::move(compiled.plan);
      named_[one.id] = {&one, plans_.contains(one.id) ? &plans_[one.id] : nullptr};
    }
  }
  std::string problems(const std::string& id) const { return problems_.at(id); }
  const IndicatorPlan& plan(const std::string& id) const { return plans_.at(id); }
  // One value per aggregate.
  Finalised value(const std::string& id, std::vector<std::optional<Rational>> values) const {
    EXPECT_EQ(values.size(), plan(id).aggregates.size());
    return evaluate_finaliser(plan(id), values);
  }

 private:
  static const std::map<std::string, Schema>& kinds() {
    static const std::map<std::string, Schema> kKinds = {
        {"budget", Schema({{"open", TypeKind::kDecimal, 2, "EUR"},
                           {"realised", TypeKind::kDecimal, 2, "EUR"}})},
        {"post", Schema({{"fte", TypeKind::kDecimal, 4, "ETP"}})}};
    return kKinds;
  }

  std::vector<model::Indicator> indicators_;
  NamedIndicators named_;
  std::map<std::string, IndicatorPlan> plans_;
  std::map<std::string, std::string> problems_;
};

std::vector<model::Indicator> budget_and_staff() {
  std::vector<model::Indicator> out = {indicator("COST", "sum(realised)"),
                                       indicator("STAFF", "sum(post.fte)"),
                                       indicator("RATE", "sum(realised) / sum(open)")};
  out[1].from = "";
  out[1].time = TimeRule::kLast;
  out[2].unit = "%";
  return out;
}

std::string problems_with(const model::Indicator& one) {
  auto all = budget_and_staff();
  all.push_back(one);
  return Model(all).problems(one.id);
}
std::string problems_with(const std::string& value) { return problems_with(indicator("I", value)); }

TEST(IndicatorReference, StandsForItsFormula) {
  auto all = budget_and_staff();
  all.push_back(indicator("PER_HEAD", "COST / STAFF"));
  all.push_back(indicator("TWICE", "PER_HEAD * 2 - PER_HEAD"));
  const Model model(all);
  EXPECT_EQ(model.plan("PER_HEAD").unit, "EUR/ETP");
  EXPECT_EQ(model.value("PER_HEAD", {Rational(10), Rational(4)}).value, Rational(5, 2));
  EXPECT_EQ(model.plan("TWICE").aggregates.size(), 2u) << "what is named twice is there once";
  EXPECT_EQ(model.value("TWICE", {Rational(10), Rational(4)}).value, Rational(5, 2));
  EXPECT_EQ(model.value("TWICE", {Rational(10), Rational(0)}).state, State::kZeroDenominator);
  EXPECT_EQ(model.plan("TWICE").references.size(), 1u);
  EXPECT_FALSE(model.plan("TWICE").is_own(0));
}

TEST(IndicatorReference, MixesWithAggregatesOfItsOwn) {
  auto all = budget_and_staff();
  all.push_back(indicator("LEFT", "sum(open) - COST"));
  const Model model(all);
  EXPECT_EQ(model.problems("LEFT"), "");
  EXPECT_TRUE(model.plan("LEFT").is_own(0));
  EXPECT_FALSE(model.plan("LEFT").is_own(1));
  EXPECT_EQ(model.value("LEFT", {Rational(10), Rational(4)}).value, Rational(6));
}

TEST(IndicatorReference, IsInTheUnitOfTheIndicator) {
  EXPECT_THAT(problems_with("COST + STAFF"), HasSubstr("between 'EUR' and 'ETP'"));
  EXPECT_THAT(problems_with("COST + RATE"), HasSubstr("between 'EUR' and '%'"));
  auto all = budget_and_staff();
  all.push_back(indicator("REST", "100 - RATE"));
  all.push_back(indicator("SHARE", "COST * RATE"));
  all.push_back(indicator("HALF", "RATE / 2"));
  const Model model(all);
  EXPECT_EQ(model.plan("REST").unit, "%");
  EXPECT_EQ(model.value("REST", {Rational(2), Rational(5)}).value, Rational(60));
  EXPECT_EQ(model.plan("SHARE").unit, "EUR");
  EXPECT_EQ(model.value("SHARE", {Rational(300), Rational(2), Rational(5)}).value, Rational(120))
      << "40 % of 300 EUR";
  EXPECT_EQ(model.plan("HALF").unit, "%");
  EXPECT_EQ(model.value("HALF", {Rational(2), Rational(5)}).value, Rational(20));
}

TEST(IndicatorReference, LooksAtOtherPeriodsThroughItsSpans) {
  auto all = budget_and_staff();
  all.push_back(indicator("N1", "COST.offset('year', -1)"));
  all.push_back(indicator("CHANGE", "ytd(COST) - N1.offset('month', 2) - ytd(COST)"));
  const Model model(all);
  EXPECT_EQ(model.problems("CHANGE"), "");
  const IndicatorPlan& plan = model.plan("CHANGE");
  ASSERT_EQ(plan.spans.size(), 3u);
  EXPECT_EQ(plan.spans[0].size(), 0u);
  EXPECT_EQ(plan.spans[1][0].kind, Window::Kind::kYearToDate);
  EXPECT_THAT(plan.spans[2], ElementsAre(Window{Window::Kind::kOffset, Grain::kYear, -1},
                                         Window{Window::Kind::kOffset, Grain::kMonth, 2}));
  EXPECT_EQ(plan.aggregates.size(), 2u);
}

TEST(IndicatorReference, ComparesWithAnEarlierPeriodE21) {
  auto all = budget_and_staff();
  all.push_back(indicator("GROWTH", "growth(COST, 'year')"));
  all.push_back(indicator("CHANGE", "difference(COST, 'year')"));
  all.push_back(indicator("POINTS", "difference(RATE, 'month', 3)"));
  const Model model(all);
  EXPECT_EQ(model.value("GROWTH", {Rational(120), Rational(100)}).value, Rational(1, 5));
  EXPECT_EQ(model.value("GROWTH", {Rational(120), Rational(0)}).state, State::kZeroDenominator);
  EXPECT_EQ(model.value("CHANGE", {Rational(120), Rational(0)}).value, Rational(120));
  EXPECT_EQ(model.value("GROWTH", {Rational(-20), Rational(-50)}).value, Rational(3, 5));
  EXPECT_EQ(model.value("GROWTH", {std::nullopt, Rational(5)}).state, State::kNoData);
  EXPECT_EQ(model.plan("GROWTH").unit, "");
  EXPECT_EQ(model.plan("CHANGE").unit, "EUR");
  EXPECT_EQ(model.plan("POINTS").unit, "pt");
  EXPECT_EQ(
      model.value("POINTS", {Rational(429), Rational(1000), Rational(40), Rational(100)}).value,
      Rational(29, 10));
}

TEST(IndicatorReference, RefusesWhatIsUnknownOrNotAnIndicator) {
  EXPECT_THAT(problems_with("COTS * 2"), HasSubstr("did you mean 'COST'?"));
  EXPECT_THAT(problems_with("ytd(sum(open))"), HasSubstr("takes an indicator"));
  EXPECT_THAT(problems_with("ytd(COST, 2)"), HasSubstr("does not take 2 arguments"));
  EXPECT_THAT(problems_with("COST.offset('week', -1)"), HasSubstr("'year', 'quarter'"));
  EXPECT_THAT(problems_with("COST.offset('year', -1.5)"), HasSubstr("must be a constant"));
  EXPECT_THAT(problems_with("rolling(COST, 0)"), HasSubstr("from 1 to 366"));
  EXPECT_THAT(problems_with("growth(COST)"), HasSubstr("does not take 1 arguments"));
  EXPECT_THAT(problems_with("ytd(COST.offset('year', -1))"), HasSubstr("take the offset last"));
}

TEST(IndicatorReference, RefusesTotalsThatHaveNoMeaning) {
  EXPECT_THAT(problems_with("ytd(STAFF)"), HasSubstr("E-SEMIADD"));
  EXPECT_THAT(problems_with("rolling(STAFF, 3)"), HasSubstr("E-SEMIADD"));
  EXPECT_THAT(problems_with("STAFF.offset('year', -1)"), IsEmpty());
  auto all = budget_and_staff();
  all[1].time = TimeRule::kSum;
  all.push_back(indicator("SUMMED", "ytd(STAFF)"));
  all.push_back(indicator("TOTAL", "ytd(COST)"));
  all.push_back(indicator("TOTALS", "ytd(TOTAL)"));
  all.push_back(indicator("BEFORE", "TOTAL.offset('year', -1)"));
  const Model model(all);
  EXPECT_THAT(model.problems("SUMMED"), HasSubstr("E-SEMIADD"));
  EXPECT_THAT(model.problems("TOTALS"), HasSubstr("would count twice"));
  EXPECT_THAT(model.problems("BEFORE"), IsEmpty());
}

TEST(IndicatorReference, RefusesDimensionsAndGrainsThatTheOtherLacks) {
  model::Indicator one = indicator("I", "COST * 2");
  one.by = {"nature"};
  EXPECT_THAT(problems_with(one), HasSubstr("'COST' is not broken down by 'nature'"));
  one.by = {};
  one.grain = Grain::kDay;
  one.grains = {Grain::kDay};
  EXPECT_THAT(problems_with(one), HasSubstr("is known by month, not by day"));
  one = indicator("I", "COST.offset('month', -1)");
  one.grains = {Grain::kMonth, Grain::kQuarter};
  EXPECT_THAT(problems_with(one), HasSubstr("is by quarter there"));
  one = indicator("I", "rolling(COST, 12)");
  one.grains = {Grain::kMonth, Grain::kYear};
  EXPECT_THAT(problems_with(one), HasSubstr("rolls over"));
  one.time = TimeRule::kLast;
  EXPECT_THAT(problems_with(one), IsEmpty());
  one = indicator("I", "ytd(COST)");
  one.grains = {Grain::kMonth, Grain::kYear};
  EXPECT_THAT(problems_with(one), IsEmpty());
  one.grain = Grain::kYear;
  EXPECT_THAT(problems_with(one), HasSubstr("no part of the year"));
  one = indicator("I", "COST.offset('year', -1)");
  one.grains = {Grain::kMonth, Grain::kAll};
  EXPECT_THAT(problems_with(one), HasSubstr("no other period"));
}

TEST(IndicatorReference, ForeseesTheYearsTotalOfSumsAndCounts) {
  auto all = budget_and_staff();
  all.push_back(indicator("LAND", "landing(COST, 'trend') / landing(RATE, 'run_rate')"));
  all.push_back(indicator("BEFORE", "landing(COST, 'seasonal').offset('year', -1)"));
  all.push_back(indicator("MISS", "landing_error(COST, 'run_rate', 2)"));
  const Model model(all);
  EXPECT_EQ(model.problems("LAND"), "");
  EXPECT_EQ(to_string(model.plan("LAND").spans[1][0]), "landing trend");
  EXPECT_EQ(model.plan("BEFORE").spans[1].size(), 2u);
  EXPECT_EQ(model.problems("MISS"), "");
  // Foreseen and total of the year before, then of the one before it.
  EXPECT_EQ(model.plan("MISS").unit, "");
  const auto miss = [&](std::vector<std::optional<Rational>> values) {
    return model.value("MISS", std::move(values));
  };
  EXPECT_EQ(miss({Rational(120), Rational(100), Rational(-90), Rational(-100)}).value,
            Rational(3, 20));
  EXPECT_EQ(miss({Rational(120), Rational(100), std::nullopt, Rational(5)}).value, Rational(1, 5));
  EXPECT_EQ(miss({Rational(120), Rational(0), Rational(3), Rational(4)}).value, Rational(1, 4));
  EXPECT_EQ(miss({std::nullopt, Rational(1), Rational(3), Rational(0)}).state, State::kNoData);
}

TEST(IndicatorReference, RefusesToForeseeWhatHasNoYear) {
  EXPECT_THAT(problems_with("landing(COST, 'guess')"), HasSubstr("'run_rate', 'trend'"));
  EXPECT_THAT(problems_with("landing(COST)"), HasSubstr("does not take 1 arguments"));
  EXPECT_THAT(problems_with("landing_error(COST)"), HasSubstr("does not take 1 arguments"));
  EXPECT_THAT(problems_with("landing_error(COST, 'trend', 11)"), HasSubstr("from 1 to 10"));
  EXPECT_THAT(problems_with("landing(STAFF, 'trend')"), HasSubstr("E-SEMIADD"));
  EXPECT_THAT(problems_with("landing(COST.offset('year', -1), 'trend')"),
              HasSubstr("take the offset last"));
  EXPECT_THAT(problems_with("landing_error(ytd(COST), 'trend')"), HasSubstr("no whole year"));
  auto all = budget_and_staff();
  all.push_back(indicator("MID", "median(open)"));
  all.push_back(indicator("MEAN", "sum(open)"));
  all.back().time = TimeRule::kAverage;
  all.push_back(indicator("LAND_MID", "landing(MID, 'trend')"));
  all.push_back(indicator("LAND_MEAN", "landing(MEAN, 'trend')"));
  const Model model(all);
  EXPECT_THAT(model.problems("LAND_MID"), HasSubstr("reads median(open)"));
  EXPECT_THAT(model.problems("LAND_MEAN"), HasSubstr("its year has no total"));
  model::Indicator one = indicator("I", "landing(COST, 'trend')");
  one.grains = {Grain::kMonth, Grain::kYear};
  EXPECT_THAT(problems_with(one), HasSubstr("write 'time: last'"));
  one.time = TimeRule::kLast;
  EXPECT_THAT(problems_with(one), IsEmpty());
  one.grain = Grain::kYear;
  one.grains = {Grain::kYear};
  EXPECT_THAT(problems_with(one), HasSubstr("from months or quarters"));
}

TEST(IndicatorReference, HasALimit) {
  std::vector<model::Indicator> all = {indicator("I0", "sum(open)")};
  for (int i = 1; i < 12; ++i) {
    const std::string before = "I" + std::to_string(i - 1);
    all.push_back(
        indicator("I" + std::to_string(i),
                  before + " - " + before + ".offset('month', -" + std::to_string(i) + ")"));
  }
  const Model model(all);
  EXPECT_EQ(model.problems("I6"), "") << "64 aggregates";
  EXPECT_THAT(model.problems("I7"), HasSubstr("more than 64 aggregates"));
  EXPECT_EQ(model.problems("I8"), "") << "it is I7 that is wrong";
}

TEST(IndicatorOrder, PutsWhatIsNamedFirstAndTellsCircles) {
  const auto order =
      order_of({indicator("A", "B + C"), indicator("B", "sum(open)"), indicator("C", "ytd(B)"),
                indicator("D", "E * 2"), indicator("E", "F.offset('year', -1)"),
                indicator("F", "D"), indicator("G", "G + sum(open)"), indicator("H", "sum(")});
  EXPECT_THAT(order.order, ElementsAre(1u, 2u, 0u, 7u));
  EXPECT_THAT(order.circles, ElementsAre(ElementsAre(3u, 4u, 5u), ElementsAre(6u)));
}

}  // namespace
}  // namespace passerelle::language
