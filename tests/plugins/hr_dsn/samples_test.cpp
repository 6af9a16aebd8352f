// Declarations of real payroll products, and other people's broken ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/plugins/hr_dsn/declarations.h"

namespace passerelle::hr_dsn::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class DsnSamples : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ = shared_data();
    if (data_.empty()) GTEST_SKIP() << "the shared data is not there (PASSERELLE_SHARED)";
  }
  sdk::Written read_sample(const std::string& name) { return read(data_ + "/dsn", "", 0, name); }
  std::string data_;
};

TEST_F(DsnSamples, AWholeMonthGivesSevenIndividuals) {
  const sdk::Written written = read_sample("ben-*.dsn");
  EXPECT_THAT(written.rejects, IsEmpty());
  Replica replica;
  replica.apply(written);
  ASSERT_THAT(replica.of("payroll"), SizeIs(7));
  std::set<std::string> people;
  std::set<std::string> employers;
  for (const sdk::WrittenRecord& record : replica.of("payroll")) {
    people.insert(record.texts.at("agent"));
    employers.insert(record.texts.at("employer"));
  }
  EXPECT_THAT(people, SizeIs(7));
  EXPECT_THAT(employers, SizeIs(1));
  // Sums of S21.G00.51.013 of type 001 and of S21.G00.50.004, taken from the file by another
  // program.
  EXPECT_EQ(replica.sum("payroll", "gross"), 3'261'112);
  EXPECT_EQ(replica.sum("payroll", "net"), 2'550'735);
  EXPECT_EQ(written.complete_to.at("assignment"), base::parse_date("2026-04-30").value());
  EXPECT_EQ(written.scopes.size(), 1u);
}

TEST_F(DsnSamples, ALotOfThreeSignalsGivesThreeEndsAndNoPay) {
  const sdk::Written written = read_sample("sample_dsn_P25V01.dsn");
  EXPECT_THAT(written.rejects, IsEmpty());
  Replica replica;
  replica.apply(written);
  EXPECT_THAT(replica.of("payroll"), IsEmpty());
  EXPECT_THAT(replica.of("absence"), IsEmpty());
  ASSERT_THAT(replica.of("assignment"), SizeIs(3));
  std::set<std::string> employers;
  for (const sdk::WrittenRecord& record : replica.of("assignment")) {
    employers.insert(record.texts.at("employer"));
    EXPECT_EQ(record.numbers.at("days"), 0);
  }
  EXPECT_THAT(employers, SizeIs(3));
}

TEST_F(DsnSamples, BrokenOnesAreRefusedAsOneUnitWithAReason) {
  for (const char* name : {"missing_contract_fields.dsn", "multi_establishment.dsn",
                           "with_absences.dsn", "opendsn_example_MALFORMED.dsn"}) {
    const sdk::Written written = read_sample(name);
    EXPECT_THAT(written.records, IsEmpty()) << name;
    ASSERT_EQ(written.rejects.size(), 1u) << name;
    const bool is_malformed = std::string(name).find("MALFORMED") != std::string::npos;
    EXPECT_EQ(written.rejects[0].rule, is_malformed ? "DSN-LINE" : "DSN-S90-TOTAL") << name;
    EXPECT_FALSE(written.rejects[0].reason.empty() || written.rejects[0].remedy.empty()) << name;
  }
}

TEST_F(DsnSamples, StoppingAtEachCheckpointGivesTheSameRecords) {
  Replica whole;
  whole.apply(read_sample("*.dsn"));
  Replica resumed;
  std::string checkpoint;
  for (int reads = 0; reads < 100; ++reads) {
    const sdk::Written part = read(data_ + "/dsn", checkpoint, 1);
    resumed.apply(part);
    if (part.checkpoints.empty()) break;
    checkpoint = part.checkpoints.back();
  }
  EXPECT_EQ(resumed.rows(), whole.rows());
}

}  // namespace
}  // namespace passerelle::hr_dsn::testing
