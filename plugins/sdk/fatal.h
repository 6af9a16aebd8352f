// The end of a plugin whose author broke a rule of connector.h.
#pragma once

#include <string_view>

namespace passerelle::sdk {

// sysexits' EX_SOFTWARE: the exit code of a plugin that ends by fatal().
inline constexpr int kAuthorErrorExitCode = 70;

// Writes the message as an error line of the log and ends the process. For mistakes in the
// connector's code only, never for what a source or an administrator wrote.
[[noreturn]] void fatal(std::string_view message);

}  // namespace passerelle::sdk
