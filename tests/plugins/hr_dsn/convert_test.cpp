#include "plugins/hr_dsn/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/hr_dsn/absences.h"

namespace passerelle::hr_dsn {
namespace {

using ::testing::HasSubstr;

RawDeclaration raw_declaration() {
  RawDeclaration raw;
  raw.nature = "01";
  raw.type = "01";
  raw.fraction = "11";
  raw.order = "7";
  raw.month = "01042026";
  raw.siren = "200000000";
  raw.nic = "00017";
  return raw;
}

Declaration april() { return std::get<Declaration>(convert_header(raw_declaration())); }

RawContract raw_contract() {
  RawContract contract;
  contract.start = "01012020";
  contract.number = "00001";
  contract.unit = "10";
  contract.reference = "151.67";
  contract.quota = "151.67";
  contract.modality = "10";
  return contract;
}

RawIndividual individual(const RawContract& contract) {
  RawIndividual raw;
  raw.matricule = "M1";
  raw.contracts = {contract};
  return raw;
}

Converted convert(const RawIndividual& raw) {
  auto converted = convert_individual(raw, april());
  EXPECT_TRUE(std::holds_alternative<Converted>(converted));
  return std::get<Converted>(converted);
}

std::optional<std::int64_t> fte(const WorkingTime& time) {
  return std::get<std::optional<std::int64_t>>(full_time_equivalent(time));
}

std::string day(base::Days days) { return base::format_date(days); }

TEST(DsnHeader, NamesTheScopeOfAMonthOfAnEstablishment) {
  const Declaration declaration = april();
  EXPECT_EQ(declaration.scope(), "dsn:20000000000017/2026-04/01/11");
  EXPECT_EQ(declaration.order, 7);
  EXPECT_EQ(day(declaration.first_day), "2026-04-01");
  EXPECT_EQ(day(declaration.last_day), "2026-04-30");
}

TEST(DsnHeader, RefusesTestsOtherCurrenciesAndWhatHasNoIdentity) {
  const auto rule = [](const RawDeclaration& raw) {
    return std::get<Fault>(convert_header(raw)).rule;
  };
  RawDeclaration raw = raw_declaration();
  raw.environment = "01";
  EXPECT_EQ(rule(raw), "DSN-TEST");
  raw = raw_declaration();
  raw.currency = "02";
  EXPECT_EQ(rule(raw), "DSN-CURRENCY");
  for (auto field : {&RawDeclaration::siren, &RawDeclaration::nic, &RawDeclaration::order,
                     &RawDeclaration::month}) {
    raw = raw_declaration();
    raw.*field = "";
    EXPECT_EQ(rule(raw), "DSN-HEADER");
  }
  raw = raw_declaration();
  raw.month = "15042026";
  EXPECT_EQ(rule(raw), "DSN-HEADER");
}

TEST(DsnFte, IsTheContractsShareOfTheReference) {
  WorkingTime time{"10", "151.67", "151.67", "10", "", "", ""};
  EXPECT_EQ(fte(time), 10'000);
  time.modality = "20";
  time.quota = "121.34";
  EXPECT_EQ(fte(time), 8'000);
  time.quota = "75.84";
  EXPECT_EQ(fte(time), 5'000);
  time.quota = "169.00";  // structural overtime is no quota
  EXPECT_EQ(fte(time), 10'000);
}

TEST(DsnFte, OfAPostThatIsNotFullTimeIsMeasuredAgainstAFullTimeOne) {
  WorkingTime time{"10", "75.00", "75.00", "10", "02", "150.00", ""};
  EXPECT_EQ(fte(time), 5'000);
  time.full_reference = "";
  EXPECT_EQ(fte(time), 10'000);  // nothing says how long the whole would be
}

TEST(DsnFte, FallsBackOnThePartTimeRate) {
  EXPECT_EQ(fte({"99", "", "", "20", "01", "", "80.00"}), 8'000);
  EXPECT_EQ(fte({"10", "0.00", "10.00", "20", "01", "", "50"}), 5'000);
  EXPECT_EQ(fte({"99", "", "", "99", "", "", ""}), std::nullopt);
  EXPECT_TRUE(std::holds_alternative<Fault>(
      full_time_equivalent({"10", "151,67", "151.67", "20", "", "", ""})));
}

TEST(DsnAssignment, LastsTheMonthOrThePartOfItTheContractDoes) {
  RawContract contract = raw_contract();
  Converted whole = convert(individual(contract));
  ASSERT_EQ(whole.assignments.size(), 1u);
  EXPECT_EQ(whole.assignments[0].days, 30);
  contract.start = "16042026";
  contract.end = "20042026";
  const Converted part = convert(individual(contract));
  ASSERT_EQ(part.assignments.size(), 1u);
  EXPECT_EQ(day(part.assignments[0].from), "2026-04-16");
  EXPECT_EQ(day(part.assignments[0].to), "2026-04-20");
  EXPECT_EQ(part.assignments[0].days, 5);
  contract.end_reason = "099";  // the end is annulled
  EXPECT_EQ(convert(individual(contract)).assignments[0].days, 15);
  contract.start = "01052026";
  contract.end = "";
  EXPECT_TRUE(convert(individual(contract)).assignments.empty());
}

TEST(DsnAssignment, IsCutWhereTheContractChangesAndTheOldValuesHoldBefore) {
  RawContract contract = raw_contract();
  contract.modality = "20";
  contract.quota = "121.34";
  RawChange quota;
  quota.date = "11042026";
  quota.quota = "151.67";
  quota.modality = "10";
  RawChange move;
  move.date = "21042026";
  move.siret = "20000000000025";
  contract.changes = {quota, move};
  const Converted converted = convert(individual(contract));
  ASSERT_EQ(converted.assignments.size(), 3u);
  const Assignment& last = converted.assignments[0];
  const Assignment& middle = converted.assignments[1];
  const Assignment& first = converted.assignments[2];
  EXPECT_EQ(day(first.from) + day(first.to), "2026-04-012026-04-10");
  EXPECT_EQ(day(middle.from) + day(middle.to), "2026-04-112026-04-20");
  EXPECT_EQ(day(last.from) + day(last.to), "2026-04-212026-04-30");
  EXPECT_EQ(first.fte, 10'000);
  EXPECT_EQ(middle.fte, 8'000);
  EXPECT_EQ(last.fte, 8'000);
  EXPECT_EQ(first.employer, "20000000000025");
  EXPECT_EQ(middle.employer, "20000000000025");
  EXPECT_EQ(last.employer, "20000000000017");
  EXPECT_EQ(first.days + middle.days + last.days, 30);
}

TEST(DsnAssignment, IsNotCutByChangesOfOtherValuesOrBeforeTheMonth) {
  RawContract contract = raw_contract();
  RawChange other;
  other.date = "11042026";
  RawChange earlier;
  earlier.date = "01042026";
  earlier.grade = "OLD";
  RawChange later;  // announced ahead: what holds now are the old values
  later.date = "01052026";
  later.grade = "NOW";
  contract.grade = "NEXT";
  contract.changes = {other, earlier, later};
  const Converted converted = convert(individual(contract));
  ASSERT_EQ(converted.assignments.size(), 1u);
  EXPECT_EQ(converted.assignments[0].grade, "NOW");
}

TEST(DsnPayroll, SumsTheGrossPayByContractAndPutsTheNetWithTheFirst) {
  RawIndividual raw = individual(raw_contract());
  raw.contracts.push_back(raw_contract());
  raw.contracts[1].number = "00002";
  raw.payments = {
      {"1900.10",
       {{"00001", "001", "2000.00"}, {"00001", "003", "2000.00"}, {"00002", "001", "500.05"}}},
      {"-10.00", {{"00001", "001", "-12.50"}}}};
  const Converted converted = convert(raw);
  ASSERT_EQ(converted.payrolls.size(), 2u);
  EXPECT_EQ(converted.payrolls[0].gross, 198'750);
  EXPECT_EQ(converted.payrolls[0].net, 189'010);
  EXPECT_EQ(converted.payrolls[1].gross, 50'005);
  EXPECT_EQ(converted.payrolls[1].net, std::nullopt);
}

TEST(DsnPayroll, OfAContractNoLongerDeclaredIsKept) {
  RawIndividual raw = individual(raw_contract());
  raw.payments = {{"", {{"00009", "001", "100.00"}}}};
  const Converted converted = convert(raw);
  ASSERT_EQ(converted.payrolls.size(), 1u);
  EXPECT_EQ(converted.payrolls[0].contract.number, "00009");
}

TEST(DsnAbsence, KeepsTheFamilyAndTheDaysOfTheMonthOnly) {
  RawContract contract = raw_contract();
  contract.stops = {{"01", "27032026", "12042026", ""},
                    {"02", "12042026", "30062026", "21042026"},
                    {"15", "12042026", "", ""},
                    {"99", "12042026", "", ""}};
  contract.suspensions = {{"200", "01042026", "05042026"}, {"636", "28042026", ""}};
  RawIndividual raw = individual(contract);
  raw.contracts.push_back(contract);  // the same absences, declared with the second contract too
  raw.contracts[1].number = "00002";
  const Converted converted = convert(raw);
  ASSERT_EQ(converted.absences.size(), 3u);
  EXPECT_EQ(converted.absences[0].family, kCompressible);
  EXPECT_EQ(day(converted.absences[0].from) + day(converted.absences[0].to),
            "2026-04-012026-04-12");
  EXPECT_EQ(converted.absences[1].family, kGlobal);
  EXPECT_EQ(day(converted.absences[1].from) + day(converted.absences[1].to),
            "2026-04-132026-04-20");
  EXPECT_EQ(day(converted.absences[2].to), "2026-04-30");
}

TEST(DsnIndividual, IsKnownByMatriculeOrInternalNumberAndNeverByNir) {
  RawIndividual raw = individual(raw_contract());
  EXPECT_EQ(convert(raw).person, "M1");
  raw.matricule = "";
  raw.contracts[0].internal_number = "77";
  EXPECT_EQ(convert(raw).person, "dsn_contract:20000000000017/77");
  raw.contracts[0].internal_number = "";
  raw.line = 12;
  const auto fault = std::get<Fault>(convert_individual(raw, april()));
  EXPECT_EQ(fault.rule, "DSN-MATRICULE");
  EXPECT_EQ(fault.line, 12u);
}

TEST(DsnIndividual, WithAWrongValueIsRefusedWithoutShowingIt) {
  RawIndividual raw = individual(raw_contract());
  raw.payments = {{"1.900,10", {}}};
  const auto fault = std::get<Fault>(convert_individual(raw, april()));
  EXPECT_EQ(fault.rule, "DSN-VALUE");
  EXPECT_EQ(fault.field, "S21.G00.50.004");
  EXPECT_THAT(fault.value + fault.reason, ::testing::Not(HasSubstr("900")));
  raw = individual(raw_contract());
  raw.contracts[0].start = "2020-01-01";
  EXPECT_EQ(std::get<Fault>(convert_individual(raw, april())).field, "S21.G00.40.001");
}

TEST(DsnIndividual, OfAnEndOfContractYieldsTheEndAndNoPay) {
  RawDeclaration header = raw_declaration();
  header.nature = "07";
  header.month = "";
  const Declaration end = std::get<Declaration>(convert_header(header));
  RawIndividual raw = individual(raw_contract());
  raw.contracts[0].end = "18122025";
  raw.payments = {{"100.00", {{"00001", "001", "100.00"}}}};
  const auto converted = std::get<Converted>(convert_individual(raw, end));
  ASSERT_EQ(converted.assignments.size(), 1u);
  EXPECT_EQ(day(converted.assignments[0].from), "2025-12-18");
  EXPECT_EQ(converted.assignments[0].days, 0);
  EXPECT_EQ(converted.assignments[0].fte, std::nullopt);
  EXPECT_TRUE(converted.payrolls.empty());
  EXPECT_EQ(scope_of_end(end, converted.assignments[0].contract),
            "dsn:20000000000017/07/00001/2020-01-01");
}

TEST(DsnDate, IsWrittenDayMonthYear) {
  EXPECT_EQ(day(*parse_dsn_date("29022024")), "2024-02-29");
  for (const char* text : {"", "29022023", "2024-02-29", "00012024", "0101202a"}) {
    EXPECT_EQ(parse_dsn_date(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace passerelle::hr_dsn
