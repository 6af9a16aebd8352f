// Records that say who is who.
#include <gtest/gtest.h>

#include "core/intake/intake.h"
#include "tests/core/intake/batches.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::intake {
namespace {

model::RecordKind visit_with_former_agent() {
  model::RecordKind kind = test_kind();
  kind.fields.push_back({"former", model::FieldType::kPerson, 0, "", {}});
  return kind;
}

pb::StreamType visits(const std::string& name) {
  pb::StreamType stream = test_stream();
  stream.set_name(name);
  types::Field* former = stream.add_fields();
  former->set_name("former");
  former->set_type(types::FIELD_TYPE_PERSON);
  former->set_scheme("payroll");
  return stream;
}

class LinkRecordsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto vault = Vault::open({folder_.path(), "", true});
    ASSERT_TRUE(vault.ok()) << vault.status();
    vault_ = *std::move(vault);
    intake_ = std::make_unique<Intake>(vault_.get(), absl::OkStatus());
  }
  std::vector<std::string> declare(const std::vector<model::PersonLink>& links) {
    const pb::StreamType streams[] = {visits("visits"), visits("others")};
    return intake_->declare("crm", streams, {visit_with_former_agent()}, links);
  }
  // Adds a visit of `agent`, who is `former` too.
  static pb::Row& add(pb::ReadResponse* message, const std::string& id, const std::string& agent,
                      const std::string& former) {
    pb::Row& row = add_good_row(message->mutable_batch(), id);
    value(&row, "agent").mutable_person()->set_value(agent);
    value(&row, "former").mutable_person()->set_scheme("payroll");
    value(&row, "former").mutable_person()->set_value(former);
    return row;
  }
  std::string token(const std::string& scheme, const std::string& value) {
    const PersonRef reference{scheme, value};
    return base::to_hex(vault_->tokens_for({&reference, 1})->front());
  }

  TemporaryFolder folder_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<Intake> intake_;
};

const model::PersonLink kLink{"", "agent", "former", {}};

TEST_F(LinkRecordsTest, AreInTheVaultBeforeTheirRecordsLeaveWithTheTokensThatAreLeft) {
  EXPECT_TRUE(declare({kLink}).empty());
  const std::string kept = token("matricule", "M1");
  const std::string dropped = token("payroll", "P1");
  pb::ReadResponse message;
  add(&message, "1", "M1", "P1");
  add(&message, "2", "M2", "P2");
  const auto records = intake_->take("crm", message);
  ASSERT_TRUE(records.ok()) << records.status();
  const std::vector<model::PersonMerged> merges = intake_->take_merges();
  ASSERT_EQ(merges.size(), 1U) << "M2 and P2 are one from the start";
  EXPECT_EQ(base::to_hex(merges[0].kept), kept);
  EXPECT_EQ(base::to_hex(merges[0].dropped), dropped);
  EXPECT_TRUE(intake_->take_merges().empty());
  const model::RecordBatch& batch = records->batches[0];
  EXPECT_EQ(batch.find("agent")->dictionary, batch.find("former")->dictionary);
  EXPECT_EQ(batch.find("former")->dictionary[0], kept);
  EXPECT_EQ(token("payroll", "p1 "), kept);
  EXPECT_EQ(batch.find("former")->dictionary[1], token("matricule", "M2"));
  // Once stated, the same record has the same fingerprint and states nothing new.
  const auto again = intake_->take("crm", message);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->batches[0].contents, batch.contents);
  EXPECT_TRUE(intake_->take_merges().empty());
}

TEST_F(LinkRecordsTest, OfARejectedOrDeletedRecordStateNothing) {
  EXPECT_TRUE(declare({kLink}).empty());
  pb::ReadResponse message;
  value(&add(&message, "1", "M1", "P1"), "day").set_text("yesterday");
  add(&message, "2", "M2", "P2").set_deleted(true);
  add(&message, "3", "M3", "1850275999999");  // looks like a NIR
  add(&message, "4", "M4", "");
  ASSERT_TRUE(intake_->take("crm", message).ok());
  EXPECT_TRUE(intake_->take_merges().empty());
  EXPECT_NE(token("matricule", "M1"), token("payroll", "P1"));
  EXPECT_NE(token("matricule", "M2"), token("payroll", "P2"));
}

TEST_F(LinkRecordsTest, CountOfAConnectorOrStreamThatDeclaresThemOnly) {
  EXPECT_TRUE(declare({}).empty());
  pb::ReadResponse message;
  add(&message, "1", "M1", "P1");
  ASSERT_TRUE(intake_->take("crm", message).ok());
  EXPECT_TRUE(declare({{"others", "agent", "former", {}}}).empty());
  ASSERT_TRUE(intake_->take("crm", message).ok());
  EXPECT_TRUE(intake_->take_merges().empty());
  message.mutable_batch()->set_stream("others");
  ASSERT_TRUE(intake_->take("crm", message).ok());
  EXPECT_EQ(intake_->take_merges().size(), 1U);
}

TEST_F(LinkRecordsTest, ALinkThatNoStreamCanStateIsTold) {
  const auto issues =
      declare({kLink, {"", "agent", "godfather", {}}, {"calls", "agent", "former", {}}});
  ASSERT_EQ(issues.size(), 2U);
  EXPECT_NE(issues[0].find("godfather"), std::string::npos) << issues[0];
}

}  // namespace
}  // namespace passerelle::intake
