// Opening hours in the model folder: what is read, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/steering/check.h"
#include "core/steering/folder.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kCalendars = R"y(calendars:
  mairie:
    label: {fr: Accueil, en: Desk}
    hours: {mon-thu: ["13:30-17:00", "08:30-12:00"], fri: ["8:30-12:00"], sun: []}
    holidays: alsace_moselle
    time_zone: Indian/Reunion
    closed:
      - {from: 2026-12-24, to: 2026-12-31, label: {fr: Fêtes, en: Year end}}
      - {date: 2026-05-15, label: {fr: Pont, en: Bridge}}
    opened:
      - {date: 2026-12-05, hours: ["10:00-24:00"], label: {fr: Téléthon, en: Telethon}}
indicators:
  DELAI:
    label: {fr: Délai, en: Time}
    kind: quality
    from: ticket
    value: "median(business_minutes(opened, closed, 'mairie'))"
    grain: month
    unit: h
)y";

TEST(Calendars, AreReadWithTheirHoursHolidaysAndExceptions) {
  const Checked checked = check(sample_with("calendars.yaml", kCalendars));
  ASSERT_TRUE(checked.ok()) << lines_of(checked.findings);
  ASSERT_THAT(checked.model->calendars, SizeIs(1));
  const model::OpeningCalendar& calendar = checked.model->calendars[0];
  EXPECT_EQ(calendar.id, "mairie");
  EXPECT_EQ(calendar.label.en, "Desk");
  EXPECT_EQ(calendar.time_zone, "Indian/Reunion");
  EXPECT_EQ(calendar.holidays, base::HolidayList::kAlsaceMoselle);
  EXPECT_THAT(calendar.week[3],
              ElementsAre(model::OpeningSpan{510, 720}, model::OpeningSpan{810, 1020}));
  EXPECT_THAT(calendar.week[4], ElementsAre(model::OpeningSpan{510, 720}));
  EXPECT_THAT(calendar.week[6], SizeIs(0));
  ASSERT_THAT(calendar.exceptions, SizeIs(3));
  EXPECT_EQ(base::format_date(calendar.exceptions[0].first), "2026-05-15");
  EXPECT_EQ(calendar.exceptions[1].label.fr, "Téléthon");
  EXPECT_THAT(calendar.exceptions[1].hours, ElementsAre(model::OpeningSpan{600, 1440}));
  EXPECT_EQ(base::format_date(calendar.exceptions[2].last), "2026-12-31");
}

TEST(Calendars, ComeBackFromTheCanonicalText) {
  const auto files = sample_with("calendars.yaml", kCalendars);
  const auto again = files_of(canonical(files));
  ASSERT_TRUE(again.ok());
  const Checked before = check(files);
  const Checked after = check(*again);
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(before.model->calendars, after.model->calendars);
  EXPECT_EQ(before.model->hash, after.model->hash);
}

// The findings about a calendar `mairie` that says this beside its label.
std::string refused_calendar(const std::string& rest) {
  const Checked checked = check(
      sample_with("calendars.yaml", "calendars:\n  mairie: {label: {fr: A}, " + rest + "}\n"));
  EXPECT_FALSE(checked.ok()) << rest;
  return lines_of(checked.findings);
}

TEST(Calendars, RefuseHoursThatCannotBe) {
  EXPECT_THAT(refused_calendar("holidays: none"), HasSubstr("2:3: error PAS-M003"));
  EXPECT_THAT(refused_calendar("hours: {mo: [\"08:00-12:00\"]}"),
              HasSubstr("2:36: error PAS-M031"));
  EXPECT_THAT(refused_calendar("hours: {fri-mon: [\"08:00-12:00\"]}"),
              HasSubstr("no day of the week"));
  EXPECT_THAT(refused_calendar("hours: {mon: []}"), HasSubstr("is never open"));
  EXPECT_THAT(refused_calendar("hours: {mon-fri: [\"08:00-12:00\"], wed: [\"08:00-12:00\"]}"),
              HasSubstr("has wed twice"));
  EXPECT_THAT(refused_calendar("hours: {mon: [\"22:00-02:00\"]}"), HasSubstr("end it at 24:00"));
  EXPECT_THAT(refused_calendar("hours: {mon: [\"08:00-24:01\"]}"),
              HasSubstr("no span of opening hours"));
  EXPECT_THAT(refused_calendar("hours: {mon: [\"08:60-12:00\"]}"),
              HasSubstr("no span of opening hours"));
  EXPECT_THAT(refused_calendar("hours: {mon: [\"08:00\"]}"), HasSubstr("no span of opening hours"));
  EXPECT_THAT(refused_calendar("hours: {mon: [\"08:00-12:00\", \"11:59-13:00\"]}"),
              HasSubstr("overlaps another span"));
  EXPECT_THAT(refused_calendar("hours: [\"08:00-12:00\"]"), HasSubstr("no map of weekdays"));
}

constexpr const char* kHours = "hours: {mon: [\"08:00-12:00\"]}, ";

TEST(Calendars, RefuseDaysThatCannotBe) {
  const std::string hours = kHours;
  EXPECT_THAT(refused_calendar(hours + "holidays: germany"), HasSubstr("alsace_moselle"));
  EXPECT_THAT(refused_calendar(hours + "time_zone: Europe/Pari"), HasSubstr("PAS-M025"));
  EXPECT_THAT(refused_calendar(hours + "closed: [{label: {fr: x}}]"),
              HasSubstr("does not say which days"));
  EXPECT_THAT(refused_calendar(hours + "closed: [{from: 2026-01-01, label: {fr: x}}]"),
              HasSubstr("does not say which days"));
  EXPECT_THAT(refused_calendar(hours + "closed: [{date: 2026-02-30, label: {fr: x}}]"),
              HasSubstr("is no date"));
  EXPECT_THAT(refused_calendar(hours + "closed: [{date: 2026-02-20}]"),
              HasSubstr("has no 'label'"));
  EXPECT_THAT(refused_calendar(hours + "closed: [{date: 1989-12-31, label: {fr: x}}]"),
              HasSubstr("outside the years 1990 to 2100"));
  EXPECT_THAT(refused_calendar(hours + "opened: [{date: 2026-02-20, label: {fr: x}}]"),
              HasSubstr("has no 'hours'"));
  EXPECT_THAT(
      refused_calendar(hours + "closed: [{from: 2026-02-01, to: 2026-02-09, label: {fr: x}}], "
                               "opened: [{date: 2026-02-09, hours: [\"08:00-09:00\"], label: {fr: "
                               "x}}]"),
      HasSubstr("says twice what 2026-02-09 is like"));
}

TEST(Calendars, AreNamedByExpressionsWithTheirPlace) {
  const auto indicator = [](const std::string& value) {
    return "indicators:\n  X: {label: {fr: x}, kind: quality, from: ticket, grain: year, value: "
           "\"" +
           value + "\"}\n";
  };
  const Checked checked = check(sample_with(
      "second.yaml", indicator("median(business_minutes(opened, closed, 'marie'))") + kCalendars));
  EXPECT_FALSE(checked.ok());
  const Checked unknown = check(
      sample_with("second.yaml", indicator("sum(business_minutes(opened, closed, 'mairie'))")));
  EXPECT_THAT(lines_of(unknown.findings),
              HasSubstr("second.yaml:2:110: error PAS-M015: 'value' of indicator 'X': unknown "
                        "calendar 'mairie'; no calendar is known here"));
}

TEST(Clauses, AreNumbersThatHaveAnEffect) {
  const auto refusal = [](const std::string& rest) {
    const Checked checked = check(sample_with(
        "second.yaml",
        "indicators:\n  X: {label: {fr: x}, kind: quality, grain: year, " + rest + "}\n"));
    return lines_of(checked.findings);
  };
  EXPECT_EQ(
      refusal("from: ticket, value: sum(moves_out) / count(), when_empty: 0, when_zero_den: na"),
      "");
  EXPECT_EQ(refusal("from: ticket, where: made_sla, value: count(), when_empty: 0"), "");
  EXPECT_THAT(refusal("from: ticket, value: count(), when_empty: none"), HasSubstr("write na, 0"));
  EXPECT_THAT(refusal("from: ticket, value: count(), when_empty: 0"), HasSubstr("has no effect"));
  EXPECT_THAT(refusal("from: ticket, value: count(), when_zero_den: 0"),
              HasSubstr("divides nothing"));
  EXPECT_THAT(refusal("from: ticket, value: \"stock(opened, closed)\", when_empty: 0"),
              HasSubstr("nothing is open is 0"));
}

}  // namespace
}  // namespace passerelle::steering
