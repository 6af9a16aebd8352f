// What is wrong with a model folder, where, and how to mend it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/steering.h"

namespace passerelle::steering {

enum class Severity : std::uint8_t { kError, kWarning };

struct Finding {
  std::string file;  // relative to the model folder
  int line = 1;      // from 1
  int column = 1;    // from 1, in characters
  Severity severity = Severity::kError;
  std::string code;    // one of code::, stable: "PAS-M010"
  std::string reason;  // one sentence without a full stop
  std::string remedy;
  bool operator==(const Finding&) const = default;
};

// "indicators/a.yaml:12:5: error PAS-M010: unknown process 'X'; did you mean 'Y'?"
std::string to_string(const Finding& finding);

namespace code {
inline constexpr std::string_view kSyntax = "PAS-M001";        // not YAML, not CSV, not UTF-8
inline constexpr std::string_view kUnknownKey = "PAS-M002";    // a key that no one reads
inline constexpr std::string_view kMissing = "PAS-M003";       // a key that must be there
inline constexpr std::string_view kShape = "PAS-M004";         // text where a map is expected
inline constexpr std::string_view kId = "PAS-M005";            // not an id
inline constexpr std::string_view kDuplicate = "PAS-M006";     // there already
inline constexpr std::string_view kNotAvailable = "PAS-M007";  // of a later version
inline constexpr std::string_view kChoice = "PAS-M008";        // none of the allowed values
inline constexpr std::string_view kFormat = "PAS-M009";        // not a date, a number
inline constexpr std::string_view kReference = "PAS-M010";     // names what does not exist
inline constexpr std::string_view kCycle = "PAS-M011";         // its own ancestor
inline constexpr std::string_view kDates = "PAS-M012";         // overlaps, gaps, ends before start
inline constexpr std::string_view kRaci = "PAS-M013";          // one A, at least one R
inline constexpr std::string_view kLevel = "PAS-M014";         // order of levels
inline constexpr std::string_view kExpression = "PAS-M015";    // does not compile
inline constexpr std::string_view kDimension = "PAS-M016";     // unknown, or not to be set
inline constexpr std::string_view kMember = "PAS-M017";        // no member of a closed dimension
inline constexpr std::string_view kTable = "PAS-M018";         // a CSV's columns and keys
inline constexpr std::string_view kIndicator = "PAS-M019";     // at, grains, publish
inline constexpr std::string_view kUnit = "PAS-M020";          // EUR given in h
inline constexpr std::string_view kTarget = "PAS-M021";        // scope of a target
inline constexpr std::string_view kConnector = "PAS-M022";     // id, file name
inline constexpr std::string_view kSecret = "PAS-M023";        // a secret in the open
inline constexpr std::string_view kSchedule = "PAS-M024";      // not cron
inline constexpr std::string_view kZone = "PAS-M025";          // unknown time zone
inline constexpr std::string_view kKind = "PAS-M026";          // fields of record kinds
inline constexpr std::string_view kTooMany = "PAS-M027";       // a limit
inline constexpr std::string_view kMapping = "PAS-M028";       // a rule that cannot work
inline constexpr std::string_view kAllocation = "PAS-M030";    // pools and keys that cannot work
inline constexpr std::string_view kTest = "PAS-M029";          // a test that cannot be run
inline constexpr std::string_view kCalendar = "PAS-M031";      // opening hours that cannot be
}  // namespace code

// Collects findings; reports beyond kModelFindingsMax are counted only.
class Findings {
 public:
  void error(const model::Place& place, std::string_view code, std::string reason,
             std::string remedy);
  void warning(const model::Place& place, std::string_view code, std::string reason,
               std::string remedy);
  bool has_errors() const { return errors_ > 0; }
  // Sorted by file, line, column; equal ones once.
  std::vector<Finding> take();

 private:
  void add(Finding finding);

  std::vector<Finding> all_;
  std::size_t errors_ = 0;
  std::size_t left_off_ = 0;
};

// "did you mean 'X'?", or else the alternatives where they are few, or `otherwise`.
std::string suggestion(std::string_view word, const std::vector<std::string>& known,
                       std::string_view otherwise);

}  // namespace passerelle::steering
