// A stream of a manifest, bound to the columns of one source: turns rows into records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/csv.h"
#include "core/language/program.h"
#include "plugins/mapping/cell_text.h"
#include "plugins/mapping/spec.h"

namespace passerelle::mapping {

// Where a row stands in its source.
struct RowPlace {
  std::string_view source;  // the file's name, the request
  std::uint64_t row = 0;    // from 1
  std::uint64_t line = 0;   // 0: the source has no lines
};

class RowPlan {
 public:
  // INVALID_ARGUMENT lists every column that is not there and every expression that does not
  // compile. `dialect` and `stream` must outlive the plan.
  static StatusOr<RowPlan> bind(const Dialect& dialect, const StreamSpec& stream,
                                const formats::CsvHeader& header, const base::Zone& zone);

  // One row: writes its records or its reject. `version` is that of records without their own.
  void write(const std::vector<std::string_view>& cells, const RowPlace& place,
             std::int64_t version, sdk::StreamWriter& out);
  // The greatest date of the field named by `complete_to`, so far.
  std::optional<base::Days> complete_to() const { return complete_to_; }

 private:
  struct BoundField {
    const FieldSpec* spec = nullptr;
    std::size_t slot = 0;  // of a column
    std::optional<language::Program> program;
    bool gives_mark = false;
  };
  struct Variant {
    std::vector<std::pair<std::size_t, std::size_t>> aliases;  // alias slot, column
  };
  struct Guard {
    const RejectRule* rule = nullptr;
    language::Program when;
  };
  // What is wrong with a value.
  struct Fault {
    const FieldSpec* field = nullptr;
    std::string value;
    std::string reason;
  };

  RowPlan(const Dialect& dialect, const StreamSpec& stream, base::Zone zone)
      : dialect_(&dialect),
        stream_(&stream),
        zone_(std::move(zone)),
        numbers_{dialect.point, dialect.groups} {}
  Status bind_all(const formats::CsvHeader& header);
  bool is_missing(std::string_view cell) const;
  void load(const std::vector<std::string_view>& cells);
  bool load_variant(const Variant& variant);
  bool holds(const std::optional<language::Program>& program);
  std::optional<Fault> make_id(std::size_t ordinal);
  // "" where a part of it is missing: the record then stands for itself.
  std::optional<Fault> make_natural_key();
  std::optional<Fault> set_field(const BoundField& field, std::size_t index,
                                 sdk::StreamWriter& out);
  std::optional<Fault> set_text(const FieldSpec& spec, std::size_t index, std::string_view text,
                                bool gives_mark, sdk::StreamWriter& out);
  std::optional<Fault> set_value(const FieldSpec& spec, std::size_t index,
                                 const language::Value& value, const language::Program& program,
                                 sdk::StreamWriter& out);
  // First pass over a row's fields: finds what is wrong before anything is written.
  std::optional<Fault> check_fields(sdk::StreamWriter& nothing);
  // Rejects the row that is loaded if it makes no record.
  bool refuse(const RowPlace& place, sdk::StreamWriter& out);
  // `rule` stands behind the dialect's code.
  void reject(const RowPlace& place, std::string_view rule, const Fault& fault,
              std::string_view remedy, sdk::StreamWriter& out) const;

  const Dialect* dialect_;
  const StreamSpec* stream_;
  base::Zone zone_;
  NumberStyle numbers_;
  std::vector<BoundField> fields_;
  std::vector<std::size_t> id_slots_;
  std::optional<language::Program> id_;
  std::vector<std::size_t> natural_key_slots_;
  std::optional<language::Program> natural_key_;
  std::optional<language::Program> version_;
  std::optional<language::Program> when_;
  std::optional<language::Program> deleted_;
  std::vector<Guard> guards_;
  std::vector<Variant> variants_;
  std::size_t columns_ = 0;
  std::vector<language::Value> values_;  // columns, then aliases
  language::Frame frame_;
  std::string id_text_;
  std::string natural_key_text_;
  std::string scratch_;
  std::string mapped_;
  std::optional<base::Days> complete_to_;
};

}  // namespace passerelle::mapping
