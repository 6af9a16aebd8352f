// The three streams, their fields in order, and how converted rows become records of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/hr_dsn/convert.h"
#include "plugins/sdk/connector.h"

namespace passerelle::hr_dsn {

inline constexpr std::string_view kPayroll = "payroll";
inline constexpr std::string_view kAssignment = "assignment";
inline constexpr std::string_view kAbsence = "absence";

std::vector<sdk::Stream> streams();

// What all rows of an individual share.
struct RowContext {
  std::string person;
  const Declaration& declaration;
  std::int64_t version = 0;
  std::uint64_t line = 0;
};

void write(sdk::StreamWriter& out, const std::string& id, const Assignment& row,
           const RowContext& context);
void write(sdk::StreamWriter& out, const std::string& id, const Payroll& row,
           const RowContext& context);
void write(sdk::StreamWriter& out, const std::string& id, const Absence& row,
           const RowContext& context);

}  // namespace passerelle::hr_dsn
