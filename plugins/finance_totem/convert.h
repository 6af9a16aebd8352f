// Pure: what was read of a document -> the values of a record, or the reason why not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/calendar.h"
#include "plugins/finance_totem/chart.h"
#include "plugins/finance_totem/source.h"

namespace passerelle::finance_totem {

// Why a document or a line is refused; `rule` is stable.
struct Refusal {
  std::string rule;
  std::string field;
  std::string value;
  std::string reason;
  std::string remedy;
};

// A header that was understood.
struct Document {
  std::string siret;
  std::int64_t exercise = 0;
  std::string nomenclature;
  std::string budget;  // P, A or ""
  std::string kind;    // BP, DM, BS, CA, CFU
  std::string kind_code;
  std::int64_t number = 0;
  std::optional<base::Days> decided_on;
  // The later of DteStr and of the seal's instant, in milliseconds since 1970: orders two files of
  // one document. While records are written: the version they get from it (FileLedger).
  std::int64_t version = 0;
  bool carried_known = true;

  // SIRET/exercise/NatDec/NumDec
  std::string id() const;
  // Realised amounts and remainders are only stated by accounts.
  bool is_account() const { return kind == "CA" || kind == "CFU"; }
};

std::variant<Document, Refusal> convert_header(const DocumentHeader& header, bool carried_known);

// Amounts in cents; the views are into the raw line and the chart.
struct BudgetLine {
  char section = 0;  // F, I
  std::string_view chapter;
  bool order = false;
  std::int64_t previous = 0;
  std::int64_t carried_in = 0;
  std::int64_t proposed = 0;
  std::int64_t open = 0;
  std::int64_t realised = 0;
  std::int64_t remainder = 0;
};

// `chart` may be null. Section: the chapter ContNat in the chart, else the chapter of the account
// in the chart, else CaracSup Section.
std::variant<BudgetLine, Refusal> convert_line(const RawLine& line, const Document& document,
                                               const Chart* chart);

struct StaffPosition {
  std::optional<bool> full_time;
  std::optional<bool> permanent;
  std::int64_t budgeted = 0;  // 1/10,000 FTE
  std::int64_t filled = 0;
};

std::variant<StaffPosition, Refusal> convert_position(const RawPosition& position);

}  // namespace passerelle::finance_totem
