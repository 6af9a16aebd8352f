// calendars: opening hours, holidays, and days that are not like others.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/language/model_names.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

using formats::Yaml;

constexpr int kMinutesPerDay = 24 * 60;
constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

// "08:30" or "8:30" to "24:00".
std::optional<int> minute_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon > 2 || text.size() != colon + 3) return std::nullopt;
  int hour = 0;
  int minute = 0;
  const auto read = [](std::string_view digits, int* number) {
    const auto [end, failure] = std::from_chars(digits.begin(), digits.end(), *number);
    return failure == std::errc() && end == digits.end() && digits.front() != '-';
  };
  if (!read(text.substr(0, colon), &hour) || !read(text.substr(colon + 1), &minute)) {
    return std::nullopt;
  }
  const int whole = hour * 60 + minute;
  if (minute > 59 || whole > kMinutesPerDay) return std::nullopt;
  return whole;
}

class CalendarReader {
 public:
  CalendarReader(NodeReader* reader, model::OpeningCalendar* calendar, Findings* findings)
      : reader_(*reader), calendar_(*calendar), findings_(*findings) {}

  void run() {
    calendar_.label = reader_.label("label", Need::kRequired);
    const Placed zone = reader_.placed("time_zone");
    calendar_.time_zone = zone.text;
    if (!zone.empty() && !base::Zone::load(zone.text).ok()) {
      reader_.error(zone.at, code::kZone, "the time zone " + in_quotes(zone.text) + " is unknown",
                    "use a name of the IANA database, as in Europe/Paris or Indian/Reunion");
    }
    const std::string holidays = reader_.choice("holidays", {"none", "france", "alsace_moselle"});
    calendar_.holidays = holidays == "france"           ? base::HolidayList::kFrance
                         : holidays == "alsace_moselle" ? base::HolidayList::kAlsaceMoselle
                                                        : base::HolidayList::kNone;
    read_week();
    read_exceptions("closed");
    read_exceptions("opened");
    settle_exceptions();
  }

 private:
  void refuse(const model::Place& at, std::string_view code, std::string reason,
              std::string remedy) {
    reader_.error(at, code, std::move(reason), std::move(remedy));
  }

  // "mon", "mon-fri": first and last weekday; none, reported, for anything else.
  std::optional<std::pair<std::size_t, std::size_t>> weekdays(const std::string& key,
                                                              const model::Place& at) {
    const auto number_of = [](std::string_view day) {
      return static_cast<std::size_t>(std::find(kWeekdays.begin(), kWeekdays.end(), day) -
                                      kWeekdays.begin());
    };
    const std::size_t dash = key.find('-');
    const std::size_t first = number_of(key.substr(0, dash));
    const std::size_t last = dash == std::string::npos ? first : number_of(key.substr(dash + 1));
    if (first < kWeekdays.size() && last < kWeekdays.size() && first <= last) {
      return std::pair(first, last);
    }
    refuse(at, code::kCalendar,
           in_quotes(key) + " in 'hours' of " + reader_.what() + " is no day of the week",
           "write mon, tue, wed, thu, fri, sat or sun, or days in a row as in mon-fri");
    return std::nullopt;
  }

  void read_week() {
    const Yaml* hours = reader_.find("hours", Need::kRequired);
    if (hours == nullptr) return;
    if (!hours->is_map()) {
      refuse(reader_.place_of(*hours), code::kShape,
             "'hours' of " + reader_.what() + " is no map of weekdays",
             "write {mon-fri: [\"08:30-12:00\", \"13:30-17:00\"], sat: [\"09:00-12:00\"]}");
      return;
    }
    std::array<bool, 7> known{};
    bool is_never_open = true;
    NodeReader week(reader_.node(*hours), "'hours' of " + reader_.what(), reader_.place_of(*hours),
                    &findings_);
    for (const formats::YamlPair& pair : hours->pairs) {
      const Node node = reader_.node(pair.value);
      const model::Place at{*node.file, pair.key_mark.line, pair.key_mark.column};
      const auto days = weekdays(pair.key, at);
      const std::vector<Placed> texts = week.texts(pair.key);
      is_never_open = is_never_open && texts.empty();
      const model::OpeningSpans spans = read_spans(texts);
      if (!days) continue;
      for (std::size_t day = days->first; day <= days->second; ++day) {
        if (std::exchange(known[day], true)) {
          refuse(at, code::kDuplicate,
                 "'hours' of " + reader_.what() + " has " + std::string(kWeekdays[day]) + " twice",
                 "name every day once");
          break;
        }
        calendar_.week[day] = spans;
      }
    }
    if (!is_never_open) return;
    refuse(reader_.place_of(*hours), code::kCalendar, reader_.what() + " is never open",
           "give at least one day its hours, as in mon: [\"08:30-12:00\"]");
  }

  model::OpeningSpans read_spans(const std::vector<Placed>& texts) {
    model::OpeningSpans spans;
    if (texts.size() > base::kCalendarSpansMax) {
      refuse(texts.back().at, code::kTooMany,
             reader_.what() + " opens more than " + std::to_string(base::kCalendarSpansMax) +
                 " times a day",
             "join spans that touch");
      return {};
    }
    for (const Placed& text : texts) {
      const std::size_t dash = text.text.find('-');
      const std::string_view whole = text.text;
      const auto begin = minute_of(base::trimmed(whole.substr(0, dash)));
      const auto end = dash == std::string::npos ? std::nullopt
                                                 : minute_of(base::trimmed(whole.substr(dash + 1)));
      if (!begin || !end || *begin >= *end) {
        const bool over_midnight = begin && end && *begin > *end;
        refuse(text.at, code::kFormat,
               in_quotes(text.text) + " of " + reader_.what() +
                   (over_midnight ? " ends before it begins" : " is no span of opening hours"),
               over_midnight ? "end it at 24:00, and go on at 00:00 of the next day"
                             : "write \"08:30-12:00\"; the end of a day is 24:00");
        continue;
      }
      const auto overlaps = [&](const model::OpeningSpan& other) {
        return *begin < other.end && other.begin < *end;
      };
      if (std::any_of(spans.begin(), spans.end(), overlaps)) {
        refuse(text.at, code::kDates,
               in_quotes(text.text) + " overlaps another span of " + reader_.what() +
                   " on the same day",
               "write spans that do not overlap");
        continue;
      }
      spans.push_back({static_cast<std::uint16_t>(*begin), static_cast<std::uint16_t>(*end)});
    }
    std::sort(spans.begin(), spans.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return spans;
  }

  void read_exceptions(const std::string& key) {
    const Yaml* list = reader_.find(key);
    if (list == nullptr) return;
    if (!list->is_sequence()) {
      refuse(reader_.place_of(*list), code::kShape,
             in_quotes(key) + " of " + reader_.what() + " is no list",
             key == "closed" ? "write '- {date: 2026-05-15, label: {fr: ..., en: ...}}', one a line"
                             : "write '- {date: 2026-12-05, hours: [\"10:00-18:00\"], label: "
                               "{fr: ..., en: ...}}', one a line");
      return;
    }
    for (const Yaml& item : list->items) read_exception(reader_.node(item), key == "opened");
  }

  void read_exception(const Node& node, bool is_open) {
    NodeReader reader(node, (is_open ? "an opening of " : "a closing of ") + reader_.what(),
                      node.place(), &findings_);
    if (!reader.is_map()) return;
    model::ExceptionalDays days;
    days.at = node.place();
    const auto date = reader.date("date");
    const model::Validity range = reader.validity();
    days.label = reader.label("label", Need::kRequired);
    if (is_open) {
      reader.find("hours", Need::kRequired);
      days.hours = read_spans(reader.texts("hours"));
    }
    reader.finish();
    const auto has = [&](std::string_view key) { return node.yaml->find(key) != nullptr; };
    if (has("date") ? has("from") || has("to") : !has("from") || !has("to")) {
      refuse(node.place(), code::kMissing, reader.what() + " does not say which days it is",
             "write 'date: 2026-05-15', or 'from: 2026-12-24, to: 2026-12-31'");
      return;
    }
    if (!date && !(range.from && range.to)) return;  // no dates, as was reported
    days.first = date ? *date : *range.from;
    days.last = date ? *date : *range.to;
    if (base::civil_from_days(days.first).year < base::kCalendarYearFirst ||
        base::civil_from_days(days.last).year > base::kCalendarYearLast) {
      refuse(node.place(), code::kDates,
             reader.what() + " lies outside the years " + std::to_string(base::kCalendarYearFirst) +
                 " to " + std::to_string(base::kCalendarYearLast),
             "time along a calendar is counted in these years only: correct the date");
      return;
    }
    calendar_.exceptions.push_back(std::move(days));
  }

  void settle_exceptions() {
    auto& all = calendar_.exceptions;
    if (all.size() > base::kCalendarDaysMax) {
      refuse(reader_.at(), code::kTooMany,
             reader_.what() + " has more than " + std::to_string(base::kCalendarDaysMax) +
                 " closings and openings",
             "join days in a row with 'from' and 'to'");
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < all.size(); ++i) {
      if (all[i].first > all[i - 1].last) continue;
      const auto& [later, earlier] = all[i].at.line >= all[i - 1].at.line
                                         ? std::tie(all[i], all[i - 1])
                                         : std::tie(all[i - 1], all[i]);
      refuse(later.at, code::kDates,
             reader_.what() + " says twice what " + base::format_date(all[i].first) +
                 " is like, here and in line " + std::to_string(earlier.at.line),
             "name every day once");
    }
  }

  NodeReader& reader_;
  model::OpeningCalendar& calendar_;
  Findings& findings_;
};

}  // namespace

void read_calendars(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kCalendar, is_lower_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  model::OpeningCalendar calendar;
                  calendar.id = id;
                  calendar.at = reader.at();
                  CalendarReader(&reader, &calendar, findings).run();
                  if (draft->model.calendars.size() >= base::kCalendarsMax) {
                    reader.error(reader.at(), code::kTooMany,
                                 "the model has more than " + std::to_string(base::kCalendarsMax) +
                                     " calendars",
                                 "let several indicators share one");
                    return;
                  }
                  draft->model.calendars.push_back(std::move(calendar));
                });
}

void find_names(Draft* draft) { draft->names = language::ModelNames::of(draft->model); }

}  // namespace passerelle::steering
