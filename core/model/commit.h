// One atomic entry of the journal; its revision is the only cursor of the product.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/calendar.h"
#include "core/model/access.h"
#include "core/model/cell.h"
#include "core/model/record.h"

namespace passerelle::model {

struct SteeringModel;

struct Genesis {
  std::uint64_t epoch = 0;  // random; changes on restore
  std::string authority;
};

// What one connector delivered, atomic with its checkpoint.
struct Records {
  std::string connector;
  std::vector<RecordBatch> batches;
  std::vector<ScopeEvent> scopes;  // opens come before the batches, closes and aborts after them
  std::vector<Reject> rejects;
  std::vector<Mark> marks;
  std::string checkpoint;
  bool has_checkpoint = false;
  std::uint64_t read = 0;       // records the connector sent
  std::uint64_t unchanged = 0;  // of these, left out of the batches
};

// `canonical` is the model folder's text (steering::canonical); `parsed` is the same as values,
// filled by whoever reads the commit (the journal keeps text only) and never null when the fold
// sees it.
struct ModelProposed {
  base::Hash128 hash;
  std::string canonical;
  std::shared_ptr<const SteeringModel> parsed;
};

struct ModelSwitched {
  Revision proposed = 0;
};

struct Tick {
  base::Instant instant = 0;
};

struct Admin {
  std::string actor;
  std::string verb;  // connector.enable | connector.disable
  std::string object;
  std::string detail;
};

struct PersonMerged {
  base::Hash128 kept;
  base::Hash128 dropped;
};

// A cell in words, as it was published.
struct PublishedCell {
  std::string indicator;
  std::vector<std::string> dimensions;  // sorted by name, without the period
  std::vector<std::string> values;      // by dimension
  base::Period period;
  CellValue value;
  bool operator==(const PublishedCell&) const = default;
};

// From here on commits are written by another version of the fold, which has folded all of the
// journal anew. `closed`: the cells that it would have closed with another value.
struct EngineChanged {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::vector<PublishedCell> closed;
  bool operator==(const EngineChanged&) const = default;
};

// From here on the cells of a period keep the value they have (SEMANTICS section 2, Closing). Its
// revision is its id.
struct Closing {
  std::string author;
  std::string unit;  // org unit: cells below it; empty: every cell
  base::Period period;
  std::vector<std::string> indicators;  // empty: all that are published
  std::string reason;
  std::vector<std::string> signatories;  // free ids, never names of persons
  bool operator==(const Closing&) const = default;
};

struct Reopening {
  Revision closing = 0;
  std::string author;
  std::string reason;
  std::vector<std::string> signatories;
  bool operator==(const Reopening&) const = default;
};

struct AlertAcknowledged {
  std::uint64_t alert = 0;  // its number
  std::string author;
  std::string comment;
  bool operator==(const AlertAcknowledged&) const = default;
};

// From here on the account is this one, whatever it was before.
struct AccessGranted {
  Account account;
  std::string author;
  std::string reason;
  bool operator==(const AccessGranted&) const = default;
};

struct AccessRevoked {
  std::string account;
  std::string author;
  std::string reason;
  bool operator==(const AccessRevoked&) const = default;
};

struct Commit {
  Revision revision = 0;  // given by the journal's writer: last + 1
  base::Instant at = 0;   // when it was written; the fold does not read it
  std::uint32_t engine = 0;
  std::variant<Genesis, Records, ModelProposed, ModelSwitched, Tick, Admin, PersonMerged,
               EngineChanged, Closing, Reopening, AlertAcknowledged, AccessGranted, AccessRevoked>
      body;
};

}  // namespace passerelle::model
