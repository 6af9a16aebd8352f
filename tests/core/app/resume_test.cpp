// A power cut may take what the ledger had not flushed, never what the journal has: a token that a
// subscriber was given is good after it.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/core/app/authority_fixture.h"

namespace passerelle::app {
namespace {

namespace fs = std::filesystem;

const std::vector<steering::ModelFile> kModel = {
    {"authority.yaml", "authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}\n"},
    {"connectors/finance.yaml", "plugin: file\nlabel: {fr: x, en: x}\n"},
    {"indicators.yaml",
     "indicators:\n  NOMBRE: {label: {fr: Nombre, en: Number}, kind: activity, from: engagement, "
     "value: count(), by: [chapter], unit: count}\n"}};

pb::ReadResponse line(int number) {
  pb::ReadResponse message;
  message.mutable_batch()->set_stream("lines");
  pb::Row* row = message.mutable_batch()->mutable_rows()->add_rows();
  row->set_id(std::to_string(number));
  row->set_version(1);
  (*row->mutable_values())["exercise"].set_integer(2025);
  (*row->mutable_values())["chapter"].set_text(std::to_string(number % 5));
  return message;
}

class ResumeTest : public AuthorityTest {
 protected:
  ResumeTest() : AuthorityTest(kModel, {{"finance", commitments()}}) {}

  Received subscribe(const std::string& token) {
    return AuthorityTest::subscribe({{"NOMBRE"}, {"chapter"}, "", "", {}}, token);
  }
};

TEST_F(ResumeTest, ATokenIsGoodAfterThePowerCutThatTookTheLedgersTail) {
  constexpr int kLines = 40;
  for (int i = 0; i < kLines / 2; ++i) ASSERT_TRUE(send("finance", line(i)).ok());
  ASSERT_TRUE(authority_->write_checkpoint().ok());
  fs::path ledger;
  for (const auto& entry : fs::recursive_directory_iterator(data() + "/ledger")) {
    if (entry.is_regular_file()) ledger = entry.path();
  }
  const auto flushed = fs::file_size(ledger);
  for (int i = kLines / 2; i < kLines; ++i) ASSERT_TRUE(send("finance", line(i)).ok());
  const Received before = subscribe("");
  EXPECT_EQ(before.snapshots, 1);
  EXPECT_EQ(before.cells, 5);
  authority_.reset();
  // Not a frame's end: the first frame behind the checkpoint is torn, the others are gone.
  ASSERT_GT(fs::file_size(ledger), flushed + 5);
  fs::resize_file(ledger, flushed + 5);
  open();
  const Received after = subscribe(before.progress.resume_token());
  EXPECT_EQ(after.snapshots, 0);
  EXPECT_EQ(after.resets, 0);
  EXPECT_EQ(after.cells, 0) << "nothing has changed since";
  EXPECT_EQ(after.progress.hash(), before.progress.hash());
  EXPECT_EQ(after.progress.revision(), before.progress.revision());
  ASSERT_TRUE(send("finance", line(kLines)).ok());
  const Received later = subscribe(before.progress.resume_token());
  EXPECT_EQ(later.snapshots + later.resets, 0);
  EXPECT_EQ(later.cells, 1);
}

}  // namespace
}  // namespace passerelle::app
