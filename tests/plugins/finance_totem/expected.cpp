#include "tests/plugins/finance_totem/expected.h"

#include <gtest/gtest.h>

#include "core/base/decimal.h"
#include "core/formats/byte_source.h"

namespace passerelle::finance_totem::testing {

formats::Json expected_values(const std::string& data) {
  auto source = formats::open_file(data + "/expected.json");
  EXPECT_TRUE(source.ok());
  const auto text = formats::read_all(**source, 1 << 24);
  const auto json = formats::parse_json(*text);
  EXPECT_TRUE(json.ok()) << json.status().ToString();
  return *json;
}

std::int64_t scaled(const formats::Json& value, int scale) {
  const auto parsed = base::parse_scaled(value.text, scale);
  EXPECT_TRUE(parsed.ok()) << value.text;
  return parsed.ok() ? *parsed : 0;
}

}  // namespace passerelle::finance_totem::testing
