// A steering model and its records as small numbers: what the random tests generate, and what both
// the engine and the oracle are told. Every number is read modulo the choices there are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/core/consolidation/harness.h"

namespace passerelle::consolidation {

// Conditions over a record of the kind "fact" that both sides can evaluate.
enum class Condition : std::uint8_t {
  kAlways,
  kNature601,  // nature == '601'
  kNature60,   // nature.startsWith('60')
  kManyN,      // n > 2
  kNotManyN,   // !(n > 2)
  kNegative,   // amount < 0
  kSmallN,     // has(n) && n <= 0
  kServiceOr,  // service == 'S1' || nature == '64'
  kCount,
};
std::string text_of(Condition condition);

struct RuleCase {
  Condition when = Condition::kAlways;
  enum class Gives : std::uint8_t { kPolicy, kActivity, kAxis, kAxisOfNature, kTable, kCount };
  Gives gives = Gives::kPolicy;
  int member = 0;    // of the policies or activities, or of the constants of the axis
  bool own = false;  // of the connector "a" only
};

enum class Function : std::uint8_t {
  kSum,
  kCount,
  kAvg,
  kMin,
  kMax,
  kMedian,
  kPct,  // the 75th
  kDistinct,
  kShareLe,  // of 3
  kVar,
};

struct AggregateCase {
  Function function = Function::kSum;
  int field = 0;  // of kNumbers; a count takes none
  std::optional<Condition> filter;
};

struct IndicatorCase {
  AggregateCase left;
  enum class Shape : std::uint8_t { kOne, kRatio, kDifference, kShare, kCount };
  Shape shape = Shape::kOne;  // left; left / right; left - right; left * 100 / (left + right)
  AggregateCase right;
  Condition where = Condition::kAlways;
  unsigned by = 0;       // a bit per dimension of kDimensions
  unsigned publish = 0;  // a bit per grouping: subsets of `by`, in the order of their bits
  int coarser = 0;       // grains beyond month: bit 0 quarter, bit 1 year
  model::TimeRule time = model::TimeRule::kSum;
};

// Which unit is below which, from a day on.
struct MoveCase {
  int service = 0;    // of kServices
  int direction = 0;  // of kDirections, before the day
  int after = 0;      // the direction from the day on
  int day = 0;
};

struct ModelCase {
  std::vector<RuleCase> rules;
  std::vector<int> table;  // by kPrefixes: 0 no row, 1 an empty cell, else a policy
  std::vector<IndicatorCase> indicators;
  std::vector<MoveCase> moves;  // by service
  bool b_first = false;         // precedence: the connector "b" before "a"
  bool org_is = false;          // views of the organisation beside that of each fact's day
  std::optional<int> org_day;
};

struct RecordCase {
  bool second = false;  // of the connector "b", not "a"
  int id = 0;
  int version = 1;
  bool deleted = false;
  int key = -1;  // natural key; negative: none
  std::optional<int> day;
  std::optional<int> service;
  std::optional<int> nature;
  std::optional<std::int64_t> amount;  // cents
  std::optional<std::int64_t> n;
};

inline const std::vector<std::string> kNumbers = {"amount", "n"};
inline const std::vector<std::string> kDimensions = {"policy",  "activity",  "process",
                                                     "family",  "axis",      "nature",
                                                     "service", "direction", "connector"};
inline const std::vector<std::string> kServices = {"S1", "S2", "S3"};
inline const std::vector<std::string> kDirections = {"D1", "D2", ""};  // "": top level
inline const std::vector<std::string> kPolicies = {"P1", "P2"};
inline const std::vector<std::string> kActivities = {"A1", "A2", "A3"};
inline const std::vector<std::string> kNatures = {"60", "601", "602", "64", "6411"};
inline const std::vector<std::string> kPrefixes = {"6", "60", "601", "64"};
inline constexpr int kDays = 120;  // from kFirstDay
base::Days first_day();

std::string date_text(int day);
std::string service_text(int service);  // an id, a code, or a name that nobody knows
std::vector<std::string> org_views_of(const ModelCase& model);
model::SteeringModel model_of(const ModelCase& model);
Row row_of(const RecordCase& record);

// The groupings that an indicator is published by: sorted names.
std::vector<std::vector<std::string>> groupings_of(const IndicatorCase& indicator);
std::vector<base::Grain> grains_of(const IndicatorCase& indicator);
std::string id_of(std::size_t indicator);

// "I0|2026-01|nature=601|policy=P1" -> "12.500 n3 HETEROGENEOUS", "na ZERO_DEN n2". Absent cells
// are not there.
using CellTexts = std::map<std::string, std::string>;
CellTexts cells_of(const flow::CellView& view);

// For a person who reads why a test failed.
std::string describe(const ModelCase& model);
std::string describe(const RecordCase& record);

}  // namespace passerelle::consolidation
