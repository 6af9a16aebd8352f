#include "core/steering/workbook.h"

#include <algorithm>
#include <utility>

#include "core/formats/xlsx.h"
#include "core/steering/workbook_import.h"
#include "core/steering/workbook_rows.h"

namespace passerelle::steering {
namespace {

StatusOr<Imported> import_from(const formats::XlsxReader& workbook, const ImportOptions& options) {
  PAS_ASSIGN_OR_RETURN(std::vector<Sheet> sheets,
                       read_sheets(workbook, options.remembered_columns));
  const auto is_known = [](const Sheet& sheet) { return sheet.spec != nullptr; };
  if (std::none_of(sheets.begin(), sheets.end(), is_known)) {
    return base::invalid_argument(
        "the workbook has none of the sheets Processus, Activités, Rôles, Organisation, "
        "Indicateurs, Objectifs, Cibles, Politiques, Clés; give its sheets these names");
  }
  return WorkbookImport(std::move(sheets), options).run();
}

}  // namespace

std::string_view to_string(ImportNote::Kind kind) {
  switch (kind) {
    case ImportNote::Kind::kDuplicate:
      return "duplicate";
    case ImportNote::Kind::kOrphan:
      return "orphan";
    case ImportNote::Kind::kSkipped:
      return "skipped";
    case ImportNote::Kind::kRenamed:
      return "renamed";
    case ImportNote::Kind::kUnknownColumn:
      return "unknown column";
    case ImportNote::Kind::kUnknownSheet:
      return "unknown sheet";
    case ImportNote::Kind::kUnclear:
      break;
  }
  return "unclear";
}

StatusOr<Imported> import_reference(const std::string& path, const ImportOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto workbook, formats::XlsxReader::open_file(path));
  return import_from(*workbook, options);
}

StatusOr<Imported> import_reference_bytes(std::string bytes, const ImportOptions& options) {
  PAS_ASSIGN_OR_RETURN(const auto workbook, formats::XlsxReader::open_bytes(std::move(bytes)));
  return import_from(*workbook, options);
}

}  // namespace passerelle::steering
