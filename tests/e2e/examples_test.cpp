// The worked examples that define what a number means, by their number: a model folder each, whose
// own tests hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(PASSERELLE_SOURCE_DIR "/tests/e2e/examples")) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Example : public ::testing::TestWithParam<std::string> {};

TEST_P(Example, ItsFactsGiveItsValues) {
  const std::string folder = std::string(PASSERELLE_SOURCE_DIR "/tests/e2e/examples/") + GetParam();
  const Finished checked = passerelle({"check", folder});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  const Finished finished = passerelle({"test", folder, "--output", "csv"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  EXPECT_FALSE(rows_of(finished.out).empty());
}

INSTANTIATE_TEST_SUITE_P(ByNumber, Example, ::testing::ValuesIn(examples()),
                         [](const auto& example) { return example.param; });

}  // namespace
}  // namespace passerelle::test
