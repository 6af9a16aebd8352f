// From the contract's batches to typed columns: one stream of one connector. Rows are turned into
// columns first, so both encodings follow one path. What breaks a rule is taken out, record by
// record, with its facts; what breaks the contract's structure (lengths that disagree, an unknown
// stream) fails the batch, because nothing in it can be trusted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/intake/vault.h"
#include "core/model/kinds.h"
#include "core/model/record.h"

namespace passerelle::connector::v1 {
class Batch;
class StreamType;
}  // namespace passerelle::connector::v1

namespace passerelle::intake {

struct Decoded {
  model::RecordBatch batch;
  std::vector<model::Reject> rejects;
  std::uint64_t read = 0;  // records in the message: batch.size() + records of `rejects`
};

// Immutable but for what it has already told; one thread at a time.
class Decoder {
 public:
  // `kind` null: the hub does not know it, and every record is rejected for that reason. `vault`
  // may be null: then a batch with personal columns fails with FAILED_PRECONDITION. Both must
  // outlive the decoder.
  Decoder(std::string connector, const connector::v1::StreamType& type,
          const model::RecordKind* kind, Vault* vault);

  // What does not agree between the declared stream and the hub's kind: to be told once. Such
  // fields are left out of the batches (unknown to the kind) or reject their records (other type).
  const std::vector<std::string>& issues() const { return issues_; }
  bool is_personal() const { return personal_; }
  // Values left out so far because their field is not known.
  std::uint64_t unknown_values() const { return unknown_values_; }

  // INVALID_ARGUMENT for a broken structure, FAILED_PRECONDITION without the vault, DATA_LOSS or
  // UNAVAILABLE of the vault itself: the batch must not be taken as read.
  StatusOr<Decoded> decode(const connector::v1::Batch& batch);

  struct Slot {
    model::Field field;                                     // as the hub's kind says
    model::FieldType declared = model::FieldType::kString;  // as the stream says
    int declared_scale = 0;
    std::string scheme;
    std::uint64_t salt = 0;  // of the field's values in the content fingerprint
    bool known = false;      // the kind has it
  };

 private:
  std::string connector_;
  std::string stream_;
  std::string kind_name_;
  const model::RecordKind* kind_;
  Vault* vault_;
  std::vector<Slot> slots_;  // in the order declared
  std::vector<std::string> issues_;
  bool personal_ = false;
  std::uint64_t unknown_values_ = 0;
};

}  // namespace passerelle::intake
