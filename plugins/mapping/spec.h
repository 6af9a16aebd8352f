// What a manifest says about one stream: how a row (of a file, of an answer, of a table) becomes a
// record. Shared by the declarative engines; every key is in README.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/connector.h"

namespace passerelle::mapping {

enum class From { kColumn, kExpression, kConstant };

struct FieldSpec {
  sdk::Field field;
  From from = From::kColumn;
  std::string text;    // the column, the expression or the constant
  std::string format;  // of a date or instant, as in strptime; empty: ISO 8601
  std::map<std::string, std::string> values;  // source text -> text; others stay
};

struct RejectRule {
  std::string when;
  std::string rule;
  std::string reason;
  std::string remedy;
};

struct StreamSpec {
  std::string name;
  std::string kind;
  std::vector<std::string> id_columns;  // joined by '/'
  std::string id_expression;            // instead of columns
  // What other systems know the same fact by; columns joined by '/', or an expression; may be none.
  std::vector<std::string> natural_key_columns;
  std::string natural_key_expression;
  std::string version;  // expression; empty: the source's version
  std::string when;     // rows for which it is not true are passed over
  std::string deleted;  // rows that tell a deletion
  // One record per entry: alias -> column. Records whose aliases are all missing are left out.
  std::vector<std::map<std::string, std::string>> repeat;
  std::vector<RejectRule> rejects;
  std::vector<FieldSpec> fields;
  std::string complete_to;  // date field whose greatest value is the stream's mark
};

// How the source writes its values.
struct Dialect {
  std::string code;  // of its rejects: FILE, REST, SQL
  char point = '.';
  std::vector<std::string> groups;   // texts between thousands
  std::vector<std::string> missing;  // texts that mean "no value"
  std::string time_zone;             // of times without one; empty: the authority's
};

// "Date d'ouverture" -> "date_d_ouverture": the name of a column in expressions.
std::string variable_of(std::string_view column);

// The stream as the hub knows it; `version_meaning` where the manifest gives no expression.
sdk::Stream stream_of(const StreamSpec& spec, std::string_view version_meaning);

}  // namespace passerelle::mapping
