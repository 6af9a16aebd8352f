// explain: what a value is made of.
#include <algorithm>
#include <iostream>

#include "core/app/cell_options.h"
#include "core/app/explain.h"
#include "core/app/side_fold.h"
#include "core/app/values.h"
#include "core/base/calendar.h"
#include "core/base/text.h"

namespace passerelle::app {
namespace {

struct ExplainOptions {
  HubOptions hub;
  CellOptions cell;
  std::uint32_t leaves = 10;
};

StatusOr<hub::v1::ExplainRequest> request_of(const ExplainOptions& options) {
  hub::v1::ExplainRequest request;
  PAS_ASSIGN_OR_RETURN(*request.mutable_cell(), options.cell.key());
  request.set_leaves(options.leaves);
  return request;
}

// From the data of a stopped hub, folded beside it.
StatusOr<hub::v1::ExplainResponse> explain_offline(const ExplainOptions& options,
                                                   const hub::v1::ExplainRequest& request) {
  PAS_ASSIGN_OR_RETURN(const SideFold side, open_side_fold(options.hub.data));
  PAS_ASSIGN_OR_RETURN(const auto explanation, explain(request, *side.engine));
  return told(request, explanation, [&](const auto& each) { return side.journal->read(1, each); });
}

// A person sees the first of many records that one fact is made of; programs get them all.
constexpr int kRecordsShown = 2;

// Of durations: hours, for a person only.
std::string value_text(const hub::v1::ExplainValue& value, const hub::v1::ExplainPart& part,
                       bool humane) {
  if (!value.has_scaled()) return "";
  if (!part.of_durations() || !humane) return base::format_scaled(value.scaled(), part.scale());
  const base::Rational hours = base::Rational(value.scaled()) / (60 * base::kMicrosPerMinute);
  return base::format_scaled(base::round_to_scaled(hours, 2).value_or(0), 2);
}

std::string records_text(const hub::v1::ExplainLeaf& leaf, bool humane) {
  const int shown = humane ? std::min(kRecordsShown, leaf.records_size()) : leaf.records_size();
  std::string out = base::join({leaf.records().begin(), leaf.records().begin() + shown}, " ");
  if (shown < leaf.records_size()) out += " +" + std::to_string(leaf.records_size() - shown);
  return out;
}

Table leaves_table(const hub::v1::ExplainResponse& response, bool humane) {
  std::vector<TableColumn> columns = {{"kind", in_language("nature", "kind")},
                                      {"connector", in_language("connecteur", "connector")},
                                      {"period", in_language("période", "period")}};
  for (const hub::v1::ExplainField& field : response.drill()) {
    columns.push_back(
        {field.id(), in_language(field.label().fr().c_str(), field.label().en().c_str())});
  }
  for (int i = 0; i < response.parts_size(); ++i) {
    const hub::v1::ExplainPart& part = response.parts(i);
    columns.push_back({"part_" + std::to_string(i + 1),
                       part.text() + (part.of_durations() && humane ? " (h)" : ""), true});
  }
  columns.push_back({"rules", in_language("règles de correspondance", "mapping rules")});
  columns.push_back({"records", in_language("enregistrements", "records")});
  if (!humane) columns.push_back({"fields", "fields"});
  Table table(columns);
  for (const hub::v1::ExplainLeaf& leaf : response.leaves()) {
    std::vector<std::string> row = {leaf.kind(), leaf.connector(), leaf.period()};
    for (const hub::v1::ExplainField& field : response.drill()) {
      const auto value = leaf.fields().find(field.id());
      row.push_back(value == leaf.fields().end() ? "" : value->second);
    }
    for (int i = 0; i < response.parts_size(); ++i) {
      row.push_back(value_text(leaf.values(i), response.parts(i), humane));
    }
    std::vector<std::string> rules;
    for (const auto& dimension : leaf.dimensions()) {
      if (dimension.rule().empty()) continue;
      rules.push_back(
          base::join({dimension.id(), "=", dimension.value(), " « ", dimension.rule(), " »"}, ""));
    }
    row.push_back(base::join(rules, ", "));
    row.push_back(records_text(leaf, humane));
    if (!humane) {
      const std::map<std::string, std::string> sorted(leaf.fields().begin(), leaf.fields().end());
      std::vector<std::string> fields;
      for (const auto& [name, value] : sorted) fields.push_back(base::join({name, value}, "="));
      row.push_back(base::join(fields, ", "));
    }
    table.add(std::move(row));
  }
  return table;
}

// What the cells that it is made of give to each part; one that cannot be a share in brackets.
Table made_of_table(const hub::v1::ExplainResponse& response, bool humane) {
  std::vector<TableColumn> columns = {{"indicator", in_language("indicateur", "indicator")},
                                      {"period", in_language("période", "period")}};
  for (int i = 0; i < response.parts_size(); ++i) {
    columns.push_back({"part_" + std::to_string(i + 1), response.parts(i).text(), true});
    columns.push_back({"facts_" + std::to_string(i + 1), in_language("faits", "facts"), true});
  }
  Table table(columns);
  for (const hub::v1::ExplainCell& cell : response.cells()) {
    std::vector<std::string> row = {cell.cell().indicator(), cell.cell().dimensions().at("period")};
    for (const hub::v1::ExplainShare& share : cell.shares()) {
      const std::string& exact = share.share().empty() ? share.value() : share.share();
      const std::string number = humane ? short_text(exact) : exact;
      const bool is_no_share = share.share().empty() && !number.empty();
      row.push_back(is_no_share ? "(" + number + ")" : number);
      row.push_back(share.in_part() ? std::to_string(share.facts()) : "");
    }
    table.add(std::move(row));
  }
  return table;
}

void print_for_people(const hub::v1::ExplainResponse& response) {
  const ShownCell cell = shown(response.cell());
  std::cout << cell.indicator << "  ";
  for (const auto& [dimension, value] : cell.dimensions) {
    std::cout << dimension << '=' << value << ' ';
  }
  const bool is_na = cell.value.empty();
  std::cout << "\n  " << (is_na ? na_words(cell.na) : humane_number(cell.value)) << ' '
            << response.unit() << in_language("   à la révision ", "   at revision ")
            << response.revision() << "\n  = " << response.formula();
  if (!response.where().empty())
    std::cout << in_language("   où ", "   where ") << response.where();
  std::cout << "\n\n";
  Table parts({{"part", in_language("partie de la formule", "part of the formula")},
               {"kind", in_language("nature", "kind")},
               {"value", in_language("valeur", "value"), true},
               {"facts", in_language("faits", "facts"), true}});
  for (const hub::v1::ExplainPart& part : response.parts()) {
    parts.add({part.text(), part.kind(), short_text(part.value()), std::to_string(part.facts())});
  }
  parts.print(std::cout, Format::kTable);
  if (response.cells_size() > 0) {
    std::cout << in_language(
        "\nfaite de ces valeurs, à expliquer à leur tour (entre parenthèses : "
        "recomptée, ne s'additionne pas)\n",
        "\nmade of these values, to be explained in turn (in brackets: counted "
        "again, does not add up)\n");
    made_of_table(response, true).print(std::cout, Format::kTable);
    if (response.facts() == 0) return;
  }
  std::cout << '\n' << response.facts() << in_language(" faits", " facts");
  if (response.periods_size() > 1) {
    std::cout << in_language(", moyenne sur ", ", an average over ") << response.periods_size()
              << in_language(" périodes", " periods");
  }
  if (response.has_withheld()) {
    std::cout << ".\n" << (speaks_french() ? response.withheld().fr() : response.withheld().en());
  }
  if (response.leaves_size() > 0) {
    std::cout << in_language(" ; les plus grands :\n", "; the greatest:\n");
    leaves_table(response, true).print(std::cout, Format::kTable);
  }
  std::cout << '\n';
}

Status explain_verb(const ExplainOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const hub::v1::ExplainRequest request, request_of(options));
  hub::v1::ExplainResponse response;
  if (hub_is_running(options.hub)) {
    PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
    PAS_ASSIGN_OR_RETURN(response, client->explain(request));
  } else {
    PAS_ASSIGN_OR_RETURN(response, explain_offline(options, request));
  }
  if (format == Format::kJson) {
    std::cout << json_of(response) << '\n';
  } else if (format == Format::kCsv) {
    const bool is_of_cells = response.cells_size() > 0 && response.leaves_size() == 0;
    (is_of_cells ? made_of_table(response, false) : leaves_table(response, false))
        .print(std::cout, format);
  } else {
    print_for_people(response);
  }
  return absl::OkStatus();
}

}  // namespace

void add_explain_verb(CLI::App& app, Cli& cli) {
  static ExplainOptions options;
  CLI::App* verb =
      add_verb(app, "explain", "What a value is made of, down to the records of the sources",
               "passerelle explain DEPENSES --where policy=CULTURE --period 2025 --data data");
  options.hub.add_to(verb);
  options.cell.add_to(verb);
  options.cell.add_org_to(verb);
  verb->add_option("--leaves", options.leaves, "How many facts to list, the greatest first")
      ->capture_default_str();
  runs(cli, verb, [] { return explain_verb(options); });
}

}  // namespace passerelle::app
