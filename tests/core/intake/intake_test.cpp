#include "core/intake/intake.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/core/intake/batches.h"
#include "tests/core/journal/temporary_folder.h"

namespace passerelle::intake {
namespace {

class IntakeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto vault = Vault::open({folder_.path(), "", true});
    ASSERT_TRUE(vault.ok()) << vault.status();
    vault_ = *std::move(vault);
    intake_ = std::make_unique<Intake>(vault_.get(), absl::OkStatus());
    const pb::StreamType streams[] = {test_stream()};
    EXPECT_TRUE(intake_->declare("crm", streams, {test_kind()}).empty());
  }
  model::Records take(const pb::ReadResponse& message) {
    auto records = intake_->take("crm", message);
    EXPECT_TRUE(records.ok()) << records.status();
    return records.ok() ? *std::move(records) : model::Records{};
  }
  static pb::ReadResponse batch_of(int rows, const std::string& scope = "", int first = 0) {
    pb::ReadResponse message;
    message.mutable_batch()->set_scope(scope);
    message.mutable_batch()->set_stream("visits");
    for (int i = first; i < first + rows; ++i) {
      add_good_row(message.mutable_batch(), "v" + std::to_string(i), i);
    }
    return message;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<Intake> intake_;
};

std::uint64_t kept(const model::Records& records) {
  std::uint64_t rows = 0;
  for (const model::RecordBatch& batch : records.batches) rows += batch.size();
  return rows;
}
std::uint64_t rejected(const model::Records& records) {
  std::uint64_t count = 0;
  for (const model::Reject& reject : records.rejects) count += reject.records;
  return count;
}

TEST_F(IntakeTest, ABatchBecomesRecordsWithItsCheckpointMarksAndRejects) {
  pb::ReadResponse message = batch_of(3);
  pb::Batch& batch = *message.mutable_batch();
  batch.set_checkpoint("{page: 2}");
  batch.add_marks()->set_stream("visits");
  batch.mutable_marks(0)->set_complete_to(20'100);
  pb::Reject& reject = *batch.add_rejects();
  reject.set_key("1850275999999");
  reject.set_rule("CRM-1");
  reject.set_reason("no date");
  reject.set_records(4);
  batch.add_rejects();
  const model::Records records = take(message);
  EXPECT_EQ(records.connector, "crm");
  EXPECT_EQ(kept(records), 3U);
  EXPECT_TRUE(records.has_checkpoint);
  EXPECT_EQ(records.checkpoint, "{page: 2}");
  EXPECT_EQ(records.marks, (std::vector<model::Mark>{{"visits", 20'100}}));
  ASSERT_EQ(records.rejects.size(), 2U);
  EXPECT_EQ(records.rejects[0].records, 4U);
  EXPECT_EQ(records.rejects[0].stage, "read");
  EXPECT_EQ(records.rejects[0].stream, "visits");
  EXPECT_EQ(records.rejects[0].key.find("1850275999999"), std::string::npos);
  EXPECT_EQ(records.rejects[1].records, 1U);
  EXPECT_NE(records.rejects[1].rule + records.rejects[1].remedy, "");
  EXPECT_EQ(records.read, 8U);
}

TEST_F(IntakeTest, ProgressIsNothingToCommitAndACheckpointAloneIs) {
  pb::ReadResponse message;
  message.mutable_progress()->set_done(5);
  EXPECT_TRUE(is_empty(take(message)));
  message.mutable_batch()->set_checkpoint("c");
  EXPECT_FALSE(is_empty(take(message)));
}

TEST_F(IntakeTest, AnUndeclaredStreamOrConnectorFailsTheMessage) {
  pb::ReadResponse message = batch_of(1);
  EXPECT_EQ(intake_->take("other", message).status().code(), absl::StatusCode::kFailedPrecondition);
  message.mutable_batch()->set_stream("other");
  EXPECT_EQ(intake_->take("crm", message).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(IntakeTest, ScopesOpenCloseAndAbortWithTheirCause) {
  pb::ReadResponse open;
  open.mutable_scope_open()->set_stream("visits");
  open.mutable_scope_open()->add_streams("visits");
  open.mutable_scope_open()->add_streams("contracts");
  open.mutable_scope_open()->set_scope("2026-01");
  open.mutable_scope_open()->set_visibility(pb::VISIBILITY_AT_CLOSE);
  open.mutable_scope_open()->set_replace(true);
  open.mutable_scope_open()->set_version(202601);
  const model::Records opened = take(open);
  ASSERT_EQ(opened.scopes.size(), 1U);
  EXPECT_EQ(opened.scopes[0].kind, model::ScopeEvent::Kind::kOpen);
  EXPECT_EQ(opened.scopes[0].streams, (std::vector<std::string>{"visits", "contracts"}));
  EXPECT_TRUE(opened.scopes[0].at_close);
  EXPECT_TRUE(opened.scopes[0].replace);
  EXPECT_EQ(opened.scopes[0].version, 202601);

  std::uint64_t read = take(batch_of(10, "2026-01")).read;
  EXPECT_EQ(read, 10U);
  pb::ReadResponse close;
  close.mutable_scope_close()->set_scope("2026-01");
  close.mutable_scope_close()->set_aborted(true);
  close.mutable_scope_close()->set_checkpoint("after");
  close.mutable_scope_close()->mutable_cause()->set_rule("DSN-S90-TOTAL");
  close.mutable_scope_close()->mutable_cause()->set_reason("the total does not fit");
  const model::Records closed = take(close);
  ASSERT_EQ(closed.scopes.size(), 1U);
  EXPECT_EQ(closed.scopes[0].kind, model::ScopeEvent::Kind::kAbort);
  EXPECT_EQ(closed.checkpoint, "after");
  ASSERT_EQ(closed.rejects.size(), 1U);
  EXPECT_EQ(closed.rejects[0].stage, "scope");
  EXPECT_EQ(closed.rejects[0].stream, "visits");
  EXPECT_EQ(closed.rejects[0].records, 10U) << "it stands for all that was sent in the scope";
  EXPECT_EQ(closed.read, 0U) << "they were counted when they came";

  close.mutable_scope_close()->mutable_cause()->set_records(12);
  const model::Records unsent = take(close);
  EXPECT_EQ(unsent.rejects[0].records, 12U);
  EXPECT_EQ(unsent.read, 12U);
  EXPECT_NE(unsent.rejects[0].key, "");
  EXPECT_NE(unsent.rejects[0].remedy, "");
  pb::ReadResponse nameless;
  nameless.mutable_scope_close();
  EXPECT_FALSE(intake_->take("crm", nameless).ok());
}

TEST_F(IntakeTest, UnchangedRecordsAreCountedAndLeftOutAndSeenByTheirScope) {
  model::Records first = take(batch_of(10, "listing"));
  Known known;
  leave_out_unchanged(&first, known);
  EXPECT_EQ(kept(first), 10U);
  EXPECT_EQ(first.unchanged, 0U);
  const model::RecordBatch& batch = first.batches[0];
  for (std::size_t row = 0; row < 10; ++row) {
    known.live[batch.keys[row]] = {batch.versions[row], batch.contents[row]};
  }
  pb::ReadResponse again = batch_of(10, "listing");
  value(again.mutable_batch()->mutable_rows()->mutable_rows(3), "minutes").set_integer(999);
  again.mutable_batch()->mutable_rows()->mutable_rows(4)->set_version(2);
  again.mutable_batch()->mutable_rows()->mutable_rows(5)->set_deleted(true);
  model::Records second = take(again);
  leave_out_unchanged(&second, known);
  EXPECT_EQ(second.unchanged, 8U) << "of v4 the version alone is new: its scope tells it";
  ASSERT_EQ(second.batches.size(), 1U);
  ASSERT_EQ(second.batches[0].size(), 2U);
  ASSERT_EQ(second.batches[0].seen.size(), 8U);
  EXPECT_EQ(second.batches[0].seen_versions, (std::vector<std::int64_t>{1, 1, 1, 2, 1, 1, 1, 1}));
  EXPECT_EQ(second.batches[0].ids[0], "v3");
  EXPECT_EQ(second.batches[0].find("service")->dictionary.size(), 2U) << "only what is used";
  EXPECT_TRUE(second.batches[0].is_deleted(1));
  EXPECT_EQ(second.read, kept(second) + second.unchanged + rejected(second));

  model::Records third = take(batch_of(10));
  leave_out_unchanged(&third, known);
  EXPECT_TRUE(third.batches.empty()) << "outside a scope nothing is left to say";
  EXPECT_EQ(third.unchanged, 10U);
}

TEST_F(IntakeTest, WhatWasReadIsKeptUnchangedOrRejectedWhateverComes) {
  std::mt19937_64 random(12);
  Known known;
  std::uint64_t sums[4] = {};
  for (int round = 0; round < 200; ++round) {
    pb::ReadResponse message = batch_of(static_cast<int>(random() % 30), "", random() % 50);
    pb::Batch& batch = *message.mutable_batch();
    for (pb::Row& row : *batch.mutable_rows()->mutable_rows()) {
      if (random() % 8 == 0) value(&row, "day").set_text("tomorrow");
      if (random() % 8 == 0) row.set_id("");
    }
    for (std::uint64_t i = random() % 3; i > 0; --i) batch.add_rejects()->set_records(random() % 4);
    model::Records records = take(message);
    leave_out_unchanged(&records, known);
    ASSERT_EQ(records.read, kept(records) + records.unchanged + rejected(records));
    for (const model::RecordBatch& one : records.batches) {
      for (std::size_t row = 0; row < one.size(); ++row) {
        known.live[one.keys[row]] = {one.versions[row], one.contents[row]};
      }
    }
    sums[0] += records.read;
    sums[1] += kept(records);
    sums[2] += records.unchanged;
    sums[3] += rejected(records);
  }
  EXPECT_EQ(sums[0], sums[1] + sums[2] + sums[3]);
  for (const std::uint64_t sum : sums) EXPECT_GT(sum, 50U);
}

TEST_F(IntakeTest, WithoutTheVaultPersonalStreamsFailWithItsReason) {
  Intake intake(nullptr, base::failed_precondition("the vault is missing: restore it"));
  const pb::StreamType streams[] = {
      test_stream(),
      stream_type("plain", "visit", {{"minutes", types::FIELD_TYPE_INTEGER, 0, ""}})};
  intake.declare("crm", streams, {test_kind()});
  const Status status = intake.take("crm", batch_of(1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(base::message_of(status).find("restore it"), std::string::npos);
  pb::ReadResponse plain;
  value(&add_row(plain.mutable_batch(), "a"), "minutes").set_integer(1);
  plain.mutable_batch()->set_stream("plain");
  EXPECT_EQ(kept(*intake.take("crm", plain)), 1U);
}

}  // namespace
}  // namespace passerelle::intake
