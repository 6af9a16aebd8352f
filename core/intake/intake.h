// One connector's messages to model::Records, ready to be appended to the journal.
//
// The counts add up, per message and in sum:
//   read = rows in `batches` + unchanged + sum of rejects' `records`
// but for aborted scopes: their rows were read and journaled before, and the reject of stage
// `scope` stands for them again; of it only what was never sent adds to `read`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/flow/known_records.h"
#include "core/intake/decoder.h"
#include "core/intake/vault.h"
#include "core/model/commit.h"
#include "core/model/kinds.h"

namespace passerelle::connector::v1 {
class ReadResponse;
class Reject;
class Batch;
class ScopeOpen;
class ScopeClose;
}  // namespace passerelle::connector::v1

namespace passerelle::intake {

// One thread at a time (the app's intake strand).
class Intake {
 public:
  // `vault` may be null, with `vault_error` saying why: personal streams then fail with it, the
  // others go on. It must outlive this.
  Intake(Vault* vault, Status vault_error);
  ~Intake();

  // The streams of `connector` (Describe or Discover) against the hub's kinds; again after either
  // changed. `kinds` is copied. `links`: what the model lets this connector state about persons; no
  // other connector's records do. Returns what does not agree, to be logged.
  std::vector<std::string> declare(const std::string& connector,
                                   std::span<const connector::v1::StreamType> streams,
                                   const std::vector<model::RecordKind>& kinds,
                                   std::span<const model::PersonLink> links = {});
  void forget(const std::string& connector);
  // A new read begins: the scopes that an earlier one left open count from zero.
  void begin_read(const std::string& connector);

  // One message. Progress yields Records for which is_empty() holds: nothing to append. Errors as
  // of Decoder::decode, and INVALID_ARGUMENT for a stream that was not declared: the message must
  // not be taken as read, its checkpoint not be committed.
  StatusOr<model::Records> take(const std::string& connector,
                                const connector::v1::ReadResponse& message);
  // Persons that the vault has merged since the last call. To be asked after every take(), also a
  // failed one, and to be committed before the records that it returned.
  std::vector<model::PersonMerged> take_merges();

 private:
  struct Connector;
  Status take_batch(Connector& connector, const connector::v1::Batch& batch, model::Records* out);
  Status take_open(Connector& connector, const connector::v1::ScopeOpen& open, model::Records* out);
  Status take_close(Connector& connector, const connector::v1::ScopeClose& close,
                    model::Records* out);

  Vault* vault_;
  Status vault_error_;
  std::map<std::string, std::unique_ptr<Connector>> connectors_;
  std::vector<model::PersonMerged> merges_;
};

bool is_empty(const model::Records& records);

// Takes out the rows that would change nothing, and counts them. The keys of those that belong to a
// scope go to `seen`, so that a replace scope does not delete them. Ledger strand.
void leave_out_unchanged(model::Records* records, const flow::KnownRecords& known);

}  // namespace passerelle::intake
