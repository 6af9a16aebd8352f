// Who is who in a workbook: the ids of its rows, and the names under which other sheets mean them.
// Internal to steering.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace passerelle::steering {

class WorkbookNames {
 public:
  // `text` as an id: letters, digits and _, in capitals and without accents; "" if none is left.
  static std::string id_from(std::string_view text);

  bool has_id(std::string_view section, const std::string& id) const;
  // A new id from `text`, with a number behind it if need be.
  std::string new_id(std::string_view section, std::string_view text) const;
  void add_id(std::string_view section, const std::string& id, std::uint64_t row);
  std::uint64_t row_of(std::string_view section, const std::string& id) const;
  // A further name of the id; a name that two ids share means neither.
  void add_name(std::string_view section, const std::string& id, std::string_view name);
  // The id that a text means; none if there is none, or several.
  std::optional<std::string> resolve(std::string_view section, std::string_view text) const;
  // The id whose name this is already, or "".
  std::string holder_of(std::string_view section, std::string_view name) const;

 private:
  using Key = std::pair<std::string, std::string>;  // section, name
  std::map<Key, std::uint64_t> ids_;
  std::map<Key, std::string> names_;  // folded; "" where two ids share it
};

}  // namespace passerelle::steering
