#include "plugins/rest/template.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/formats/json.h"
#include "plugins/sdk/http/http_client.h"

namespace passerelle::rest {
namespace {

constexpr std::string_view kBase64 = "base64(";

// The brace that closes the hole whose inside begins at `at`.
std::size_t closing(std::string_view text, std::size_t at) {
  int depth = 1;
  for (; at < text.size(); ++at) {
    if (text.compare(at, 2, "${") == 0) ++depth;
    if (text[at] == '}' && --depth == 0) return at;
  }
  return std::string_view::npos;
}

bool is_json_word(std::string_view value) {
  if (value == "true" || value == "false" || value == "null") return true;
  const auto parsed = formats::parse_json(value);
  return parsed.ok() && parsed->is_number();
}

std::string json_inside(std::string_view value) {
  const std::string quoted = formats::json_quoted(value);
  return quoted.substr(1, quoted.size() - 2);
}

// Whether the JSON text ends inside a string that began in it (or before it).
bool in_quotes_after(std::string_view literal, bool in_quotes) {
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (in_quotes && literal[i] == '\\') {
      ++i;
    } else if (literal[i] == '"') {
      in_quotes = !in_quotes;
    }
  }
  return in_quotes;
}

}  // namespace

StatusOr<Template> Template::parse(std::string_view text) {
  Template out;
  while (!text.empty()) {
    const std::size_t open = text.find("${");
    if (open != 0) out.parts_.push_back({std::string(text.substr(0, open)), false, nullptr});
    if (open == std::string_view::npos) break;
    const std::size_t close = closing(text, open + 2);
    if (close == std::string_view::npos) {
      return base::invalid_argument("'" + std::string(text.substr(open)) + "' lacks its }");
    }
    Part part{std::string(text.substr(open + 2, close - open - 2)), true, nullptr};
    if (part.text.starts_with(kBase64) && part.text.ends_with(')')) {
      const std::string_view inner =
          std::string_view(part.text).substr(kBase64.size(), part.text.size() - kBase64.size() - 1);
      PAS_ASSIGN_OR_RETURN(Template encoded, parse(inner));
      part.encoded = std::make_shared<const Template>(std::move(encoded));
    }
    out.parts_.push_back(std::move(part));
    text.remove_prefix(close + 1);
  }
  return out;
}

std::set<std::string> Template::names() const {
  std::set<std::string> names;
  for (const Part& part : parts_) {
    if (part.encoded != nullptr) {
      names.merge(part.encoded->names());
    } else if (part.is_hole) {
      names.insert(part.text);
    }
  }
  return names;
}

std::string Template::value_of(const Part& part, const Variables& variables) {
  if (!part.is_hole) return part.text;
  if (part.encoded == nullptr) return variables(part.text);
  std::string inner;
  for (const Part& inside : part.encoded->parts_) inner += value_of(inside, variables);
  return sdk::base64(inner);
}

StatusOr<std::string> Template::fill(const Variables& variables, Escape escape) const {
  std::string out;
  bool in_quotes = false;
  for (const Part& part : parts_) {
    std::string value = value_of(part, variables);
    if (!part.is_hole) {
      in_quotes = in_quotes_after(value, in_quotes);
    } else if (escape == Escape::kPath) {
      value = base::percent_encoded(value);
    } else if (escape == Escape::kJson && in_quotes) {
      value = json_inside(value);
    } else if (escape == Escape::kJson && !is_json_word(value)) {
      return base::invalid_argument("${" + part.text +
                                    "} is no number; put quotes around it in the body");
    }
    out += value;
  }
  return out;
}

std::optional<std::string> Template::fill_unless_empty(const Variables& variables) const {
  std::string out;
  bool has_hole = false;
  bool has_value = false;
  for (const Part& part : parts_) {
    const std::string value = value_of(part, variables);
    has_hole = has_hole || part.is_hole;
    has_value = has_value || (part.is_hole && !value.empty());
    out += value;
  }
  if (has_hole && !has_value) return std::nullopt;
  return out;
}

}  // namespace passerelle::rest
