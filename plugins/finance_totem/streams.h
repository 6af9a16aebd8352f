// The two streams, their fields in order, and how a converted line becomes a record of them.
#pragma once

#include <string>
#include <vector>

#include "plugins/finance_totem/convert.h"
#include "plugins/sdk/connector.h"

namespace passerelle::finance_totem {

inline constexpr std::string_view kLines = "budget_line";
inline constexpr std::string_view kStaff = "staff_position";

std::vector<sdk::Stream> streams();

void write_line(sdk::StreamWriter& out, const std::string& line_key, const RawLine& raw,
                const BudgetLine& line, const Document& document);
void write_position(sdk::StreamWriter& out, const std::string& id, const RawPosition& raw,
                    const StaffPosition& position, const Document& document);

}  // namespace passerelle::finance_totem
