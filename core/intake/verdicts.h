// Which rows of a batch are rejected, and why. Of a row that breaks several rules the first field
// counts (id, natural key, then the kind's order), however the batch was encoded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/intake/vault.h"
#include "core/model/record.h"

namespace passerelle::intake {

// What a rule says about one value.
struct Breach {
  std::string_view rule;
  std::string_view field;
  std::string reason;
  std::string_view remedy;
  bool personal = false;  // the value is masked
  int rank = 0;           // of the field: Slot::rank, or one of those below
};
inline constexpr int kRankId = -2;
inline constexpr int kRankNaturalKey = -1;

class Verdicts {
 public:
  // `vault` may be null: then source values are not kept.
  Verdicts(std::size_t rows, const Vault* vault) : rows_(rows), vault_(vault) {}

  std::size_t rows() const { return rows_; }
  bool any() const { return !rejects_.empty(); }
  void reject(std::size_t row, Breach breach, std::string_view value);

  // The rejects, completed by what `batch` (still whole) says of their rows, in row order.
  std::vector<model::Reject> take(const model::RecordBatch& batch);
  // 1 where a row stays.
  std::vector<std::uint8_t> kept() const;

 private:
  struct Rejected {
    std::size_t row = 0;
    Breach breach;
    std::string value;  // of the source, maybe personal
  };
  model::Reject described(const Rejected& rejected, const model::RecordBatch& batch) const;

  std::size_t rows_;
  const Vault* vault_;
  std::vector<std::uint32_t> place_;  // of each row in rejects_, from 1; 0: none; empty: no rejects
  std::vector<Rejected> rejects_;
};

// At most `bytes_max` bytes of valid UTF-8: cut between characters, other encodings guessed.
std::string sample_of(std::string_view text, std::size_t bytes_max);
// A record's id as it may be shown: masked when it looks like a NIR.
std::string shown_id(std::string_view id);

// Takes out the rows where `kept` is 0, and the dictionary entries that no row uses any more.
void keep_rows(const std::vector<std::uint8_t>& kept, model::RecordBatch* batch);

}  // namespace passerelle::intake
