#include "core/publication/ledger_codec.h"

#include <algorithm>

#include "core/base/hash.h"

namespace passerelle::publication {
namespace {

constexpr std::uint8_t kReset = 0x10;
constexpr std::uint8_t kGap = 0x20;
constexpr std::uint8_t kEngine = 0x40;

// Bits of a change's tag.
constexpr std::uint8_t kSameGroup = 1;
constexpr std::uint8_t kAbsentBefore = 2;
constexpr std::uint8_t kAbsentAfter = 4;
constexpr std::uint8_t kSameMeta = 8;  // before's scale, reason, status and flags are after's

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ (value < 0 ? ~0ULL : 0ULL);
}
std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}
// Differences wrap around, so that any two values have one.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// Scale first: alone it fits one byte.
std::uint32_t pack_meta(const model::CellValue& value) {
  return value.scale | static_cast<std::uint32_t>(value.na) << 5 |
         static_cast<std::uint32_t>(value.status) << 8 |
         static_cast<std::uint32_t>(value.flags) << 10;
}
void unpack_meta(std::uint64_t meta, model::CellValue* value) {
  value->scale = meta & 31;
  value->na = static_cast<model::NaReason>((meta >> 5) & 7);
  value->status = static_cast<model::CellStatus>((meta >> 8) & 3);
  value->flags = static_cast<std::uint8_t>(meta >> 10);
}

// Of one change: tag, group, indicator, twice meta, value and n.
constexpr std::size_t kChangeBytesMax = 1 + 5 + 5 + 2 * (5 + 10 + 10);

class Writer {
 public:
  explicit Writer(std::string* out) : out_(*out) { out_.clear(); }
  ~Writer() { out_.resize(size_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void reserve(std::size_t bytes) {
    if (out_.size() < size_ + bytes) out_.resize(std::max(2 * out_.size(), size_ + bytes));
  }
  void byte(std::uint8_t value) { out_[size_++] = static_cast<char>(value); }
  void varint(std::uint64_t value) {
    char* at = out_.data() + size_;
    while (value >= 0x80) {
      *at++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    *at++ = static_cast<char>(value);
    size_ = static_cast<std::size_t>(at - out_.data());
  }
  void number(std::uint64_t value) {
    reserve(10);
    varint(value);
  }
  void text(std::string_view value) {
    reserve(10 + value.size());
    varint(value.size());
    value.copy(out_.data() + size_, value.size());
    size_ += value.size();
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }

 private:
  std::string& out_;
  std::size_t size_ = 0;
};

// Reads past the end give zeros and set bad().
class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
  bool bad() const { return bad_; }
  bool at_end() const { return at_ == end_; }
  // A count of things of at least one byte each: a larger one than the bytes left is bad.
  std::size_t count() {
    const std::uint64_t value = varint();
    if (value > static_cast<std::uint64_t>(end_ - at_)) bad_ = true;
    return bad_ ? 0 : value;
  }
  std::uint8_t byte() {
    if (at_ == end_) {
      bad_ = true;
      return 0;
    }
    return static_cast<std::uint8_t>(*at_++);
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7F) << shift;
      if (next < 0x80) return value;
    }
    bad_ = true;
    return 0;
  }
  std::string text() {
    const std::size_t size = count();
    std::string value(at_, size);
    at_ += size;
    return value;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> values(count());
    for (std::string& value : values) value = text();
    return values;
  }

 private:
  const char* at_;
  const char* end_;
  bool bad_ = false;
};

void write_change(const LedgerChange& change, std::uint32_t group_before, Writer* out) {
  const model::CellValue& before = change.before;
  const model::CellValue& after = change.after;
  const std::uint32_t meta = pack_meta(after);
  std::uint8_t tag = 0;
  if (change.group == group_before) tag |= kSameGroup;
  if (before.absent) tag |= kAbsentBefore;
  if (after.absent) tag |= kAbsentAfter;
  if (pack_meta(before) == meta) tag |= kSameMeta;
  out->byte(tag);
  if ((tag & kSameGroup) == 0) {
    out->varint(zigzag(static_cast<std::int64_t>(change.group) - group_before));
  }
  out->varint(change.indicator);
  if (!after.absent) {
    out->varint(meta);
    out->varint(zigzag(after.scaled));
    out->varint(after.n);
  }
  if (before.absent) return;
  if (after.absent || (tag & kSameMeta) == 0) out->varint(pack_meta(before));
  out->varint(zigzag(minus(before.scaled, after.scaled)));
  out->varint(zigzag(static_cast<std::int64_t>(before.n) - after.n));
}

void read_change(Reader* in, std::uint32_t group_before, LedgerChange* change) {
  const std::uint8_t tag = in->byte();
  change->group = group_before;
  if ((tag & kSameGroup) == 0) {
    change->group = static_cast<std::uint32_t>(plus(group_before, unzigzag(in->varint())));
  }
  change->indicator = static_cast<std::uint32_t>(in->varint());
  model::CellValue& before = change->before;
  model::CellValue& after = change->after;
  before = model::CellValue{};
  after = model::CellValue{};
  std::uint64_t meta = 0;
  if ((tag & kAbsentAfter) == 0) {
    after.absent = false;
    meta = in->varint();
    unpack_meta(meta, &after);
    after.scaled = unzigzag(in->varint());
    after.n = static_cast<std::uint32_t>(in->varint());
  }
  if ((tag & kAbsentBefore) != 0) return;
  before.absent = false;
  if ((tag & kAbsentAfter) != 0 || (tag & kSameMeta) == 0) meta = in->varint();
  unpack_meta(meta, &before);
  before.scaled = plus(after.scaled, unzigzag(in->varint()));
  before.n = static_cast<std::uint32_t>(plus(after.n, unzigzag(in->varint())));
}

}  // namespace

void encode(const LedgerRecord& record, std::span<const AppliedChange> changes,
            std::string* bytes) {
  Writer out(bytes);
  out.number(record.revision.revision);
  std::uint8_t kind = static_cast<std::uint8_t>(record.revision.cause);
  if (record.revision.reset) kind |= kReset;
  if (record.gap) kind |= kGap;
  if (record.engine != 0) kind |= kEngine;
  out.number(kind);
  out.number(static_cast<std::uint64_t>(record.revision.at));
  if (record.engine != 0) out.number(record.engine);
  out.texts(record.new_indicators);
  out.number(record.new_groupings.size());
  for (const auto& dimensions : record.new_groupings) out.texts(dimensions);
  out.number(record.new_groups.size());
  for (const NewGroup& group : record.new_groups) {
    out.number(group.grouping);
    out.number(group.period.packed());
    out.texts(group.values);
  }
  out.number(changes.size());
  std::uint32_t group = 0;
  for (const AppliedChange& change : changes) {
    out.reserve(kChangeBytesMax);
    write_change(change.change, group, &out);
    group = change.change.group;
  }
}

Status decode(std::string_view bytes, Depth depth, LedgerRecord* record) {
  Reader in(bytes);
  LedgerRevision& revision = record->revision;
  revision.revision = in.varint();
  const std::uint8_t kind = in.byte();
  revision.cause = static_cast<flow::Cause>(kind & 0x0F);
  revision.reset = (kind & kReset) != 0;
  record->gap = (kind & kGap) != 0;
  revision.at = static_cast<base::Instant>(in.varint());
  record->engine = (kind & kEngine) != 0 ? static_cast<std::uint32_t>(in.varint()) : 0;
  revision.changes.clear();
  record->new_indicators.clear();
  record->new_groupings.clear();
  record->new_groups.clear();
  if (in.bad()) return base::data_loss("a ledger record ends early");
  if (depth == Depth::kRevisionOnly) return {};
  record->new_indicators = in.texts();
  record->new_groupings.resize(in.count());
  for (auto& dimensions : record->new_groupings) dimensions = in.texts();
  record->new_groups.resize(in.count());
  for (NewGroup& group : record->new_groups) {
    group.grouping = static_cast<std::uint32_t>(in.varint());
    group.period = base::Period::from_packed(static_cast<std::uint32_t>(in.varint()));
    group.values = in.texts();
  }
  if (in.bad()) return base::data_loss("a ledger record's names end early");
  if (depth == Depth::kNames) return {};
  revision.changes.resize(in.count());
  std::uint32_t group = 0;
  for (LedgerChange& change : revision.changes) {
    read_change(&in, group, &change);
    group = change.group;
  }
  if (in.bad() || !in.at_end()) return base::data_loss("a ledger record's changes end early");
  return {};
}

std::uint64_t group_hash(std::uint32_t grouping, base::Period period,
                         const std::vector<std::string_view>& values) {
  // Lengths go first, so that values cannot run into each other.
  thread_local std::string bytes;
  bytes.clear();
  const auto append_number = [](std::uint32_t number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  append_number(grouping);
  append_number(period.packed());
  for (const std::string_view value : values) {
    append_number(static_cast<std::uint32_t>(value.size()));
    bytes.append(value);
  }
  return base::hash64(bytes);
}

}  // namespace passerelle::publication
