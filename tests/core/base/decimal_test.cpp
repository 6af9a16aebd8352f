#include "core/base/decimal.h"

#include <gtest/gtest.h>

#include <limits>

namespace passerelle::base {
namespace {

TEST(Decimal, AmountsAreReadExactlyToTheCent) {
  EXPECT_EQ(*parse_scaled("4554171.67", 2), 455417167);
  EXPECT_EQ(*parse_scaled("-0.5", 2), -50);
  EXPECT_EQ(*parse_scaled("12", 4), 120000);
  EXPECT_EQ(*parse_scaled("1.500", 2), 150);
}

TEST(Decimal, MoreDecimalsThanTheScaleAreRefusedRatherThanRounded) {
  EXPECT_FALSE(parse_scaled("0.005", 2).ok());
  EXPECT_FALSE(parse_scaled("1e3", 2).ok());
  EXPECT_FALSE(parse_scaled("", 2).ok());
  EXPECT_FALSE(parse_scaled("-", 2).ok());
  EXPECT_FALSE(parse_scaled("1.2.3", 2).ok());
}

TEST(Decimal, TheWholeRangeOf64BitsIsReadAndNotMore) {
  EXPECT_EQ(*parse_scaled("-92233720368547758.08", 2), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*parse_scaled("92233720368547758.07", 2), std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(parse_scaled("92233720368547758.08", 2).ok());
}

TEST(Decimal, FormattingIsTheInverseOfParsing) {
  for (const std::int64_t value : {0LL, 1LL, -1LL, 99LL, -100LL, 123456789LL}) {
    EXPECT_EQ(*parse_scaled(format_scaled(value, 2), 2), value);
  }
  EXPECT_EQ(format_scaled(std::int64_t{-5}, 2), "-0.05");
  EXPECT_EQ(format_scaled(std::numeric_limits<std::int64_t>::min(), 0), "-9223372036854775808");
}

TEST(Decimal, HalvesAreRoundedToTheEvenNeighbour) {
  EXPECT_EQ(round_to_scaled(Rational(5, 2), 0), 2);
  EXPECT_EQ(round_to_scaled(Rational(7, 2), 0), 4);
  EXPECT_EQ(round_to_scaled(Rational(-5, 2), 0), -2);
  EXPECT_EQ(round_to_scaled(Rational(5, 2), 0, Rounding::kHalfAway), 3);
  EXPECT_EQ(round_to_scaled(Rational(-5, 2), 0, Rounding::kHalfAway), -3);
  EXPECT_EQ(round_to_scaled(Rational(12, 5), 0, Rounding::kHalfAway), 2);
  EXPECT_EQ(round_to_scaled(Rational(2, 3), 2), 67);
  EXPECT_EQ(round_to_scaled(Rational(BigInt("99999999999999999999"), 1), 0), std::nullopt);
}

TEST(Decimal, SumsOf128BitsBecomeExactRationals) {
  const Int128 value = static_cast<Int128>(1) << 100;
  EXPECT_EQ(to_rational(-value, 2), Rational(-(BigInt(1) << 100), 100));
}

}  // namespace
}  // namespace passerelle::base
