#include "core/formats/zip.h"

#include <gmock/gmock.h>

#include "tests/core/formats/support.h"

namespace passerelle::formats {
namespace {

using testing::HasSubstr;

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  ZipWriter writer;
  for (const auto& [name, content] : entries) writer.add(name, content);
  auto bytes = writer.finish();
  EXPECT_TRUE(bytes.ok()) << bytes.status().ToString();
  return bytes.ok() ? *bytes : "";
}

std::string open_error(std::string bytes, const ZipSettings& settings = {}) {
  return message_of(ZipArchive::open_bytes(std::move(bytes), settings).status());
}

// Every occurrence of a text, so that both of an entry's headers change.
std::string with(std::string bytes, const std::string& from, const std::string& to) {
  for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + 1)) {
    bytes.replace(at, from.size(), to);
  }
  return bytes;
}

TEST(Zip, EntriesAreListedAndStreamed) {
  const TemporaryFolder folder;
  const std::string big(300'000, 'x');
  const std::string bytes = zip_of({{"budget/été.csv", "a,b\n"}, {"big.txt", big}});
  const auto archive = ZipArchive::open_file(folder.write("a.zip", bytes));
  ASSERT_TRUE(archive.ok());
  ASSERT_EQ((*archive)->entries().size(), 2u);
  EXPECT_EQ((*archive)->entries()[0].name, "budget/été.csv");
  EXPECT_EQ((*archive)->find("big.txt")->bytes, big.size());
  auto entry = (*archive)->open("big.txt");
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(*read_all(**entry, 1 << 20), big);
  EXPECT_EQ((*archive)->open("none").status().code(), absl::StatusCode::kNotFound);
}

TEST(Zip, AnEntryOutlivesItsArchive) {
  auto archive = ZipArchive::open_bytes(zip_of({{"a", "content"}}));
  auto entry = (*archive)->open(*(*archive)->only_entry());
  archive->reset();
  EXPECT_EQ(*read_all(**entry, 100), "content");
}

TEST(Zip, TheOnlyEntryMustBeTheOnlyOne) {
  const auto archive = ZipArchive::open_bytes(zip_of({{"a.csv", "1"}, {"b.csv", "2"}}));
  EXPECT_THAT(message_of((*archive)->only_entry().status()), HasSubstr("a.csv, b.csv"));
}

TEST(Zip, TheSameEntriesGiveTheSameBytes) {
  EXPECT_EQ(zip_of({{"a", "x"}, {"b", "y"}}), zip_of({{"a", "x"}, {"b", "y"}}));
}

TEST(Zip, TruncatedArchivesAreRefused) {
  const std::string bytes = zip_of({{"a.csv", std::string(10'000, 'a') + "b"}, {"c.csv", "2"}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(open_error(bytes.substr(0, size)), "") << size;
  }
  EXPECT_THAT(open_error(bytes.substr(0, bytes.size() / 2)), HasSubstr("transfer the file again"));
  EXPECT_EQ(ZipArchive::open_file("/nowhere.zip").status().code(), absl::StatusCode::kNotFound);
}

TEST(Zip, DamagedContentIsNoticed) {
  std::string content;
  for (int i = 0; i < 5'000; ++i) content += std::to_string(i * 7'919);
  const std::string bytes = zip_of({{"a.csv", content}});
  int noticed = 0;
  int tried = 0;
  for (std::size_t at = 60; at < bytes.size() - 200; at += 997, ++tried) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const auto archive = ZipArchive::open_bytes(damaged);
    if (!archive.ok()) {
      ++noticed;
      continue;
    }
    auto entry = (*archive)->open("a.csv");
    if (!entry.ok() || !read_all(**entry, 1 << 20).ok()) ++noticed;
  }
  EXPECT_GT(tried, 5);
  EXPECT_EQ(noticed, tried);
}

TEST(Zip, ABombIsRefusedByItsDeclaredSize) {
  const std::string bytes = zip_of({{"bomb", std::string(20 << 20, '\0')}});
  EXPECT_THAT(open_error(bytes), HasSubstr("more than 200 times its size"));
}

TEST(Zip, ABombThatLiesAboutItsSizeIsStoppedWhileItUnfolds) {
  // The declared size (20 MiB, little endian) becomes 1 byte in both headers.
  const std::string bytes = with(zip_of({{"bomb", std::string(20 << 20, '\0')}}),
                                 std::string("\0\0\x40\x01", 4), std::string("\1\0\0\0", 4));
  const auto archive = ZipArchive::open_bytes(bytes);
  if (!archive.ok()) return;  // refused at once is fine too
  auto entry = (*archive)->open("bomb");
  if (!entry.ok()) return;
  const auto content = read_all(**entry, 64 << 20);
  EXPECT_EQ(content.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Zip, TheWholeArchiveHasALimit) {
  const std::string bytes = zip_of({{"a", "0123456789"}, {"b", "0123456789"}});
  EXPECT_THAT(open_error(bytes, {.unzipped_bytes_max = 19}), HasSubstr("more than 19 bytes"));
  EXPECT_EQ(open_error(bytes, {.unzipped_bytes_max = 20}), "");
  // The same entry read again and again counts again.
  const auto archive = ZipArchive::open_bytes(bytes, {.unzipped_bytes_max = 20});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(read_all(**(*archive)->open("a"), 100).ok());
  EXPECT_FALSE(read_all(**(*archive)->open("a"), 100).ok());
}

TEST(Zip, TooManyEntriesAreRefused) {
  EXPECT_THAT(open_error(zip_of({{"a", ""}, {"b", ""}, {"c", ""}}), {.entries_max = 2}),
              HasSubstr("at most 2"));
}

TEST(Zip, NamesThatLeadOutsideAreRefused) {
  const std::string bytes = zip_of({{"aa/bb", "x"}, {"ok", "y"}});
  for (const std::string name : {"../bb", "/a/bb", "aa/..", "..\\bb", "\\a\\bb", "C:/bb"}) {
    EXPECT_THAT(open_error(with(bytes, "aa/bb", name)), HasSubstr("entry")) << name;
  }
  EXPECT_EQ(open_error(with(bytes, "aa/bb", "a..bb")), "");
}

TEST(Zip, OneNameTwiceIsRefused) {
  EXPECT_THAT(open_error(with(zip_of({{"a1", "x"}, {"a2", "y"}}), "a2", "a1")),
              HasSubstr("occurs twice"));
}

TEST(Zip, TheWriterRefusesBadNames) {
  for (const std::string name : {"", "/a", "../a"}) {
    ZipWriter writer;
    writer.add(name, "x");
    EXPECT_FALSE(writer.finish().ok());
  }
  ZipWriter twice;
  twice.add("a", "x");
  twice.add("a", "y");
  EXPECT_FALSE(twice.finish().ok());
  EXPECT_EQ(ZipWriter().finish().status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace passerelle::formats
