#include "core/steering/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/limits.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 protected:
  Folder() {
    std::string path = (fs::temp_directory_path() / "passerelle-folder-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  ~Folder() override { fs::remove_all(path_); }
  void write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(write_files(path_, {{path, text}}).ok());
  }
  std::string path_;
};

TEST_F(Folder, ItsFilesAreYamlAndTheCsvThatTablesName) {
  ASSERT_TRUE(write_files(path_, sample_model()).ok());
  write("notes.txt", "no");
  write("tables/other.csv", "no");
  write(".git/config.yaml", "no");
  write("sources/data.xml", "no");
  const auto files = read_folder(path_);
  ASSERT_TRUE(files.ok()) << files.status().ToString();
  EXPECT_EQ(*files, sample_model());
}

TEST_F(Folder, ALinkInsideIsFollowedAndOneThatLeadsOutIsRefused) {
  write("..data/a.yaml", "policies: {}\n");
  fs::create_symlink("..data/a.yaml", fs::path(path_) / "a.yaml");
  const auto inside = read_folder(path_);
  ASSERT_TRUE(inside.ok()) << inside.status().ToString();
  EXPECT_EQ(inside->size(), 1u);
  fs::create_symlink("/etc/hostname", fs::path(path_) / "b.yaml");
  const auto outside = read_folder(path_);
  EXPECT_EQ(outside.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(base::message_of(outside.status()), testing::HasSubstr("b.yaml: is a link"));
}

TEST_F(Folder, AFolderThatDoesNotExistIsNamed) {
  const auto files = read_folder(path_ + "/none");
  EXPECT_EQ(files.status().code(), absl::StatusCode::kNotFound);
}

TEST_F(Folder, AFileBeyondTheLimitIsNamed) {
  write("big.yaml", std::string(base::kModelFileBytesMax + 1, '#'));
  const auto files = read_folder(path_);
  ASSERT_FALSE(files.ok());
  EXPECT_THAT(base::message_of(files.status()), testing::HasSubstr("big.yaml"));
}

TEST_F(Folder, MoreFilesThanTheLimitAreRefused) {
  for (std::size_t i = 0; i <= base::kModelFilesMax; ++i) {
    write("f" + std::to_string(i) + ".yaml", "");
  }
  EXPECT_EQ(read_folder(path_).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(Folder, ATableThatIsNamedAndAbsentIsLeftToTheCheck) {
  write("a.yaml", "tables: {t: {file: none.csv, key: [a]}, u: {file: ../out.csv, key: [a]}}\n");
  const auto files = read_folder(path_);
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->size(), 1u);
}

TEST(Canonical, ItReadsBackByteForByte) {
  std::vector<ModelFile> files = sample_model();
  files.push_back({"z.csv", std::string("a\0b\n12:3:\xff", 9)});
  files.push_back({"zz.csv", ""});
  const std::string text = canonical(files);
  const auto back = files_of(text);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_EQ(*back, files);
  EXPECT_EQ(canonical(*back), text);
}

TEST(Canonical, TheOrderOfTheFilesDoesNotMatter) {
  std::vector<ModelFile> files = sample_model();
  const std::string text = canonical(files);
  std::reverse(files.begin(), files.end());
  EXPECT_EQ(canonical(files), text);
  files.back().text += ' ';
  EXPECT_NE(hash_of(canonical(files)), hash_of(text));
}

TEST(Canonical, DamageIsNoticed) {
  const std::string text = canonical(sample_model());
  EXPECT_EQ(files_of("something else").status().code(), absl::StatusCode::kDataLoss);
  for (std::size_t cut = text.size() - 1; cut > text.size() - 40; --cut) {
    EXPECT_FALSE(files_of(text.substr(0, cut)).ok()) << cut;
  }
  EXPECT_FALSE(files_of("passerelle-model 1\n1:b0:1:a0:").ok()) << "out of order";
  EXPECT_FALSE(files_of("passerelle-model 1\n01:b0:").ok()) << "two ways to write a length";
  EXPECT_FALSE(files_of("passerelle-model 1\n99999999999999999999999:b0:").ok());
  EXPECT_TRUE(files_of("passerelle-model 1\n").ok());
}

}  // namespace
}  // namespace passerelle::steering
