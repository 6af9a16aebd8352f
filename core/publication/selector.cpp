#include "core/publication/selector.h"

#include <algorithm>
#include <set>

#include "core/base/text.h"
#include "core/model/org_view.h"

namespace passerelle::publication {
namespace {

std::string quoted(const std::vector<std::string>& names) {
  return names.empty() ? "nothing" : base::join(names, ", ");
}

std::string grouping_text(const std::vector<std::string>& dimensions) {
  return dimensions.empty() ? "the total" : base::join(dimensions, ",");
}

// "by function at grain month".
std::string place_text(const std::vector<std::string>& by, std::string_view grain) {
  const std::string grouping = by.empty() ? "as a total" : "by " + base::join(by, ",");
  return grouping + " at grain " + std::string(grain);
}

std::vector<std::string> indicator_names(const flow::CellView& view) {
  std::set<std::string> names;
  for (const flow::CuboidInfo& cuboid : view.cuboids()) {
    names.insert(cuboid.indicators.begin(), cuboid.indicators.end());
  }
  return {names.begin(), names.end()};
}

// Where one indicator is published: cuboid and its place there.
struct Publication {
  std::uint32_t cuboid = 0;
  std::uint32_t place = 0;
};

std::vector<Publication> publications_of(std::string_view indicator, const flow::CellView& view) {
  std::vector<Publication> found;
  for (std::uint32_t c = 0; c < view.cuboids().size(); ++c) {
    const auto& names = view.cuboids()[c].indicators;
    const auto at = std::find(names.begin(), names.end(), indicator);
    if (at == names.end()) continue;
    found.push_back({c, static_cast<std::uint32_t>(at - names.begin())});
  }
  return found;
}

std::string published_text(const std::vector<Publication>& places, const flow::CellView& view) {
  std::set<std::string> texts;
  for (const Publication& place : places) {
    const flow::CuboidInfo& cuboid = view.cuboids()[place.cuboid];
    const auto is_view = [](const auto& name) { return !model::org_view_of(name).empty(); };
    if (std::any_of(cuboid.dimensions.begin(), cuboid.dimensions.end(), is_view)) continue;
    texts.insert(grouping_text(cuboid.dimensions) + " (" +
                 std::string(base::to_string(cuboid.grain)) + ")");
  }
  return base::join({texts.begin(), texts.end()}, "; ");
}

// The grain asked for: said, or that of an exact period if the indicator is published there, or
// the indicator's own.
StatusOr<base::Grain> grain_of(const Selector& selector, std::string_view indicator,
                               const std::vector<Publication>& places, const flow::CellView& view) {
  if (!selector.grain.empty()) return base::parse_grain(selector.grain);
  if (const auto period = base::Period::parse(selector.period); period.ok()) {
    const std::vector<std::string> grouping = selector.grouping();
    for (const Publication& place : places) {
      const flow::CuboidInfo& cuboid = view.cuboids()[place.cuboid];
      if (cuboid.grain == period->grain() && cuboid.dimensions == grouping) {
        return cuboid.grain;
      }
    }
  }
  if (const auto steering = view.steering(); steering != nullptr) {
    for (const model::Indicator& known : steering->indicators) {
      if (known.id == indicator) return known.grain;
    }
  }
  return view.cuboids()[places.front().cuboid].grain;
}

Status check_period(const Selector& selector, base::Grain grain, std::string_view indicator) {
  if (selector.period.empty() || selector.period.ends_with('*')) return {};
  const auto period = base::Period::parse(selector.period);
  if (!period.ok()) {
    return base::invalid_argument("period \"" + selector.period +
                                  "\" is not a period; write 2026, 2026-Q1, 2026-03, 2026-03-31, "
                                  "or a prefix such as 2026-*");
  }
  if (period->grain() == grain) return {};
  return base::invalid_argument(
      "period " + selector.period + " is a " + std::string(base::to_string(period->grain())) +
      ", but " + std::string(indicator) + " is asked for at grain " +
      std::string(base::to_string(grain)) + "; write " + selector.period + "* or another grain");
}

Part make_part(const Publication& place, const Selector& selector, const flow::CellView& view) {
  const flow::CuboidInfo& cuboid = view.cuboids()[place.cuboid];
  Part part;
  part.cuboid = place.cuboid;
  part.indicators = 1ULL << place.place;
  for (const std::string& dimension : cuboid.dimensions) {
    const auto wanted = selector.filter.find(std::string(model::plain_dimension(dimension)));
    part.filtered.push_back(wanted != selector.filter.end());
    part.wanted.push_back(wanted == selector.filter.end() ? "" : wanted->second);
  }
  return part;
}

Status not_published(const Selector& selector, std::string_view indicator, std::string_view grain,
                     const std::vector<Publication>& places, const flow::CellView& view) {
  return base::invalid_argument(std::string(indicator) + " is not published " +
                                place_text(selector.by, grain) +
                                "; published: " + published_text(places, view));
}

// The parts of one indicator, at least one.
StatusOr<std::vector<Part>> parts_of(const Selector& selector, const std::string& indicator,
                                     const flow::CellView& view) {
  const std::vector<Publication> places = publications_of(indicator, view);
  if (places.empty()) {
    const std::vector<std::string> names = indicator_names(view);
    const std::string near = base::nearest_of(indicator, names);
    return base::invalid_argument("there is no indicator " + indicator +
                                  (near.empty() ? "" : ", did you mean " + near + "?") +
                                  "; published: " + quoted(names));
  }
  PAS_ASSIGN_OR_RETURN(const base::Grain grain, grain_of(selector, indicator, places, view));
  const std::vector<std::string> grouping = selector.grouping();
  std::vector<Part> parts;
  for (const Publication& place : places) {
    const flow::CuboidInfo& cuboid = view.cuboids()[place.cuboid];
    if (cuboid.grain != grain || cuboid.dimensions != grouping) continue;
    parts.push_back(make_part(place, selector, view));
  }
  if (parts.empty()) {
    return not_published(selector, indicator, base::to_string(grain), places, view);
  }
  PAS_RETURN_IF_ERROR(check_period(selector, grain, indicator));
  return parts;
}

Status check_org(const Selector& selector, const flow::CellView& view) {
  if (selector.org.empty()) return {};
  PAS_RETURN_IF_ERROR(model::check_org_view(selector.org));
  const auto steering = view.steering();
  std::vector<std::string> kept = {std::string(model::kOrgWas)};
  if (steering != nullptr) {
    kept.insert(kept.end(), steering->org_views.begin(), steering->org_views.end());
  }
  if (std::find(kept.begin(), kept.end(), selector.org) != kept.end()) return {};
  return base::invalid_argument("the view '" + selector.org +
                                "' of the organisation is not kept; " +
                                "kept: " + base::join(kept, ", ") +
                                "; add it to 'organisation_views' of the authority in the model");
}

Status check_filter(const Selector& selector) {
  for (const auto& [dimension, value] : selector.filter) {
    if (std::binary_search(selector.by.begin(), selector.by.end(), dimension)) continue;
    return base::invalid_argument("the filter names " + dimension +
                                  ", which is not a dimension of the grouping (" +
                                  grouping_text(selector.by) + "); add it to the grouping");
  }
  return {};
}

void merge_into(std::vector<Part>* parts, Part part) {
  for (Part& known : *parts) {
    if (known.cuboid != part.cuboid) continue;
    known.indicators |= part.indicators;
    return;
  }
  parts->push_back(std::move(part));
}

Status check_families(const Selector& selector) {
  const std::vector<std::string> known = {"activity", "effectiveness", "efficiency", "quality",
                                          "means"};
  for (const std::string& family : selector.families) {
    if (std::find(known.begin(), known.end(), family) != known.end()) continue;
    const std::string near = base::nearest_of(family, known);
    return base::invalid_argument("there is no family " + family +
                                  (near.empty() ? "" : ", did you mean " + near + "?") +
                                  "; there are " + base::join(known, ", "));
  }
  return {};
}

}  // namespace

Selector expanded(const Selector& selector, const flow::CellView& view) {
  Selector out = selector;
  out.families.clear();
  const auto steering = view.steering();
  if (selector.families.empty() || steering == nullptr) return out;
  for (const model::Indicator& indicator : steering->indicators) {
    const auto& families = selector.families;
    if (std::find(families.begin(), families.end(), indicator.kind) == families.end()) continue;
    if (parts_of(selector, indicator.id, view).ok()) out.indicators.push_back(indicator.id);
  }
  return normalised(std::move(out));
}

std::vector<std::string> Selector::grouping() const { return model::in_org_view(by, org); }

Selector normalised(Selector selector) {
  if (selector.org == model::kOrgWas) selector.org.clear();
  for (std::vector<std::string>* names : {&selector.indicators, &selector.by, &selector.families}) {
    std::sort(names->begin(), names->end());
    names->erase(std::unique(names->begin(), names->end()), names->end());
  }
  return selector;
}

base::Hash128 hash_of(const Selector& selector) {
  std::string text;
  const auto append = [&text](std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  };
  const auto append_all = [&](const std::vector<std::string>& parts) {
    text += std::to_string(parts.size());
    text += ';';
    for (const std::string& part : parts) append(part);
  };
  append_all(selector.indicators);
  append_all(selector.by);
  append(selector.period);
  append(selector.grain);
  for (const auto& [dimension, value] : selector.filter) {
    append(dimension);
    append(value);
  }
  if (!selector.org.empty()) append("org=" + selector.org);
  for (const std::string& family : selector.families) append("family=" + family);
  return base::hash128(text);
}

StatusOr<Resolved> Resolved::of(const Selector& selector, const flow::CellView& view) {
  if (view.cuboids().empty()) {
    return base::failed_precondition(
        "nothing is published yet: no steering model with indicators is applied");
  }
  if (selector.indicators.empty() && selector.families.empty()) {
    return base::invalid_argument("the selector names no indicator; published: " +
                                  quoted(indicator_names(view)));
  }
  PAS_RETURN_IF_ERROR(check_families(selector));
  PAS_RETURN_IF_ERROR(check_org(selector, view));
  PAS_RETURN_IF_ERROR(check_filter(selector));
  Resolved resolved = lenient(selector, view);
  resolved.parts_.clear();
  const Selector all = expanded(selector, view);
  if (all.indicators.empty()) {
    return base::invalid_argument(
        "no indicator of the families " + base::join(selector.families, ", ") + " is published " +
        place_text(selector.by, selector.grain.empty() ? "of its own" : selector.grain) +
        "; published: " + quoted(indicator_names(view)));
  }
  for (const std::string& indicator : all.indicators) {
    PAS_ASSIGN_OR_RETURN(std::vector<Part> parts, parts_of(selector, indicator, view));
    for (Part& part : parts) merge_into(&resolved.parts_, std::move(part));
  }
  return resolved;
}

Resolved Resolved::lenient(const Selector& selector, const flow::CellView& view) {
  Resolved resolved;
  resolved.period_ = selector.period;
  resolved.period_prefix_ = selector.period.empty() || selector.period.ends_with('*');
  if (selector.period.ends_with('*')) resolved.period_.pop_back();
  for (const std::string& indicator : expanded(selector, view).indicators) {
    auto parts = parts_of(selector, indicator, view);
    if (!parts.ok()) continue;
    for (Part& part : *parts) merge_into(&resolved.parts_, std::move(part));
  }
  return resolved;
}

bool Resolved::matches(const Part& part, const flow::CellView& view, std::uint32_t group) const {
  const bool is_filtered =
      std::find(part.filtered.begin(), part.filtered.end(), true) != part.filtered.end();
  return matches(part, view.period(part.cuboid, group),
                 is_filtered ? view.values(part.cuboid, group) : std::vector<std::string_view>());
}

// Without a filter the values need not be told.
bool Resolved::matches(const Part& part, base::Period period,
                       const std::vector<std::string_view>& values) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (part.filtered[i] && values[i] != part.wanted[i]) return false;
  }
  if (period_prefix_ && period_.empty()) return true;
  return matches_period(period.to_string());
}

bool Resolved::matches_period(std::string_view period) const {
  return period_prefix_ ? period.starts_with(period_) : period == period_;
}

}  // namespace passerelle::publication
