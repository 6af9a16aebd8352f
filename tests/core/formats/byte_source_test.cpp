#include "core/formats/byte_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/core/formats/support.h"

namespace passerelle::formats {
namespace {

using testing::HasSubstr;

TEST(ByteSource, AFileIsReadToItsEnd) {
  const TemporaryFolder folder;
  const std::string content(200'000, 'x');
  auto source = open_file(folder.write("a.txt", content));
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(*read_all(**source, content.size()), content);
  char byte;
  EXPECT_EQ(*(*source)->read(&byte, 1), 0u);
}

TEST(ByteSource, AFileThatIsMissingIsNamed) {
  const auto source = open_file("/nowhere/budget.csv");
  EXPECT_EQ(source.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(message_of(source.status()), HasSubstr("/nowhere/budget.csv"));
}

TEST(ByteSource, AFolderIsNoFile) {
  EXPECT_EQ(open_file("/tmp").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ByteSource, AFileSkipsToTheMiddleAndNotBeyondItsEnd) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.txt", "0123456789");
  auto source = open_file(path);
  ASSERT_TRUE((*source)->skip(4).ok());
  EXPECT_EQ(*read_all(**source, 10), "456789");
  auto other = open_file(path);
  EXPECT_EQ((*other)->skip(11).code(), absl::StatusCode::kOutOfRange);
}

TEST(ByteSource, ASourceThatCannotSeekSkipsByReading) {
  auto source = dropping("0123456789", 3);
  ASSERT_TRUE(source->skip(7).ok());
  EXPECT_EQ(*read_all(*source, 10), "789");
  EXPECT_EQ(source->skip(1).code(), absl::StatusCode::kOutOfRange);
}

TEST(ByteSource, APipeIsASourceToo) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "abcdef", 6), 6);
  ::close(ends[1]);
  auto source = source_of_descriptor(ends[0], "pipe");
  ASSERT_TRUE(source->skip(2).ok());
  EXPECT_EQ(*read_all(*source, 10), "cdef");
}

TEST(ByteSource, ReadingEverythingHasALimit) {
  auto source = source_of_bytes("0123456789");
  EXPECT_EQ(read_all(*source, 9).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ByteSource, AHashOfPiecesIsTheHashOfTheWhole) {
  const std::string content = "Sens,Nature Mvt,Section\nDEPENSE,REELLE,INVESTISSEMENT\n";
  HashingSource source(dropping(content, 7));
  ASSERT_TRUE(source.skip(10).ok());
  ASSERT_TRUE(read_all(source, 1'000).ok());
  EXPECT_EQ(source.digest(), base::hash128(content));
  EXPECT_EQ(source.bytes(), content.size());
}

}  // namespace
}  // namespace passerelle::formats
