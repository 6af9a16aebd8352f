// A model while it is checked: the values read so far, and beside them where their parts stand.
// Internal to steering.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/steering.h"
#include "core/steering/finding.h"
#include "core/steering/folder.h"
#include "core/steering/model_test.h"
#include "core/steering/node_reader.h"

namespace passerelle::language {
struct ModelNames;
}

namespace passerelle::steering {

// What has an id and can be referred to.
enum class Entity : std::uint8_t {
  kProcess,
  kActivity,
  kUnit,
  kPolicy,
  kRoadmapItem,
  kDimension,
  kKind,
  kTable,
  kIndicator,
  kConnector,
  kPool,
  kKey,
  kCalendar,
  kOptAction,
};
// "process", "organisation unit".
std::string_view to_string(Entity entity);

// Who exists, who refers to whom. References may come before what they refer to.
class Registry {
 public:
  // False, and reported, if the id is taken.
  bool declare(Entity entity, const std::string& id, const model::Place& at, Findings* findings);
  // An id that must exist in the end; empty ones are none.
  void refer(Entity entity, const Placed& id, std::string owner);
  bool has(Entity entity, const std::string& id) const;
  std::vector<std::string> ids(Entity entity) const;
  void report_dangling(Findings* findings) const;

 private:
  struct Reference {
    Entity entity;
    Placed id;
    std::string owner;
  };
  std::map<std::pair<Entity, std::string>, model::Place> declared_;
  std::vector<Reference> references_;
};

// An expression's text as it stands in its file.
struct ExpressionSource {
  const formats::Yaml* scalar = nullptr;  // nullptr: there is none
  const ModelFile* file = nullptr;
};

struct RuleDraft {
  ExpressionSource when;
  std::map<std::string, ExpressionSource> on;
  std::map<std::string, ExpressionSource> set;
};

struct MappingDraft {
  Placed kind;
  std::vector<RuleDraft> rules;
};

struct TableDraft {
  Placed file;
  std::string delimiter;  // empty: the one that the header line uses
  std::vector<Placed> keys;
  std::vector<std::uint64_t> lines;  // of the rows, in the CSV
};

struct IndicatorDraft {
  ExpressionSource value;
  ExpressionSource where;
  Placed from;
  Placed at;
  Placed grain;
  Placed time;
  std::vector<Placed> grains;
  std::vector<Placed> by;
  bool has_publish = false;
  std::vector<std::vector<Placed>> publish;
  std::vector<model::Place> publish_at;
  Placed unit;
  Placed suppress_below;  // the key, where it is written
  Placed when_empty;
  Placed when_zero_den;
  std::vector<Placed> drill;
  ExpressionSource green;
  ExpressionSource amber;
  Placed hysteresis;  // the key, where it is written
};

// The cells that something is about.
struct ScopeDraft {
  std::vector<Placed> dimensions;  // in the order of its keys, `period` among them
  std::vector<Placed> values;
};

struct TargetDraft {
  ScopeDraft scope;
  Placed linear;  // the keys, where they are written
  Placed hysteresis;
  Placed amber;
};

struct MeasurementDraft {
  ExpressionSource value;
  ExpressionSource where;
  Placed from;
  Placed at;
};

struct OptActionDraft {
  ScopeDraft scope;
  Placed baseline_period;
  model::Place baseline_at;
};

struct PoolSourceDraft {
  Placed pool;
  MeasurementDraft amount;
};

struct PoolDraft {
  std::vector<PoolSourceDraft> sources;
  MeasurementDraft capacity;
  Placed to;
  std::vector<Placed> each;
  Placed grain;
};

struct KeyVersionDraft {
  std::vector<Placed> destinations;
  std::vector<Placed> times;
  std::vector<Placed> per;
  MeasurementDraft measure;
};

struct KeyDraft {
  Placed pool;
  std::vector<Placed> dimensions;  // of `of`, in the order of its keys
  std::vector<Placed> values;
  std::vector<KeyVersionDraft> versions;
};

struct Draft {
  model::SteeringModel model;
  Registry registry;
  const std::vector<ModelFile>* files = nullptr;
  const ModelFile* file = nullptr;  // being read
  model::Place authority_at;        // line 0: there is none yet
  std::map<std::string, model::Place> unit_codes;
  std::map<std::string, model::Place> policy_codes;
  std::map<std::string, model::Place> parents_at;  // of processes, policies, roadmap items, by
                                                   // "<section>/<id>"
  std::vector<TableDraft> tables;                  // as model.tables
  std::vector<MappingDraft> mappings;              // as model.mappings
  std::vector<IndicatorDraft> indicators;          // as model.indicators
  std::vector<TargetDraft> targets;                // as model.targets
  std::vector<OptActionDraft> optimisation;        // as model.optimisation
  std::vector<Placed> precedence;                  // its kinds
  std::vector<PoolDraft> pools;                    // as model.pools
  std::vector<KeyDraft> keys;                      // as model.keys
  model::Place cascade_at;                         // line 0: there is none
  std::vector<Placed> cascade_order;
  std::map<std::string, std::vector<Placed>> served;  // activities by policy or roadmap item
  std::vector<Node> tests;                            // sections, read once all else is known
  // What expressions may name, once all files are read.
  std::shared_ptr<const language::ModelNames> names;
};

// Calls `read` for every id of a section that is a map of ids to maps, with a reader that it
// finishes afterwards. Ids that are none, or taken, are reported and passed over.
void read_entities(Node section, Entity entity, bool (*is_id)(std::string_view), Draft* draft,
                   Findings* findings,
                   const std::function<void(const std::string& id, NodeReader& reader)>& read);

// The sections of the folder, each from one file.
void read_authority(Node section, Draft* draft, Findings* findings);
void read_processes(Node section, Draft* draft, Findings* findings);
void read_activities(Node section, Draft* draft, Findings* findings);
void read_organisation(Node section, Draft* draft, Findings* findings);
void read_policies(Node section, Draft* draft, Findings* findings);
void read_roadmap(Node section, Draft* draft, Findings* findings);
void read_dimensions(Node section, Draft* draft, Findings* findings);
void read_kinds(Node section, Draft* draft, Findings* findings);
void read_tables(Node section, Draft* draft, Findings* findings);
void read_mappings(Node section, Draft* draft, Findings* findings);
void read_indicators(Node section, Draft* draft, Findings* findings);
void read_targets(Node section, Draft* draft, Findings* findings);
void read_optimisation(Node section, Draft* draft, Findings* findings);
// `scope: {dimension: value}` of a target or an action of the optimisation plan.
ScopeDraft read_scope(NodeReader& reader, std::map<std::string, std::string>* scope);
// An exact decimal, or "" (reported unless absent and optional).
std::string exact_decimal(NodeReader& reader, std::string_view key, Need need);
void read_precedence(Node section, Draft* draft, Findings* findings);
void read_pools(Node section, Draft* draft, Findings* findings);
void read_keys(Node section, Draft* draft, Findings* findings);
void read_cascade(Node section, Draft* draft, Findings* findings);
void read_calendars(Node section, Draft* draft, Findings* findings);
void read_tests(Node section, Draft* draft, Findings* findings);
// A whole file connectors/<id>.yaml.
void read_connector(Node file, Draft* draft, Findings* findings);

// What expressions may name: before what compiles them.
void find_names(Draft* draft);

// What holds between entities, once all files are read. In this order.
void check_hierarchies(const Draft& draft, Findings* findings);
void check_raci(const Draft& draft, Findings* findings);
void load_tables(Draft* draft, Findings* findings);
void check_pools(Draft* draft, Findings* findings);
void check_keys(Draft* draft, Findings* findings);
void check_cascade(const Draft& draft, Findings* findings);
void check_served(const Draft& draft, Findings* findings);
void check_mappings(const Draft& draft, Findings* findings);
void check_precedence(const Draft& draft, Findings* findings);
void check_indicators(Draft* draft, Findings* findings);
void check_targets(Draft* draft, Findings* findings);
void check_statuses(const Draft& draft, Findings* findings);
void check_optimisation(Draft* draft, Findings* findings);
void check_links(const Draft& draft, Findings* findings);
void check_tests(const Draft& draft, std::vector<ModelTest>* tests, Findings* findings);

// None unless `scalar` is one.
ExpressionSource expression_of(const formats::Yaml* scalar, const Draft& draft);

}  // namespace passerelle::steering
