// The fields an expression may read. A field's slot is its index; the caller hands values to a
// frame by slot.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/language/value.h"

namespace passerelle::language {

struct Field {
  std::string name;
  Type type{};
  // Of decimals: every value has exactly this many decimals (2 for cents). kAnyScale: the values
  // may be rationals; such a field cannot be the argument of an aggregate.
  int scale = 0;
  // "EUR", "h", "min", "ETP", "%", "count" or any word; "" for a plain number.
  std::string unit{};
  bool nullable = true;
};
inline constexpr int kAnyScale = -1;

struct ModelNames;

class Schema {
 public:
  Schema() = default;
  explicit Schema(const std::vector<Field>& fields);

  // Calendars, pools and keys that expressions may name; null, the default: none.
  void set_names(std::shared_ptr<const ModelNames> names) { names_ = std::move(names); }
  const std::shared_ptr<const ModelNames>& model_names() const { return names_; }

  // The slot. A name that is there already keeps its first field and returns its slot.
  std::uint32_t add(Field field);
  // Another name of a slot; names may hold dots ("budget.open").
  void add_alias(std::string name, std::uint32_t slot);
  std::optional<std::uint32_t> find(std::string_view name) const;
  const std::vector<Field>& fields() const { return fields_; }
  // Every name and alias, sorted.
  std::vector<std::string> names() const;

 private:
  std::vector<Field> fields_;
  std::unordered_map<std::string, std::uint32_t> slots_;
  std::shared_ptr<const ModelNames> names_;
};

}  // namespace passerelle::language
