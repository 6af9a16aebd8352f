#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/base/limits.h"
#include "tests/core/language/support.h"

namespace passerelle::language {
namespace {

using testing::HasSubstr;

constexpr base::Instant kMoment = 1'234'567'890'000'000;  // 2009-02-13T23:31:30Z

std::vector<Value> sample_record() {
  std::vector<Value> record = empty_record();
  field_of(&record, "state") = Value::string("open");
  field_of(&record, "amount") = Value::decimal(123'456, 2);
  field_of(&record, "open") = Value::decimal(200'000, 2);
  field_of(&record, "fte") = Value::decimal(8'000, 4);
  field_of(&record, "lines") = Value::integer(3);
  field_of(&record, "opened") = Value::timestamp(kMoment);
  field_of(&record, "day") = Value::date(20'000);
  field_of(&record, "waited") = Value::duration(90 * base::kMicrosPerMinute);
  field_of(&record, "urgent") = Value::boolean(true);
  return record;
}

TEST(Evaluate, ComparesFieldsWithConstants) {
  const auto record = sample_record();
  EXPECT_EQ(evaluated("state == 'open' && amount >= 1234.56 && lines != 4", record), "true");
  EXPECT_EQ(evaluated("amount > 1234.560001", record), "false");
  EXPECT_EQ(evaluated("state in ['open', 'new'] || lines in [1]", record), "true");
  EXPECT_EQ(evaluated("state in ['a','b','c','d','e','f','g','h','open']", record), "true");
  EXPECT_EQ(evaluated("state in ['a','b','c','d','e','f','g','h','i']", record), "false");
  EXPECT_EQ(evaluated("day >= date('2024-10-04') && waited < 2h", record), "true");
}

TEST(Evaluate, ComputesExactly) {
  const auto record = sample_record();
  EXPECT_EQ(evaluated("amount / 7 * 7 == amount", record), "true");
  EXPECT_EQ(evaluated("1 / 3", record), "1/3");
  EXPECT_EQ(evaluated("7 / 2"), "3.5");
  EXPECT_EQ(evaluated("1 / 3 + 1 / 6 == 0.5"), "true");
  EXPECT_EQ(evaluated("amount * 1.15", record), "1419.7440");
  EXPECT_EQ(evaluated("-7 % 3"), "-1");
  EXPECT_EQ(evaluated("9000000000000000.00 * 9000000000000000.00 / 9000000000000000.00"),
            "9000000000000000");
  EXPECT_EQ(evaluated("fte * 1607h * 0.85 / 4", record), "983484.000000s");
  EXPECT_EQ(evaluated("waited / 1h", record), "1.5");
  EXPECT_EQ(evaluated("hours(waited) + minutes(waited) / 1.0", record).substr(0, 8), "problems");
  EXPECT_EQ(evaluated("1s / 3 * 3", record), "0.999999s");
}

TEST(Evaluate, TakesRationalsAsFields) {
  std::vector<Value> record = empty_record();
  const base::Rational third(1, 3);
  field_of(&record, "value") = Value::rational(&third);
  EXPECT_EQ(evaluated("value <= 1.15 * 0.3", record), "true");
  EXPECT_EQ(evaluated("value * 3", record), "1");
}

TEST(Evaluate, CountsOverflowAndDivisionByZeroAsErrors) {
  EXPECT_THAT(evaluated("9223372036854775807 + 1"), HasSubstr("outside its range"));
  EXPECT_THAT(evaluated("-9223372036854775808 - 1"), HasSubstr("outside its range"));
  EXPECT_THAT(evaluated("4611686018427387904 * 2"), HasSubstr("outside its range"));
  EXPECT_THAT(evaluated("-(-9223372036854775808)"), HasSubstr("outside its range"));
  EXPECT_EQ(evaluated("9223372036854775807 + 1.0"), "9223372036854775808");
  EXPECT_EQ(evaluated("-9223372036854775808 % -1"), "0");
  EXPECT_EQ(evaluated("1 / 0"), "error: division by zero");
  EXPECT_EQ(evaluated("1 % 0"), "error: division by zero");
  EXPECT_EQ(evaluated("1 / (lines - 3)", sample_record()), "error: division by zero");
}

TEST(Evaluate, NamesTheFieldThatHasNoValue) {
  EXPECT_EQ(evaluated("solved > opened", sample_record()), "error: no value in field 'solved'");
  EXPECT_EQ(evaluated("has(solved)", sample_record()), "false");
  EXPECT_EQ(evaluated("has(opened) && has(budget.chapter) == false", sample_record()), "true");
}

TEST(Evaluate, LetsAnErrorGiveWayToAnOperandThatDecides) {
  const auto record = sample_record();
  EXPECT_EQ(evaluated("solved > opened || urgent", record), "true");
  EXPECT_EQ(evaluated("urgent || solved > opened", record), "true");
  EXPECT_EQ(evaluated("solved > opened && !urgent", record), "false");
  EXPECT_EQ(evaluated("solved > opened && urgent", record), "error: no value in field 'solved'");
  EXPECT_EQ(evaluated("has(solved) ? minutes(solved - opened) : 0", record), "0");
  EXPECT_EQ(evaluated("solved > opened ? 1 : 2", record), "error: no value in field 'solved'");
  EXPECT_EQ(evaluated("!(solved > opened)", record), "error: no value in field 'solved'");
}

TEST(Evaluate, AbsorbsErrorsInLoopsAsInLogic) {
  EXPECT_EQ(evaluated("[0, 1, 2].exists(x, 2 / x == 1)"), "true");
  EXPECT_EQ(evaluated("[0, 1, 2].all(x, 2 / x > 1)"), "false");
  EXPECT_EQ(evaluated("[0, 2].all(x, 2 / x == 1)"), "error: division by zero");
  EXPECT_EQ(evaluated("[0, 1].exists_one(x, 2 / x == 2)"), "error: division by zero");
  EXPECT_EQ(evaluated("[1, 2, 3].exists_one(x, x > 2)"), "true");
  EXPECT_EQ(evaluated("[1, 2, 3].filter(x, x > 1).map(y, y * 2)"), "[4, 6]");
  EXPECT_EQ(evaluated("[1, 2, 3].map(x, x > 1, x * 10)"), "[20, 30]");
  EXPECT_EQ(evaluated("{'a': 1, 'b': 2}.all(k, k in ['a', 'b'])"), "true");
  EXPECT_EQ(evaluated("[[1, 2], [3]].exists(x, x.exists(y, y == 3))"), "true");
}

TEST(Evaluate, LooksIntoListsOfARecord) {
  std::vector<Value> record = empty_record();
  const List tags = {Value::string("rh"), Value::string("paie")};
  field_of(&record, "tags") = Value::list(&tags);
  EXPECT_EQ(evaluated("tags.exists(t, t.startsWith('pa')) && 'rh' in tags", record), "true");
  EXPECT_EQ(evaluated("size(tags) + tags.size()", record), "4");
}

TEST(Evaluate, HasTheFunctionsOfTexts) {
  EXPECT_EQ(evaluated("'Été'.lowerAscii() + ' ' + 'abc'.upperAscii() + ' x '.trim()"),
            "'Été ABCx'");
  EXPECT_EQ(evaluated("'élève'.substring(1, 3)"), "'lè'");
  EXPECT_EQ(evaluated("'élève'.substring(5)"), "''");
  EXPECT_THAT(evaluated("'élève'.substring(6)"), HasSubstr("outside"));
  EXPECT_EQ(evaluated("'64111'.startsWith('64') && '64111'.matches('^64[0-9]{3}$')"), "true");
  EXPECT_EQ(evaluated("int('42') + int(3.9) + int(-3.9) + int(timestamp('1970-01-01T00:00:01Z'))"),
            "43");
  EXPECT_EQ(evaluated("decimal('1.50') + 1"), "2.5");
  EXPECT_EQ(evaluated("string(1.50) + string(2) + string(true) + string(90min)"),
            "'1.502true5400s'");
}

TEST(Evaluate, ReadsTheCalendarInAZone) {
  const auto record = sample_record();
  EXPECT_EQ(evaluated("opened.getHours()", record), "23");
  EXPECT_EQ(evaluated("opened.getHours('Europe/Paris')", record), "0");
  EXPECT_EQ(evaluated("opened.getDate('Europe/Paris') - opened.getDate()", record), "1");
  EXPECT_EQ(evaluated("date(opened, 'Europe/Paris')", record), "2009-02-14");
  EXPECT_EQ(evaluated("day - date('2024-10-03') == 1d && day + 7d == date('2024-10-11')", record),
            "true");
  EXPECT_EQ(evaluated("day.getFullYear() * 100 + day.getMonth() + 1", record), "202410");
  EXPECT_THAT(evaluated("day + 1h", record), HasSubstr("outside its range"));
  EXPECT_THAT(evaluated("opened + 200d * 400", record), HasSubstr("2228"));
}

TEST(Evaluate, ChecksDynValuesWhenItMeetsThem) {
  EXPECT_EQ(evaluated("dyn(1) == 'a'"), "false");
  EXPECT_THAT(evaluated("dyn(1) < dyn('a')"), HasSubstr("wrong types"));
  EXPECT_THAT(evaluated("dyn(1) && true"), HasSubstr("wrong types"));
  EXPECT_EQ(evaluated("{1: 'a'}[dyn(1.0)]"), "'a'");
}

TEST(Evaluate, StopsAtItsBudget) {
  std::string list = "[0";
  for (int i = 1; i < 100; ++i) list += "," + std::to_string(i);
  list += "]";
  const std::string loops = list + ".all(a, " + list + ".all(b, " + list + ".all(c, a < 200)))";
  EXPECT_THAT(evaluated(loops), HasSubstr("too many"));
  std::string doubled = "['aaaaaaaaaaaaaaaa']";
  for (int i = 0; i < 20; ++i) doubled += ".map(x, x + x)";
  EXPECT_THAT(evaluated(doubled), HasSubstr("too many"));
  std::string squared = "[1.000000001]";
  for (int i = 0; i < 20; ++i) squared += ".map(x, x * x)";
  EXPECT_THAT(evaluated(squared), HasSubstr("outside its range"));
}

TEST(Evaluate, ReusesAFrameForEveryRecord) {
  const Schema schema = sample_schema();
  const Compiled compiled = compile("state + '!'", schema);
  ASSERT_TRUE(compiled.program);
  Frame frame;
  std::vector<Value> record = empty_record();
  for (const char* text : {"a", "b"}) {
    field_of(&record, "state") = Value::string(text);
    frame.bind(record);
    EXPECT_EQ(compiled.program->eval(frame).text(), std::string(text) + "!");
  }
}

TEST(Evaluate, SharesAProgramBetweenThreads) {
  const Compiled compiled = compile("state.matches('^o') && amount / 3 < open", sample_schema());
  ASSERT_TRUE(compiled.program);
  const auto record = sample_record();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, program = *compiled.program] {
      Frame frame;
      for (int turn = 0; turn < 200; ++turn) {
        frame.bind(record);
        EXPECT_TRUE(program.eval(frame).is_true());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Value, ScalesExactlyOrNotAtAll) {
  EXPECT_EQ(to_scaled(Value::decimal(150, 2), 4), 15'000);
  EXPECT_EQ(to_scaled(Value::decimal(150, 2), 1), 15);
  EXPECT_EQ(to_scaled(Value::decimal(155, 2), 1), std::nullopt);
  EXPECT_EQ(to_scaled(Value::integer(INT64_MAX), 1), std::nullopt);
  const base::Rational third(1, 3);
  EXPECT_EQ(to_scaled(Value::rational(&third), 18), std::nullopt);
  EXPECT_EQ(to_scaled(Value::duration(7), 0), 7);
  EXPECT_EQ(to_scaled(Value::string("1"), 0), std::nullopt);
}

TEST(Value, OrdersDecimalsOfAnyScale) {
  EXPECT_EQ(compare(Value::decimal(INT64_MAX, 0), Value::decimal(INT64_MAX, 18)), 1);
  EXPECT_EQ(compare(Value::decimal(-5, 1), Value::decimal(-50, 2)), 0);
  EXPECT_TRUE(equal(Value::integer(2), Value::decimal(200, 2)));
  EXPECT_FALSE(equal(Value::integer(2), Value::string("2")));
  EXPECT_EQ(compare(Value::null(), Value::null()), std::nullopt);
}

}  // namespace
}  // namespace passerelle::language
