// Time along opening hours, against a walker that looks at the clock on the wall minute by minute.
#include "core/language/business_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/limits.h"
#include "core/language/model_names.h"
#include "tests/core/language/support.h"

namespace passerelle::language {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kMinuteOfTime = base::kMicrosPerMinute;

base::Instant instant_at(std::string_view text) { return *base::parse_instant(text); }
base::Days date_at(std::string_view text) { return *base::parse_date(text); }

// 08:30-12:00 and 13:30-17:00 from Monday to Friday: seven hours a day.
model::OpeningCalendar town_hall(base::HolidayList holidays = base::HolidayList::kFrance) {
  model::OpeningCalendar calendar;
  calendar.id = "mairie";
  for (std::size_t i = 0; i < 5; ++i) calendar.week[i] = {{510, 720}, {810, 1020}};
  calendar.holidays = holidays;
  return calendar;
}

model::OpeningCalendar always() {
  model::OpeningCalendar calendar;
  calendar.id = "continu";
  for (model::OpeningSpans& spans : calendar.week) spans = {{0, 1440}};
  return calendar;
}

BusinessCalendar calendar_built(const model::OpeningCalendar& calendar) {
  auto built = BusinessCalendar::build(calendar, "Europe/Paris");
  EXPECT_TRUE(built.ok());
  return *std::move(built);
}

std::int64_t open_minutes(const BusinessCalendar& calendar, std::string_view begin,
                          std::string_view end) {
  const auto open = calendar.between(instant_at(begin), instant_at(end));
  EXPECT_TRUE(open && *open % kMinuteOfTime == 0);
  return open.value_or(-1) / kMinuteOfTime;
}

TEST(BusinessTime, OverAWeekendOnlyTheOpenHoursCount) {  // E27
  const BusinessCalendar calendar = calendar_built(town_hall());
  EXPECT_EQ(open_minutes(calendar, "2026-03-13T16:30:00+01:00", "2026-03-16T09:15:00+01:00"), 75);
  EXPECT_EQ(open_minutes(calendar, "2026-03-02T08:30:00+01:00", "2026-03-06T14:00:00+01:00"),
            32 * 60);
}

TEST(BusinessTime, OnEasterMondayItIsClosed) {  // E27
  constexpr const char* kFriday = "2026-04-03T16:30:00+02:00";
  constexpr const char* kTuesday = "2026-04-07T09:15:00+02:00";
  EXPECT_EQ(open_minutes(calendar_built(town_hall()), kFriday, kTuesday), 75);
  EXPECT_EQ(open_minutes(calendar_built(town_hall(base::HolidayList::kNone)), kFriday, kTuesday),
            75 + 7 * 60);
  EXPECT_EQ(
      open_minutes(calendar_built(town_hall(base::HolidayList::kAlsaceMoselle)), kFriday, kTuesday),
      45);
}

TEST(BusinessTime, TheNightsOnWhichTheClocksChangeHaveTheirRealLength) {  // E27
  const BusinessCalendar calendar = calendar_built(always());
  EXPECT_EQ(open_minutes(calendar, "2026-03-28T22:00:00+01:00", "2026-03-29T10:00:00+02:00"),
            11 * 60);
  EXPECT_EQ(open_minutes(calendar, "2026-10-24T22:00:00+02:00", "2026-10-25T10:00:00+01:00"),
            13 * 60);
}

TEST(BusinessTime, AnHourThatTheClocksSkipIsNotThereAndOneThatTheyRepeatIsThereTwice) {
  model::OpeningCalendar night;
  for (model::OpeningSpans& spans : night.week) spans = {{120, 150}};  // 02:00 to 02:30
  const BusinessCalendar calendar = calendar_built(night);
  EXPECT_EQ(open_minutes(calendar, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), 0);
  EXPECT_EQ(open_minutes(calendar, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 60);
  EXPECT_EQ(open_minutes(calendar, "2026-10-25T12:00:00Z", "2026-10-26T12:00:00Z"), 30);
}

TEST(BusinessTime, BackwardsItIsBelowZero) {
  const BusinessCalendar calendar = calendar_built(town_hall());
  EXPECT_EQ(open_minutes(calendar, "2026-03-16T09:15:00+01:00", "2026-03-13T16:30:00+01:00"), -75);
  EXPECT_EQ(open_minutes(calendar, "2026-03-16T09:15:00+01:00", "2026-03-16T09:15:00+01:00"), 0);
}

TEST(BusinessTime, SecondsCountToo) {
  const BusinessCalendar calendar = calendar_built(town_hall());
  EXPECT_EQ(calendar.between(instant_at("2026-03-16T11:59:30.5+01:00"),
                             instant_at("2026-03-16T13:30:01+01:00")),
            30'500'000);
}

TEST(BusinessTime, ClosingsAndOpeningsOfItsOwnComeFirst) {
  model::OpeningCalendar calendar = town_hall();
  calendar.exceptions = {
      {date_at("2026-05-01"), date_at("2026-05-01"), {{600, 660}}, {"Muguet", "Lily"}, {}},
      {date_at("2026-05-15"), date_at("2026-05-16"), {}, {"Pont", "Bridge"}, {}},
      {date_at("2026-05-17"), date_at("2026-05-17"), {{540, 720}}, {"Fête", "Fair"}, {}}};
  const BusinessCalendar built_one = calendar_built(calendar);
  EXPECT_EQ(open_minutes(built_one, "2026-05-01T00:00:00+02:00", "2026-05-02T00:00:00+02:00"), 60);
  EXPECT_EQ(open_minutes(built_one, "2026-05-15T00:00:00+02:00", "2026-05-17T00:00:00+02:00"), 0);
  EXPECT_EQ(open_minutes(built_one, "2026-05-17T00:00:00+02:00", "2026-05-18T00:00:00+02:00"), 180);
}

TEST(BusinessTime, OutsideItsYearsThereIsNoAnswer) {
  const BusinessCalendar calendar = calendar_built(town_hall());
  EXPECT_FALSE(
      calendar.between(instant_at("1989-12-31T12:00:00Z"), instant_at("2026-01-01T00:00:00Z")));
  EXPECT_FALSE(
      calendar.between(instant_at("2026-01-01T00:00:00Z"), instant_at("2101-01-01T00:00:00Z")));
  EXPECT_TRUE(
      calendar.between(instant_at("1990-01-01T00:00:00Z"), instant_at("2100-12-31T23:59:59Z")));
}

TEST(BusinessTime, AnUnknownTimeZoneIsRefused) {
  model::OpeningCalendar calendar = town_hall();
  calendar.time_zone = "Europe/Pari";
  EXPECT_EQ(BusinessCalendar::build(calendar, "Europe/Paris").status().code(),
            absl::StatusCode::kNotFound);
}

// Minute by minute, by the clock on the wall.
class Walker {
 public:
  Walker(const model::OpeningCalendar& calendar, const std::string& zone) : calendar_(calendar) {
    EXPECT_TRUE(absl::LoadTimeZone(zone, &zone_));
  }
  bool is_open(base::Instant instant) const {
    const absl::CivilMinute wall = absl::ToCivilMinute(absl::FromUnixMicros(instant), zone_);
    const base::Days day =
        base::days_from_civil({static_cast<int>(wall.year()), wall.month(), wall.day()});
    const int minute = wall.hour() * 60 + wall.minute();
    for (const model::OpeningSpan& span : hours(day, absl::CivilDay(wall))) {
      if (minute >= span.begin && minute < span.end) return true;
    }
    return false;
  }

 private:
  model::OpeningSpans hours(base::Days day, absl::CivilDay civil) const {
    for (const model::ExceptionalDays& days : calendar_.exceptions) {
      if (days.first <= day && day <= days.last) return days.hours;
    }
    for (const base::Days holiday :
         base::holidays(calendar_.holidays, static_cast<int>(civil.year()))) {
      if (holiday == day) return {};
    }
    return calendar_.week[static_cast<std::size_t>(absl::GetWeekday(civil))];
  }

  const model::OpeningCalendar& calendar_;
  absl::TimeZone zone_;
};

class RandomCalendars {
 public:
  explicit RandomCalendars(std::uint32_t seed) : random_(seed) {}

  int between(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }

  model::OpeningSpans spans() {
    model::OpeningSpans out;
    for (int begin = between(0, 600), n = between(0, 3); n > 0 && begin < 1440; --n) {
      const int end = between(0, 9) == 0 ? 1440 : std::min(1440, begin + between(1, 500));
      out.push_back({static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(end)});
      begin = end + between(0, 200);
    }
    return out;
  }

  model::OpeningCalendar calendar(base::Days around) {
    model::OpeningCalendar out;
    for (model::OpeningSpans& day : out.week) day = spans();
    out.holidays = static_cast<base::HolidayList>(between(0, 2));
    for (base::Days day = around - 12; day < around + 12; day += between(1, 9)) {
      const base::Days last = day + between(0, 2);
      out.exceptions.push_back({day, last, spans(), {}, {}});
      day = last + 1;
    }
    return out;
  }

 private:
  std::mt19937 random_;
};

TEST(BusinessTime, AgreesWithAWalkAlongTheClockOnTheWall) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomCalendars random(seed);
  // St. John's changed at one minute past midnight, São Paulo at midnight, Lord Howe by half an
  // hour, Casablanca in Ramadan.
  const std::vector<std::string> zones = {"Europe/Paris",
                                          "America/St_Johns",
                                          "America/Sao_Paulo",
                                          "Australia/Lord_Howe",
                                          "Africa/Casablanca",
                                          "Indian/Reunion",
                                          "America/Argentina/Buenos_Aires"};
  const std::vector<std::string> nights = {"2026-03-29", "2026-10-25", "2009-03-08", "2009-11-01",
                                           "2016-10-16", "2017-02-18", "2026-04-05", "2026-10-04",
                                           "2026-02-15", "2026-03-22", "2024-12-31", "1990-01-20"};
  for (const std::string& zone : zones) {
    for (const std::string& night : nights) {
      const base::Days middle = date_at(night);
      model::OpeningCalendar calendar = random.calendar(middle);
      calendar.time_zone = zone;
      const BusinessCalendar fast = calendar_built(calendar);
      const Walker walker(calendar, zone);
      const base::Instant start = (middle - 8) * base::kMicrosPerDay;
      std::vector<std::int64_t> open_before = {0};
      for (int minute = 0; minute < 16 * 1440; ++minute) {
        open_before.push_back(open_before.back() +
                              (walker.is_open(start + minute * kMinuteOfTime) ? 1 : 0));
      }
      for (int i = 0; i < 400; ++i) {
        const int a = random.between(0, 16 * 1440);
        const int b = random.between(0, 16 * 1440);
        const auto open = fast.between(start + a * kMinuteOfTime, start + b * kMinuteOfTime);
        ASSERT_EQ(open, (open_before[static_cast<std::size_t>(b)] -
                         open_before[static_cast<std::size_t>(a)]) *
                            kMinuteOfTime)
            << zone << " " << base::format_instant(start + a * kMinuteOfTime) << " to "
            << base::format_instant(start + b * kMinuteOfTime);
      }
    }
  }
}

Schema schema_with_calendars() {
  auto names = std::make_shared<ModelNames>();
  names->calendars.emplace("mairie",
                           std::make_shared<const BusinessCalendar>(calendar_built(town_hall())));
  names->calendars.emplace("continu",
                           std::make_shared<const BusinessCalendar>(calendar_built(always())));
  Schema schema = sample_schema();
  schema.set_names(std::move(names));
  return schema;
}

std::string evaluated_with_calendars(std::string_view text, const std::vector<Value>& record = {}) {
  const Compiled compiled = compile(text, schema_with_calendars());
  if (!compiled.program) return "problems: " + to_string(compiled.problems);
  Frame frame;
  frame.bind(record);
  const Value value = compiled.program->eval(frame);
  return value.is_error() ? "error: " + compiled.program->describe(value) : to_string(value);
}

TEST(BusinessMinutes, IsADurationOfTwoMomentsOrTwoDays) {
  std::vector<Value> record = empty_record();
  field_of(&record, "opened") = Value::timestamp(instant_at("2026-03-13T16:30:00+01:00"));
  field_of(&record, "solved") = Value::timestamp(instant_at("2026-03-16T09:15:00+01:00"));
  field_of(&record, "day") = Value::date(date_at("2026-03-16"));
  EXPECT_EQ(evaluated_with_calendars("minutes(business_minutes(opened, solved, 'mairie'))", record),
            "75");
  EXPECT_EQ(evaluated_with_calendars("minutes(solved - opened)", record), "3885");
  EXPECT_EQ(evaluated_with_calendars("business_minutes(opened, solved, 'mairie') <= 2h", record),
            "true");
  EXPECT_EQ(evaluated_with_calendars("business_minutes(day, day + 7d, 'mairie') / 7h", record),
            "5");
}

TEST(BusinessMinutes, OfAnAbsentMomentHasNoValue) {
  std::vector<Value> record = empty_record();
  field_of(&record, "opened") = Value::timestamp(instant_at("2026-03-13T16:30:00+01:00"));
  EXPECT_EQ(evaluated_with_calendars("business_minutes(opened, solved, 'mairie')", record),
            "error: no value in field 'solved'");
}

TEST(BusinessMinutes, OutsideTheYearsIsAnErrorThatSaysSo) {
  std::vector<Value> record = empty_record();
  field_of(&record, "opened") = Value::timestamp(instant_at("1970-01-01T00:00:00Z"));
  field_of(&record, "solved") = Value::timestamp(instant_at("2026-03-16T09:15:00+01:00"));
  EXPECT_THAT(evaluated_with_calendars("business_minutes(opened, solved, 'mairie')", record),
              HasSubstr("outside its range"));
}

TEST(BusinessMinutes, NamesACalendarThatThereIs) {
  const auto problems = [](std::string_view text) {
    return compile(text, schema_with_calendars()).problems;
  };
  EXPECT_THAT(places(problems("business_minutes(opened, solved, 'marie')")),
              ElementsAre("1:34 unknown name"));
  EXPECT_THAT(to_string(problems("business_minutes(opened, solved, 'marie')")),
              HasSubstr("did you mean 'mairie'?"));
  EXPECT_THAT(to_string(problems("business_minutes(opened, solved, 'zzzzzz')")),
              HasSubstr("the calendars are continu, mairie"));
  EXPECT_THAT(to_string(problems("business_minutes(opened, solved, state)")),
              HasSubstr("the calendar must be a constant text"));
  EXPECT_THAT(places(problems("business_minutes(opened, day, 'mairie')")), ElementsAre("1:1 type"));
  EXPECT_THAT(
      to_string(compile("business_minutes(opened, solved, 'mairie')", sample_schema()).problems),
      HasSubstr("section 'calendars' of the model"));
}

}  // namespace
}  // namespace passerelle::language
