// The tests that a model folder holds: facts given, cells expected. Checked, typed, ready to run;
// they are no part of the model, and their files no part of its hash.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/decimal.h"
#include "core/model/cell.h"
#include "core/model/steering.h"

namespace passerelle::steering {

// Facts that name no connector come from this one.
inline constexpr std::string_view kTestConnector = "test";

struct TestValue {
  std::string field;        // of the kind
  std::string text;         // of text fields
  std::int64_t number = 0;  // of the others, as model::Column holds it
};

struct TestFact {
  std::string kind;
  std::string connector;
  std::string id;           // "#3", the third fact of the test, where the file gives none
  std::string natural_key;  // "": none
  std::int64_t version = 1;
  bool deleted = false;
  std::vector<TestValue> values;  // by name of the field
  model::Place at;
};

// What one cell must be.
struct Expectation {
  std::string cell;  // as written: "TAUX[direction=D1,period=2026]"
  std::string indicator;
  std::map<std::string, std::string> dimensions;  // members' ids, without the period
  std::string org;                                // view of the organisation; "": was
  base::Period period;
  std::string text;  // as written: "82.7", "na ZERO_DEN", "absent"
  bool absent = false;
  model::NaReason na = model::NaReason::kNone;
  base::Rational value;                     // with neither of both
  std::optional<model::CellStatus> status;  // none: any
  model::Place at;
};

// Facts that come together, then perhaps a moment, then what holds.
struct TestStep {
  std::vector<TestFact> facts;
  std::optional<base::Instant> now;
  std::vector<Expectation> expect;
};

struct ModelTest {
  std::string name;
  std::vector<TestStep> steps;
  model::Place at;
};

// "ZERO_DEN"; "" for kNone.
std::string_view to_string(model::NaReason reason);

}  // namespace passerelle::steering
