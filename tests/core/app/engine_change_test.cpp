// The hub is started with an engine that rounds otherwise: what was published stays as it was
// published, what it changes is a revision of its own, and what is closed stays (ARCHITECTURE D11).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/app/diff.h"
#include "tests/core/app/authority_fixture.h"

namespace passerelle::app {
namespace {

using testing::ElementsAre;

constexpr consolidation::EngineSettings kHalfAway{
    base::kHeldScopeBytesMax, {consolidation::kEngineVersion + 1, base::Rounding::kHalfAway}};

const std::vector<steering::ModelFile> kModel = {
    {"authority.yaml", "authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}\n"},
    {"connectors/finance.yaml", "plugin: file\nlabel: {fr: x, en: x}\n"},
    {"indicators.yaml",
     "indicators:\n"
     "  MOITIE: {label: {fr: Moitié, en: Half}, kind: activity, from: engagement, "
     "value: count() / 2, by: [chapter], unit: count, round: 0}\n"
     "  NOMBRE: {label: {fr: Nombre, en: Number}, kind: activity, from: engagement, "
     "value: count(), by: [chapter], unit: count}\n"}};

class EngineChangeTest : public AuthorityTest {
 protected:
  EngineChangeTest() : AuthorityTest(kModel, {{"finance", commitments()}}) {}

  // `count` commitments of a chapter and exercise.
  void add(const std::string& chapter, int exercise, int count) {
    for (int i = 0; i < count; ++i) {
      pb::ReadResponse message;
      message.mutable_batch()->set_stream("lines");
      pb::Row* row = message.mutable_batch()->mutable_rows()->add_rows();
      row->set_id(chapter + "-" + std::to_string(next_++));
      row->set_version(1);
      (*row->mutable_values())["exercise"].set_integer(exercise);
      (*row->mutable_values())["chapter"].set_text(chapter);
      ASSERT_TRUE(send("finance", message).ok());
    }
  }
  // "chapter exercise value": of the newest revision, or one before.
  std::vector<std::string> halves(model::Revision revision = 0) {
    const auto answer =
        authority_->publisher().get({{"MOITIE"}, {"chapter"}, "", "", {}}, {revision, "", false});
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<std::string> texts;
    if (!answer.ok()) return texts;
    for (const publication::Cell& cell : answer->cells) {
      std::string text;
      for (const auto& [dimension, value] : cell.dimensions) text += value + " ";
      text += std::to_string(cell.value.scaled);
      if ((cell.value.flags & model::kFlagRestatementPending) != 0) text += " pending";
      texts.push_back(text);
    }
    return texts;
  }
  model::Revision last() { return authority_->journal().last_revision(); }
  std::vector<model::EngineChanged> changes() {
    std::vector<model::EngineChanged> found;
    EXPECT_TRUE(authority_->journal()
                    .read(1,
                          [&](const model::Commit& commit) {
                            const auto* one = std::get_if<model::EngineChanged>(&commit.body);
                            if (one != nullptr) found.push_back(*one);
                            return Status();
                          })
                    .ok());
    return found;
  }
  // "CAUSE effect ..." between two revisions, of chapter 011 in 2026.
  std::string diff_of(const std::string& exercise, model::Revision from, model::Revision to) {
    hub::v1::DiffRequest request;
    request.mutable_cell()->set_indicator("MOITIE");
    (*request.mutable_cell()->mutable_dimensions())["chapter"] = "011";
    (*request.mutable_cell()->mutable_dimensions())["period"] = exercise;
    request.set_from_revision(from);
    request.set_to_revision(to);
    const auto response = diff(request, past_of(*authority_), "UTC",
                               [](model::Revision) { return absl::OkStatus(); });
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return "";
    std::string text = response->difference() + ":";
    for (const hub::v1::DiffCause& cause : response->causes()) {
      text += " " + hub::v1::DiffCauseKind_Name(cause.kind()).substr(16) + " " + cause.effect();
    }
    return text;
  }

  int next_ = 1;
};

TEST_F(EngineChangeTest, WhatWasPublishedStaysAndTheDifferencesAreARevision) {
  add("011", 2026, 5);
  add("012", 2026, 4);
  const model::Revision before = last();
  EXPECT_THAT(halves(), ElementsAre("011 2026 2", "012 2026 2"));

  open(kHalfAway);
  ASSERT_EQ(changes(), std::vector<model::EngineChanged>({{1, 2, {}}}));
  EXPECT_EQ(last(), before + 1);
  EXPECT_THAT(halves(), ElementsAre("011 2026 3", "012 2026 2"));
  EXPECT_THAT(halves(before), ElementsAre("011 2026 2", "012 2026 2"));
  EXPECT_EQ(diff_of("2026", before, last()), "1: ENGINE 1");
  // A half was published as 0, five halves as 2; this engine makes 1 and 3 of them.
  const model::Revision first = before - 8;
  const std::string added = "NEW 0.5 NEW 0.5 NEW 0.5 NEW 0.5";
  EXPECT_EQ(diff_of("2026", first, last()), "3: ENGINE 1 " + added);
  EXPECT_EQ(diff_of("2026", first, before), "2: ENGINE 1 " + added + " ENGINE -1");

  // It goes on, is not changed again by its own next start, and can be taken back.
  add("011", 2026, 2);
  EXPECT_THAT(halves(), ElementsAre("011 2026 4", "012 2026 2"));
  open(kHalfAway);
  EXPECT_EQ(changes().size(), 1U);
  EXPECT_THAT(halves(), ElementsAre("011 2026 4", "012 2026 2"));
  open();
  EXPECT_EQ(changes().size(), 2U);
  EXPECT_THAT(halves(), ElementsAre("011 2026 4", "012 2026 2"));
  EXPECT_THAT(halves(before), ElementsAre("011 2026 2", "012 2026 2"));
  EXPECT_THAT(halves(before + 1), ElementsAre("011 2026 3", "012 2026 2"));
}

TEST_F(EngineChangeTest, AClosedValueStaysAsItWasClosed) {
  add("011", 2025, 5);
  add("011", 2026, 5);
  const auto closing =
      authority_->close({"dga", "", base::Period::parse("2025").value(), {}, "visa", {}});
  ASSERT_TRUE(closing.ok()) << closing.status();
  EXPECT_THAT(halves(), ElementsAre("011 2025 2", "011 2026 2"));

  open(kHalfAway);
  ASSERT_EQ(changes().size(), 1U);
  ASSERT_EQ(changes()[0].closed.size(), 2U) << "by chapter and in all";
  EXPECT_EQ(changes()[0].closed[0].value.scaled, 2);
  // As a late record would: it does not alter the value, and is told.
  EXPECT_THAT(halves(), ElementsAre("011 2025 2 pending", "011 2026 3"));
  EXPECT_THAT(halves(*closing), ElementsAre("011 2025 2", "011 2026 2"));
  EXPECT_EQ(diff_of("2025", *closing, last()), "0:");
  EXPECT_EQ(diff_of("2026", *closing, last()), "1: ENGINE 1");

  // After a restart, with and without a checkpoint, and another change back and forth.
  const auto here = [&] {
    return authority_->with_engine(
        [](consolidation::Engine& engine) { return engine.state_hash(); });
  };
  const std::uint64_t state = here();
  open(kHalfAway);
  EXPECT_EQ(here(), state);
  ASSERT_TRUE(authority_->write_checkpoint().ok());
  open(kHalfAway);
  EXPECT_EQ(here(), state);
  open();
  EXPECT_THAT(halves(), ElementsAre("011 2025 2", "011 2026 2"));
  open(kHalfAway);
  EXPECT_EQ(here(), state);
  const auto reopened = authority_->reopen({*closing, "dga", "moteur", {"visa-2"}});
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_THAT(halves(), ElementsAre("011 2025 3", "011 2026 3"));
}

TEST_F(EngineChangeTest, ACrashBeforeTheLedgerHadItLeavesTheSameHistory) {
  add("011", 2026, 5);
  const model::Revision before = last();
  open(kHalfAway);
  const auto whole = halves();
  authority_.reset();
  // The ledger is not flushed before the next checkpoint: a power cut may take its newest records.
  for (const auto& file : std::filesystem::recursive_directory_iterator(data() + "/ledger")) {
    if (file.is_regular_file()) std::filesystem::resize_file(file, file.file_size() - 1);
  }
  open(kHalfAway);
  EXPECT_EQ(changes().size(), 1U);
  EXPECT_EQ(halves(), whole);
  EXPECT_THAT(halves(before), ElementsAre("011 2026 2"));
  EXPECT_EQ(diff_of("2026", before, last()), "1: ENGINE 1");
}

TEST_F(EngineChangeTest, ASubscriberGoesOnFromItsTokenWithWhatTheEngineChanged) {
  add("011", 2026, 5);
  add("012", 2026, 4);
  const publication::Selector selector{{"MOITIE"}, {"chapter"}, "", "", {}};
  const Received first = subscribe(selector, "");
  EXPECT_EQ(first.cells, 2);
  open(kHalfAway);
  const Received second = subscribe(selector, first.progress.resume_token());
  EXPECT_EQ(second.snapshots, 0);
  EXPECT_EQ(second.resets, 0);
  EXPECT_EQ(second.cells, 1);
}

}  // namespace
}  // namespace passerelle::app
