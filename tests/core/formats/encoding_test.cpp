#include "core/formats/encoding.h"

#include <gmock/gmock.h>

#include "core/base/text.h"
#include "tests/core/formats/support.h"

namespace passerelle::formats {
namespace {

using testing::HasSubstr;

std::string decoded(const std::string& bytes, Encoding encoding, std::size_t piece = 1'000) {
  DecodingSource source(dropping(bytes, piece), encoding);
  const auto text = read_all(source, 1 << 20);
  return text.ok() ? *text : "error: " + message_of(text.status());
}

TEST(Encoding, Utf8PassesAndLosesItsMark) {
  for (const std::size_t piece : {1u, 2u, 3u, 1'000u}) {
    EXPECT_EQ(decoded("\xEF\xBB\xBFÉté 🙂", Encoding::kDetect, piece), "Été 🙂");
    EXPECT_EQ(decoded("Été 🙂", Encoding::kUtf8, piece), "Été 🙂");
  }
}

TEST(Encoding, Windows1252IsRecognisedAtItsFirstAccent) {
  for (const std::size_t piece : {1u, 2u, 3u, 1'000u}) {
    EXPECT_EQ(decoded("S\xE9"
                      "curit\xE9 \x80 12\x92",
                      Encoding::kDetect, piece),
              "Sécurité € 12’");
    EXPECT_EQ(decoded("fin en \xE9", Encoding::kDetect, piece), "fin en é");
  }
}

TEST(Encoding, DetectionTellsWhatItFound) {
  DecodingSource source(source_of_bytes("\xE9t\xE9"), Encoding::kDetect);
  ASSERT_TRUE(read_all(source, 100).ok());
  EXPECT_EQ(source.encoding(), Encoding::kWindows1252);
  DecodingSource ascii(source_of_bytes("plain"), Encoding::kDetect);
  ASSERT_TRUE(read_all(ascii, 100).ok());
  EXPECT_EQ(ascii.encoding(), Encoding::kUtf8);
}

TEST(Encoding, AnAccentFarIntoTheFileStillDecides) {
  const std::string ascii(150'000, 'a');
  EXPECT_EQ(decoded(ascii + "\xE8", Encoding::kDetect, 4'096), ascii + "è");
}

TEST(Encoding, AWrongByteInUtf8IsReportedWithItsOffset) {
  for (const std::size_t piece : {1u, 1'000u}) {
    EXPECT_THAT(decoded("é ok \xE9 x", Encoding::kDetect, piece), HasSubstr("byte 6 (0xE9)"));
    EXPECT_THAT(decoded("abc\xFF", Encoding::kUtf8, piece), HasSubstr("byte 3 (0xFF)"));
    EXPECT_THAT(decoded("\xEF\xBB\xBF"
                        "abc\xC3",
                        Encoding::kUtf8, piece),
                HasSubstr("byte 6"));
  }
}

TEST(Encoding, OverlongFormsAndSurrogatesAreNoUtf8) {
  for (const std::string bytes : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    EXPECT_THAT(decoded(bytes, Encoding::kUtf8), HasSubstr("byte 0"));
    EXPECT_FALSE(base::is_valid_utf8(bytes));
  }
}

TEST(Encoding, WrongBytesAreReplacedWhereThatIsWanted) {
  DecodingSource source(source_of_bytes("a\xFF"
                                        "b\xFE"
                                        "c"),
                        Encoding::kUtf8, InvalidBytes::kReplace);
  EXPECT_EQ(*read_all(source, 100),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD"
            "c");
  EXPECT_EQ(source.replaced(), 2u);
  EXPECT_EQ(source.first_replaced_offset(), 1u);
}

TEST(Encoding, TheIsoEncodingsDifferInTheEuro) {
  EXPECT_EQ(decoded("\xA4\xE9", Encoding::kIso88591), "¤é");
  EXPECT_EQ(decoded("\xA4\xBD", Encoding::kIso885915), "€œ");
}

TEST(Encoding, AByteWindows1252DoesNotDefineIsReported) {
  EXPECT_THAT(decoded("ab\x81", Encoding::kWindows1252), HasSubstr("byte 2 (0x81)"));
}

TEST(Encoding, Utf16IsReadInBothOrders) {
  for (const std::size_t piece : {1u, 2u, 3u, 5u, 1'000u}) {
    EXPECT_EQ(decoded(std::string("\xFF\xFE"
                                  "A\0\xE9\0\x3D\xD8\x42\xDE",
                                  10),
                      Encoding::kDetect, piece),
              "Aé🙂");
    EXPECT_EQ(decoded(std::string("\xFE\xFF\0A\0\xE9", 6), Encoding::kDetect, piece), "Aé");
    EXPECT_EQ(decoded(std::string("A\0", 2), Encoding::kUtf16Le, piece), "A");
  }
  EXPECT_THAT(decoded(std::string("\xFF\xFE\x3D\xD8"
                                  "A\0",
                                  6),
                      Encoding::kDetect),
              HasSubstr("byte 2"));
  EXPECT_THAT(decoded(std::string("\xFF\xFE"
                                  "A\0B",
                                  5),
                      Encoding::kDetect),
              HasSubstr("byte 4"));
}

TEST(Encoding, AZeroByteMeansThatItIsNoText) {
  EXPECT_THAT(decoded(std::string("A\0B\0", 4), Encoding::kDetect), HasSubstr("utf-16le"));
}

TEST(Encoding, AnEmptyFileIsEmpty) { EXPECT_EQ(decoded("", Encoding::kDetect), ""); }

TEST(Encoding, NamesAreReadInTheirVariants) {
  EXPECT_EQ(*parse_encoding("UTF-8"), Encoding::kUtf8);
  EXPECT_EQ(*parse_encoding("Latin-1"), Encoding::kIso88591);
  EXPECT_EQ(*parse_encoding("cp1252"), Encoding::kWindows1252);
  EXPECT_EQ(*parse_encoding(to_string(Encoding::kUtf16Be)), Encoding::kUtf16Be);
  EXPECT_THAT(message_of(parse_encoding("ebcdic").status()), HasSubstr("windows-1252"));
}

TEST(Encoding, AFailingSourceIsPassedOn) {
  DecodingSource source(std::make_unique<FailingSource>("abc"), Encoding::kDetect);
  EXPECT_EQ(read_all(source, 100).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace passerelle::formats
