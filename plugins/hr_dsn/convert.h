// Pure: a declaration's header and an individual of it -> the values of records, or the reason why
// not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/calendar.h"
#include "plugins/hr_dsn/source.h"

namespace passerelle::hr_dsn {

enum class Nature { kMonthly, kContractEnd, kOther };

// A header that was understood.
struct Declaration {
  Nature nature = Nature::kOther;
  std::string siret;
  std::string fraction;      // "11": the only one
  std::int64_t order = 0;    // its number: a later declaration replaces an earlier one
  bool cancels = false;      // type 04: nothing takes the place of what it replaces
  base::Days first_day = 0;  // of the month; of a monthly declaration
  base::Days last_day = 0;

  std::string month() const;  // "2026-04"
  // Of a monthly declaration; a contract's end has one of its own (scope_of_end).
  std::string scope() const;
};

std::variant<Declaration, Fault> convert_header(const RawDeclaration& raw);

// Which contract a record is about; no personal identifier. Two contracts of an establishment that
// share number and start are told apart by an ordinal the caller adds.
struct ContractKey {
  std::string number;
  std::string start;  // ISO, or as written
  std::string text() const { return number + "/" + start; }
  bool operator==(const ContractKey&) const = default;
};

std::string scope_of_end(const Declaration& declaration, const ContractKey& contract);

// What one segment of a contract, of constant terms, says.
struct Assignment {
  ContractKey contract;
  std::string number;    // of the contract during the segment
  std::string employer;  // SIRET
  std::string grade;
  std::string job;
  base::Days from = 0;
  base::Days to = 0;
  std::optional<std::int64_t> fte;  // 1/10,000
  std::int64_t days = 0;            // 0 for the end of a contract
};

struct Payroll {
  ContractKey contract;
  std::string grade;
  std::string job;
  std::optional<std::int64_t> gross;  // cents
  std::optional<std::int64_t> net;
};

struct Absence {
  ContractKey contract;  // the individual's first: absences are counted once
  std::string_view family;
  base::Days from = 0;
  base::Days to = 0;
};

struct Converted {
  std::string person;  // matricule, or "dsn_contract:" with the employer's internal number
  std::vector<Assignment> assignments;
  std::vector<Payroll> payrolls;
  std::vector<Absence> absences;
};

// The different contracts of these records, in their order.
std::vector<ContractKey> contracts_of(const Converted& converted);

// Everything an individual yields, or the first fault of it (then nothing of it is kept).
std::variant<Converted, Fault> convert_individual(const RawIndividual& raw,
                                                  const Declaration& declaration);

// Working time as a share of a full-time post, 1/10,000; none where the contract does not say.
struct WorkingTime {
  std::string_view unit, reference, quota, modality, post, full_reference, part_time_rate;
};
std::variant<std::optional<std::int64_t>, Fault> full_time_equivalent(const WorkingTime& time);

// "01042026".
std::optional<base::Days> parse_dsn_date(std::string_view text);

}  // namespace passerelle::hr_dsn
