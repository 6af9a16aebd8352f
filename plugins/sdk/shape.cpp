#include "plugins/sdk/shape.h"

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "plugins/sdk/fatal.h"

namespace passerelle::sdk {

Shape::Shape(Stream stream) : stream_(std::move(stream)) {
  if (stream_.fields.size() > base::kRecordFieldsMax) {
    fatal(fmt::format("stream '{}' declares {} fields; at most {}", stream_.name,
                      stream_.fields.size(), base::kRecordFieldsMax));
  }
  for (std::size_t i = 0; i < stream_.fields.size(); ++i) {
    is_text_.push_back(holds_text(stream_.fields[i].type) ? 1 : 0);
    if (!indexes_.emplace(stream_.fields[i].name, i).second) {
      fatal(fmt::format("stream '{}' declares the field '{}' twice", stream_.name,
                        stream_.fields[i].name));
    }
  }
}

std::size_t Shape::search(std::string_view field) {
  const auto found = indexes_.find(field);
  if (found == indexes_.end()) {
    fatal(fmt::format("stream '{}' declares no field '{}'; add it to the stream in describe()",
                      stream_.name, field));
  }
  next_ = found->second + 1;
  return found->second;
}

void Shape::refuse(std::size_t field, std::string_view given) const {
  if (field >= stream_.fields.size()) {
    fatal(fmt::format("stream '{}' has {} fields; there is no field of index {}", stream_.name,
                      stream_.fields.size(), field));
  }
  fatal(fmt::format("field '{}' of stream '{}' was given {}; its declared type takes {}",
                    stream_.fields[field].name, stream_.name, given,
                    is_text_[field] ? "set()" : "set_number()"));
}

void refuse_stream(std::string_view name, const std::vector<std::string>& declared) {
  fatal(fmt::format("stream '{}' is not declared; declared: {}", name,
                    declared.empty() ? "none" : base::join(declared, ", ")));
}

}  // namespace passerelle::sdk
