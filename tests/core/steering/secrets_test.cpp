#include "core/steering/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace passerelle::steering {
namespace {

namespace fs = std::filesystem;

class Secrets : public testing::Test {
 protected:
  Secrets() {
    std::string path = (fs::temp_directory_path() / "passerelle-secret-XXXXXX").string();
    dir_ = ::mkdtemp(path.data());
    file_ = dir_ + "/word";
    std::ofstream(file_) << "s3cr3t\n";
    ::chmod(file_.c_str(), 0600);
  }
  ~Secrets() override { fs::remove_all(dir_); }
  std::string dir_;
  std::string file_;
};

TEST_F(Secrets, AFileOfItsOwnerAloneIsRead) {
  const auto value = resolve_secret("secret://file" + file_);
  ASSERT_TRUE(value.ok()) << value.status().ToString();
  EXPECT_EQ(*value, "s3cr3t");
}

TEST_F(Secrets, AFileThatOthersMayReadIsRefusedAndItsValueIsNotShown) {
  ::chmod(file_.c_str(), 0640);
  const auto value = resolve_secret("secret://file" + file_);
  EXPECT_EQ(value.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(base::message_of(value.status()), testing::HasSubstr("chmod 600"));
  EXPECT_THAT(base::message_of(value.status()), testing::Not(testing::HasSubstr("s3cr3t")));
}

TEST_F(Secrets, TheEnvironmentAndSystemdCredentialsAreRead) {
  ::setenv("PASSERELLE_TEST_SECRET", "word", 1);
  EXPECT_EQ(resolve_secret("secret://env/PASSERELLE_TEST_SECRET").value(), "word");
  ::unsetenv("PASSERELLE_TEST_SECRET");
  EXPECT_EQ(resolve_secret("secret://env/PASSERELLE_TEST_SECRET").status().code(),
            absl::StatusCode::kNotFound);
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_THAT(base::message_of(resolve_secret("secret://systemd-cred/word").status()),
              testing::HasSubstr("LoadCredential=word"));
  ::setenv("CREDENTIALS_DIRECTORY", dir_.c_str(), 1);
  ::chmod(file_.c_str(), 0440);
  EXPECT_EQ(resolve_secret("secret://systemd-cred/word").value(), "s3cr3t");
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST(SecretReferences, WhatIsNoReferenceIsRefusedWithoutRepeatingIt) {
  for (const char* text : {"hunter2", "secret://", "secret://file/", "secret://vault/x",
                           "secret://env/", "secret://env/A B", "secret://systemd-cred/../x"}) {
    const auto reference = parse_secret(text);
    ASSERT_FALSE(reference.ok()) << text;
    EXPECT_THAT(base::message_of(reference.status()), testing::Not(testing::HasSubstr("hunter2")));
  }
  EXPECT_EQ(parse_secret("secret://file/run/x").value().name, "/run/x");
}

}  // namespace
}  // namespace passerelle::steering
