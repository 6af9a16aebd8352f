#include "core/publication/token.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "temporary_folder.h"

namespace passerelle::publication {
namespace {

const ResumePoint kPoint{0xFFEEDDCCBBAA9988, 123'456'789, {1, 0xFFFFFFFFFFFFFFFF}};

TEST(Token, WhatWasSealedIsReadBackWithTheSameKeyFile) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/token.key";
  const std::string token = TokenMaker::open(path, "demo")->make(kPoint);
  const auto again = TokenMaker::open(path, "demo");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again->read(token), kPoint);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST(Token, EveryChangedBitIsNoticed) {
  const TemporaryFolder folder;
  const auto maker = TokenMaker::open(folder.path() + "/token.key", "demo");
  ASSERT_TRUE(maker.ok());
  const std::string token = maker->make(kPoint);
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    std::string forged = token;
    forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(absl::IsInvalidArgument(maker->read(forged).status())) << bit;
  }
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(maker->read(token.substr(0, size)).ok());
  }
  EXPECT_FALSE(maker->read(token + "x").ok());
}

TEST(Token, AnotherAuthorityOrKeyDoesNotReadIt) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/token.key";
  const std::string token = TokenMaker::open(path, "demo")->make(kPoint);
  EXPECT_FALSE(TokenMaker::open(path, "other")->read(token).ok());
  EXPECT_FALSE(TokenMaker::open(folder.path() + "/other.key", "demo")->read(token).ok());
}

TEST(Token, AKeyWhoseLastByteIsANewlineIsReadWhole) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/token.key";
  std::ofstream(path) << std::string(31, 'k') << '\n';
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  const auto maker = TokenMaker::open(path, "demo");
  ASSERT_TRUE(maker.ok()) << maker.status();
  EXPECT_TRUE(maker->read(maker->make(kPoint)).ok());
}

TEST(Token, AKeyThatOthersMayReadIsRefused) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/token.key";
  ASSERT_TRUE(TokenMaker::open(path, "demo").ok());
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const auto maker = TokenMaker::open(path, "demo");
  EXPECT_TRUE(absl::IsFailedPrecondition(maker.status()));
  EXPECT_NE(base::message_of(maker.status()).find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace passerelle::publication
