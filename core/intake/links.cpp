#include "core/intake/links.h"

#include <map>
#include <set>
#include <utility>

#include "core/intake/column_decoder.h"
#include "core/intake/packed.h"

namespace passerelle::intake {
namespace {

// A person column as it was sent; what does not fit is left to the column's decoder to refuse.
class SentPersons {
 public:
  SentPersons(const types::v1::Column& column, const Slot& slot, std::size_t rows)
      : column_(column), slot_(slot) {
    if (column.type() != types::v1::FIELD_TYPE_PERSON || !unpack(column.codes(), rows, &codes_)) {
      codes_.assign(rows, 0);
    }
    for (int entry = 0; entry < column.dictionary_size(); ++entry) {
      usable_.push_back(
          why_refused_here(slot, reference(static_cast<std::uint32_t>(entry) + 1)).empty());
    }
  }
  // 0: the row names nobody.
  std::uint32_t code(std::size_t row) const { return codes_[row]; }
  bool is_refused(std::size_t row) const {
    return codes_[row] > usable_.size() || (codes_[row] != 0 && !usable_[codes_[row] - 1]);
  }
  PersonRef reference(std::uint32_t code) const {
    return {scheme_of(column_, slot_), column_.dictionary(static_cast<int>(code) - 1)};
  }

 private:
  const types::v1::Column& column_;
  const Slot& slot_;
  std::vector<std::uint32_t> codes_;
  std::vector<bool> usable_;  // by entry of the dictionary
};

}  // namespace

std::vector<SamePerson> stated_pairs(const StreamPlan& plan,
                                     const std::vector<const types::v1::Column*>& sent,
                                     std::vector<std::uint8_t> kept,
                                     const model::RecordBatch& batch) {
  std::map<std::size_t, SentPersons> columns;
  for (std::size_t slot = 0; slot < sent.size(); ++slot) {
    if (sent[slot] == nullptr || !plan.slots[slot].linked) continue;
    const auto [at, unused] =
        columns.try_emplace(slot, *sent[slot], plan.slots[slot], batch.size());
    for (std::size_t row = 0; row < batch.size(); ++row) {
      if (at->second.is_refused(row)) kept[row] = 0;
    }
  }
  std::vector<SamePerson> pairs;
  for (const LinkPlan& link : plan.links) {
    const auto field = columns.find(link.field);
    const auto same_as = columns.find(link.same_as);
    if (field == columns.end() || same_as == columns.end()) continue;
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (std::size_t row = 0; row < batch.size(); ++row) {
      const std::uint32_t a = field->second.code(row);
      const std::uint32_t b = same_as->second.code(row);
      if (kept[row] == 0 || batch.is_deleted(row) || a == 0 || b == 0) continue;
      if (!seen.emplace(a, b).second) continue;
      pairs.push_back({field->second.reference(a), same_as->second.reference(b)});
    }
  }
  return pairs;
}

}  // namespace passerelle::intake
