// The first pass over a file, before anything of it is sent: which sendings are whole, which
// declarations they hold, which contract keys repeat.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "plugins/hr_dsn/convert.h"
#include "plugins/sdk/files/file_ledger.h"

namespace passerelle::hr_dsn {

struct SurveyedSending {
  Sending sending;                    // its fault: control totals, lines, headers
  std::optional<Declaration> sample;  // its first declaration that was understood
};

struct Survey {
  base::Hash128 digest;
  std::optional<Fault> fault;  // of the whole file
  std::vector<SurveyedSending> sendings;
  std::uint64_t individuals = 0;
  sdk::RepeatedKeys contracts;
};

// The hash that tells the contracts of a file apart, all declarations together.
std::uint64_t contract_hash(const Declaration& declaration, const ContractKey& contract);

// The source's errors other than INVALID_ARGUMENT, which becomes the file's fault.
Status survey_file(const std::string& path, Survey* survey);

}  // namespace passerelle::hr_dsn
