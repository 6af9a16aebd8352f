// Worked examples through a model folder's text: E18, E37, E38. And whatever check accepts folds.
#include <gtest/gtest.h>

#include "core/steering/check.h"
#include "tests/core/consolidation/harness.h"
#include "tests/core/consolidation/model_text.h"

namespace passerelle::consolidation {
namespace {

constexpr const char* kHead = R"yaml(
authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: Europe/Paris}
indicators:
)yaml";

constexpr const char* kCredits = R"yaml(
  VOTE: {label: {fr: Voté, en: Voted}, kind: means, value: "sum(budget.voted)", by: [chapter]}
  OUVERT: {label: {fr: Ouvert, en: Open}, kind: means, value: "sum(budget.open)", by: [chapter]}
  VIREMENTS: {label: {fr: Virements, en: Transfers}, kind: means, value: "sum(budget.transferred)", round: 2}
  DISPONIBLE:
    label: {fr: Disponible, en: Available}
    kind: means
    value: "sum(budget.open) - sum(engagement.engaged_not_mandated) - sum(engagement.mandated)"
    by: [chapter]
    time: last
    unit: EUR
    round: 2
  EXECUTE: {label: {fr: Exécuté, en: Executed}, kind: means, value: "sum(engagement.mandated) / sum(budget.open)", unit: "%", round: 1}
  ENGAGE:
    label: {fr: Engagé, en: Committed}
    kind: means
    value: "(sum(engagement.engaged) - sum(engagement.released)) / sum(budget.open)"
    unit: "%"
    round: 1
)yaml";

Row line(const std::string& document, const std::string& number, const std::string& decided_on,
         Fields amounts) {
  amounts.insert({{"siret", "1"},
                  {"exercise", "2026"},
                  {"line", "A"},
                  {"chapter", "011"},
                  {"document", document},
                  {"document_number", number},
                  {"decided_on", decided_on}});
  return {document + number, 1, std::move(amounts), false};
}

Row engagement(const std::string& released, const std::string& left, std::int64_t version = 1) {
  return {"E1",
          version,
          {{"exercise", "2026"},
           {"chapter", "011"},
           {"engaged", "60000"},
           {"mandated", "45000"},
           {"released", released},
           {"engaged_not_mandated", left}},
          false};
}

TEST(Credits, WhatIsAvailableComesFromTheBudgetAndTheCommitmentsE18) {
  Hub hub(*checked_model(std::string(kHead) + kCredits));
  hub.send("budget_line", {line("BP", "0", "2026-01-31", {{"proposed", "100000"}}),
                           line("DM", "1", "2026-05-31", {{"proposed", "5000"}})});
  hub.send("engagement", {engagement("0", "15000")});
  EXPECT_EQ(hub.cell("DISPONIBLE", {}, "2026"), "45000.00");
  EXPECT_EQ(hub.cell("DISPONIBLE", {{"chapter", "011"}}, "2026"), "45000.00");
  EXPECT_EQ(hub.cell("EXECUTE", {}, "2026"), "42.9");
  EXPECT_EQ(hub.cell("ENGAGE", {}, "2026"), "57.1");
  hub.send("engagement", {engagement("1500", "13500", 2)});
  EXPECT_EQ(hub.cell("DISPONIBLE", {}, "2026"), "46500.00");
  EXPECT_EQ(hub.cell("ENGAGE", {}, "2026"), "55.7");
}

TEST(Credits, ReportsAndTransfersOpenCreditsThatNobodyVotedE37) {
  const std::vector<Row> lines = {
      line("BP", "0", "2026-01-31", {{"proposed", "100000"}}),
      line("DM", "1", "2026-05-31", {{"proposed", "5000"}, {"carried_in", "8000"}}),
      line("VC", "1", "2026-09-15", {{"proposed", "-2000"}})};
  for (const bool reversed : {false, true}) {
    Hub hub(*checked_model(std::string(kHead) + kCredits));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      hub.send("budget_line", {lines[reversed ? lines.size() - 1 - i : i]});
    }
    hub.send("engagement", {engagement("0", "15000")});
    EXPECT_EQ(hub.cell("VOTE", {}, "2026"), "105000");
    EXPECT_EQ(hub.cell("OUVERT", {}, "2026"), "111000");
    EXPECT_EQ(hub.cell("VIREMENTS", {}, "2026"), "-2000.00");
    EXPECT_EQ(hub.cell("DISPONIBLE", {}, "2026"), "51000.00");
    EXPECT_EQ(hub.cell("EXECUTE", {}, "2026"), "40.5");
    // The account states what was open in the end; what was voted stays what was voted.
    hub.send("budget_line", {line("CA", "0", "2027-04-01",
                                  {{"open", "111000"},
                                   {"carried_in", "8000"},
                                   {"carried_known", "true"},
                                   {"realised", "45000"}})});
    EXPECT_EQ(hub.cell("VOTE", {}, "2026"), "105000");
    EXPECT_EQ(hub.cell("OUVERT", {}, "2026"), "111000");
  }
}

TEST(Credits, APaymentBelongsToItsExerciseNotToItsDateE38) {
  Hub hub(*checked_model(std::string(kHead) + R"yaml(
  MANDATE: {label: {fr: Mandaté, en: Ordered}, kind: means, from: payment_piece, value: sum(amount), unit: EUR, round: 2}
  MENSUEL:
    label: {fr: Mandaté par mois, en: Ordered by month}
    kind: means
    from: payment_piece
    value: sum(amount)
    at: issued_on
    grain: month
    by: [exercise]
    round: 2
)yaml"));
  const auto piece = [](const std::string& id, const std::string& day, const std::string& amount) {
    return Row{
        id, 1, {{"number", id}, {"exercise", "2026"}, {"issued_on", day}, {"amount", amount}}};
  };
  hub.send("payment_piece", {piece("1", "2026-12-10", "600"), piece("2", "2027-01-14", "400")});
  EXPECT_EQ(hub.cell("MANDATE", {}, "2026"), "1000.00");
  EXPECT_EQ(hub.cell("MANDATE", {}, "2027"), "absent");
  EXPECT_EQ(hub.cell("MENSUEL", {{"exercise", "2027"}}, "2027-01"), "absent");
  EXPECT_EQ(hub.cell("MENSUEL", {{"exercise", "2026"}}, "2027-01"), "400.00");
}

TEST(ModelFolder, WhateverCheckAcceptsFolds) {
  int accepted = 0;
  for (const char* time : {"sum", "last", "average", "at_end"}) {
    for (const char* value :
         {"sum(fte)", "sum(days)", "count()", "avg(days)", "median(days)", "distinct(agent)",
          "var(days)", "sum(days) / count()", "stock(from, to)", "stock(from, to) / count()"}) {
      for (const char* grains : {"[month]", "[month, year]", "[quarter, all]"}) {
        const std::string text =
            std::string(kHead) +
            "  I: {label: {fr: I}, kind: means, from: " + "assignment, value: \"" + value +
            "\", grain: month, grains: " + grains + ", time: " + time + ", by: [service, grade]}\n";
        const steering::Checked checked = steering::check({{"model.yaml", text}});
        if (!checked.ok()) continue;
        ++accepted;
        const Status status = Engine::check_model(checked.model);
        EXPECT_TRUE(status.ok()) << text << status;
      }
    }
  }
  EXPECT_GT(accepted, 90) << "of 120; the others are refused by check";
}

}  // namespace
}  // namespace passerelle::consolidation
