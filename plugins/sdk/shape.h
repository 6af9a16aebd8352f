// One stream's declared fields, for the writers of its records.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/connector.h"

namespace passerelle::sdk {

inline bool holds_text(FieldType type) {
  return type == FieldType::kString || type == FieldType::kPerson;
}

// Finds fields by name and refuses what was not declared (fatal.h).
class Shape {
 public:
  explicit Shape(Stream stream);

  const Stream& stream() const { return stream_; }
  std::size_t size() const { return stream_.fields.size(); }
  // Authors set fields in the same order for every record: the next one is tried first.
  std::size_t index_of(std::string_view field) {
    if (next_ < stream_.fields.size() && stream_.fields[next_].name == field) return next_++;
    return search(field);
  }
  void expect_text(std::size_t field) const {
    if (field >= is_text_.size() || !is_text_[field]) refuse(field, "text");
  }
  void expect_number(std::size_t field) const {
    if (field >= is_text_.size() || is_text_[field]) refuse(field, "a number");
  }
  void rewind() { next_ = 0; }

 private:
  std::size_t search(std::string_view field);
  [[noreturn]] void refuse(std::size_t field, std::string_view given) const;

  Stream stream_;
  std::vector<char> is_text_;
  std::map<std::string, std::size_t, std::less<>> indexes_;
  std::size_t next_ = 0;
};

// What every writer refuses about its stream's name: fatal with the declared names.
[[noreturn]] void refuse_stream(std::string_view name, const std::vector<std::string>& declared);

}  // namespace passerelle::sdk
