#include "plugins/hr_dsn/rubrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/text.h"

namespace passerelle::hr_dsn {
namespace {

struct Read {
  RubricCode code;
  std::string value;
  std::uint64_t line;
  bool operator==(const Read&) const = default;
};

std::vector<Read> read(const std::string& text) {
  const auto source = formats::source_of_bytes(text);
  RubricReader reader(*source);
  std::vector<Read> out;
  Rubric rubric;
  for (auto more = reader.next(&rubric); more.ok() && *more; more = reader.next(&rubric)) {
    out.push_back({rubric.code, std::string(rubric.value), rubric.line});
  }
  return out;
}

TEST(Rubrics, AreReadWithApostrophesInTheValueAndBothLineEnds) {
  const auto rubrics = read(
      "S21.G00.40.006,'Chargé d'accueil de "
      "l''usager'\r\nS21.G00.40.009,'00001'\n\nS90.G00.90.002,'1'");
  EXPECT_EQ(rubrics, (std::vector<Read>{{rubric(21, 0, 40, 6), "Chargé d'accueil de l''usager", 1},
                                        {rubric(21, 0, 40, 9), "00001", 2},
                                        {rubric(90, 0, 90, 2), "1", 4}}));
}

TEST(Rubrics, AreDecodedFromTheFieldsEncoding) {
  EXPECT_EQ(read("S21.G00.40.006,'R\xE9"
                 "dacteur'\n")
                .front()
                .value,
            "Rédacteur");
}

TEST(Rubrics, HaveNoValueWhenTheyArePersonal) {
  for (const char* code :
       {"S21.G00.30.001", "S21.G00.30.002", "S21.G00.30.004", "S21.G00.30.006", "S21.G00.30.008",
        "S21.G00.30.020", "S21.G00.60.007", "S10.G00.02.002", "S20.G00.07.001"}) {
    const auto rubrics = read(std::string(code) + ",'SECRET'\n");
    ASSERT_EQ(rubrics.size(), 1u);
    EXPECT_NE(rubrics[0].code, 0u) << code;
    EXPECT_EQ(rubrics[0].value, "") << code;
  }
}

TEST(Rubrics, OfAnotherFormAreMalformed) {
  for (const char* line :
       {"S21.G00.40.009,00001", "S21.G00.40.9,'1'", "S21.G00.40.009,'1", "S21.G00.40.009", "x",
        "s21.G00.40.009,'1'", "S21.G00.40.009;'1'", "S21.G00.4a.009,'1'", "S21.G00.40.009,'"}) {
    const auto rubrics = read(std::string(line) + "\nS21.G00.40.009,'2'\n");
    ASSERT_EQ(rubrics.size(), 2u) << line;
    EXPECT_EQ(rubrics[0].code, 0u) << line;
    EXPECT_EQ(rubrics[1].value, "2") << line;
  }
}

TEST(Rubrics, OfEndlessLengthAreMalformedAndTakeNoMemory) {
  const auto rubrics =
      read("S21.G00.40.006,'" + std::string(1'000'000, 'x') + "'\nS21.G00.40.009,'2'\n");
  ASSERT_EQ(rubrics.size(), 2u);
  EXPECT_EQ(rubrics[0].code, 0u);
  EXPECT_EQ(rubrics[1], (Read{rubric(21, 0, 40, 9), "2", 2}));
  EXPECT_EQ(read("S21" + std::string(200'000, 'x')).size(), 1u);
}

TEST(Rubrics, AtAnyPlaceOfTheReadersChunksAreTheSame) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += "S21.G00.40.009,'" + std::string(i % 37, 'y') + std::to_string(i) + "'\n";
  }
  const auto rubrics = read(text);
  ASSERT_EQ(rubrics.size(), 20'000u);
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(rubrics[i].value, std::string(i % 37, 'y') + std::to_string(i));
  }
}

}  // namespace
}  // namespace passerelle::hr_dsn
