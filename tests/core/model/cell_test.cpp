#include "core/model/cell.h"

#include <gtest/gtest.h>

namespace passerelle::model {
namespace {

TEST(Cell, TheKeyTextSortsDimensionsAndEncodesValues) {
  EXPECT_EQ(cell_key_text("DEPENSES", {"policy", "nature"}, {"Petite Enfance", "6411"},
                          *base::Period::parse("2018")),
            "DEPENSES|nature=6411|period=2018|policy=Petite%20Enfance");
}

TEST(Cell, TheHashTellsValuesScalesAndReasonsApart) {
  CellValue value;
  value.absent = false;
  value.scaled = 10;
  value.scale = 1;
  const std::uint64_t hash = cell_hash("A|period=2018", value);
  value.scale = 2;
  EXPECT_NE(cell_hash("A|period=2018", value), hash);
  value.scale = 1;
  EXPECT_EQ(cell_hash("A|period=2018", value), hash);
  value.na = NaReason::kNoData;
  EXPECT_NE(cell_hash("A|period=2018", value), hash);
  value.na = NaReason::kNone;
  value.scaled = -10;
  EXPECT_NE(cell_hash("A|period=2018", value), hash);
}

}  // namespace
}  // namespace passerelle::model
