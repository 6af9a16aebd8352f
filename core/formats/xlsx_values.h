// How a workbook writes values, apart from its files: numbers, dates, column names, escapes.
// Private to this room; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/calendar.h"

namespace passerelle::formats::xlsx {

// What a number format shows of a number.
struct DateFormat {
  bool has_date = false;
  bool has_time = false;
  bool is_elapsed = false;  // [h]:mm counts hours beyond 24
  bool is_date() const { return has_date || has_time; }
};

// Of a built-in format's number (ECMA-376 part 1, 18.8.30), or of a format's code.
DateFormat format_of_id(int id);
DateFormat format_of_code(std::string_view code);

// "1.2E3" -> "1200"; more than 15 digits with a fraction are rounded to 15, the precision of the
// programs that write them. What is no number stays as it is.
std::string plain_number(std::string_view text);

// The date, time or both of a serial number; none if it is no date (negative, beyond 9999, the
// 29th of February 1900 that never was). `epoch_1904`: the workbook counts days from 1904-01-01.
std::optional<std::string> date_text(std::string_view serial, const DateFormat& format,
                                     bool epoch_1904);

// The serial number of a day in the 1900 system; only right from 1900-03-01 on.
std::int64_t serial_of(base::Days day);
inline constexpr base::Days kFirstSerialDay = -25'508;  // 1900-03-01

// "AB12" -> 27; none without letters or beyond the last column.
std::optional<std::size_t> column_of(std::string_view reference);
// 27 -> "AB".
std::string column_name(std::size_t column);

// "_x000D_" stands for a character XML cannot hold (ECMA-376 part 1, 22.9.2.19).
std::string unescaped(std::string_view text);
std::string escaped(std::string_view text);

}  // namespace passerelle::formats::xlsx
