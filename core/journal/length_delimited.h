// Messages one after the other in a file, each behind its length as a varint, as protobuf's own
// delimited streams. Files are read through a buffer; one message is in memory at a time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "core/base/status.h"

namespace passerelle::journal {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

// False on any error of the disk (errno says which).
bool write_delimited(std::FILE* file, const std::string& message);

// True and a message, or false at the end of the file. DATA_LOSS when the file ends inside a
// message, or one is longer than `bytes_max`.
StatusOr<bool> read_delimited(std::FILE* file, std::size_t bytes_max, std::string* message);

}  // namespace passerelle::journal
