// Which absences count, and in which family of the rapport social unique: only the family leaves
// this connector, never the reason.
#pragma once

#include <optional>
#include <string_view>

namespace passerelle::hr_dsn {

// Families are exclusive, so that rates add up: compressible; medical (beyond the compressible
// ones); global (beyond the medical ones).
inline constexpr std::string_view kCompressible = "compressible";
inline constexpr std::string_view kMedical = "medical";
inline constexpr std::string_view kGlobal = "global";

// Of S21.G00.60.001; none for an annulment and for part-time work on medical grounds.
std::optional<std::string_view> family_of_stop(std::string_view reason);
// Of S21.G00.65.001; none for leave, training, mandates, strikes and suspensions of the contract,
// which are no absenteeism.
std::optional<std::string_view> family_of_suspension(std::string_view reason);

}  // namespace passerelle::hr_dsn
