// Tests against the model they are about: kinds, fields, connectors, published cells, members.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include "core/base/text.h"
#include "core/model/org_view.h"
#include "core/model/resolve.h"
#include "core/steering/draft.h"
#include "core/steering/model_test.h"

namespace passerelle::steering {
namespace {

using formats::Yaml;
using formats::YamlPair;

constexpr std::array<std::string_view, 6> kReasons = {"",        "NO_DATA",    "ZERO_DEN",
                                                      "NOT_YET", "SUPPRESSED", "HIDDEN"};
constexpr std::array<std::string_view, 4> kStatuses = {"none", "green", "amber", "red"};
// Keys of a fact that are no fields of its record.
constexpr std::array<std::string_view, 7> kOwnKeys = {
    "kind", "connector", "id", "natural_key", "version", "deleted", "fields"};
constexpr const char* kCellRemedy = "write \"INDICATOR[dimension=value,period=2026-01]\"";
constexpr const char* kValueRemedy = "write a decimal number, 'na ZERO_DEN' or 'absent'";

class TestCheck {
 public:
  TestCheck(const Draft& draft, std::vector<ModelTest>* tests, Findings* findings)
      : model_(draft.model), members_(draft.model), tests_(*tests), findings_(*findings) {
    for (const model::ConnectorConfig& connector : model_.connectors) {
      connectors_.push_back(connector.id);
    }
    connectors_.emplace_back(kTestConnector);
    for (const model::RecordKind& kind : model_.kinds) {
      if (kind.name != model::kAllocationKind) kinds_.push_back(kind.name);
    }
    for (const model::Indicator& one : model_.indicators) indicators_.push_back(one.id);
    if (auto zone = base::Zone::load(model_.time_zone); zone.ok()) zone_ = *std::move(zone);
  }

  void read(const Node& section) {
    if (section.yaml->is_null()) return;
    if (!section.yaml->is_sequence()) {
      error(section.place(), code::kShape, "'tests' is no list",
            "write '- {name: ..., facts: [...], expect: {...}}', one a test");
      return;
    }
    for (const Yaml& item : section.yaml->items) read_test(section.child(item));
  }

 private:
  void error(const model::Place& at, std::string_view code, std::string reason,
             std::string remedy) {
    findings_.error(at, code, std::move(reason), std::move(remedy));
  }

  void read_test(const Node& node) {
    NodeReader reader(node, "a test", node.place(), &findings_);
    if (!reader.is_map()) return;
    ModelTest test;
    test.at = node.place();
    const Placed name = reader.placed("name", Need::kRequired);
    test.name = name.text;
    what_ = "test " + in_quotes(test.name);
    if (!name.empty() && !names_.insert(test.name).second) {
      error(name.at, code::kDuplicate, "a " + what_ + " is there already",
            "give each test its own name");
    }
    sent_.clear();
    count_ = 0;
    const Yaml* steps = reader.find("steps");
    if (steps == nullptr) {
      read_step(reader, &test);
    } else if (!steps->is_sequence()) {
      error(reader.place_of(*steps), code::kShape, "'steps' of " + what_ + " is no list",
            "write '- {facts: [...], expect: {...}}', one a step");
    } else {
      for (const Yaml& item : steps->items) {
        NodeReader step(reader.node(item), "a step of " + what_, reader.place_of(item), &findings_);
        if (!step.is_map()) continue;
        read_step(step, &test);
        step.finish();
      }
    }
    reader.finish();
    const bool expects = std::any_of(test.steps.begin(), test.steps.end(),
                                     [](const TestStep& step) { return !step.expect.empty(); });
    if (!expects && !findings_.has_errors()) {
      error(test.at, code::kTest, what_ + " expects nothing",
            "add 'expect: {\"INDICATOR[period=2026]\": \"12.50\"}'");
    }
    tests_.push_back(std::move(test));
  }

  void read_step(NodeReader& reader, ModelTest* test) {
    TestStep step;
    if (const Yaml* facts = reader.find("facts"); facts != nullptr && !facts->is_sequence()) {
      error(reader.place_of(*facts), code::kShape, "'facts' of " + what_ + " is no list",
            "write '- {kind: ..., field: value, ...}', one a fact");
    } else if (facts != nullptr) {
      for (const Yaml& item : facts->items) read_fact(reader.node(item), &step);
    }
    read_now(reader, &step);
    if (const Yaml* expect = reader.find("expect"); expect != nullptr && !expect->is_map()) {
      error(reader.place_of(*expect), code::kShape, "'expect' of " + what_ + " is no map",
            "write {\"INDICATOR[dimension=value,period=2026-01]\": \"82.7\"}");
    } else if (expect != nullptr) {
      for (const YamlPair& pair : expect->pairs) read_expectation(reader, pair, &step);
    }
    test->steps.push_back(std::move(step));
  }

  void read_now(NodeReader& reader, TestStep* step) {
    const Placed now = reader.placed("now");
    if (now.empty()) return;
    if (const auto day = base::parse_date(now.text); day.ok()) {
      step->now = zone_.instant_of(*day, 0);
    } else if (const auto instant = base::parse_instant(now.text); instant.ok()) {
      step->now = *instant;
    } else {
      error(now.at, code::kFormat, "'now' of " + what_ + " is no moment",
            "write 2026-02-01 (its first instant) or 2026-02-01T09:30:00+01:00");
    }
  }

  void read_fact(const Node& node, TestStep* step) {
    NodeReader reader(node, "a fact of " + what_, node.place(), &findings_);
    if (!reader.is_map()) return;
    TestFact fact;
    fact.at = node.place();
    ++count_;
    const Placed kind_name = reader.placed("kind", Need::kRequired);
    fact.kind = kind_name.text;
    const model::RecordKind* kind = model::find_kind(model_.kinds, fact.kind);
    if (fact.kind == model::kAllocationKind) kind = nullptr;  // pools make them
    if (kind == nullptr && !fact.kind.empty()) {
      error(kind_name.at, code::kReference,
            "a fact of " + what_ + " is of the kind " + in_quotes(fact.kind) +
                ", which does not exist",
            suggestion(fact.kind, kinds_, "declare it under 'kinds'"));
    }
    const Placed connector = reader.placed("connector");
    fact.connector = connector.empty() ? std::string(kTestConnector) : connector.text;
    if (std::count(connectors_.begin(), connectors_.end(), fact.connector) == 0) {
      error(connector.at, code::kReference,
            "a fact of " + what_ + " comes from the connector " + in_quotes(fact.connector) +
                ", which does not exist",
            suggestion(fact.connector, connectors_, "leave it out: any will do"));
    }
    const Placed id = reader.placed("id");
    fact.id = id.empty() ? '#' + std::to_string(count_) : id.text;
    fact.natural_key = reader.text("natural_key");
    fact.version =
        reader.integer("version", 0, std::numeric_limits<std::int64_t>::max()).value_or(1);
    fact.deleted = reader.boolean("deleted", false);
    check_version(fact, id);
    read_fields(reader, node, kind, &fact);
    step->facts.push_back(std::move(fact));
  }

  void check_version(const TestFact& fact, const Placed& id) {
    if (fact.deleted && id.empty()) {
      error(fact.at, code::kTest, "a deletion in " + what_ + " does not say which fact",
            "add 'id: ...', the same as where the fact is given");
    }
    if (sent_.emplace(fact.connector, fact.kind, fact.id, fact.version).second) return;
    error(fact.at, code::kTest,
          "the fact " + in_quotes(fact.id) + " of " + what_ + " is there twice in version " +
              std::to_string(fact.version),
          "give the correction a higher 'version', or another 'id' if it is another fact");
  }

  // Fields beside the fact's own keys; one of the same name as such a key stands below 'fields'.
  void read_fields(NodeReader& reader, const Node& node, const model::RecordKind* kind,
                   TestFact* fact) {
    if (const Yaml* more = reader.find("fields"); more != nullptr) {
      if (!more->is_map()) {
        error(reader.place_of(*more), code::kShape, "'fields' of a fact of " + what_ + " is no map",
              "write {field: value, ...}");
      }
      for (const YamlPair& pair : more->pairs) read_field(reader, pair, kind, fact);
    }
    for (const YamlPair& pair : node.yaml->pairs) {
      if (std::count(kOwnKeys.begin(), kOwnKeys.end(), pair.key) > 0) continue;
      read_field(reader, pair, kind, fact);
    }
    std::sort(fact->values.begin(), fact->values.end(),
              [](const TestValue& a, const TestValue& b) { return a.field < b.field; });
  }

  void read_field(NodeReader& reader, const YamlPair& pair, const model::RecordKind* kind,
                  TestFact* fact) {
    if (kind == nullptr) return;
    const model::Place key{fact->at.file, pair.key_mark.line, pair.key_mark.column};
    const model::Field* field = kind->find(pair.key);
    if (field == nullptr) {
      std::vector<std::string> known;
      for (const model::Field& one : kind->fields) known.push_back(one.name);
      error(key, code::kReference,
            "records of kind " + in_quotes(kind->name) + " have no field " + in_quotes(pair.key),
            suggestion(pair.key, known, "remove it, or declare it under 'kinds'"));
      return;
    }
    if (pair.value.is_null()) return;
    const model::Place at = reader.place_of(pair.value);
    TestValue value;
    value.field = field->name;
    const auto is_it = [&](const TestValue& other) { return other.field == field->name; };
    if (std::any_of(fact->values.begin(), fact->values.end(), is_it)) {
      error(key, code::kDuplicate, "the field " + in_quotes(pair.key) + " is given twice",
            "keep one of the two");
    } else if (!pair.value.is_scalar()) {
      error(at, code::kShape, "the field " + in_quotes(pair.key) + " has no single value",
            "write one value");
    } else if (model::is_text(field->type)) {
      value.text = pair.value.text;
      fact->values.push_back(std::move(value));
    } else if (const auto number = number_of(*field, pair.value.text); number) {
      value.number = *number;
      fact->values.push_back(std::move(value));
    } else {
      error(at, code::kFormat,
            "the field " + in_quotes(pair.key) + " cannot be " + in_quotes(pair.value.text),
            remedy_of(*field));
    }
  }

  static std::optional<std::int64_t> number_of(const model::Field& field, const std::string& text) {
    const auto kept = [](const auto& parsed) {
      return parsed.ok() ? std::optional<std::int64_t>(*parsed) : std::nullopt;
    };
    switch (field.type) {
      case model::FieldType::kDate:
        return kept(base::parse_date(text));
      case model::FieldType::kInstant:
        return kept(base::parse_instant(text));
      case model::FieldType::kBoolean:
        if (text == "true" || text == "false") return text == "true" ? 1 : 0;
        return std::nullopt;
      case model::FieldType::kDecimal:
        return kept(base::parse_scaled(text, field.scale));
      default:
        return kept(base::parse_scaled(text, 0));
    }
  }

  static std::string remedy_of(const model::Field& field) {
    switch (field.type) {
      case model::FieldType::kDate:
        return "write year-month-day, as in 2026-01-31";
      case model::FieldType::kInstant:
        return "write an instant with its offset, as in 2026-01-31T09:30:00+01:00";
      case model::FieldType::kBoolean:
        return "write true or false";
      case model::FieldType::kDecimal:
        return "write a number with at most " + std::to_string(field.scale) + " decimals";
      default:
        return "write a whole number";
    }
  }

  void read_expectation(NodeReader& reader, const YamlPair& pair, TestStep* step) {
    Expectation expected;
    expected.at = {reader.at().file, pair.key_mark.line, pair.key_mark.column};
    expected.cell = pair.key;
    const model::Indicator* indicator = read_cell(pair.key, &expected);
    if (indicator == nullptr) return;
    if (pair.value.is_map()) {
      NodeReader value(reader.node(pair.value), "what " + in_quotes(pair.key) + " must be",
                       reader.place_of(pair.value), &findings_);
      read_value(value.placed("value", Need::kRequired), *indicator, &expected);
      const std::string status = value.choice("status", {kStatuses.begin(), kStatuses.end()});
      const auto at = std::find(kStatuses.begin(), kStatuses.end(), status);
      if (!status.empty()) {
        expected.status = static_cast<model::CellStatus>(at - kStatuses.begin());
      }
      value.finish();
    } else if (pair.value.is_scalar()) {
      read_value({pair.value.text, reader.place_of(pair.value)}, *indicator, &expected);
    } else {
      error(expected.at, code::kShape, in_quotes(pair.key) + " has no value", kValueRemedy);
    }
    step->expect.push_back(std::move(expected));
  }

  void read_value(const Placed& value, const model::Indicator& indicator, Expectation* expected) {
    expected->text = value.text;
    expected->absent = value.text == "absent";
    if (expected->absent || value.empty()) return;
    if (value.text == "na" || value.text.starts_with("na ")) {
      const std::string reason = value.text.size() > 3 ? value.text.substr(3) : "";
      const auto at = std::find(kReasons.begin() + 1, kReasons.end(), reason);
      if (at != kReasons.end()) {
        expected->na = static_cast<model::NaReason>(at - kReasons.begin());
        return;
      }
      error(value.at, code::kChoice, in_quotes(value.text) + " gives no reason that there is",
            "use one of: " + base::join({kReasons.begin() + 1, kReasons.end()}, ", "));
      return;
    }
    const auto number = base::parse_rational(value.text);
    if (!number.ok()) {
      error(value.at, code::kFormat, in_quotes(value.text) + " is no value of a cell",
            kValueRemedy);
      return;
    }
    expected->value = *number;
    if (base::parse_scaled(value.text, indicator.round).ok()) return;
    error(value.at, code::kTest,
          in_quotes(indicator.id) + " is published with " + std::to_string(indicator.round) +
              " decimals and can never be " + in_quotes(value.text),
          "round it half to even, or change 'round' of the indicator");
  }

  const model::Indicator* read_cell(const std::string& cell, Expectation* expected) {
    const std::size_t open = cell.find('[');
    expected->indicator = std::string(base::trimmed(cell.substr(0, open)));
    const auto is_it = [&](const model::Indicator& one) { return one.id == expected->indicator; };
    const auto indicator = std::find_if(model_.indicators.begin(), model_.indicators.end(), is_it);
    if (indicator == model_.indicators.end()) {
      error(expected->at, code::kReference,
            what_ + " expects the indicator " + in_quotes(expected->indicator) +
                ", which does not exist",
            suggestion(expected->indicator, indicators_, "add it, or name another indicator"));
      return nullptr;
    }
    if (open != std::string::npos && cell.back() != ']') {
      error(expected->at, code::kFormat, in_quotes(cell) + " is no cell", kCellRemedy);
      return nullptr;
    }
    bool has_period = false;
    const std::string inside =
        open == std::string::npos ? "" : cell.substr(open + 1, cell.size() - open - 2);
    if (inside.empty())
      return finish_cell(*indicator, has_period, expected) ? &*indicator : nullptr;
    for (const std::string_view part : base::split(inside, ',')) {
      if (!read_scope(*indicator, std::string(part), &has_period, expected)) return nullptr;
    }
    return finish_cell(*indicator, has_period, expected) ? &*indicator : nullptr;
  }

  bool read_scope(const model::Indicator& indicator, const std::string& part, bool* has_period,
                  Expectation* expected) {
    const std::size_t equals = part.find('=');
    const std::string name(base::trimmed(std::string_view(part).substr(0, equals)));
    const auto value = base::percent_decoded(base::trimmed(
        equals == std::string::npos ? "" : std::string_view(part).substr(equals + 1)));
    if (equals == std::string::npos || !value.ok()) {
      error(expected->at, code::kFormat, in_quotes(part) + " of a cell is not dimension=value",
            std::string(kCellRemedy) +
                "; a comma or a bracket in a value is %2C, %5D, a percent %25");
      return false;
    }
    if (name == "period") {
      const auto period = base::Period::parse(*value);
      if (!period.ok()) {
        error(expected->at, code::kFormat, in_quotes(*value) + " is no period",
              "write 2026, 2026-Q4, 2026-11 or 2026-11-23");
        return false;
      }
      expected->period = *period;
      *has_period = true;
      return true;
    }
    if (name == "org") return read_org(*value, expected);
    if (std::count(indicator.by.begin(), indicator.by.end(), name) == 0) {
      error(expected->at, code::kDimension,
            in_quotes(indicator.id) + " is not broken down by " + in_quotes(name),
            suggestion(name, indicator.by, "add it to 'by' of the indicator"));
      return false;
    }
    expected->dimensions[name] = *value;
    const model::MemberResolver* members = members_.of(name);
    if (members == nullptr || value->empty() || model::is_no_member(*value)) return true;
    const model::Resolution found = members->resolve(*value);
    if (found.found()) {
      expected->dimensions[name] = members->ids()[found.member];
      return true;
    }
    const std::string near = members->nearest(*value);
    error(expected->at, code::kMember, in_quotes(*value) + " is no member of " + in_quotes(name),
          near.empty() ? "write the id of one that exists" : "did you mean '" + near + "'?");
    return false;
  }

  bool read_org(const std::string& view, Expectation* expected) {
    const std::vector<std::string>& kept = model_.org_views;
    if (view != model::kOrgWas && std::count(kept.begin(), kept.end(), view) == 0) {
      error(expected->at, code::kReference,
            "the view " + in_quotes(view) + " of the organisation is not kept",
            "add it to 'organisation_views' of the authority");
      return false;
    }
    expected->org = view;
    return true;
  }

  bool finish_cell(const model::Indicator& indicator, bool has_period, Expectation* expected) {
    std::vector<std::string> grouping;
    for (const auto& [name, value] : expected->dimensions) grouping.push_back(name);
    if (std::count(indicator.publish.begin(), indicator.publish.end(), grouping) == 0) {
      error(expected->at, code::kTest,
            in_quotes(indicator.id) + " is not published by [" + base::join(grouping, ", ") + "]",
            "add this grouping to 'publish' of the indicator, or expect another cell");
      return false;
    }
    if (std::count(indicator.grains.begin(), indicator.grains.end(), expected->period.grain())) {
      return true;
    }
    if (!has_period) {
      error(expected->at, code::kTest, in_quotes(expected->cell) + " names no period",
            "add it, as in [period=2026]");
    } else {
      error(expected->at, code::kTest,
            in_quotes(indicator.id) + " is not published by " +
                std::string(base::to_string(expected->period.grain())),
            "add this grain to 'grains' of the indicator, or expect another period");
    }
    return false;
  }

  const model::SteeringModel& model_;
  model::DimensionMembers members_;
  std::vector<ModelTest>& tests_;
  Findings& findings_;
  base::Zone zone_ = base::Zone::utc();
  std::vector<std::string> connectors_;
  std::vector<std::string> kinds_;
  std::vector<std::string> indicators_;
  std::set<std::string> names_;
  // Of the test at hand.
  std::string what_;
  std::size_t count_ = 0;
  std::set<std::tuple<std::string, std::string, std::string, std::int64_t>> sent_;
};

}  // namespace

std::string_view to_string(model::NaReason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

void check_tests(const Draft& draft, std::vector<ModelTest>* tests, Findings* findings) {
  TestCheck check(draft, tests, findings);
  for (const Node& section : draft.tests) check.read(section);
}

}  // namespace passerelle::steering
