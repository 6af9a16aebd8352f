// The sections `pools`, `keys` and `cascade`.
#include <algorithm>
#include <utility>

#include "core/base/decimal.h"
#include "core/base/limits.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

using formats::Yaml;
using model::KeyVersion;

// from, where, at and the expression under `key`.
void read_measurement(NodeReader& reader, std::string_view key, Need need, const Draft& draft,
                      model::Measurement* out, MeasurementDraft* places) {
  const Placed value = reader.placed(key, need);
  out->value = value.text;
  places->value = expression_of(reader.find(key), draft);
  places->from = reader.placed("from");
  out->from = places->from.text;
  out->where = reader.text("where");
  places->where = expression_of(reader.find("where"), draft);
  places->at = reader.placed("at");
  out->at = places->at.text;
  out->place = reader.at();
}

// `key: "expression"`, or `key: {value: "expression", from: ..., where: ..., at: ...}`.
void read_measure(NodeReader& owner, std::string_view key, Draft* draft, Findings* findings,
                  model::Measurement* out, MeasurementDraft* places) {
  const Yaml* found = owner.find(key);
  if (found == nullptr) return;
  if (!found->is_map()) {
    const Placed value = owner.placed(key);
    out->value = value.text;
    out->place = value.at;
    places->value = expression_of(found, *draft);
    return;
  }
  const std::string what = std::string(key) + " of " + owner.what();
  NodeReader reader(owner.node(*found), what, owner.place_of(*found), findings);
  read_measurement(reader, "value", Need::kRequired, *draft, out, places);
  out->mapped = key == "capacity" && reader.boolean("mapped", false);
  reader.finish();
}

void read_facts_source(NodeReader& reader, Draft* draft, model::Pool* pool, PoolDraft* places) {
  model::PoolSource source;
  PoolSourceDraft source_places;
  source.place = reader.at();
  read_measurement(reader, "amount", Need::kOptional, *draft, &source.amount,
                   &source_places.amount);
  source.amount.mapped = reader.boolean("mapped", false);
  pool->sources.push_back(std::move(source));
  places->sources.push_back(std::move(source_places));
}

void read_source(const Node& node, const std::string& owner, Draft* draft, Findings* findings,
                 model::Pool* pool, PoolDraft* places) {
  NodeReader reader(node, "a source of " + owner, node.place(), findings);
  if (!reader.is_map()) return;
  const Placed from = reader.placed("pool");
  if (from.empty()) {
    if (reader.find("from") == nullptr) {
      reader.error(reader.at(), code::kMissing, reader.what() + " has neither 'from' nor 'pool'",
                   "add 'from: a record kind' or 'pool: another pool'");
    }
    read_facts_source(reader, draft, pool, places);
  } else {
    draft->registry.refer(Entity::kPool, from, owner);
    model::PoolSource source;
    source.pool = from.text;
    source.place = reader.at();
    pool->sources.push_back(std::move(source));
    places->sources.push_back({from, {}});
  }
  reader.finish();
}

void read_sources(NodeReader& reader, Draft* draft, Findings* findings, model::Pool* pool,
                  PoolDraft* places) {
  const Yaml* sources = reader.find("sources");
  if (sources == nullptr) {
    if (reader.find("from") != nullptr) read_facts_source(reader, draft, pool, places);
    return;
  }
  if (!sources->is_sequence()) {
    reader.error(reader.place_of(*sources), code::kShape,
                 "'sources' of " + reader.what() + " is no list",
                 "write '- {from: kind, ...}' or '- {pool: ID}', one a line");
    return;
  }
  for (const Yaml& item : sources->items) {
    read_source(reader.node(item), reader.what(), draft, findings, pool, places);
  }
}

void read_pool(const std::string& id, NodeReader& reader, Draft* draft, Findings* findings) {
  model::Pool pool;
  PoolDraft places;
  pool.id = id;
  pool.place = reader.at();
  pool.label = reader.label("label", Need::kRequired);
  read_sources(reader, draft, findings, &pool, &places);
  places.to = reader.placed("to", Need::kRequired);
  pool.to = places.to.text;
  places.each = reader.texts("each");
  for (const Placed& dimension : places.each) pool.each.push_back(dimension.text);
  std::sort(pool.each.begin(), pool.each.end());
  places.grain = reader.placed("grain");
  const std::string grain = reader.choice("grain", {"month", "quarter", "year"});
  pool.grain = grain == "quarter" ? base::Grain::kQuarter
               : grain == "year"  ? base::Grain::kYear
                                  : base::Grain::kMonth;
  read_measure(reader, "capacity", draft, findings, &pool.capacity, &places.capacity);
  draft->model.pools.push_back(std::move(pool));
  draft->pools.push_back(std::move(places));
}

// A map of ids to numbers that are not negative.
std::map<std::string, std::string> read_numbers(NodeReader& reader, std::string_view key,
                                                std::vector<Placed>* places) {
  std::map<std::string, std::string> numbers;
  const Yaml* found = reader.find(key);
  if (found == nullptr) return numbers;
  if (!found->is_map() || found->pairs.empty()) {
    reader.error(reader.place_of(*found), code::kShape,
                 in_quotes(key) + " of " + reader.what() + " gives nothing to anyone",
                 "write {ID: number, ID: number}");
    return numbers;
  }
  for (const formats::YamlPair& pair : found->pairs) {
    const model::Place at{reader.at().file, pair.key_mark.line, pair.key_mark.column};
    const auto number = base::parse_rational(pair.value.text);
    if (!pair.value.is_scalar() || !number.ok() || *number < 0) {
      reader.error(reader.place_of(pair.value), code::kFormat,
                   in_quotes(pair.key) + " in " + in_quotes(key) + " of " + reader.what() +
                       " has no number of 0 or more",
                   "write digits with a point, as in 12.5");
      continue;
    }
    numbers.emplace(pair.key, pair.value.text);
    places->push_back({pair.key, at});
  }
  if (numbers.size() > base::kKeyDestinationsMax) {
    reader.error(reader.place_of(*found), code::kTooMany,
                 in_quotes(key) + " of " + reader.what() + " names more than " +
                     std::to_string(base::kKeyDestinationsMax),
                 "measure the weights instead: 'weight: ...'");
  }
  return numbers;
}

void check_percent(NodeReader& reader, const KeyVersion& version) {
  base::Rational sum = 0;
  for (const auto& [destination, text] : version.shares) sum += *base::parse_rational(text);
  const bool leaves_rest = !reader.choice("rest", {"unassigned"}).empty();
  if (version.kind != KeyVersion::Kind::kPercent) {
    if (!leaves_rest) return;
    reader.error(reader.at(), code::kAllocation,
                 "'rest' of " + reader.what() + " goes with 'percent' only", "remove it");
  } else if (!version.shares.empty() && (sum > 100 || (sum < 100 && !leaves_rest))) {
    reader.error(version.place, code::kAllocation,
                 "the percents of " + reader.what() + " add up to " + sum.str() + ", not to 100",
                 sum > 100 ? "correct them, or write 'share' for mere proportions"
                           : "correct them, or add 'rest: unassigned'");
  }
}

void read_version(NodeReader& reader, Draft* draft, Findings* findings, model::AllocationKey* key,
                  KeyDraft* places) {
  using Kind = KeyVersion::Kind;
  static const std::vector<std::pair<const char*, Kind>> kWays = {{"share", Kind::kShare},
                                                                  {"percent", Kind::kPercent},
                                                                  {"weight", Kind::kWeight},
                                                                  {"minutes", Kind::kMinutes},
                                                                  {"volume", Kind::kVolume}};
  KeyVersion version;
  KeyVersionDraft version_places;
  version.place = reader.at();
  version.valid = reader.validity();
  int ways = 0;
  for (const auto& [name, kind] : kWays) {
    const Yaml* way = reader.find(name);
    if (way == nullptr || ++ways > 1) continue;
    version.kind = kind;
    version.place = reader.place_of(*way);
    if (kind <= Kind::kPercent) {
      version.shares = read_numbers(reader, name, &version_places.destinations);
    } else {
      read_measure(reader, name, draft, findings, &version.measure, &version_places.measure);
    }
  }
  if (ways != 1) {
    reader.error(reader.at(), ways == 0 ? code::kMissing : code::kAllocation,
                 reader.what() + (ways == 0 ? " says nothing about shares"
                                            : " says in two ways what the shares are"),
                 "write one of: share, percent, weight, minutes, volume");
  }
  check_percent(reader, version);
  version_places.per = reader.texts("per");
  for (const Placed& dimension : version_places.per) version.per.push_back(dimension.text);
  version.times = read_numbers(reader, "times", &version_places.times);
  if (version.kind <= Kind::kPercent && !version.per.empty()) {
    reader.error(version_places.per[0].at, code::kAllocation,
                 "'per' of " + reader.what() + " goes with what is measured only", "remove it");
  }
  if (version.kind != Kind::kVolume && !version.times.empty()) {
    reader.error(version_places.times[0].at, code::kAllocation,
                 "'times' of " + reader.what() + " goes with 'volume' only", "remove it");
  }
  version.author = reader.text("author");
  version.reason = reader.text("reason");
  key->versions.push_back(std::move(version));
  places->versions.push_back(std::move(version_places));
}

void read_of(NodeReader& reader, model::AllocationKey* key, KeyDraft* places) {
  const Yaml* of = reader.find("of");
  if (of == nullptr) return;
  if (!of->is_map()) {
    reader.error(reader.place_of(*of), code::kShape, "'of' of " + reader.what() + " is no map",
                 "write {dimension: ID}, a dimension of the pool's 'each'");
    return;
  }
  for (const formats::YamlPair& pair : of->pairs) {
    const model::Place at{reader.at().file, pair.key_mark.line, pair.key_mark.column};
    key->of.emplace(pair.key, pair.value.text);
    places->dimensions.push_back({pair.key, at});
    places->values.push_back({pair.value.text, reader.place_of(pair.value)});
  }
}

void read_key(const std::string& id, NodeReader& reader, Draft* draft, Findings* findings) {
  model::AllocationKey key;
  KeyDraft places;
  key.id = id;
  key.place = reader.at();
  key.label = reader.label("label", Need::kOptional);
  if (key.label.fr.empty()) key.label = {id, id};
  places.pool = reader.placed("pool", Need::kRequired);
  draft->registry.refer(Entity::kPool, places.pool, reader.what());
  key.pool = places.pool.text;
  read_of(reader, &key, &places);
  const Yaml* versions = reader.find("versions");
  if (versions == nullptr) {
    read_version(reader, draft, findings, &key, &places);
  } else if (!versions->is_sequence() || versions->items.empty()) {
    reader.error(reader.place_of(*versions), code::kShape,
                 "'versions' of " + reader.what() + " is no list",
                 "write '- {from: 2026-01-01, share: {ID: 1}}', one a line");
  } else {
    for (const Yaml& item : versions->items) {
      const Node node = reader.node(item);
      NodeReader version(node, "a version of " + reader.what(), node.place(), findings);
      if (!version.is_map()) continue;
      read_version(version, draft, findings, &key, &places);
      version.finish();
    }
  }
  draft->model.keys.push_back(std::move(key));
  draft->keys.push_back(std::move(places));
}

}  // namespace

void read_pools(Node section, Draft* draft, Findings* findings) {
  read_entities(
      section, Entity::kPool, is_upper_id, draft, findings,
      [&](const std::string& id, NodeReader& reader) { read_pool(id, reader, draft, findings); });
}

void read_keys(Node section, Draft* draft, Findings* findings) {
  read_entities(
      section, Entity::kKey, is_upper_id, draft, findings,
      [&](const std::string& id, NodeReader& reader) { read_key(id, reader, draft, findings); });
}

void read_cascade(Node section, Draft* draft, Findings* findings) {
  NodeReader reader(section, "'cascade'", section.place(), findings);
  if (!reader.is_map()) return;
  if (draft->cascade_at.line != 0) {
    reader.error(reader.at(), code::kDuplicate,
                 "there is a cascade already, at " + draft->cascade_at.file + ':' +
                     std::to_string(draft->cascade_at.line),
                 "keep one of the two");
  }
  draft->cascade_at = reader.at();
  using Method = model::Cascade::Method;
  const std::string method =
      reader.choice("method", {"reciprocal", "step_down", "direct"}, Need::kRequired);
  model::Cascade& cascade = draft->model.cascade;
  cascade.method = method == "step_down" ? Method::kStepDown
                   : method == "direct"  ? Method::kDirect
                                         : Method::kReciprocal;
  cascade.place = reader.at();
  for (Placed& pool : reader.texts("order")) {
    draft->registry.refer(Entity::kPool, pool, reader.what());
    cascade.order.push_back(pool.text);
    draft->cascade_order.push_back(std::move(pool));
  }
  reader.finish();
}

}  // namespace passerelle::steering
