// The sections that describe the authority: what it does, who does it, and why.
#include <algorithm>
#include <utility>

#include "core/base/calendar.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/org_view.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

constexpr std::int64_t kUnitMinutesMax = 10'000'000;

// The letters in the order in which the model keeps them.
constexpr char kRaciLetters[] = {'A', 'R', 'C', 'I'};

void read_role(const Node& node, char letter, const std::string& activity, Draft* draft,
               Findings* findings) {
  const std::string owner = "activity " + in_quotes(activity);
  model::Raci role{activity, letter, "", "", node.place()};
  Placed unit{"", role.at};
  if (node.yaml->is_map()) {
    NodeReader reader(node, "raci of " + owner, role.at, findings);
    unit = reader.placed("unit", Need::kRequired);
    role.role = reader.text("role");
    reader.finish();
  } else if (node.yaml->is_scalar()) {
    unit.text = node.yaml->text;
  } else {
    findings->error(role.at, code::kShape, "raci of " + owner + " holds no unit here",
                    "write a unit's id, or {unit: ID, role: \"...\"}");
  }
  if (unit.empty()) return;
  role.unit = unit.text;
  draft->registry.refer(Entity::kUnit, unit, "raci of " + owner);
  draft->model.raci.push_back(std::move(role));
}

void read_raci(NodeReader& activity, const std::string& id, Draft* draft, Findings* findings) {
  const formats::Yaml* raci = activity.find("raci");
  if (raci == nullptr) return;
  NodeReader reader(activity.node(*raci), "raci of " + activity.what(), activity.place_of(*raci),
                    findings);
  if (!reader.is_map()) return;
  for (const char letter : kRaciLetters) {
    const formats::Yaml* roles = reader.find(std::string(1, letter));
    if (roles == nullptr) continue;
    if (!roles->is_sequence()) {
      read_role(reader.node(*roles), letter, id, draft, findings);
      continue;
    }
    for (const formats::Yaml& role : roles->items) {
      read_role(reader.node(role), letter, id, draft, findings);
    }
  }
  reader.finish();
}

std::vector<std::string> read_codes(NodeReader& reader,
                                    std::map<std::string, model::Place>* codes) {
  std::vector<std::string> all;
  for (Placed& code : reader.texts("codes")) {
    const auto [first, is_new] = codes->emplace(code.text, code.at);
    if (is_new) {
      all.push_back(std::move(code.text));
      continue;
    }
    reader.error(code.at, code::kDuplicate,
                 "the code " + in_quotes(code.text) + " is there already, at " +
                     first->second.file + ':' + std::to_string(first->second.line),
                 "a code names one entity only: remove one of the two");
  }
  return all;
}

std::string read_parent(NodeReader& reader, Entity entity, const std::string& id, Draft* draft) {
  const Placed parent = reader.placed("parent");
  draft->registry.refer(entity, parent, reader.what());
  draft->parents_at[std::string(to_string(entity)) + '/' + id] = parent.at;
  return parent.text;
}

std::vector<model::OrgParent> read_org_parents(NodeReader& unit, Draft* draft, Findings* findings) {
  const Placed single = unit.placed("parent");
  const formats::Yaml* dated = unit.find("parents");
  draft->registry.refer(Entity::kUnit, single, unit.what());
  if (dated == nullptr) {
    if (single.empty()) return {};
    return {{single.text, {}}};
  }
  if (!single.empty()) {
    unit.error(single.at, code::kDuplicate, unit.what() + " has both 'parent' and 'parents'",
               "keep 'parents', with the dates of each");
  }
  if (!dated->is_sequence()) {
    unit.error(unit.place_of(*dated), code::kShape, "'parents' of " + unit.what() + " is no list",
               "write [{unit: ID, to: 2025-06-30}, {unit: ID, from: 2025-07-01}]");
    return {};
  }
  std::vector<model::OrgParent> parents;
  for (const formats::Yaml& item : dated->items) {
    NodeReader reader(unit.node(item), "parent of " + unit.what(), unit.place_of(item), findings);
    if (!reader.is_map()) continue;
    const Placed parent = reader.placed("unit");
    draft->registry.refer(Entity::kUnit, parent, unit.what());
    parents.push_back({parent.text, reader.validity()});
    reader.finish();
  }
  std::stable_sort(parents.begin(), parents.end(), [](const auto& a, const auto& b) {
    return a.valid.from.value_or(INT32_MIN) < b.valid.from.value_or(INT32_MIN);
  });
  return parents;
}

// organisation_views: [is, 2026-01-01]: beside that of each fact's day.
void read_org_views(NodeReader* reader, Draft* draft, Findings* findings) {
  std::vector<std::string>& views = draft->model.org_views;
  for (const Placed& view : reader->texts("organisation_views")) {
    if (const Status status = model::check_org_view(view.text); !status.ok()) {
      findings->error(view.at, code::kFormat,
                      in_quotes(view.text) + " is no view of the organisation",
                      "write is (today's) or a date such as 2026-01-01");
    } else if (view.text == model::kOrgWas) {
      findings->warning(view.at, code::kDuplicate, "'was' is always kept", "remove it");
    } else if (std::count(views.begin(), views.end(), view.text) > 0) {
      findings->error(view.at, code::kDuplicate, in_quotes(view.text) + " is there twice",
                      "remove one of the two");
    } else if (views.size() == base::kOrgViewsMax) {
      findings->error(view.at, code::kTooMany,
                      "more than " + std::to_string(base::kOrgViewsMax) +
                          " views of the organisation: each holds its own cells",
                      "keep those that somebody reads");
      break;
    } else {
      views.push_back(view.text);
    }
  }
  std::sort(views.begin(), views.end());
}

// exercise_closed_by: closing. Until then amounts of an exercise are provisional.
void read_exercise(NodeReader* reader, Draft* draft, Findings* findings) {
  const Placed by = reader->placed("exercise_closed_by");
  if (by.empty()) return;
  draft->model.exercises_end_by_closing = by.text == "closing";
  if (by.text == "closing") return;
  findings->error(by.at, code::kFormat, in_quotes(by.text) + " closes no exercise",
                  "write closing: amounts of an exercise are provisional until they are closed; or "
                  "leave the key out");
}

}  // namespace

void read_authority(Node section, Draft* draft, Findings* findings) {
  if (draft->authority_at.line > 0) {
    findings->error(section.place(), code::kDuplicate,
                    "the authority is there already, at " + draft->authority_at.file + ':' +
                        std::to_string(draft->authority_at.line),
                    "a model folder describes one authority: remove one of the two");
    return;
  }
  draft->authority_at = section.place();
  NodeReader reader(section, "the authority", section.place(), findings);
  if (!reader.is_map()) return;
  const Placed id = reader.placed("id", Need::kRequired);
  if (!id.empty() && !is_upper_id(id.text)) {
    findings->error(id.at, code::kId, in_quotes(id.text) + " is no id",
                    "use a letter, then letters, digits and _, all of them A to Z");
  }
  draft->model.authority = id.text;
  draft->model.authority_label = reader.label("label", Need::kRequired);
  const Placed zone = reader.placed("time_zone");
  if (!zone.empty()) {
    draft->model.time_zone = zone.text;
    if (!base::Zone::load(zone.text).ok()) {
      findings->error(zone.at, code::kZone, "the time zone " + in_quotes(zone.text) + " is unknown",
                      "use a name of the IANA database, as in Europe/Paris or Indian/Reunion");
    }
  }
  read_org_views(&reader, draft, findings);
  read_exercise(&reader, draft, findings);
  reader.finish();
}

void read_processes(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kProcess, is_upper_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  model::Process process;
                  process.id = id;
                  process.at = reader.at();
                  process.label = reader.label("label", Need::kRequired);
                  process.family = reader.choice("family", {"managerial", "operational", "support"},
                                                 Need::kRequired);
                  process.number = reader.text("number");
                  process.parent = read_parent(reader, Entity::kProcess, id, draft);
                  process.pilot = reader.text("pilot");
                  process.purpose = reader.label("purpose", Need::kOptional);
                  process.inputs = reader.plain_texts("inputs");
                  process.outputs = reader.plain_texts("outputs");
                  process.valid = reader.validity();
                  for (const char* later : {"risks", "maturity", "procedures", "iso_clause"}) {
                    reader.not_available(later);
                  }
                  draft->model.processes.push_back(std::move(process));
                });
}

void read_activities(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kActivity, is_upper_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  model::Activity activity;
                  activity.id = id;
                  activity.at = reader.at();
                  activity.label = reader.label("label", Need::kRequired);
                  const Placed process = reader.placed("process", Need::kRequired);
                  draft->registry.refer(Entity::kProcess, process, reader.what());
                  activity.process = process.text;
                  activity.deliverable = reader.label("deliverable", Need::kOptional);
                  activity.unit_of_work = reader.text("unit_of_work");
                  activity.unit_minutes = reader.integer("unit_minutes", 0, kUnitMinutesMax);
                  activity.legal_basis = reader.choice(
                      "legal_basis", {"mandatory", "optional", "delegated", "support"});
                  activity.job_family = reader.text("job_family");
                  activity.valid = reader.validity();
                  read_raci(reader, id, draft, findings);
                  for (const char* later : {"time_equation", "criticality", "commitment"}) {
                    reader.not_available(later);
                  }
                  draft->model.activities.push_back(std::move(activity));
                });
}

void read_organisation(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kUnit, is_upper_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  model::OrgUnit unit;
                  unit.id = id;
                  unit.at = reader.at();
                  unit.kind = reader.choice("kind", {"pole", "direction", "service", "cell"},
                                            Need::kRequired);
                  unit.label = reader.label("label", Need::kRequired);
                  unit.parents = read_org_parents(reader, draft, findings);
                  unit.codes = read_codes(reader, &draft->unit_codes);
                  unit.valid = reader.validity();
                  draft->model.units.push_back(std::move(unit));
                });
}

void read_policies(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kPolicy, is_upper_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  model::Policy policy;
                  policy.id = id;
                  policy.at = reader.at();
                  policy.label = reader.label("label", Need::kRequired);
                  policy.parent = read_parent(reader, Entity::kPolicy, id, draft);
                  policy.codes = read_codes(reader, &draft->policy_codes);
                  policy.valid = reader.validity();
                  for (Placed& activity : reader.texts("activities")) {
                    draft->registry.refer(Entity::kActivity, activity, reader.what());
                    policy.activities.push_back(activity.text);
                    draft->served[id].push_back(std::move(activity));
                  }
                  reader.not_available("weights");
                  draft->model.policies.push_back(std::move(policy));
                });
}

void read_roadmap(Node section, Draft* draft, Findings* findings) {
  read_entities(section, Entity::kRoadmapItem, is_upper_id, draft, findings,
                [&](const std::string& id, NodeReader& reader) {
                  model::RoadmapItem item;
                  item.id = id;
                  item.at = reader.at();
                  item.level = reader.choice("level", {"project", "axis", "objective", "action"},
                                             Need::kRequired);
                  item.parent = read_parent(reader, Entity::kRoadmapItem, id, draft);
                  item.label = reader.label("label", Need::kRequired);
                  const Placed pilot = reader.placed("pilot");
                  draft->registry.refer(Entity::kUnit, pilot, reader.what());
                  item.pilot = pilot.text;
                  item.due = reader.date("due");
                  item.state = reader.text("state");
                  for (Placed& activity : reader.texts("activities")) {
                    draft->registry.refer(Entity::kActivity, activity, reader.what());
                    item.activities.push_back(activity.text);
                    draft->served[id].push_back(std::move(activity));
                  }
                  for (Placed& indicator : reader.texts("indicators")) {
                    draft->registry.refer(Entity::kIndicator, indicator, reader.what());
                    item.indicators.push_back(std::move(indicator.text));
                  }
                  for (const char* later : {"milestones", "progress", "budget", "weights"}) {
                    reader.not_available(later);
                  }
                  draft->model.roadmap.push_back(std::move(item));
                });
}

}  // namespace passerelle::steering
