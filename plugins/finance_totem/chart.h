// The chart of accounts (plan de comptes) as odm-budgetaire.org publishes it: which section a
// chapter belongs to, and which chapter an account is voted in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/status.h"
#include "core/formats/byte_source.h"
#include "plugins/sdk/files/file_ledger.h"

namespace passerelle::finance_totem {

// How a line moves: the six columns of an account.
enum class Movement : std::uint8_t {
  kExpenseReal,          // DR
  kExpenseOrderBetween,  // DOES: between the sections
  kExpenseOrderWithin,   // DOIS: within a section
  kReceiptReal,          // RR
  kReceiptOrderBetween,  // ROES
  kReceiptOrderWithin,   // ROIS
};

struct ChartName {
  std::string nomenclature;  // as documents write it: Norme-Declinaison, "M57-M57_D"
  int exercise = 0;
};

class Chart {
 public:
  static StatusOr<Chart> read(std::unique_ptr<formats::ByteSource> source);

  const ChartName& name() const { return name_; }
  // 'F' or 'I', or 0 for a code that is no chapter.
  char section_of_chapter(std::string_view chapter) const;
  // The chapter of an account under a movement, or "". An account that the chart does not list is
  // a local subdivision: its longest listed beginning answers.
  std::string_view chapter_of_account(std::string_view account, Movement movement) const;

  std::size_t chapters() const { return chapters_.size(); }
  std::size_t accounts() const { return accounts_.size(); }

 private:
  struct Account {
    std::string chapters[6];
  };
  ChartName name_;
  std::unordered_map<std::string, char> chapters_;
  std::unordered_map<std::string, Account> accounts_;
};

// The charts of a configuration; each is parsed when a document first needs it. One thread.
class ChartShelf {
 public:
  // Reads the names only. NOT_FOUND if patterns are given and no file matches; INVALID_ARGUMENT
  // for a file that is no chart of accounts.
  static StatusOr<ChartShelf> open(const std::vector<std::string>& patterns,
                                   std::string_view folder);

  // The chart of this nomenclature and the exercise or, of the others, the nearest one (the earlier
  // of two). nullptr if there is none of the nomenclature.
  StatusOr<const Chart*> find(std::string_view nomenclature, int exercise);
  // Changes when any chart does: what was read with other charts is read again.
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  struct Entry {
    ChartName name;
    std::string path;
    std::string shown;
    std::unique_ptr<Chart> chart;
  };
  std::vector<Entry> entries_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace passerelle::finance_totem
