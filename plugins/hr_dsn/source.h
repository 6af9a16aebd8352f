// A DSN file as it is built: sendings (S10 to S90, alone or in a lot), in them declarations (S20),
// establishments (S21.G00.11) and individuals (S21.G00.30) with their contracts, payments and
// absences. The hierarchy is implied by the order of the rubrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "plugins/hr_dsn/rubrics.h"

namespace passerelle::hr_dsn {

// The texts of the blocks, as they stand in the file; "" for what is not there.

struct RawChange {  // S21.G00.41: the values that held before the date
  std::string date, unit, quota, modality, siret, number, reference, post, full_reference,
      part_time_rate, grade;
};

struct RawStop {  // S21.G00.60
  std::string reason, last_day_worked, expected_end, returned;
};

struct RawSuspension {  // S21.G00.65
  std::string reason, start, end;
};

struct RawContract {  // S21.G00.40
  std::string start, job, number, unit, reference, quota, modality, internal_number, post,
      full_reference, part_time_rate, grade;
  std::string end;         // S21.G00.62.001
  std::string end_reason;  // S21.G00.62.002: only to see an annulment (099), never sent
  std::vector<RawChange> changes;
  std::vector<RawStop> stops;
  std::vector<RawSuspension> suspensions;
};

struct RawPay {  // S21.G00.51
  std::string contract, type, amount;
};

struct RawPayment {  // S21.G00.50
  std::string net;
  std::vector<RawPay> pays;
};

struct RawIndividual {
  std::uint64_t line = 0;
  std::string matricule;
  std::vector<RawContract> contracts;
  std::vector<RawPayment> payments;
};

// One establishment of one declaration.
struct RawDeclaration {
  std::size_t sending = 0;  // ordinal in the file, from 0
  std::size_t ordinal = 0;  // of this establishment's part in the file, from 0
  std::uint64_t line = 0;
  std::string environment;  // S10.G00.00.005: 01 test, 02 real
  std::string nature, type, fraction, order, month, currency;
  std::string siren, nic;
};

// Why a sending or a file is refused. Never holds a personal value.
struct Fault {
  std::string rule;
  std::string field;
  std::string value;
  std::string reason;
  std::string remedy;
  std::uint64_t line = 0;
};

struct Sending {
  std::uint64_t first_line = 0;
  std::uint64_t rubrics = 0;
  std::uint64_t declarations = 0;
  std::uint64_t individuals = 0;
  std::optional<Fault> fault;
};

class DeclarationVisitor {
 public:
  virtual ~DeclarationVisitor() = default;
  // A status that is not OK ends the scan.
  virtual Status on_begin(const RawDeclaration& declaration) = 0;
  virtual Status on_individual(const RawDeclaration& declaration,
                               const RawIndividual& individual) = 0;
  virtual Status on_end(const RawDeclaration& declaration) = 0;
  // Of the sending that has just ended; `fault` says what its control totals and lines broke.
  virtual Status on_sending(const Sending& sending) = 0;
};

// One pass over a file, in constant memory: one individual at a time. `fault` gets what concerns
// the whole file: truncation, lines outside of sendings, a lot whose count is wrong.
// INVALID_ARGUMENT for bytes that are no text; the source's errors; the visitor's.
Status scan_file(formats::ByteSource& source, DeclarationVisitor& visitor,
                 std::optional<Fault>* fault);

}  // namespace passerelle::hr_dsn
