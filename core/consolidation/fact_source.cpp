#include "core/consolidation/fact_source.h"

#include <algorithm>
#include <limits>

#include "core/consolidation/derived_tables.h"
#include "core/model/kinds.h"
#include "core/model/org_view.h"

namespace passerelle::consolidation {
namespace {

// Dimensions of the reference: where nothing gives a value, the fact is UNMAPPED there.
bool is_reference(std::string_view name) {
  return name == "activity" || name == "policy" || name == "process" || name == "family" ||
         model::is_org_dimension(name);
}

std::int64_t clamped(base::Int128 value) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (value > kMax) return kMax;
  return value < -kMax ? -kMax : static_cast<std::int64_t>(value);
}

}  // namespace

SourceContext::SourceContext(std::shared_ptr<ModelPlan> model_plan, Strings* all_strings,
                             base::Instant tick)
    : plan(std::move(model_plan)),
      strings(all_strings),
      mapping(*plan->model(), all_strings),
      organisation(plan->model()->units, all_strings),
      today(day_of(tick)) {
  for (const model::Activity& activity : plan->model()->activities) {
    process_of.emplace(strings->intern(activity.id), strings->intern(activity.process));
  }
  for (const model::Process& process : plan->model()->processes) {
    family_of.emplace(strings->intern(process.id), strings->intern(process.family));
  }
  for (const model::Policy& policy : plan->model()->policies) {
    for (const std::string& activity : policy.activities) {
      const auto [at, is_new] =
          policy_of.emplace(strings->intern(activity), strings->intern(policy.id));
      if (!is_new) at->second = kNoText;  // several: a key says how
    }
  }
}

base::Days SourceContext::day_of(base::Instant tick) const {
  return tick == 0 ? std::numeric_limits<base::Days>::max() : plan->zone().local_day(tick);
}

StatusOr<std::unique_ptr<FactSource>> FactSource::make(SourceContext* context, KindPlan* kind,
                                                       const Table* table) {
  std::unique_ptr<FactSource> source(new FactSource(context, kind, table));
  PAS_ASSIGN_OR_RETURN(source->rules_, RuleSet::compile(context->mapping, *kind->kind,
                                                        *kind->schema, table->connector()));
  std::vector<std::string> names = kind->dimensions;
  for (const std::string& name : source->rules_->dimensions()) names.push_back(name);
  names.push_back("activity");
  names.push_back("policy");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
        names.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    const auto number = static_cast<std::uint32_t>(source->dimensions_.size());
    source->dimensions_.push_back(source->dimension_of(names[i]));
    const Dimension& dimension = source->dimensions_.back();
    source->has_units_ |= dimension.from == From::kUnit;
    const auto& set = source->rules_->dimensions();
    if (std::binary_search(set.begin(), set.end(), names[i])) {
      source->set_by_rules_.push_back(number);
    }
    const bool is_of_a_view = dimension.org_day || dimension.is_of_today;
    if (dimension.unmapped_if_none && !is_of_a_view) source->listed_.push_back(number);
    if (names[i] == "activity") source->activity_ = number;
  }
  source->codes_.resize(source->dimensions_.size());
  source->base_values_.resize(source->bases_.size());
  source->unmapped_.resize(source->dimensions_.size());
  for (UnmappedCount& count : source->unmapped_) count.amounts.resize(source->measures_.size());
  return source;
}

FactSource::FactSource(SourceContext* context, KindPlan* kind, const Table* table)
    : context_(context),
      kind_(*kind),
      table_(*table),
      values_(*kind->kind, *table, *context->strings),
      is_allocated_(kind->kind->name == model::kAllocationKind),
      signatures_(kind->dimensions.size()) {
  for (std::uint32_t slot = 0; slot < kind->kind->fields.size(); ++slot) {
    const model::Field& field = kind->kind->fields[slot];
    const bool number =
        field.type == model::FieldType::kDecimal || field.type == model::FieldType::kInteger;
    if (number && !field.unit.empty()) measures_.push_back(slot);
  }
  incomplete_ = table->find(kIncompleteColumn, model::FieldType::kBoolean, 0);
  if (kind->flag == model::kFlagProvisional) state_ = slot_of(*kind->kind, "state");
}

std::uint32_t FactSource::base_of(const std::string& name) {
  for (std::uint32_t i = 0; i < bases_.size(); ++i) {
    if (bases_[i].name == name) return i;
  }
  Base base;
  base.name = name;
  const auto& set = rules_->dimensions();
  const auto at = std::lower_bound(set.begin(), set.end(), name);
  if (at != set.end() && *at == name) base.mapped = static_cast<std::int32_t>(at - set.begin());
  const auto& fields = kind_.kind->fields;
  for (std::size_t slot = 0; slot < fields.size(); ++slot) {
    if (fields[slot].name == name) base.slot = static_cast<std::int32_t>(slot);
  }
  bases_.push_back(std::move(base));
  return static_cast<std::uint32_t>(bases_.size() - 1);
}

FactSource::Dimension FactSource::dimension_of(const std::string& full_name) {
  const std::string name(model::plain_dimension(full_name));
  const std::string_view view = model::org_view_of(full_name);
  Dimension out;
  out.name = full_name;
  if (view == model::kOrgIs) {
    out.is_of_today = true;
  } else if (!view.empty()) {
    out.org_day = base::parse_date(view).value_or(0);  // the model's check has read it
  }
  if (name == "connector") {
    out.from = From::kConnector;
    return out;
  }
  const std::uint32_t own = base_of(name);
  out.bases.push_back(own);
  out.unmapped_if_none = is_reference(name) || bases_[own].mapped >= 0;
  const bool organised = !context_->organisation.empty();
  if (name == "policy" && !is_allocated_ && !context_->policy_of.empty()) {
    out.from = From::kPolicy;
    out.bases.push_back(base_of("activity"));
  } else if (name == "process" || name == "family") {
    out.from = name == "process" ? From::kProcess : From::kFamily;
    if (name == "family") out.bases.push_back(base_of("process"));
    out.bases.push_back(base_of("activity"));
  } else if (organised && model::is_org_dimension(name)) {
    out.from = From::kUnit;
    out.level = level_of(name);
    if (name == "pole") out.bases.push_back(base_of("direction"));
    if (name != "service") out.bases.push_back(base_of("service"));
  } else if (bases_[own].mapped >= 0 || bases_[own].slot >= 0) {
    out.from = From::kMember;
  }
  return out;
}

// The field's value as a text, resolved to a member where the dimension has members.
Code FactSource::text_of_field(Base* base) {
  const auto slot = static_cast<std::uint32_t>(base->slot);
  const std::int64_t raw = values_.raw(slot);
  if (values_.is_absent(slot)) return kNoText;
  const auto [at, is_new] = base->members.try_emplace(raw);
  if (is_new) {
    const model::Field& field = kind_.kind->fields[slot];
    const std::string text = model::is_text(field.type)
                                 ? std::string((*context_->strings)[static_cast<Code>(raw)])
                                 : consolidation::text_of(raw, field.type, field.scale);
    at->second = is_allocated_ ? context_->strings->intern(text)
                               : context_->mapping.resolve(base->name, text);
  }
  return at->second;
}

Code FactSource::base_value(Base* base) {
  if (base->mapped >= 0 && decisions_[base->mapped].rule != Decision::kNoRule) {
    return decisions_[base->mapped].value;
  }
  return base->slot >= 0 ? text_of_field(base) : kNoText;
}

Code FactSource::static_value(const Dimension& dimension) {
  const auto looked_up = [](const std::unordered_map<Code, Code>& map, Code key) {
    const auto at = map.find(key);
    return at == map.end() || at->second == kNoText ? kUnmappedText : at->second;
  };
  Code value = kNoText;
  switch (dimension.from) {
    case From::kConnector:
      return context_->strings->intern(table_.connector());
    case From::kMember:
      value = base_values_[dimension.bases[0]];
      break;
    case From::kPolicy: {
      value = base_values_[dimension.bases[0]];
      const auto only = context_->policy_of.find(base_values_[dimension.bases[1]]);
      const bool is_open = value == kNoText || value == kUnmappedText;
      if (is_open && only != context_->policy_of.end() && only->second != kNoText) {
        value = only->second;
      }
      break;
    }
    case From::kProcess:
      value = base_values_[dimension.bases[0]];
      if (value == kNoText && base_values_[dimension.bases[1]] != kNoText) {
        value = looked_up(context_->process_of, base_values_[dimension.bases[1]]);
      }
      break;
    case From::kFamily: {
      value = base_values_[dimension.bases[0]];
      if (value != kNoText) break;
      Code process = base_values_[dimension.bases[1]];
      if (process == kNoText && base_values_[dimension.bases[2]] != kNoText) {
        process = looked_up(context_->process_of, base_values_[dimension.bases[2]]);
      }
      if (process != kNoText) value = looked_up(context_->family_of, process);
      break;
    }
    case From::kNothing:
    case From::kUnit:
      break;
  }
  return value == kNoText && dimension.unmapped_if_none ? kUnmappedText : value;
}

Code FactSource::unit_value(const Dimension& dimension, const DatedOrganisation& by,
                            base::Days day) const {
  const base::Days of = dimension.is_of_today ? by.today : dimension.org_day.value_or(day);
  for (const std::uint32_t base : dimension.bases) {
    if (base_values_[base] == kNoText) continue;
    return by.organisation->ancestor(base_values_[base], dimension.level, of);
  }
  return kUnmappedText;
}

void FactSource::load(std::uint32_t row) {
  values_.load(row);
  std::uint64_t failures = 0;
  decisions_ = rules_->decide(values_, &failures);
  for (std::size_t i = 0; i < bases_.size(); ++i) base_values_[i] = base_value(&bases_[i]);
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    if (dimensions_[i].from != From::kUnit) codes_[i] = static_value(dimensions_[i]);
  }
  day_known_ = false;
}

const Code* FactSource::dimensions(base::Days day) {
  if (!has_units_ || (day_known_ && day == day_)) return codes_.data();
  day_ = day;
  day_known_ = true;
  const DatedOrganisation by = context_->dated();
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    if (dimensions_[i].from == From::kUnit) codes_[i] = unit_value(dimensions_[i], by, day);
  }
  return codes_.data();
}

void FactSource::dimensions(const DatedOrganisation& by, base::Days day, std::vector<Code>* out) {
  *out = codes_;
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    if (dimensions_[i].from == From::kUnit) (*out)[i] = unit_value(dimensions_[i], by, day);
  }
}

void FactSource::recount(const std::vector<Code>& before, const std::vector<Code>& after) {
  codes_ = before;
  count(true);
  codes_ = after;
  count(false);
  day_known_ = false;
}

unsigned FactSource::unit_bases() const {
  unsigned levels = 0;
  for (const Base& base : bases_) {
    const bool is_given = base.mapped >= 0 || base.slot >= 0;
    if (!is_given || !model::is_org_dimension(base.name)) continue;
    levels |= 1U << static_cast<unsigned>(level_of(base.name));
  }
  return levels;
}

unsigned FactSource::counted_levels() const {
  unsigned levels = 0;
  for (const auto& counted : {listed_, set_by_rules_}) {
    for (const std::uint32_t i : counted) {
      if (dimensions_[i].from != From::kUnit) continue;
      levels |= 1U << static_cast<unsigned>(dimensions_[i].level);
    }
  }
  return levels;
}

bool FactSource::is_flagged() {
  if (incomplete_ != nullptr) return incomplete_->numbers[values_.row()] == 1;
  if (!state_ || values_.is_absent(*state_)) return false;
  const auto state = static_cast<Code>(values_.raw(*state_));
  const auto [known, is_new] = is_provisional_.try_emplace(state);
  if (is_new) known->second = model::is_provisional((*context_->strings)[state]);
  return known->second;
}

void FactSource::count(bool minus) {
  const auto bump = [&](std::uint64_t* counter) { *counter += minus ? ~std::uint64_t{0} : 1; };
  bump(&counts.facts);
  bool mapped = !set_by_rules_.empty();
  for (const std::uint32_t i : set_by_rules_) mapped = mapped && codes_[i] != kUnmappedText;
  if (set_by_rules_.empty()) {
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      mapped = mapped || (dimensions_[i].name == "activity" && codes_[i] != kUnmappedText);
    }
  }
  if (mapped) bump(&counts.mapped);
  for (const std::uint32_t i : listed_) {
    if (codes_[i] != kUnmappedText) continue;
    bump(&unmapped_[i].facts);
    for (std::size_t m = 0; m < measures_.size(); ++m) {
      const std::int64_t amount = values_.raw(measures_[m]);
      if (amount == model::kAbsent) continue;
      unmapped_[i].amounts[m] += minus ? -base::Int128{amount} : base::Int128{amount};
    }
  }
}

std::vector<FactDimension> FactSource::explain(base::Days day) {
  const Code* codes = dimensions(day);
  std::vector<FactDimension> out;
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    FactDimension dimension{dimensions_[i].name, std::string((*context_->strings)[codes[i]]), ""};
    for (const std::uint32_t base : dimensions_[i].bases) {
      const std::int32_t mapped = bases_[base].mapped;
      if (base_values_[base] == kNoText) continue;
      if (mapped >= 0 && decisions_[mapped].rule != Decision::kNoRule) {
        dimension.rule = rules_->rule_name(decisions_[mapped].rule);
      }
      break;
    }
    out.push_back(std::move(dimension));
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.dimension < b.dimension; });
  return out;
}

std::vector<UnmappedEntry> FactSource::unmapped() const {
  std::vector<UnmappedEntry> out;
  for (std::size_t i = 0; i < dimensions_.size(); ++i) {
    if (unmapped_[i].facts == 0) continue;
    UnmappedEntry entry{
        dimensions_[i].name, kind_.kind->name, table_.connector(), unmapped_[i].facts, {}};
    for (std::size_t m = 0; m < measures_.size(); ++m) {
      if (unmapped_[i].amounts[m] == 0) continue;
      const model::Field& field = kind_.kind->fields[measures_[m]];
      entry.amounts.push_back(
          {field.name, field.unit, field.scale, clamped(unmapped_[i].amounts[m])});
    }
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace passerelle::consolidation
