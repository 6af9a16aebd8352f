// What a C++ connector author needs: derive Connector, answer four questions, and end main with
// `return sdk::run(argc, argv, connector)`. The SDK speaks gRPC, batches, and watches the hub.
//
//   class Hello final : public sdk::Connector {
//     sdk::Description describe() const override { ... }
//     std::vector<sdk::Problem> check(const sdk::Config&) override { return {}; }
//     Status read(const sdk::Config&, std::string_view checkpoint, sdk::Output& out) override {
//       out.stream("greeting").begin("id-1", 1).set("text", "bonjour").end();
//       return absl::OkStatus();
//     }
//   };
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/status.h"

namespace passerelle::sdk {

enum class FieldType { kString, kInteger, kDecimal, kDate, kInstant, kBoolean, kPerson };

struct Field {
  std::string name;
  FieldType type = FieldType::kString;
  int scale = 0;  // of a decimal
  std::string unit = {};
  std::string scheme = {};  // of a person: matricule, hris, ...
  std::string label_fr = {};
  std::string label_en = {};
};

struct Stream {
  std::string name;
  std::string kind;  // of the hub's catalogue (core/model/kinds.cpp) or declared by the model
  std::vector<Field> fields;
  std::string version_meaning = {};
};

// One configuration field, declared once: validation, JSON Schema and the README's table come from
// it.
struct ConfigField {
  std::string name;
  std::string type;  // string | integer | boolean | strings | map (of texts)
  bool required = false;
  std::string default_value;
  bool secret = false;
  std::string help_fr;
  std::string help_en;
};

struct Description {
  std::string name;
  std::string family;
  std::string version;
  std::vector<ConfigField> config;
  std::vector<Stream> streams;
};

struct Problem {
  std::string field;
  std::string reason;
  std::string remedy;
};

// The connector's `config` map, already checked against the declared fields (unknown keys refused).
class Config {
 public:
  virtual ~Config() = default;
  virtual std::string text(std::string_view field) const = 0;  // "" when absent
  virtual std::int64_t integer(std::string_view field) const = 0;
  virtual bool boolean(std::string_view field) const = 0;
  virtual std::vector<std::string> texts(std::string_view field) const = 0;
  virtual std::map<std::string, std::string> map(std::string_view field) const = 0;
  virtual std::string json() const = 0;                         // the whole map
  virtual std::string secret(std::string_view name) const = 0;  // "" when absent
  virtual std::string folder() const = 0;                       // relative paths start here
  virtual std::string time_zone() const = 0;
  // A path of the configuration made absolute; a pattern stays a pattern.
  virtual std::string path(std::string_view field) const = 0;
};

// A source record that could not become a record. Mask personal values (base::masked).
struct Reject {
  std::string key;
  std::string position;
  std::string rule;  // stable, e.g. DSN-S90-TOTAL
  std::string field;
  std::string value;
  std::string reason;
  std::string remedy;
  std::uint64_t records = 1;
};

// Writes records of one stream. begin() .. set() .. end(); a set() of an undeclared field or of the
// wrong type is a programming error and ends the plugin. Text must be UTF-8.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  // `version` orders the versions of one id; `position` is the line or row in the source.
  virtual StreamWriter& begin(std::string_view id, std::int64_t version,
                              std::uint64_t position = 0) = 0;
  virtual StreamWriter& set(std::string_view field, std::string_view text) = 0;  // string, person
  virtual StreamWriter& set_number(std::string_view field, std::int64_t value) = 0;  // all others
  // The same by the field's index in the Stream's declaration: for hot loops.
  virtual StreamWriter& set(std::size_t field, std::string_view text) = 0;
  virtual StreamWriter& set_number(std::size_t field, std::int64_t value) = 0;
  virtual StreamWriter& natural_key(std::string_view key) = 0;
  virtual void end() = 0;
  virtual void deleted(std::string_view id, std::int64_t version, std::uint64_t position = 0) = 0;
  virtual void reject(Reject reject) = 0;
};

enum class Visibility { kAsRead, kAtClose };

class Output {
 public:
  virtual ~Output() = default;
  virtual StreamWriter& stream(std::string_view name) = 0;
  // Until close_scope every record belongs to the scope. See connector.proto for the meaning.
  virtual void open_scope(std::string_view scope, const std::vector<std::string>& streams,
                          Visibility visibility, bool replace, std::int64_t version) = 0;
  // Call checkpoint() next: the scope's end waits for it (or for any other call, or the end of
  // read()), so that both are committed together.
  virtual void close_scope() = 0;
  // Everything of the open scope goes to quarantine as one unit.
  virtual void abort_scope(Reject cause) = 0;
  // "All records given so far, and this is where to go on": travels with the batch that holds the
  // last of them, and is given to read() after a restart.
  virtual void checkpoint(std::string_view state) = 0;
  virtual void complete_to(std::string_view stream, base::Days day) = 0;
  virtual void progress(std::uint64_t done, std::uint64_t total, std::string_view what) = 0;
  // True when the hub has cancelled this read: return soon (within a second).
  virtual bool cancelled() const = 0;
};

class Connector {
 public:
  virtual ~Connector() = default;
  virtual Description describe() const = 0;
  virtual std::vector<Problem> check(const Config& config) = 0;
  // The streams with this configuration; only needed where they depend on it.
  virtual StatusOr<std::vector<Stream>> discover(const Config& config);
  // Reads everything after `checkpoint` (empty: from the start) and returns when caught up. Called
  // on one thread at a time. A transient status (base::is_transient) is retried by the hub.
  virtual Status read(const Config& config, std::string_view checkpoint, Output& out) = 0;
};

// Serves `connector` until the hub closes standard input; the value is main's exit code. With
// `--describe` it prints the description and the README's configuration table and returns.
int run(int argc, char** argv, Connector& connector);

}  // namespace passerelle::sdk
