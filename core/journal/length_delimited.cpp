#include "core/journal/length_delimited.h"

namespace passerelle::journal {

bool write_delimited(std::FILE* file, const std::string& message) {
  std::uint64_t size = message.size();
  for (; size >= 0x80; size >>= 7) {
    if (std::putc(static_cast<int>((size & 0x7f) | 0x80), file) == EOF) return false;
  }
  if (std::putc(static_cast<int>(size), file) == EOF) return false;
  return std::fwrite(message.data(), 1, message.size(), file) == message.size();
}

StatusOr<bool> read_delimited(std::FILE* file, std::size_t bytes_max, std::string* message) {
  std::uint64_t size = 0;
  int shift = 0;
  int byte = std::getc(file);
  if (byte == EOF && std::feof(file) != 0) return false;
  for (; byte != EOF && (byte & 0x80) != 0 && shift < 56; shift += 7, byte = std::getc(file)) {
    size |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
  }
  size |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
  if (byte == EOF || size > bytes_max) return base::data_loss("a length is damaged");
  message->resize(size);
  if (std::fread(message->data(), 1, size, file) != size) {
    return base::data_loss("the file ends inside a section");
  }
  return true;
}

}  // namespace passerelle::journal
