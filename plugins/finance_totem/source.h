// Reads a budget document (TotEM DocumentBudgetaire, or a CompteFinancierUnique around one) as a
// stream of raw lines and staff positions. Of the annexes only DATA_PERSONNEL is entered, and of
// its rows only what is listed in RawPosition: elected officials, signatories, formations and pay
// are passed over by the parser.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/calendar.h"
#include "core/base/hash.h"
#include "core/base/status.h"
#include "core/formats/byte_source.h"
#include "plugins/sdk/files/file_ledger.h"

namespace passerelle::finance_totem {

struct DocumentHeader {
  bool is_single_account = false;  // root CompteFinancierUnique
  std::string siret;               // IdEtab: of the budget, principal or annexe
  std::string nomenclature;        // M57-M57_D
  std::string kind_code;           // NatDec: 01 BP, 02 DM, 03 BS, 09 CA, 10 CFU
  std::string number;              // NumDec, "" when absent
  std::string exercise;
  std::string budget_type;  // CodTypBud: P principal, A annexe
  bool is_project = false;  // ProjetBudget: not voted
  std::string decided_on;   // DteDec, else DteDecEx
  std::string dated;        // DteStr
  std::string sealed_at;    // Scellement/@date
};

// The texts of a LigneBudget; "" for what is not there. Reused from line to line.
struct RawLine {
  std::uint64_t line = 0;  // in the file, from 1
  bool is_calculated = false;
  std::string nature, function, chapter_or_operation, flow, order, order_type, operation, section;
  std::string previous, carried, carried_supplement, proposed, open, realised, remainder;
  void clear();
};

struct RawPosition {
  std::uint64_t line = 0;
  std::string status, grade, category, sector, full_time, permanent, contract, budgeted, filled;
  void clear();
};

class DocumentVisitor {
 public:
  virtual ~DocumentVisitor() = default;
  // Not OK ends the scan with that status.
  virtual Status on_line(const RawLine& line) = 0;
  virtual Status on_position(const RawPosition& position) = 0;
};

// The reader owns its source; this one lends it, where a digest is wanted afterwards.
class BorrowedSource final : public formats::ByteSource {
 public:
  // `inner` must outlive this.
  explicit BorrowedSource(formats::ByteSource& inner) : inner_(inner) {}
  StatusOr<std::size_t> read(char* buffer, std::size_t size) override {
    return inner_.read(buffer, size);
  }

 private:
  formats::ByteSource& inner_;
};

// One pass over a document, in constant memory. XML cannot be entered in the middle: a resumed
// read parses again from the start and passes over what was sent. `header` is filled as far as the
// document was understood, also after an error. INVALID_ARGUMENT with line:column for malformed
// XML, another root, a second Budget.
Status scan_document(std::unique_ptr<formats::ByteSource> source, DocumentHeader* header,
                     DocumentVisitor& visitor);

// The key that a line has in every document of its budget and exercise, but for its ordinal among
// equal keys: Nature|Fonction|ContNat|CodRD|OpBudg|Operation. (A '|' inside a code could only make
// two keys equal, which the ordinal then tells apart.)
void append_line_key(const RawLine& line, std::string* out);
// What two identical posts have in common: every text that becomes a field.
base::Hash128 content_of(const RawPosition& position);

// What the first pass over a file finds out, before anything of it is sent: that it is well-formed
// to its end, which document it is, which keys repeat, whether reports are stated.
struct Survey {
  DocumentHeader header;
  base::Hash128 digest;
  std::uint64_t lines = 0;  // calculated ones left out
  std::uint64_t positions = 0;
  // False for a CFU where MtRARPrec repeats MtRAR3112 on every line: the file then holds the
  // remainders of the year's end twice and not those carried in.
  bool carried_known = true;
  sdk::RepeatedKeys line_keys;
  sdk::RepeatedKeys position_keys;
};

// `survey->header` is filled as far as possible, also after an error.
Status survey_document(const std::string& path, Survey* survey);

}  // namespace passerelle::finance_totem
