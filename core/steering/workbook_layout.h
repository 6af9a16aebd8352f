// The workbook's sheets and columns, and how texts stand in its cells. Internal to steering.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/steering.h"

namespace passerelle::steering {

inline constexpr char kKeysFile[] = "reference/keys.csv";
inline constexpr char kKeptFile[] = "reference/kept.csv";
inline constexpr char kColumnsFile[] = "reference/columns.csv";

enum class CellKind : std::uint8_t {
  kText,
  kNumber,
  kDate,
  kWord,           // of a vocabulary
  kWordList,       // the same, several
  kList,           // texts
  kReference,      // an id, code or label of another sheet
  kReferenceList,  // several
  kParents,        // units with their dates
  kGroupings,      // "total; policy; nature + policy"
  kScope,          // "policy=CITOYENNETE; nature=6064"
};

// A value of the model and the words for it, the first one written.
struct Word {
  std::string_view value;
  std::vector<std::string_view> words;
};
using Vocabulary = std::vector<Word>;

struct ColumnSpec {
  std::string_view field;  // key in the YAML, "label.fr" below a map; "id" is the entity's
  std::string_view header;
  CellKind kind = CellKind::kText;
  std::vector<std::string_view> synonyms = {};
  const Vocabulary* vocabulary = nullptr;  // kWord, kWordList
  std::string_view refers_to = {};         // kReference...: a section
};

struct SheetSpec {
  std::string_view section;  // of the YAML; "raci" and "keys" have none of their own
  std::string_view name;
  std::vector<std::string_view> synonyms;
  std::vector<ColumnSpec> columns;

  const ColumnSpec* find(std::string_view field) const;
};

// In the order of their tabs.
const std::vector<SheetSpec>& sheet_specs();
const SheetSpec* find_sheet(std::string_view section);

// The value that a word of the vocabulary stands for; none if it is in none of its lists.
std::optional<std::string> value_of(const Vocabulary& vocabulary, std::string_view word);
std::string word_of(const Vocabulary& vocabulary, std::string_view value);

// Texts in one cell: "; " between them, in double quotes where a text holds ; " or a line break.
std::string join_list(const std::vector<std::string>& items);
// A line break separates too.
std::vector<std::string> split_list(std::string_view cell);

// "DIR_A", or "DIR_A [.. 2025-06-30]; - [2025-07-01 ..]" where '-' is the top level.
std::string join_parents(const std::vector<model::OrgParent>& parents);
struct ParentText {
  std::string unit;  // "" for '-'
  std::string from;
  std::string to;
  bool is_dated = false;
};
std::vector<ParentText> split_parents(std::string_view cell);

// A cell's date as 2026-01-31: also from 31/01/2026 and from a cell with a time of day.
std::optional<std::string> date_text(std::string_view cell);

}  // namespace passerelle::steering
