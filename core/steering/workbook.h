// An existing reference in a workbook (sheets Processus, Activités, Rôles, Organisation,
// Indicateurs, Objectifs, Cibles, Politiques, Clés) into the model folder, and back.
//
// What the folder cannot say is kept beside it, so that the way there and back loses nothing:
// reference/keys.csv (the sheet Clés) and reference/kept.csv (columns, rows and sheets that have no
// place in the model). How columns were understood is in reference/columns.csv, which a person may
// edit before the next import.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/model/steering.h"
#include "core/steering/folder.h"

namespace passerelle::steering {

struct ImportOptions {
  // The letter that means "rend compte" in the sheet Rôles. If it is R, then A means "réalise".
  // Without it A is meant, and a sheet with letters beyond R, A, C, I needs an answer.
  std::optional<char> accountable_letter;
  // reference/columns.csv of an earlier import; empty: none.
  std::string remembered_columns;
};

struct ImportNote {
  enum class Kind : std::uint8_t {
    kDuplicate,      // same id, or same label
    kOrphan,         // names what is not there
    kSkipped,        // a row that has no place in the model; kept
    kRenamed,        // an id that was made, or made fit
    kUnknownColumn,  // kept
    kUnknownSheet,   // kept
    kUnclear,        // a value that check() will refuse
  };
  Kind kind = Kind::kSkipped;
  std::string sheet;
  std::uint64_t row = 0;  // the sheet's own number; 0: the sheet as a whole
  std::string reason;
  std::string remedy;
};
std::string_view to_string(ImportNote::Kind kind);

struct ImportReport {
  std::vector<ImportNote> notes;             // by sheet and row
  std::map<std::string, std::size_t> read;   // sheet -> rows below its header
  std::map<std::string, std::size_t> taken;  // sheet -> rows that are in the model now
  // Letters of the sheet Rôles beyond R, A, C and I while no option said what they mean: ask which
  // one means "rend compte", and import again.
  std::set<char> unclear_letters;
};

struct Imported {
  std::vector<ModelFile> files;  // below reference/, to be written with write_files()
  ImportReport report;
};

// INVALID_ARGUMENT for what is no workbook, or one without any of the sheets;
// RESOURCE_EXHAUSTED above kModelBytesMax of cells. The files may still be refused by check():
// import reports what it found, check() says what must be mended.
StatusOr<Imported> import_reference(const std::string& path, const ImportOptions& options = {});
StatusOr<Imported> import_reference_bytes(std::string workbook, const ImportOptions& options = {});

// The workbook's bytes. `kept`: files as read_kept() gives them; others are not looked at.
StatusOr<std::string> export_reference(const model::SteeringModel& model,
                                       const std::vector<ModelFile>& kept);
// reference/*.csv of a model folder, those that are there.
StatusOr<std::vector<ModelFile>> read_kept(const std::string& dir);

}  // namespace passerelle::steering
