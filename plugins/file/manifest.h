// A manifest: how the rows of a CSV file become records. YAML; every key is in README.md. No code.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/formats/encoding.h"
#include "plugins/sdk/connector.h"

namespace passerelle::file {

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
  std::string version;  // expression; empty: the file's version
  std::string when;     // rows for which it is not true are passed over
  std::string deleted;  // rows that tell a deletion
  // One record per entry: alias -> column. Records whose aliases are all missing are left out.
  std::vector<std::map<std::string, std::string>> repeat;
  std::vector<RejectRule> rejects;
  std::vector<FieldSpec> fields;
  std::string complete_to;  // date field whose greatest value is the stream's mark
};

struct Manifest {
  char delimiter = ',';
  char quote = '"';
  formats::Encoding encoding = formats::Encoding::kDetect;
  bool has_header = true;
  std::vector<std::string> names;  // of the columns, where the file has no header
  std::string entry = "*";         // pattern of the entry in a ZIP archive
  char point = '.';
  std::vector<std::string> groups;  // texts between thousands
  std::string time_zone;            // of times without one; empty: the authority's
  std::vector<std::string> missing;
  std::vector<StreamSpec> streams;
  std::uint64_t fingerprint = 0;  // of the manifest's text
};

// INVALID_ARGUMENT lists every problem as file:line:column, what is wrong, how to mend it.
StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view file_name);
// Of a path, or of a name in the plugin's own folder `manifests`.
StatusOr<Manifest> read_manifest(const std::string& path);

// "Date d'ouverture" -> "date_d_ouverture": the name of a column in expressions.
std::string variable_of(std::string_view column);

}  // namespace passerelle::file
