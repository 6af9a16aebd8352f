// An import beside sections written by hand says so before it writes anything.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;

TEST(Import, OfWhatIsDefinedByHandWritesNothingAndSaysWhichFilesToMend) {
  const Folder folder;
  folder.write("model/authority.yaml",
               "authority: {id: VILLE, label: {fr: Ville, en: Town}, time_zone: UTC}\n");
  folder.write("model/hand.yaml", "processes:\n  OP_A: {label: {fr: A, en: A}, family: support}\n");
  const std::string workbook = folder / "reference.xlsx";
  ASSERT_EQ(passerelle({"export", "reference", workbook, "--model", folder / "model"}).exit_code,
            0);
  const std::vector<std::string> import = {"import", "reference", workbook, "--model",
                                           folder / "model"};
  const Finished trial = passerelle(import);
  EXPECT_EQ(trial.exit_code, 0) << trial.err;
  EXPECT_NE(trial.out.find("hand.yaml:1: processes: 1 defined twice (OP_A)"), std::string::npos)
      << trial.out;
  std::vector<std::string> write = import;
  write.push_back("--write");
  const Finished refused = passerelle(write);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("nothing was written"), std::string::npos) << refused.err;
  EXPECT_FALSE(fs::exists(folder / "model/reference"));
  std::vector<std::string> french = {"/usr/bin/env", "LC_ALL=fr_FR.UTF-8", passerelle_binary()};
  french.insert(french.end(), write.begin(), write.end());
  const Finished refused_in_french = run(french);
  EXPECT_NE(refused_in_french.out.find("processes: 1 en double (OP_A)"), std::string::npos)
      << refused_in_french.out;
  EXPECT_NE(refused_in_french.err.find("rien n'a été écrit"), std::string::npos)
      << refused_in_french.err;
  // Taken out of the file, it is imported, and the folder is right.
  fs::remove(folder / "model/hand.yaml");
  EXPECT_EQ(passerelle(write).exit_code, 0);
  EXPECT_EQ(passerelle(write).exit_code, 0) << "an import again replaces its own files";
  EXPECT_EQ(passerelle({"check", folder / "model"}).exit_code, 0);
}

}  // namespace
}  // namespace passerelle::test
