#include "core/steering/import_clash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/steering/workbook.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering {
namespace {

TEST(ImportClash, WhatTheFolderAlreadyDefinesByHandIsNamedByFileSectionAndId) {
  const std::vector<ModelFile> imported = {
      {"reference/processes.yaml", "processes:\n  OP_A: {}\n  OP_B: {}\n"},
      {"reference/targets.yaml",
       "targets: [{indicator: I, scope: {policy: P, period: 2026}, value: 1}]\n"},
      {"reference/kept.csv", "processes: {OP_C: {}}\n"}};
  const std::vector<ModelFile> folder = {
      {"reference/processes.yaml", "processes:\n  OP_A: {}\n"},  // of an earlier import
      {"mine.yaml", "policies: {OP_A: {}}\nprocesses:\n  OP_C: {}\n  OP_B: {}\n"},
      {"broken.yaml", "processes: [\n"},
      {"connectors/x.yaml", "processes: {OP_A: {}}\n"},
      {"also.yaml",
       "targets: [{indicator: I, scope: {period: 2026, policy: P}, value: 2}, "
       "{indicator: I, scope: {period: 2027, policy: P}, value: 2}]\n"}};
  const std::vector<ImportClash> clashes = clashes_of(imported, folder);
  ASSERT_EQ(clashes.size(), 2U);
  EXPECT_EQ(clashes[0].file, "also.yaml");
  EXPECT_THAT(clashes[0].ids, testing::ElementsAre("I period=2026 policy=P"));
  EXPECT_EQ(clashes[1].file, "mine.yaml");
  EXPECT_EQ(clashes[1].line, 2);
  EXPECT_EQ(clashes[1].section, "processes");
  EXPECT_THAT(clashes[1].ids, testing::ElementsAre("OP_B"));
}

// Whatever check() would call a duplicate was told before anything was written.
TEST(ImportClash, AFolderThatWasExportedClashesWithItsOwnWorkbook) {
  const Checked checked = check(sample_model());
  ASSERT_TRUE(checked.ok());
  const auto bytes = export_reference(*checked.model, {});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto imported = import_reference_bytes(*bytes);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_FALSE(clashes_of(imported->files, sample_model()).empty());
  EXPECT_TRUE(clashes_of(imported->files, imported->files).empty());
  EXPECT_TRUE(clashes_of(imported->files, {}).empty());
}

}  // namespace
}  // namespace passerelle::steering
