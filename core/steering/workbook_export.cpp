// The model as a workbook.
#include <algorithm>
#include <filesystem>
#include <functional>

#include "core/base/calendar.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/formats/byte_source.h"
#include "core/formats/csv.h"
#include "core/formats/xlsx.h"
#include "core/steering/workbook.h"
#include "core/steering/workbook_import.h"
#include "core/steering/workbook_rows.h"

namespace passerelle::steering {
namespace {

using Cells = std::map<std::string_view, std::string>;  // field -> text

struct Row {
  std::string key;  // of its kept cells
  Cells cells;
};

std::string date_of(const std::optional<base::Days>& day) {
  return day ? base::format_date(*day) : "";
}

void put_validity(const model::Validity& valid, Cells* cells) {
  (*cells)["from"] = date_of(valid.from);
  (*cells)["to"] = date_of(valid.to);
}

void put_label(const model::Label& label, Cells* cells) {
  (*cells)["label.fr"] = label.fr;
  (*cells)["label.en"] = label.en;
}

std::vector<Row> process_rows(const model::SteeringModel& model) {
  std::vector<Row> rows;
  for (const model::Process& process : model.processes) {
    Cells cells = {{"id", process.id},
                   {"number", process.number},
                   {"family", process.family},
                   {"parent", process.parent},
                   {"pilot", process.pilot},
                   {"purpose.fr", process.purpose.fr},
                   {"purpose.en", process.purpose.en},
                   {"inputs", join_list(process.inputs)},
                   {"outputs", join_list(process.outputs)}};
    put_label(process.label, &cells);
    put_validity(process.valid, &cells);
    rows.push_back({process.id, std::move(cells)});
  }
  return rows;
}

std::vector<Row> activity_rows(const model::SteeringModel& model) {
  std::vector<Row> rows;
  for (const model::Activity& activity : model.activities) {
    Cells cells = {
        {"id", activity.id},
        {"process", activity.process},
        {"deliverable.fr", activity.deliverable.fr},
        {"deliverable.en", activity.deliverable.en},
        {"unit_of_work", activity.unit_of_work},
        {"unit_minutes", activity.unit_minutes ? std::to_string(*activity.unit_minutes) : ""},
        {"legal_basis", activity.legal_basis},
        {"job_family", activity.job_family}};
    put_label(activity.label, &cells);
    put_validity(activity.valid, &cells);
    rows.push_back({activity.id, std::move(cells)});
  }
  return rows;
}

std::vector<Row> role_rows(const model::SteeringModel& model) {
  std::vector<Row> rows;
  for (const model::Raci& role : model.raci) {
    const std::string letter(1, role.letter);
    rows.push_back({role_key(role.activity, letter, role.unit, role.role),
                    {{"activity", role.activity},
                     {"letter", letter},
                     {"unit", role.unit},
                     {"role", role.role}}});
  }
  return rows;
}

std::vector<Row> unit_rows(const model::SteeringModel& model) {
  std::vector<Row> rows;
  for (const model::OrgUnit& unit : model.units) {
    Cells cells = {{"id", unit.id},
                   {"kind", unit.kind},
                   {"parent", join_parents(unit.parents)},
                   {"codes", join_list(unit.codes)}};
    put_label(unit.label, &cells);
    put_validity(unit.valid, &cells);
    rows.push_back({unit.id, std::move(cells)});
  }
  return rows;
}

std::vector<Row> policy_rows(const model::SteeringModel& model) {
  std::vector<Row> rows;
  for (const model::Policy& policy : model.policies) {
    Cells cells = {
        {"id", policy.id}, {"parent", policy.parent}, {"codes", join_list(policy.codes)}};
    put_label(policy.label, &cells);
    put_validity(policy.valid, &cells);
    rows.push_back({policy.id, std::move(cells)});
  }
  return rows;
}

std::vector<Row> roadmap_rows(const model::SteeringModel& model) {
  std::vector<Row> rows;
  for (const model::RoadmapItem& item : model.roadmap) {
    Cells cells = {{"id", item.id},
                   {"level", item.level},
                   {"parent", item.parent},
                   {"pilot", item.pilot},
                   {"due", date_of(item.due)},
                   {"state", item.state},
                   {"activities", join_list(item.activities)},
                   {"indicators", join_list(item.indicators)}};
    put_label(item.label, &cells);
    rows.push_back({item.id, std::move(cells)});
  }
  return rows;
}

std::string_view name_of(model::TimeRule time) {
  switch (time) {
    case model::TimeRule::kSum:
      return "sum";
    case model::TimeRule::kLast:
      return "last";
    case model::TimeRule::kAverage:
      return "average";
    case model::TimeRule::kAtEnd:
      break;
  }
  return "at_end";
}

std::string groupings_text(const std::vector<std::vector<std::string>>& groupings) {
  std::vector<std::string> all;
  for (const auto& grouping : groupings) {
    all.push_back(grouping.empty() ? "total" : base::join(grouping, " + "));
  }
  return join_list(all);
}

std::vector<Row> indicator_rows(const model::SteeringModel& model) {
  std::vector<Row> rows;
  for (const model::Indicator& one : model.indicators) {
    std::vector<std::string> grains;
    for (const base::Grain grain : one.grains) grains.emplace_back(base::to_string(grain));
    Cells cells = {{"id", one.id},
                   {"version", std::to_string(one.version)},
                   {"kind", one.kind},
                   {"stakeholder", one.stakeholder},
                   {"from", one.from},
                   {"where", one.where},
                   {"value", one.value},
                   {"at", one.at},
                   {"grain", std::string(base::to_string(one.grain))},
                   {"grains", join_list(grains)},
                   {"time", std::string(name_of(one.time))},
                   {"by", join_list(one.by)},
                   {"publish", groupings_text(one.publish)},
                   {"unit", one.unit},
                   {"round", std::to_string(one.round)},
                   {"better", one.better},
                   {"owner", one.owner},
                   {"drill", join_list(one.drill)},
                   {"status.green", one.green},
                   {"status.amber", one.amber},
                   {"hysteresis", one.hysteresis == 1 ? "" : std::to_string(one.hysteresis)},
                   {"when_empty", one.when_empty},
                   {"when_zero_den", one.when_zero_den}};
    if (one.fresh_hours > 0) cells["fresh"] = std::to_string(one.fresh_hours) + "h";
    if (one.suppress_below > 0) cells["suppress_below"] = std::to_string(one.suppress_below);
    put_label(one.label, &cells);
    rows.push_back({one.id, std::move(cells)});
  }
  return rows;
}

std::vector<Row> target_rows(const model::SteeringModel& model) {
  std::vector<Row> rows;
  for (const model::Target& target : model.targets) {
    std::vector<std::string> scope;
    std::string period;
    for (const auto& [dimension, value] : target.scope) {
      if (dimension == "period") {
        period = value;
      } else {
        scope.push_back(base::join({dimension, value}, "="));
      }
    }
    std::vector<std::string> points;
    for (const model::TargetPoint& point : target.linear) {
      points.push_back(point.period.to_string() + '=' + point.value);
    }
    const std::string scope_text = join_list(scope);
    rows.push_back(
        {target_key(target.indicator, period, scope_text),
         {{"indicator", target.indicator},
          {"period", period},
          {"scope", scope_text},
          {"value", target.value},
          {"amber", target.amber},
          {"linear", join_list(points)},
          {"hysteresis", target.hysteresis == 0 ? "" : std::to_string(target.hysteresis)}}});
  }
  return rows;
}

std::vector<Row> rows_of(std::string_view section, const model::SteeringModel& model) {
  if (section == "processes") return process_rows(model);
  if (section == "activities") return activity_rows(model);
  if (section == "raci") return role_rows(model);
  if (section == "organisation") return unit_rows(model);
  if (section == "indicators") return indicator_rows(model);
  if (section == "roadmap") return roadmap_rows(model);
  if (section == "targets") return target_rows(model);
  return section == "policies" ? policy_rows(model) : std::vector<Row>{};
}

// Spreadsheets know no earlier day.
bool is_spreadsheet_date(base::Days day) { return day >= base::days_from_civil({1900, 3, 1}); }

bool is_whole_number(std::string_view text) {
  return !text.empty() && text.size() <= 15 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         (text.size() == 1 || text.front() != '0');
}

formats::XlsxCell cell_of(const ColumnSpec& column, const std::string& text) {
  if (text.empty()) return formats::XlsxCell::empty();
  if (column.kind == CellKind::kDate) {
    const auto day = base::parse_date(text);
    if (day.ok() && is_spreadsheet_date(*day)) return formats::XlsxCell::of_date(*day);
  }
  if (column.kind == CellKind::kNumber && is_whole_number(text)) {
    return formats::XlsxCell::of_number(text);
  }
  if (column.kind == CellKind::kWord) {
    return formats::XlsxCell::of_text(word_of(*column.vocabulary, text));
  }
  if (column.kind == CellKind::kWordList) {
    std::vector<std::string> words;
    for (const std::string& value : split_list(text)) {
      words.push_back(word_of(*column.vocabulary, value));
    }
    return formats::XlsxCell::of_text(join_list(words));
  }
  return formats::XlsxCell::of_text(text);
}

class WorkbookExport {
 public:
  WorkbookExport(const model::SteeringModel& model, const KeptCells& kept)
      : model_(model), kept_(kept) {}

  Status write_sheet(const SheetSpec& spec) {
    const std::string name(spec.name);
    std::vector<std::string> header;
    for (const ColumnSpec& column : spec.columns) header.emplace_back(column.header);
    std::vector<std::string> extra;
    for (std::string& kept : kept_.headers(name)) {
      if (std::count(header.begin(), header.end(), kept) == 0) extra.push_back(std::move(kept));
    }
    header.insert(header.end(), extra.begin(), extra.end());
    PAS_RETURN_IF_ERROR(writer_.begin_sheet(name, header));
    for (const Row& row : rows_of(spec.section, model_)) {
      std::vector<formats::XlsxCell> cells;
      for (const ColumnSpec& column : spec.columns) {
        const auto at = row.cells.find(column.field);
        cells.push_back(cell_of(column, at == row.cells.end() ? "" : at->second));
      }
      const auto* kept = kept_.find(name, row.key);
      for (const std::string& column : extra) cells.push_back(kept_cell(kept, column));
      PAS_RETURN_IF_ERROR(writer_.add_row(cells));
    }
    return write_loose_rows(name, header);
  }

  // A sheet that no one understood, as it came.
  Status write_kept_sheet(const std::string& name) {
    const std::vector<std::string> header = kept_.headers(name);
    PAS_RETURN_IF_ERROR(writer_.begin_sheet(name, header));
    return write_loose_rows(name, header);
  }

  Status write_keys(std::string_view text) {
    formats::CsvSettings settings;
    settings.delimiter = ';';
    formats::CsvReader rows(formats::source_of_view(text), settings);
    for (bool is_header = true;; is_header = false) {
      PAS_ASSIGN_OR_RETURN(const bool more, rows.next());
      if (!more) {
        return is_header ? writer_.begin_sheet("Clés", {"Identifiant", "Libellé"})
                         : absl::OkStatus();
      }
      const std::vector<std::string> cells(rows.fields().begin(), rows.fields().end());
      if (is_header) {
        PAS_RETURN_IF_ERROR(writer_.begin_sheet("Clés", cells));
        continue;
      }
      std::vector<formats::XlsxCell> row;
      for (const std::string& cell : cells) row.push_back(formats::XlsxCell::of_text(cell));
      PAS_RETURN_IF_ERROR(writer_.add_row(row));
    }
  }

  StatusOr<std::string> finish() { return writer_.finish(); }

 private:
  static formats::XlsxCell kept_cell(const std::map<std::string, std::string>* row,
                                     const std::string& column) {
    if (row == nullptr) return formats::XlsxCell::empty();
    const auto at = row->find(column);
    return at == row->end() ? formats::XlsxCell::empty() : formats::XlsxCell::of_text(at->second);
  }

  Status write_loose_rows(const std::string& name, const std::vector<std::string>& header) {
    for (const auto& row : kept_.loose_rows(name)) {
      std::vector<formats::XlsxCell> cells;
      for (const std::string& column : header) cells.push_back(kept_cell(&row, column));
      PAS_RETURN_IF_ERROR(writer_.add_row(cells));
    }
    return absl::OkStatus();
  }

  const model::SteeringModel& model_;
  const KeptCells& kept_;
  formats::XlsxWriter writer_;
};

std::string_view text_of(const std::vector<ModelFile>& files, std::string_view path) {
  for (const ModelFile& file : files) {
    if (file.path == path) return file.text;
  }
  return "";
}

}  // namespace

StatusOr<std::string> export_reference(const model::SteeringModel& model,
                                       const std::vector<ModelFile>& files) {
  PAS_ASSIGN_OR_RETURN(const KeptCells kept, KeptCells::parse(text_of(files, kKeptFile)));
  WorkbookExport workbook(model, kept);
  std::vector<std::string> names;
  for (const SheetSpec& spec : sheet_specs()) {
    names.emplace_back(spec.name);
    if (spec.section == "keys") {
      PAS_RETURN_IF_ERROR(workbook.write_keys(text_of(files, kKeysFile)));
    } else {
      PAS_RETURN_IF_ERROR(workbook.write_sheet(spec));
    }
  }
  for (const std::string& name : kept.sheets()) {
    if (std::count(names.begin(), names.end(), name) > 0) continue;
    PAS_RETURN_IF_ERROR(workbook.write_kept_sheet(name));
  }
  return workbook.finish();
}

StatusOr<std::vector<ModelFile>> read_kept(const std::string& dir) {
  std::vector<ModelFile> files;
  for (const char* name : {kColumnsFile, kKeptFile, kKeysFile}) {
    const std::string path = (std::filesystem::path(dir) / name).string();
    std::error_code failure;
    if (!std::filesystem::exists(path, failure)) continue;
    PAS_ASSIGN_OR_RETURN(const auto source, formats::open_file(path));
    PAS_ASSIGN_OR_RETURN(std::string text, formats::read_all(*source, base::kModelBytesMax));
    files.push_back({name, std::move(text)});
  }
  return files;
}

}  // namespace passerelle::steering
