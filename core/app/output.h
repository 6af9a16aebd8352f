// What the command line prints: aligned tables for people, JSON and CSV for programs.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"

namespace passerelle::app {

enum class Format { kTable, kJson, kCsv };
StatusOr<Format> parse_format(std::string_view text);

// A number as a person of the terminal's language reads it: LANG=fr... gives "191 602 651,45" with
// narrow no-break spaces, anything else "191,602,651.45". `plain` is "-191602651.45".
std::string humane_number(std::string_view plain);
// Whether the terminal's language (LC_ALL, LC_MESSAGES, LANG) is French.
bool speaks_french();
// The one of both in the terminal's language.
std::string in_language(const char* french, const char* english);

struct TableColumn {
  enum class Kind { kText, kNumber, kInstant };
  TableColumn(std::string key, std::string shown, Kind what = Kind::kText)
      : name(std::move(key)), title(std::move(shown)), kind(what) {}
  TableColumn(std::string key, std::string shown, bool number)
      : TableColumn(std::move(key), std::move(shown), number ? Kind::kNumber : Kind::kText) {}

  std::string name;   // key in JSON and CSV
  std::string title;  // shown above the column
  Kind kind = Kind::kText;
};

// Rows of text. Numbers ("-12.50") and instants ("2026-11-23T15:52:52.883839Z") are kept plain and
// made humane only in a table.
class Table {
 public:
  explicit Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::size_t size() const { return rows_.size(); }
  void print(std::ostream& out, Format format) const;

 private:
  void print_table(std::ostream& out) const;
  void print_json(std::ostream& out) const;
  void print_csv(std::ostream& out) const;

  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// One line on standard error that rewrites itself on a terminal and is silent in a log, but for its
// end.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const std::string& text);
  void clear();

 private:
  bool terminal_ = false;
  std::size_t width_ = 0;
};

}  // namespace passerelle::app
