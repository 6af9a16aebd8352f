#include "core/consolidation/natural_keys.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace passerelle::consolidation {
namespace {

constexpr std::size_t kExamplesMax = 5;

using Amounts = std::vector<std::pair<std::uint32_t, base::Int128>>;  // slot, difference

// The measures in which two records of one kind differ; those that only one of them states do not
// count.
Amounts differences(const DerivationContext& context, RecordId a, RecordId b) {
  Amounts out;
  const std::vector<model::Field>& fields = context.table_of(a).kind->fields;
  for (std::uint32_t slot = 0; slot < fields.size(); ++slot) {
    const model::Field& field = fields[slot];
    const bool number =
        field.type == model::FieldType::kDecimal || field.type == model::FieldType::kInteger;
    if (!number || field.unit.empty()) continue;
    const std::int64_t left = context.raw(a, slot);
    const std::int64_t right = context.raw(b, slot);
    if (left == right || left == model::kAbsent || right == model::kAbsent) continue;
    const base::Int128 difference = base::Int128{right} - left;
    out.emplace_back(slot, difference < 0 ? -difference : difference);
  }
  return out;
}

std::int64_t clamped(base::Int128 amount) {
  return static_cast<std::int64_t>(
      std::min<base::Int128>(amount, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

NaturalKeys::Key NaturalKeys::key_of(const DerivationContext& context, RecordId record, Code code) {
  return Key{context.table_of(record).kind_code} << 32 | code;
}

bool NaturalKeys::precedes(const DerivationContext& context, RecordId a, RecordId b) {
  const auto rank = [&](RecordId record) {
    const BoundTable& bound = context.table_of(record);
    const base::Hash128 key = context.header(record).key;
    return std::tuple(bound.precedence, std::string_view(bound.table->connector()),
                      std::string_view(bound.table->stream()), key.high, key.low);
  };
  return rank(a) < rank(b);
}

std::uint64_t& NaturalKeys::outranked_of(const DerivationContext& context, RecordId record) {
  const std::uint32_t table = context.header(record).table;
  if (table >= outranked_.size()) outranked_.resize(table + 1);
  return outranked_[table];
}

NaturalKeys::Change NaturalKeys::add(const DerivationContext& context, RecordId record, Code code) {
  std::vector<RecordId>& records = records_[key_of(context, record, code)];
  const auto before = [&](RecordId known, RecordId fresh) {
    return precedes(context, known, fresh);
  };
  const auto at = std::lower_bound(records.begin(), records.end(), record, before);
  if (at != records.begin()) {
    records.insert(at, record);
    ++outranked_of(context, record);
    return {};
  }
  Change change{records.empty() ? kNone : records.front(), record};
  records.insert(at, record);
  if (change.removed != kNone) ++outranked_of(context, change.removed);
  return change;
}

NaturalKeys::Change NaturalKeys::remove(const DerivationContext& context, RecordId record,
                                        Code code) {
  const auto found = records_.find(key_of(context, record, code));
  std::vector<RecordId>& records = found->second;
  const auto at = std::find(records.begin(), records.end(), record);
  const bool was_fact = at == records.begin();
  records.erase(at);
  if (!was_fact) {
    --outranked_of(context, record);
    return {};
  }
  Change change{record, records.empty() ? kNone : records.front()};
  if (change.added != kNone) --outranked_of(context, change.added);
  if (records.empty()) records_.erase(found);
  return change;
}

bool NaturalKeys::is_fact(const DerivationContext& context, RecordId record, Code code) const {
  const auto found = records_.find(key_of(context, record, code));
  return found != records_.end() && found->second.front() == record;
}

std::vector<ConflictEntry> NaturalKeys::conflicts(const DerivationContext& context) const {
  struct Found {
    const model::RecordKind* kind = nullptr;
    std::uint64_t facts = 0;
    std::map<std::uint32_t, base::Int128> amounts;  // by slot
    std::vector<std::string_view> keys;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Found> all;
  for (const auto& [key, records] : records_) {
    for (std::size_t i = 1; i < records.size(); ++i) {
      const Amounts amounts = differences(context, records.front(), records[i]);
      if (amounts.empty()) continue;
      const BoundTable& counted = context.table_of(records.front());
      const BoundTable& other = context.table_of(records[i]);
      Found& found =
          all[{counted.kind->name, counted.table->connector(), other.table->connector()}];
      found.kind = counted.kind;
      ++found.facts;
      for (const auto& [slot, difference] : amounts) found.amounts[slot] += difference;
      found.keys.push_back(context.strings[static_cast<Code>(key)]);
    }
  }
  std::vector<ConflictEntry> out;
  for (auto& [name, found] : all) {
    ConflictEntry entry{
        std::get<0>(name), std::get<1>(name), std::get<2>(name), found.facts, {}, {}};
    for (const auto& [slot, difference] : found.amounts) {
      const model::Field& field = found.kind->fields[slot];
      entry.amounts.push_back({field.name, field.unit, field.scale, clamped(difference)});
    }
    std::sort(found.keys.begin(), found.keys.end());
    found.keys.resize(std::min(found.keys.size(), kExamplesMax));
    entry.examples.assign(found.keys.begin(), found.keys.end());
    out.push_back(std::move(entry));
  }
  return out;
}

std::size_t NaturalKeys::bytes() const {
  return records_.size() * (sizeof(Key) + sizeof(std::vector<RecordId>) + sizeof(RecordId) + 32);
}

}  // namespace passerelle::consolidation
