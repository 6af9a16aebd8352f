// The work of import_reference(), one object per import. Internal to steering.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/formats/yaml.h"
#include "core/steering/workbook.h"
#include "core/steering/workbook_names.h"
#include "core/steering/workbook_rows.h"

namespace passerelle::steering {

// The column that holds the id a row had before it was made fit.
inline constexpr char kOriginalId[] = "Identifiant d'origine";

// The key of a row without an id, for kept cells; the same in import and export.
std::string role_key(std::string_view activity, std::string_view letter, std::string_view unit,
                     std::string_view role);
std::string target_key(std::string_view indicator, std::string_view period, std::string_view scope);

class WorkbookImport {
 public:
  WorkbookImport(std::vector<Sheet> sheets, ImportOptions options)
      : sheets_(std::move(sheets)), options_(std::move(options)) {}

  Imported run();

 private:
  using NoteKind = ImportNote::Kind;
  struct Role {
    std::string letter;
    std::string unit;
    std::string role;
  };

  void note(NoteKind kind, const Sheet& sheet, std::uint64_t row, std::string reason,
            std::string remedy);
  void skip(const Sheet& sheet, const SheetRow& row, std::string reason, std::string remedy);
  void keep_unknown_columns(const Sheet& sheet, const SheetRow& row, const std::string& key);
  void report_columns(const Sheet& sheet);

  // Pass 1: ids and names of every row.
  void name_rows(const Sheet& sheet);
  std::string name_row(const Sheet& sheet, const SheetRow& row);
  // Pass 2: rows to YAML.
  void read_entities(const Sheet& sheet);
  void read_targets(const Sheet& sheet);
  void read_roles(const Sheet& sheet);
  void read_role_matrix(const Sheet& sheet, const std::vector<std::size_t>& unit_columns);
  void keep_keys(const Sheet& sheet);
  void keep_sheet(const Sheet& sheet);

  void keep_original_code(const Sheet& sheet, const SheetRow& row, const std::string& id,
                          formats::Yaml* entity);
  void put(const Sheet& sheet, const SheetRow& row, const ColumnSpec& column,
           const std::string& cell, formats::Yaml* entity);
  formats::Yaml value_of_cell(const Sheet& sheet, const SheetRow& row, const ColumnSpec& column,
                              const std::string& cell);
  std::string reference(const Sheet& sheet, const SheetRow& row, std::string_view section,
                        const std::string& text);
  formats::Yaml parents(const Sheet& sheet, const SheetRow& row, const std::string& cell);
  std::vector<std::size_t> unit_columns(const Sheet& sheet) const;
  // "A", "R", "C" or "I" for each letter of a cell; false if one is unclear.
  bool letters_of(const std::string& cell, std::vector<std::string>* letters);
  bool add_role(const Sheet& sheet, const SheetRow& row, const std::string& activity, Role role);
  void attach_roles();
  std::vector<ModelFile> write_files_text() const;

  std::vector<Sheet> sheets_;
  ImportOptions options_;
  ImportReport report_;
  WorkbookNames names_;
  std::map<std::pair<const Sheet*, std::uint64_t>, std::string> ids_;  // of rows that are taken
  std::map<std::string, formats::Yaml> sections_;
  std::map<std::string, std::vector<Role>> roles_;  // by activity
  KeptCells kept_;
  std::string keys_;
};

}  // namespace passerelle::steering
