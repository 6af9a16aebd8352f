#include "core/consolidation/cell_words.h"

#include <algorithm>

#include "core/model/org_view.h"

namespace passerelle::consolidation {

bool is_of_a_view(const flow::CuboidInfo& cuboid) {
  return std::any_of(cuboid.dimensions.begin(), cuboid.dimensions.end(),
                     [](const auto& name) { return !model::org_view_of(name).empty(); });
}

CellWords words_of(const flow::CellView& cells, model::CellRef ref) {
  const flow::CuboidInfo& info = cells.cuboids()[ref.cuboid];
  const std::vector<std::string_view> values = cells.values(ref.cuboid, ref.group);
  return {info.indicators[ref.indicator],
          info.dimensions,
          {values.begin(), values.end()},
          cells.period(ref.cuboid, ref.group)};
}

void put_words(const CellWords& words, StateWriter* out) {
  out->put_text(words.indicator);
  out->put(static_cast<std::uint32_t>(words.dimensions.size()));
  for (std::size_t i = 0; i < words.dimensions.size(); ++i) {
    out->put_text(words.dimensions[i]);
    out->put_text(words.values[i]);
  }
  out->put(words.period.packed());
}

CellWords get_words(StateReader* in) {
  CellWords words;
  words.indicator = in->get_text();
  const auto dimensions = in->get<std::uint32_t>();
  for (std::uint32_t i = 0; in->ok() && i < dimensions; ++i) {
    words.dimensions.emplace_back(in->get_text());
    words.values.emplace_back(in->get_text());
  }
  words.period = base::Period::from_packed(in->get<std::uint32_t>());
  return words;
}

// Field by field: a struct's padding must not reach a checkpoint.
void put_value(const model::CellValue& value, StateWriter* out) {
  out->put(value.scaled);
  out->put(value.n);
  out->put(value.scale);
  out->put(value.na);
  out->put(value.status);
  out->put(value.flags);
  out->put(static_cast<std::uint8_t>(value.absent));
}

model::CellValue get_value(StateReader* in) {
  model::CellValue value;
  value.scaled = in->get<std::int64_t>();
  value.n = in->get<std::uint32_t>();
  value.scale = in->get<std::uint8_t>();
  value.na = in->get<model::NaReason>();
  value.status = in->get<model::CellStatus>();
  value.flags = in->get<std::uint8_t>();
  value.absent = in->get<std::uint8_t>() != 0;
  return value;
}

CellPlaces::CellPlaces(const Fold& fold, Strings* strings) : fold_(fold), strings_(strings) {
  const std::vector<flow::CuboidInfo>& infos = fold.plan()->infos();
  for (std::uint32_t cuboid = 0; cuboid < infos.size(); ++cuboid) {
    const flow::CuboidInfo& info = infos[cuboid];
    for (std::uint16_t i = 0; i < info.indicators.size(); ++i) {
      cuboids_.emplace(std::tuple(info.indicators[i], info.dimensions, info.grain),
                       std::pair(cuboid, i));
    }
  }
}

const CellPlaces::Place* CellPlaces::cuboid_of(const CellWords& words) const {
  const auto at =
      cuboids_.find(std::tuple(words.indicator, words.dimensions, words.period.grain()));
  return at == cuboids_.end() ? nullptr : &at->second;
}

std::optional<model::CellRef> CellPlaces::place(const CellWords& words) const {
  const Place* at = cuboid_of(words);
  if (at == nullptr) return std::nullopt;
  std::vector<std::uint32_t> key;
  for (const std::string& value : words.values) key.push_back(strings_->intern(value));
  key.push_back(words.period.packed());
  return model::CellRef{at->first, fold_.stores()[at->first]->find_or_add(key.data()), at->second};
}

std::optional<model::CellRef> CellPlaces::find(const CellWords& words) const {
  const Place* at = cuboid_of(words);
  if (at == nullptr) return std::nullopt;
  std::vector<std::uint32_t> key;
  for (const std::string& value : words.values) {
    key.push_back(strings_->find(value));
    if (key.back() == kNoText && !value.empty()) return std::nullopt;
  }
  key.push_back(words.period.packed());
  const auto group = fold_.stores()[at->first]->find(key.data());
  if (!group) return std::nullopt;
  return model::CellRef{at->first, *group, at->second};
}

}  // namespace passerelle::consolidation
