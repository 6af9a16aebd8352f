#include "core/base/text.h"

#include <gtest/gtest.h>

namespace passerelle::base {
namespace {

TEST(Text, LabelsThatDifferByCaseAccentsAndSpacesFoldToTheSame) {
  EXPECT_EQ(folded("Sécurité Publique"), folded("securite\u00A0 publique "));
  EXPECT_EQ(folded("Petite Enfance"), "petite enfance");
  EXPECT_NE(folded("Sports"), folded("Sport"));
}

TEST(Text, TrimmingRemovesNoBreakSpacesToo) {
  EXPECT_EQ(trimmed("\u00A0 12\u202F"), "12");
  EXPECT_EQ(trimmed("  "), "");
  EXPECT_EQ(trimmed("à"), "à");
}

TEST(Text, BadUtf8IsSeen) {
  EXPECT_TRUE(is_valid_utf8("élève €"));
  EXPECT_FALSE(is_valid_utf8("\xE9l\xE8ve"));
  EXPECT_FALSE(is_valid_utf8("\xC0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));
  EXPECT_EQ(utf8_from_windows1252("\xE9t\xE9 \x80"), "été €");
}

TEST(Text, PercentEncodingIsReversible) {
  const std::string text = "Petite Enfance|à=1%";
  EXPECT_EQ(*percent_decoded(percent_encoded(text)), text);
  EXPECT_FALSE(percent_decoded("%4").ok());
}

TEST(Text, AMisspeltWordFindsItsNeighbour) {
  EXPECT_EQ(nearest_of("indicater", {"processes", "indicators"}), "indicators");
  EXPECT_EQ(nearest_of("zzz", {"processes", "indicators"}), "");
}

TEST(Text, ASiretIsCheckedByItsLuhnSum) {
  EXPECT_TRUE(siret_checks("21930048000015"));
  EXPECT_FALSE(siret_checks("12345678912345"));
}

TEST(Text, AMaskedValueShowsItsLengthOnly) {
  EXPECT_EQ(masked("1850578006048"), "[masked, 13 characters]");
}

TEST(Text, WidthCountsCharactersNotBytes) { EXPECT_EQ(display_width("Éducation"), 9U); }

}  // namespace
}  // namespace passerelle::base
