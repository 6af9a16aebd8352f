// Records as columns: what a connector delivered, decoded, with personal identifiers already
// replaced by vault tokens. Plain values; a batch holds one stream and one record kind.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/hash.h"

namespace passerelle::model {

using Revision = std::uint64_t;

struct Label {
  std::string fr;
  std::string en;
  bool operator==(const Label&) const = default;
};

enum class FieldType : std::uint8_t {
  kString,
  kInteger,
  kDecimal,  // int64 of 10^-scale units
  kDate,     // base::Days
  kInstant,  // base::Instant
  kBoolean,  // 0 or 1
  kPerson,   // a vault token: 32 hexadecimal digits
};

bool is_text(FieldType type);  // kString or kPerson: kept as a dictionary code
std::string_view to_string(FieldType type);

struct Field {
  std::string name;
  FieldType type = FieldType::kString;
  int scale = 0;
  std::string unit;  // EUR, h, min, ETP, day, count or empty
  Label label;
  bool operator==(const Field&) const = default;
};

// A number that is absent.
inline constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();

// Many short texts in one buffer; append-only.
class TextPack {
 public:
  void append(std::string_view text) {
    bytes_.append(text);
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  // For codecs: the raw parts. `ends` must be ascending and end at bytes.size().
  const std::string& bytes() const { return bytes_; }
  const std::vector<std::uint32_t>& ends() const { return ends_; }
  static TextPack from_parts(std::string bytes, std::vector<std::uint32_t> ends) {
    TextPack pack;
    pack.bytes_ = std::move(bytes);
    pack.ends_ = std::move(ends);
    return pack;
  }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

struct Column {
  std::string name;
  FieldType type = FieldType::kString;
  int scale = 0;
  std::vector<std::string> dictionary;  // text types
  std::vector<std::uint32_t> codes;     // text types: 0 absent, k = dictionary[k - 1]
  std::vector<std::int64_t> numbers;    // other types: kAbsent where absent
};

// `size()` rows. All per-row vectors have that length, or are empty where the comment says so.
struct RecordBatch {
  std::string stream;
  std::string kind;
  std::string scope;  // open scope the records belong to, or empty
  TextPack ids;
  std::vector<base::Hash128> keys;       // key_of(connector, stream, id)
  std::vector<std::int64_t> versions;    // orders the versions of one key
  std::vector<std::uint8_t> deleted;     // empty: no deletions
  std::vector<std::uint64_t> positions;  // empty: unknown
  std::vector<std::uint64_t> contents;   // fingerprint of all columns of the row
  TextPack natural_keys;                 // empty: none
  std::vector<Column> columns;
  // Keys of records found unchanged and left out, that a replace scope must not delete.
  std::vector<base::Hash128> seen;
  std::vector<std::int64_t> seen_versions;  // with which they were sent, one per key of `seen`

  std::size_t size() const { return versions.size(); }
  bool is_deleted(std::size_t row) const { return !deleted.empty() && deleted[row] != 0; }
  const Column* find(std::string_view name) const;
};

// The identity of a record: XXH3-128 of connector, stream and source id, NUL between them.
base::Hash128 key_of(std::string_view connector, std::string_view stream, std::string_view id);

// A record kept out of the flow, with its facts (BAR row B4). Never holds a personal value.
struct Reject {
  std::string stream;
  std::string key;
  std::string position;
  std::string rule;
  std::string field;
  std::string value;  // masked if personal, at most kRejectSampleBytesMax
  std::string reason;
  std::string remedy;
  std::uint64_t records = 1;
  std::string stage;   // read | decode | scope
  std::string sealed;  // the source value, encrypted by the vault's key; may be empty
};

struct Mark {
  std::string stream;
  base::Days complete_to = 0;
  bool operator==(const Mark&) const = default;
};

struct ScopeEvent {
  enum class Kind : std::uint8_t { kOpen, kClose, kAbort };
  Kind kind = Kind::kOpen;
  std::string scope;
  std::vector<std::string> streams;
  bool at_close = false;     // records fold only by the commit that closes the scope
  bool replace = false;      // at close, keys of this scope that were not sent are deleted
  std::int64_t version = 0;  // of those deletions
};

}  // namespace passerelle::model
