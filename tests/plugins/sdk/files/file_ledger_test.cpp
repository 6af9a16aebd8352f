#include "plugins/sdk/files/file_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

namespace passerelle::sdk {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  Files() {
    std::string pattern = (fs::temp_directory_path() / "files-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Files() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::vector<std::string> names(const std::string& patterns) {
    const auto found = find_files(absolute_patterns(patterns, folder_), folder_);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    std::vector<std::string> out;
    for (const FoundFile& file : *found) out.push_back(file.name);
    return out;
  }
  std::string folder_;
};

TEST_F(Files, AreFoundOnceSortedAndNamedFromTheFolder) {
  write("b.xml", "b");
  write("sub/a.xml", "aa");
  write("c.csv", "");
  EXPECT_EQ(names("*.xml; */*.xml ;b.*"), (std::vector<std::string>{"b.xml", "sub/a.xml"}));
  EXPECT_EQ(names(folder_ + "/c.csv"), std::vector<std::string>{"c.csv"});
  EXPECT_EQ(names("*.json"), std::vector<std::string>{});
  EXPECT_EQ(names("sub"), std::vector<std::string>{});  // a folder is no file
}

TEST_F(Files, AreConsumedUntilTheyOrTheirContextChange) {
  write("a.xml", "1234");
  const FoundFile file = find_files({folder_ + "/a.xml"}, folder_)->front();
  FileLedger ledger;
  EXPECT_FALSE(ledger.is_consumed(file, 7));
  ledger.set(file.path, {file.bytes, file.modified_ns, {1, 2}, 7, true, ""});
  EXPECT_TRUE(ledger.is_consumed(file, 7));
  EXPECT_FALSE(ledger.is_consumed(file, 8));
  FoundFile grown = file;
  grown.bytes = 5;
  EXPECT_FALSE(ledger.is_consumed(grown, 7));
  FoundFile touched = file;
  touched.modified_ns += 1;
  EXPECT_FALSE(ledger.is_consumed(touched, 7));
  ledger.keep_only({});
  EXPECT_EQ(ledger.find(file.path), nullptr);
}

TEST(FileLedger, SurvivesItsText) {
  FileLedger ledger;
  ledger.set("/tmp/a b\tc\n.xml", {3, -4, {5, ~0ULL}, 6, false, "lines 3000"});
  ledger.set("/tmp/é.xml", {1, 2, {}, 0, true, ""});
  ledger.set_newest("totem:1/2026/09/0", -12);
  const FileLedger again = FileLedger::parse(ledger.text());
  EXPECT_EQ(again.text(), ledger.text());
  ASSERT_NE(again.find("/tmp/a b\tc\n.xml"), nullptr);
  EXPECT_EQ(again.find("/tmp/a b\tc\n.xml")->resume, "lines 3000");
  EXPECT_EQ(again.find("/tmp/a b\tc\n.xml")->digest.low, ~0ULL);
  EXPECT_EQ(again.newest("totem:1/2026/09/0"), -12);
  EXPECT_EQ(again.newest("other"), std::numeric_limits<std::int64_t>::min());
}

TEST(FileLedger, GivesEachReadOfAScopeANewerVersionUnlessTheSourceSaysItIsOlder) {
  FileLedger ledger;
  const auto first = ledger.next_version("a", 20);
  ASSERT_TRUE(first.has_value());
  ledger.set_newest("a", *first);
  const auto corrected = ledger.next_version("a", 20);
  ASSERT_TRUE(corrected.has_value());
  EXPECT_GT(*corrected, *first);
  ledger.set_newest("a", *corrected);
  const auto later = ledger.next_version("a", 21);
  ASSERT_TRUE(later.has_value());
  EXPECT_GT(*later, *corrected);
  EXPECT_EQ(ledger.next_version("a", 19), std::nullopt);
  EXPECT_TRUE(ledger.next_version("b", 19).has_value());
  EXPECT_LT(*ledger.next_version("c", -5), *ledger.next_version("c", -4));
}

TEST(FileLedger, StartsEmptyFromATextItDoesNotUnderstand) {
  for (const char* text : {"", "passerelle-files 2\nF\tx", "passerelle-files 1\nF\tx\t1",
                           "passerelle-files 1\nV\tx\tmany", "{}"}) {
    EXPECT_EQ(FileLedger::parse(text).text(), FileLedger().text()) << text;
  }
}

TEST(RepeatedKeys, NumbersEqualKeysAmongAMillionDifferentOnes) {
  RepeatedKeys keys;
  const auto key = [](std::uint64_t i) { return base::hash64(std::to_string(i % 1'000'000)); };
  for (std::uint64_t i = 0; i < 1'000'100; ++i) keys.note(key(i));
  for (std::uint64_t i = 0; i < 1'000'000; ++i) ASSERT_EQ(keys.ordinal(key(i)), 1u) << i;
  for (std::uint64_t i = 1'000'000; i < 1'000'100; ++i) EXPECT_EQ(keys.ordinal(key(i)), 2u);
}

}  // namespace
}  // namespace passerelle::sdk
