#include "core/app/golden_tests.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/app/cells.h"
#include "core/app/findings.h"
#include "core/app/model_tests.h"
#include "core/model/allocation.h"
#include "core/model/org_view.h"
#include "core/steering/check.h"

namespace passerelle::app {
namespace {

constexpr const char* kGoldenFile = "tests/golden-draft.yaml";
constexpr std::size_t kCellsPerFactMax = 3;

std::string yaml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

std::string cell_value(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == ',' || c == ']' || c == '%') {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out;
}

// Whether some expression names the field, as a word.
bool names(const std::string& expression, const std::string& field) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  for (std::size_t at = expression.find(field); at != std::string::npos;
       at = expression.find(field, at + 1)) {
    const std::size_t end = at + field.size();
    const bool begins = at == 0 || !is_word(expression[at - 1]);
    if (begins && (end == expression.size() || !is_word(expression[end]))) return true;
  }
  return false;
}

// Every expression of the model that can read a fact of the kind, and what places it in time.
std::vector<std::string> expressions_of(const model::SteeringModel& model,
                                        const std::string& kind) {
  std::vector<std::string> all;
  for (const model::Mapping& mapping : model.mappings) {
    if (mapping.kind != kind) continue;
    for (const model::MappingRule& rule : mapping.rules) {
      all.push_back(rule.when);
      for (const auto& [column, key] : rule.on) all.push_back(key);
      for (const auto& [dimension, value] : rule.set) all.push_back(value.text);
    }
  }
  for (const model::Indicator& indicator : model.indicators) {
    all.push_back(indicator.value);
    all.push_back(indicator.where);
    all.push_back(indicator.at);
    for (const std::string& dimension : indicator.by) all.push_back(dimension);
  }
  const model::RecordKind* known = model::find_kind(model.kinds, kind);
  if (known != nullptr) all.push_back(known->default_at);
  // The organisation is reached by these.
  for (const char* unit : {"service", "direction", "pole"}) all.emplace_back(unit);
  return all;
}

std::string sample_period(base::Grain grain) {
  const base::Days day = base::days_from_civil({2000, 1, 1});
  return base::Period::of(day, grain).to_string();
}

// Some cell of the model, expected absent: a test must expect something to be read.
std::string any_cell(const model::SteeringModel& model) {
  const model::Indicator& indicator = model.indicators.front();
  std::string cell = indicator.id + "[";
  for (const std::string& dimension : indicator.publish.front()) {
    cell += dimension + "=" + std::string(model::kUnmapped) + ",";
  }
  return cell + "period=" + sample_period(indicator.grain) + "]";
}

struct Chosen {
  std::string name;
  std::string fact;  // as YAML
};

std::string fact_text(const consolidation::Fact& fact, const model::SteeringModel& model) {
  const std::vector<std::string> expressions = expressions_of(model, fact.kind);
  const model::RecordKind* kind = model::find_kind(model.kinds, fact.kind);
  std::string text = "{kind: " + yaml_text(fact.kind) + ", connector: " + yaml_text(fact.connector);
  text += ", fields: {";
  // Of a kind that tells of persons not even an amount is told.
  const bool is_personal = std::any_of(
      kind->fields.begin(), kind->fields.end(),
      [](const model::Field& field) { return field.type == model::FieldType::kPerson; });
  const char* between = "";
  for (const auto& [field, value] : fact.fields) {
    const auto known = std::find_if(kind->fields.begin(), kind->fields.end(),
                                    [&](const model::Field& one) { return one.name == field; });
    if (known == kind->fields.end() || known->type == model::FieldType::kPerson) continue;
    const bool is_read =
        std::any_of(expressions.begin(), expressions.end(),
                    [&](const auto& expression) { return names(expression, field); });
    if (!is_read) continue;
    text += between + yaml_text(field) + ": ";
    text += is_personal && known->type == model::FieldType::kDecimal ? "1" : yaml_text(value);
    between = ", ";
  }
  return text + "}}";
}

// One fact of each kind, connector and activity, the first by record; unmapped ones first.
std::vector<Chosen> choose(consolidation::Engine& data, const model::SteeringModel& model,
                           std::size_t facts_max) {
  using Way = std::tuple<bool, std::string, std::string, std::string>;
  std::map<Way, std::pair<base::Hash128, std::uint32_t>> ways;
  data.for_each_fact([&](const consolidation::FactGlance& glance) {
    if (glance.kind == model::kAllocationKind) return;
    if (model::find_kind(model.kinds, std::string(glance.kind)) == nullptr) return;
    const bool is_mapped = glance.activity != model::kUnmapped;
    ways.try_emplace({is_mapped, std::string(glance.kind), std::string(glance.connector),
                      std::string(glance.activity)},
                     std::pair(glance.key, glance.ordinal));
  });
  std::vector<Chosen> chosen;
  for (const auto& [way, place] : ways) {
    if (chosen.size() == facts_max) break;
    const auto facts = data.facts_of(place.first);
    if (place.second >= facts.size()) continue;
    const auto& [is_mapped, kind, connector, activity] = way;
    chosen.push_back({kind + " (" + connector + ") -> " + (activity.empty() ? "-" : activity),
                      fact_text(facts[place.second], model)});
  }
  return chosen;
}

// What the finest groupings show of the one fact, by indicator.
std::vector<std::string> expectations_of(const flow::CellView& view) {
  std::map<std::string, std::pair<std::size_t, std::string>> finest;
  for (std::uint32_t cuboid = 0; cuboid < view.cuboids().size(); ++cuboid) {
    const flow::CuboidInfo& info = view.cuboids()[cuboid];
    const bool is_of_a_view = std::any_of(
        info.dimensions.begin(), info.dimensions.end(),
        [](const std::string& dimension) { return !model::org_view_of(dimension).empty(); });
    if (is_of_a_view) continue;
    for (std::uint32_t group = 0; group < view.group_count(cuboid); ++group) {
      for (std::uint16_t i = 0; i < info.indicators.size(); ++i) {
        const model::CellValue value = view.cell({cuboid, group, i});
        if (value.absent || value.na == model::NaReason::kSuppressed) continue;
        auto& [dimensions, text] = finest[info.indicators[i]];
        if (!text.empty() && dimensions >= info.dimensions.size()) continue;
        dimensions = info.dimensions.size();
        std::string cell = info.indicators[i] + "[";
        const auto values = view.values(cuboid, group);
        for (std::size_t d = 0; d < values.size(); ++d) {
          cell += info.dimensions[d] + "=" + cell_value(values[d]) + ",";
        }
        cell += "period=" + view.period(cuboid, group).to_string() + "]";
        text = yaml_text(cell) + ": " + yaml_text(plain_text(value));
      }
    }
  }
  std::vector<std::string> lines;
  for (const auto& [indicator, cell] : finest) {
    if (lines.size() < kCellsPerFactMax) lines.push_back(cell.second);
  }
  return lines;
}

}  // namespace

StatusOr<std::string> golden_tests(consolidation::Engine& data,
                                   const std::vector<steering::ModelFile>& files,
                                   std::size_t facts_max) {
  const steering::Checked folder = steering::check(files);
  if (folder.model == nullptr) return base::invalid_argument(text_of(folder.findings));
  if (folder.model->indicators.empty()) {
    return base::failed_precondition("the model has no indicator: nothing can be expected");
  }
  const std::vector<Chosen> chosen = choose(data, *folder.model, facts_max);
  // Read as any test is, so that each field has the type of its kind.
  std::string draft = "tests:\n";
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    draft += "  - {name: \"draft " + std::to_string(i) + "\", facts: [" + chosen[i].fact +
             "], expect: {" + yaml_text(any_cell(*folder.model)) + ": absent}}\n";
  }
  std::vector<steering::ModelFile> with_draft = files;
  with_draft.push_back({kGoldenFile, draft});
  const steering::Checked checked = steering::check(with_draft);
  if (checked.model == nullptr) return base::internal(text_of(checked.findings));
  std::string text =
      "# Made from records by `passerelle test --golden`; expected is what the rules made of "
      "them.\n"
      "tests:\n";
  std::size_t next = 0;
  for (const steering::ModelTest& test : checked.tests) {
    if (test.at.file != kGoldenFile) continue;
    const Chosen& one = chosen[next++];
    PAS_ASSIGN_OR_RETURN(const auto view, fold_facts(checked.model, test.steps.front().facts));
    const std::vector<std::string> expected = expectations_of(*view);
    if (expected.empty()) continue;
    text += "  - name: " + yaml_text(one.name) + "\n    facts:\n      - " + one.fact +
            "\n    expect:\n";
    for (const std::string& line : expected) text += "      " + line + "\n";
  }
  return text;
}

}  // namespace passerelle::app
