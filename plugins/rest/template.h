// Texts with holes: `Session ${session.token}`, `${base64(${config.user}:${session.key})}`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace passerelle::rest {

// The value of a variable; "" where it has none now (the first page has no cursor).
using Variables = std::function<std::string(std::string_view name)>;

class Template {
 public:
  enum class Escape {
    kNone,
    kPath,  // values are percent-encoded
    // Values become part of a JSON text in quotes; outside quotes they must be numbers or
    // true, false, null.
    kJson,
  };

  // INVALID_ARGUMENT: a hole that does not end.
  static StatusOr<Template> parse(std::string_view text);

  bool empty() const { return parts_.empty(); }
  // The variables' names.
  std::set<std::string> names() const;
  // INVALID_ARGUMENT: a value that cannot stand where it would (kJson).
  StatusOr<std::string> fill(const Variables& variables, Escape escape) const;
  // Without escapes, and nullopt where it has holes and every hole is empty.
  std::optional<std::string> fill_unless_empty(const Variables& variables) const;

 private:
  struct Part {
    std::string text;  // literal, or the variable's name
    bool is_hole = false;
    std::shared_ptr<const Template> encoded;  // of base64(...)
  };
  static std::string value_of(const Part& part, const Variables& variables);

  std::vector<Part> parts_;
};

}  // namespace passerelle::rest
