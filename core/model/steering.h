// The steering model as values: what core/steering reads from a folder and the fold works with.
// Expressions are text here; language compiles them. Every `at` names file:line:column for errors.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/calendar.h"
#include "core/model/allocation.h"
#include "core/model/kinds.h"
#include "core/model/opening_hours.h"
#include "core/model/place.h"
#include "core/model/record.h"

namespace passerelle::model {

struct Process {
  std::string id;
  Label label;
  std::string family;  // managerial | operational | support
  std::string number;  // shown, may change
  std::string parent;
  std::string pilot;  // a post, never a person
  Label purpose;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  Validity valid;
  Place at;
  bool operator==(const Process&) const = default;
};

struct Activity {
  std::string id;
  Label label;
  std::string process;
  Label deliverable;
  std::string unit_of_work;
  std::optional<std::int64_t> unit_minutes;
  std::string legal_basis;  // mandatory | optional | delegated | support, or empty
  std::string job_family;
  Validity valid;
  Place at;
  bool operator==(const Activity&) const = default;
};

// One letter of the matrix: who does what. Exactly one A, at least one R per activity.
struct Raci {
  std::string activity;
  char letter = 'R';  // R réalise, A rend compte, C consulté, I informé
  std::string unit;   // org unit
  std::string role;   // post or role, may be empty
  Place at;
  bool operator==(const Raci&) const = default;
};

struct OrgParent {
  std::string unit;  // empty: top level
  Validity valid;
  bool operator==(const OrgParent&) const = default;
};

struct OrgUnit {
  std::string id;
  std::string kind;  // pole | direction | service | cell
  Label label;
  std::vector<OrgParent> parents;  // dated; periods do not overlap
  std::vector<std::string> codes;  // further codes of sources (HR, budget), unique
  Validity valid;
  Place at;
  bool operator==(const OrgUnit&) const = default;
};

struct Policy {
  std::string id;
  Label label;
  std::string parent;
  std::vector<std::string> codes;       // synonyms
  std::vector<std::string> activities;  // that serve it; one that serves several needs a key
  Validity valid;
  Place at;
  bool operator==(const Policy&) const = default;
};

// project > axis > objective > action
struct RoadmapItem {
  std::string id;
  std::string level;  // project | axis | objective | action
  std::string parent;
  Label label;
  std::string pilot;  // org unit
  std::optional<base::Days> due;
  std::string state;
  std::vector<std::string> activities;
  std::vector<std::string> indicators;
  Place at;
  bool operator==(const RoadmapItem&) const = default;
};

// An action of the optimisation plan (plan d'optimisation): what it is to gain on one cell of an
// indicator, against what it was. Actions on one cell share what was gained (E33).
struct OptAction {
  enum class State : std::uint8_t { kPlanned, kUnderWay, kDone, kDropped };
  std::string id;
  Label label;
  std::string activity;  // or empty
  std::string indicator;
  std::map<std::string, std::string> scope;  // dimension -> value, period among them: what is now
  // What was: an exact decimal, or the same cell of another period as known at the end of a day.
  std::string baseline;
  std::string baseline_period;
  std::string baseline_known_at;
  std::string expected;  // gain: exact decimal above 0, in the indicator's unit
  std::string pilot;     // org unit
  std::optional<base::Days> due;
  State state = State::kUnderWay;
  Place at;

  // Whether it takes part in what was gained.
  bool shares() const { return state == State::kUnderWay || state == State::kDone; }
  bool operator==(const OptAction&) const = default;
};
// planned, under_way, done, dropped.
std::string_view to_string(OptAction::State state);

// A dimension that mappings may set beyond the built-in ones, with its members if it is closed.
struct Dimension {
  std::string id;
  Label label;
  std::vector<std::string> members;  // empty: any value
  Place at;
  bool operator==(const Dimension&) const = default;
};

// A CSV of the model folder. Rows are found by equal keys, or by the longest prefix of the one key
// column. `none` are cell texts that mean "no value".
struct LookupTable {
  std::string id;
  std::string file;
  std::vector<std::string> keys;  // header names
  bool prefix = false;
  std::vector<std::string> none;
  std::vector<std::string> columns;            // all headers
  std::vector<std::vector<std::string>> rows;  // cells by column
  Place at;
  bool operator==(const LookupTable&) const = default;
};

// What a rule gives a dimension: a constant, a column of the rule's table, or an expression.
struct RuleValue {
  enum class Kind : std::uint8_t { kConstant, kColumn, kExpression };
  Kind kind = Kind::kConstant;
  std::string text;
  Place at;
  bool operator==(const RuleValue&) const = default;
};

struct MappingRule {
  std::string name;                       // unique in its mapping; shown where a rule decided
  std::string when;                       // predicate over the record, empty: always
  std::string table;                      // lookup table, or empty
  std::map<std::string, std::string> on;  // key column -> expression over the record
  std::map<std::string, RuleValue> set;   // dimension -> value
  Place at;
  Place when_at;
  std::map<std::string, Place> on_at;
  bool operator==(const MappingRule&) const = default;
};

// Rules of one fact kind, optionally of one connector only; in order. For each dimension the first
// rule that matches and gives it a value decides; a rule whose table has no row does not match.
struct Mapping {
  std::string kind;
  std::string connector;  // empty: every connector
  std::vector<MappingRule> rules;
  Place at;
  bool operator==(const Mapping&) const = default;
};

enum class TimeRule : std::uint8_t { kSum, kLast, kAverage, kAtEnd };

struct Indicator {
  std::string id;
  std::uint32_t version = 1;
  Label label;
  std::string kind;         // activity | effectiveness | efficiency | quality | means
  std::string stakeholder;  // citizen | user | taxpayer | staff, or empty
  std::string from;         // fact kind of unqualified fields
  std::string where;
  std::string value;
  std::string at;  // field; empty: the kind's default
  base::Grain grain = base::Grain::kYear;
  TimeRule time = TimeRule::kSum;
  std::vector<std::string> by;
  std::vector<std::vector<std::string>> publish;  // groupings, each a subset of `by`, sorted
  std::vector<base::Grain> grains;                // published grains: `grain` and coarser ones
  std::string unit;
  int round = 0;       // decimals published
  std::string better;  // higher | lower, or empty
  std::string owner;
  // Cells of fewer facts are hidden, and others that would tell of them; 0: none are.
  std::uint32_t suppress_below = 0;
  // What stands for no data, and for a division by zero: exact decimals in `unit`; empty: na.
  std::string when_empty;
  std::string when_zero_den;
  // How long after a day's end its sources may take to be complete to it; 0: nobody asks.
  std::int64_t fresh_hours = 0;
  // What makes a value green, and amber: comparisons with the target. Empty: the target and its
  // tolerance say it.
  std::string green;
  std::string amber;
  int hysteresis = 1;  // of targets that say nothing of it, and of a status without target
  std::vector<std::string> drill;  // fields of its facts that Explain shows; empty: all
  Place place;
  Place value_at;
  Place where_at;
  bool operator==(const Indicator&) const = default;
};

// What a trajectory wants at the end of a period.
struct TargetPoint {
  base::Period period;
  std::string value;  // exact decimal
  bool operator==(const TargetPoint&) const = default;
};

struct Target {
  std::string indicator;
  std::map<std::string, std::string> scope;  // dimension -> value, period among them
  std::string value;                         // exact decimal; empty where there is a trajectory
  std::string amber;                         // tolerance in %, exact decimal, or empty
  Place at;
  std::vector<TargetPoint> linear = {};  // by time; straight lines between them
  int hysteresis = 0;  // periods in a row whose value must say so before the status changes; 0:
                       // as the indicator says
  bool operator==(const Target&) const = default;
};

// Two fields of one record that name the same person, on the word of the connector's model file:
// the identifiers become one person of the vault, and `field`'s is the one that stays.
struct PersonLink {
  std::string stream;  // empty: every stream that has both
  std::string field;
  std::string same_as;
  Place at;
  bool operator==(const PersonLink& other) const {
    return stream == other.stream && field == other.field && same_as == other.same_as;
  }
};

struct ConnectorConfig {
  std::string id;
  std::string plugin;
  bool enabled = true;
  Label label;
  std::string config_json;                     // the `config` map as JSON
  std::map<std::string, std::string> secrets;  // name -> secret:// reference, never a value
  std::string schedule;                        // cron text, or empty: once, then on request
  std::vector<std::string> streams;            // empty: all
  std::vector<PersonLink> links;               // empty: it may not say who is who
  Place at;
  bool operator==(const ConnectorConfig&) const = default;
};

struct SteeringModel {
  std::string authority;  // id
  Label authority_label;
  std::string time_zone = "Europe/Paris";
  std::vector<Process> processes;
  std::vector<Activity> activities;
  std::vector<Raci> raci;
  std::vector<OrgUnit> units;
  std::vector<std::string> org_views;  // beside `was`: "is", dates (core/model/org_view.h); sorted
  // Budget amounts are provisional until a closing holds them; else nobody says.
  bool exercises_end_by_closing = false;
  std::vector<Policy> policies;
  std::vector<RoadmapItem> roadmap;
  std::vector<OptAction> optimisation;
  std::vector<Dimension> dimensions;
  std::vector<RecordKind> kinds;  // built-in and declared, sorted by name
  std::vector<LookupTable> tables;
  std::vector<Mapping> mappings;
  std::vector<Indicator> indicators;
  std::vector<Target> targets;
  std::vector<ConnectorConfig> connectors;
  // Record kind -> connectors in the order in which one of them tells a fact that several know.
  std::map<std::string, std::vector<std::string>> precedence;
  std::vector<Pool> pools;
  std::vector<AllocationKey> keys;
  Cascade cascade;
  std::vector<OpeningCalendar> calendars;
  base::Hash128 hash;  // of the canonical text
  // Whether the two say the same, keys aside; or units aside.
  bool same_but_for_keys(const SteeringModel& other) const;
  bool same_but_for_units(const SteeringModel& other) const;

 private:
  bool same_beside_keys_and_units(const SteeringModel& other) const;
};

// Gives the facts of allocation a field for every dimension that the model's pools have.
void carry_pool_dimensions(SteeringModel* model);

}  // namespace passerelle::model
