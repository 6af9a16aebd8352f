#include "core/language/schema.h"

#include <algorithm>
#include <utility>

namespace passerelle::language {

Schema::Schema(const std::vector<Field>& fields) {
  for (const Field& field : fields) add(field);
}

std::uint32_t Schema::add(Field field) {
  const auto slot = static_cast<std::uint32_t>(fields_.size());
  const auto [entry, inserted] = slots_.emplace(field.name, slot);
  if (inserted) fields_.push_back(std::move(field));
  return entry->second;
}

void Schema::add_alias(std::string name, std::uint32_t slot) {
  slots_.emplace(std::move(name), slot);
}

std::optional<std::uint32_t> Schema::find(std::string_view name) const {
  const auto entry = slots_.find(std::string(name));
  if (entry == slots_.end()) return std::nullopt;
  return entry->second;
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> names;
  names.reserve(slots_.size());
  for (const auto& [name, slot] : slots_) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace passerelle::language
