// From the contract's batches to typed columns: one stream of one connector. Rows are turned into
// columns first, so both encodings follow one path. What breaks a rule is taken out, record by
// record, with its facts; what breaks the contract's structure (lengths that disagree, an unknown
// stream) fails the batch, because nothing in it can be trusted.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/intake/stream_plan.h"
#include "core/intake/vault.h"
#include "core/intake/verdicts.h"
#include "core/model/kinds.h"
#include "core/model/record.h"

namespace passerelle::connector::v1 {
class Batch;
class StreamType;
}  // namespace passerelle::connector::v1
namespace passerelle::types::v1 {
class Column;
class Columns;
}  // namespace passerelle::types::v1

namespace passerelle::intake {

struct Decoded {
  model::RecordBatch batch;
  std::vector<model::Reject> rejects;
  std::uint64_t read = 0;  // records in the message: batch.size() + records of `rejects`
};

// Immutable but for what it has told and for merges; one thread at a time.
class Decoder {
 public:
  // `kind` null: the hub does not know it, and every record is rejected for that reason. `vault`
  // may be null: then a stream with personal fields fails with FAILED_PRECONDITION; it must outlive
  // the decoder. `links`: who is who on the word of this connector.
  Decoder(const std::string& connector, const connector::v1::StreamType& type,
          const model::RecordKind* kind, Vault* vault,
          std::span<const model::PersonLink> links = {});

  // What does not agree between the declared stream and the hub's kind: to be told once. Such
  // fields are left out of the batches (unknown to the kind) or reject their records (other type).
  const std::vector<std::string>& issues() const { return plan_.issues; }
  bool is_personal() const { return plan_.personal; }
  const std::vector<LinkPlan>& links() const { return plan_.links; }
  // Values left out so far because their field is not known.
  std::uint64_t unknown_values() const { return unknown_values_; }

  // INVALID_ARGUMENT for a broken structure, FAILED_PRECONDITION without the vault, DATA_LOSS or
  // UNAVAILABLE of the vault itself: the batch must not be taken as read. What its records state
  // about persons is in the vault before it returns, and their tokens are those of after.
  StatusOr<Decoded> decode(const connector::v1::Batch& batch);
  // The merges of the vault since the last call, also of a batch that failed.
  std::vector<model::PersonMerged> take_merges();

 private:
  Status decode_rows(const types::v1::Columns& columns, model::RecordBatch* batch) const;
  Status decode_columns(const types::v1::Columns& columns, Verdicts* verdicts,
                        model::RecordBatch* batch);
  Decoded rejected_for_its_kind(const connector::v1::Batch& batch) const;
  void count_unknown(const types::v1::Column& column);

  StreamPlan plan_;
  Vault* vault_;
  std::uint64_t unknown_values_ = 0;
  std::vector<model::PersonMerged> merges_;
  std::set<std::string> told_;  // undeclared fields that were logged
};

}  // namespace passerelle::intake
