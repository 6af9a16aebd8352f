#include "core/intake/intake.h"

#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/intake/verdicts.h"
#include "passerelle/connector/v1/connector.pb.h"

namespace passerelle::intake {
namespace {

// Longer texts of a plugin's reject are cut.
constexpr std::size_t kExplanationBytesMax = 1'024;

std::string or_else(const std::string& text, std::string_view other) {
  return text.empty() ? std::string(other) : text;
}

model::Reject reject_from(const connector::v1::Reject& from, std::string_view stream,
                          std::string_view stage) {
  const std::size_t sample = base::kRejectSampleBytesMax;
  model::Reject to;
  to.stream = or_else(sample_of(from.stream(), sample), stream);
  to.key = shown_id(from.key());
  to.position = sample_of(from.position(), sample);
  to.rule = sample_of(from.rule(), sample);
  to.field = sample_of(from.field(), sample);
  to.value = shown_id(from.value());
  to.reason = sample_of(from.reason(), kExplanationBytesMax);
  to.remedy = sample_of(from.remedy(), kExplanationBytesMax);
  to.records = std::max<std::uint64_t>(from.records(), 1);
  to.stage = stage;
  return to;
}

void take_checkpoint(const std::string& checkpoint, model::Records* out) {
  if (checkpoint.empty()) return;
  out->checkpoint = checkpoint;
  out->has_checkpoint = true;
}

template <typename Message>
void take_marks(const Message& message, model::Records* out) {
  for (const types::v1::Mark& mark : message.marks()) {
    out->marks.push_back({mark.stream(), mark.complete_to()});
  }
}

}  // namespace

struct Intake::Connector {
  struct Scope {
    std::vector<std::string> streams;
    std::uint64_t sent = 0;  // rows that came through since it was opened
  };

  std::string id;
  std::vector<model::RecordKind> kinds;
  std::map<std::string, Decoder> decoders;  // by stream
  std::map<std::string, Scope> scopes;      // open, as far as this process saw
};

Intake::Intake(Vault* vault, Status vault_error)
    : vault_(vault), vault_error_(std::move(vault_error)) {}
Intake::~Intake() = default;

std::vector<std::string> Intake::declare(const std::string& connector,
                                         std::span<const connector::v1::StreamType> streams,
                                         const std::vector<model::RecordKind>& kinds,
                                         std::span<const model::PersonLink> links) {
  std::unique_ptr<Connector>& known = connectors_[connector];
  if (!known) known = std::make_unique<Connector>();
  known->id = connector;
  known->kinds = kinds;
  known->decoders.clear();
  std::vector<std::string> issues;
  for (const connector::v1::StreamType& stream : streams) {
    const auto [decoder, is_new] =
        known->decoders.try_emplace(stream.name(), connector, stream,
                                    model::find_kind(known->kinds, stream.kind()), vault_, links);
    const std::vector<std::string>& own = decoder->second.issues();
    if (is_new) issues.insert(issues.end(), own.begin(), own.end());
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto states = [i](const auto& decoder) {
      const std::vector<LinkPlan>& own = decoder.second.links();
      return std::any_of(own.begin(), own.end(),
                         [i](const LinkPlan& link) { return link.link == i; });
    };
    if (std::any_of(known->decoders.begin(), known->decoders.end(), states)) continue;
    issues.push_back(connector + ": the link of `" + links[i].field + "` and `" + links[i].same_as +
                     "` is stated by none of its streams: none sends both as persons. Send both in "
                     "one record, or take the link out of the model");
  }
  return issues;
}

std::vector<model::PersonMerged> Intake::take_merges() { return std::exchange(merges_, {}); }

void Intake::forget(const std::string& connector) { connectors_.erase(connector); }

void Intake::begin_read(const std::string& connector) {
  const auto known = connectors_.find(connector);
  if (known != connectors_.end()) known->second->scopes.clear();
}

StatusOr<model::Records> Intake::take(const std::string& connector,
                                      const connector::v1::ReadResponse& message) {
  const auto known = connectors_.find(connector);
  if (known == connectors_.end()) {
    return base::failed_precondition("connector " + connector + " has not declared its streams");
  }
  model::Records records;
  records.connector = connector;
  Connector& state = *known->second;
  if (message.has_batch()) {
    PAS_RETURN_IF_ERROR(take_batch(state, message.batch(), &records));
  } else if (message.has_scope_open()) {
    PAS_RETURN_IF_ERROR(take_open(state, message.scope_open(), &records));
  } else if (message.has_scope_close()) {
    PAS_RETURN_IF_ERROR(take_close(state, message.scope_close(), &records));
  }
  return records;
}

Status Intake::take_batch(Connector& connector, const connector::v1::Batch& batch,
                          model::Records* out) {
  const bool has_records = batch.records_case() != connector::v1::Batch::RECORDS_NOT_SET;
  if (has_records) {
    const auto decoder = connector.decoders.find(batch.stream());
    if (decoder == connector.decoders.end()) {
      return base::invalid_argument("connector " + connector.id + " sent records of stream `" +
                                    batch.stream() + "`, which it did not declare");
    }
    if (decoder->second.is_personal() && vault_ == nullptr && !vault_error_.ok()) {
      return vault_error_;
    }
    StatusOr<Decoded> decoding = decoder->second.decode(batch);
    for (const model::PersonMerged& merge : decoder->second.take_merges()) {
      merges_.push_back(merge);
    }
    PAS_ASSIGN_OR_RETURN(Decoded decoded, std::move(decoding));
    out->read = decoded.read;
    if (!batch.scope().empty()) connector.scopes[batch.scope()].sent += decoded.batch.size();
    if (decoded.batch.size() != 0) out->batches.push_back(std::move(decoded.batch));
    out->rejects = std::move(decoded.rejects);
  }
  for (const connector::v1::Reject& from : batch.rejects()) {
    model::Reject reject = reject_from(from, batch.stream(), "read");
    reject.key = or_else(std::move(reject.key), "unknown");
    reject.position = or_else(std::move(reject.position), "unknown");
    reject.rule = or_else(std::move(reject.rule), "PAS-CONNECTOR-REJECT");
    reject.reason = or_else(std::move(reject.reason), "the connector gave no reason");
    reject.remedy = or_else(std::move(reject.remedy), "report it to the connector's author");
    out->read += reject.records;
    out->rejects.push_back(std::move(reject));
  }
  take_marks(batch, out);
  take_checkpoint(batch.checkpoint(), out);
  return absl::OkStatus();
}

Status Intake::take_open(Connector& connector, const connector::v1::ScopeOpen& open,
                         model::Records* out) {
  if (open.scope().empty()) {
    return base::invalid_argument("connector " + connector.id + " opened a scope without a name");
  }
  model::ScopeEvent event;
  event.kind = model::ScopeEvent::Kind::kOpen;
  event.scope = open.scope();
  if (!open.stream().empty()) event.streams.push_back(open.stream());
  for (const std::string& stream : open.streams()) {
    const auto same = std::find(event.streams.begin(), event.streams.end(), stream);
    if (same == event.streams.end()) event.streams.push_back(stream);
  }
  event.at_close = open.visibility() == connector::v1::VISIBILITY_AT_CLOSE;
  event.replace = open.replace();
  event.version = open.version();
  connector.scopes[open.scope()].streams = event.streams;
  out->scopes.push_back(std::move(event));
  take_checkpoint(open.checkpoint(), out);
  return absl::OkStatus();
}

Status Intake::take_close(Connector& connector, const connector::v1::ScopeClose& close,
                          model::Records* out) {
  if (close.scope().empty()) {
    return base::invalid_argument("connector " + connector.id + " closed a scope without a name");
  }
  const Connector::Scope scope = std::move(connector.scopes[close.scope()]);
  connector.scopes.erase(close.scope());
  model::ScopeEvent event;
  event.kind = close.aborted() ? model::ScopeEvent::Kind::kAbort : model::ScopeEvent::Kind::kClose;
  event.scope = close.scope();
  event.streams = scope.streams;
  out->scopes.push_back(std::move(event));
  if (close.aborted()) {
    const std::string stream = scope.streams.empty() ? std::string() : scope.streams.front();
    model::Reject reject = reject_from(close.cause(), stream, "scope");
    reject.key = or_else(std::move(reject.key), shown_id(close.scope()));
    reject.position = or_else(std::move(reject.position), "scope " + shown_id(close.scope()));
    reject.rule = or_else(std::move(reject.rule), "PAS-INTAKE-SCOPE-ABORTED");
    reject.reason = or_else(std::move(reject.reason), "the connector gave the scope up");
    reject.remedy = or_else(std::move(reject.remedy), "see the connector's log for its source");
    reject.records = std::max(reject.records, scope.sent);
    out->read = reject.records - scope.sent;
    out->rejects.push_back(std::move(reject));
  }
  take_marks(close, out);
  take_checkpoint(close.checkpoint(), out);
  return absl::OkStatus();
}

bool is_empty(const model::Records& records) {
  return records.batches.empty() && records.scopes.empty() && records.rejects.empty() &&
         records.marks.empty() && !records.has_checkpoint && records.read == 0;
}

void leave_out_unchanged(model::Records* records, const flow::KnownRecords& known) {
  for (model::RecordBatch& batch : records->batches) {
    std::vector<std::uint8_t> kept(batch.size(), 1);
    std::size_t unchanged = 0;
    for (std::size_t row = 0; row < batch.size(); ++row) {
      if (batch.is_deleted(row)) continue;
      const flow::Known found =
          known.compare(batch.keys[row], batch.versions[row], batch.contents[row]);
      // The same content under a newer version changes nothing but the version, and a scope's
      // `seen` carries that: of a file that is read again only the differences travel on.
      const bool told_by_scope = found == flow::Known::kSameContent && !batch.scope.empty();
      if (found != flow::Known::kUnchanged && !told_by_scope) continue;
      kept[row] = 0;
      ++unchanged;
      if (batch.scope.empty()) continue;
      batch.seen.push_back(batch.keys[row]);
      batch.seen_versions.push_back(batch.versions[row]);
    }
    if (unchanged == 0) continue;
    records->unchanged += unchanged;
    keep_rows(kept, &batch);
  }
  std::erase_if(records->batches, [](const model::RecordBatch& batch) {
    return batch.size() == 0 && batch.seen.empty();
  });
}

}  // namespace passerelle::intake
