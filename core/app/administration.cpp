#include "core/app/administration.h"

#include <chrono>

#include "core/app/access.h"
#include "core/app/closings.h"
#include "core/app/diff.h"
#include "core/app/explain.h"
#include "core/app/hub.h"
#include "core/connectors/confinement.h"
#include "core/flow/state_hash.h"

namespace passerelle::app {
namespace {

admin::v1::ConnectorState state_of(connectors::State state) {
  switch (state) {
    case connectors::State::kDisabled:
      return admin::v1::CONNECTOR_STATE_DISABLED;
    case connectors::State::kStarting:
      return admin::v1::CONNECTOR_STATE_STARTING;
    case connectors::State::kReading:
      return admin::v1::CONNECTOR_STATE_READING;
    case connectors::State::kIdle:
      return admin::v1::CONNECTOR_STATE_IDLE;
    case connectors::State::kFailed:
      return admin::v1::CONNECTOR_STATE_FAILED;
    case connectors::State::kRefused:
      return admin::v1::CONNECTOR_STATE_REFUSED;
  }
  return admin::v1::CONNECTOR_STATE_UNSPECIFIED;
}

void fill(const connectors::ConnectorStatus& status, admin::v1::Connector* out) {
  out->set_id(status.id);
  out->set_plugin(status.plugin);
  out->set_plugin_version(status.plugin_version);
  out->set_family(status.family);
  out->set_state(state_of(status.state));
  out->set_cause(status.cause);
  out->set_since(status.since);
  out->set_restarts(status.restarts);
  out->set_next_run(status.next_run.value_or(0));
  out->set_detail(status.detail);
}

void fill(const consolidation::ConnectorStatistics& statistics, admin::v1::Counts* out) {
  out->set_read(statistics.read);
  out->set_kept(statistics.kept - statistics.deleted_unsent);
  out->set_removed(statistics.deleted_unsent);
  out->set_unchanged(statistics.unchanged);
  out->set_stale(statistics.stale);
  out->set_rejected(statistics.rejected);
  out->set_dropped(statistics.dropped);
  out->set_held(statistics.held);
  out->set_facts(statistics.facts);
  out->set_mapped(statistics.mapped);
  out->set_unmapped(statistics.unmapped);
  out->set_outranked(statistics.outranked);
}

void fill(const intake::QuarantineEntry& entry, admin::v1::Quarantined* out) {
  out->set_number(entry.number);
  out->set_connector(entry.connector);
  out->set_stream(entry.reject.stream);
  out->set_key(entry.reject.key);
  out->set_position(entry.reject.position);
  out->set_rule(entry.reject.rule);
  out->set_field(entry.reject.field);
  out->set_value(entry.reject.value);
  out->set_reason(entry.reject.reason);
  out->set_remedy(entry.reject.remedy);
  out->set_records(entry.reject.records);
  out->set_stage(entry.reject.stage);
  out->set_revision(entry.revision);
  out->set_at(entry.at);
}

}  // namespace

admin::v1::ModelHistoryResponse history_of(const std::vector<journal::StoredModel>& models) {
  admin::v1::ModelHistoryResponse response;
  for (const journal::StoredModel& model : models) {
    admin::v1::ProposedModel* added = response.add_models();
    added->set_proposed(model.proposed);
    added->set_proposed_at(model.proposed_at);
    added->set_switched(model.switched);
    added->set_switched_at(model.switched_at);
    added->set_hash(base::to_hex(model.hash));
  }
  return response;
}

void Administration::overview(Done<admin::v1::OverviewResponse> done) {
  chores_.post([this, done = std::move(done)] {
    admin::v1::OverviewResponse response;
    Authority& authority = hub_.authority();
    response.set_authority(authority.name());
    response.set_version(PASSERELLE_VERSION);
    response.set_epoch(authority.journal().epoch());
    response.set_folder_differs(hub_.folder_differs());
    std::shared_ptr<const flow::CellView> cells;
    authority.with_engine([&](consolidation::Engine& engine) {
      response.set_revision(engine.revision());
      if (engine.steering()) response.set_model_hash(base::to_hex(engine.steering()->hash));
      std::uint64_t facts = 0;
      for (const auto& [id, statistics] : engine.statistics()) facts += statistics.facts;
      response.set_facts(facts);
      cells = engine.view();
    });
    // Not on the ledger strand: it reads every cell.
    response.set_state_hash(flow::state_hash(*cells));
    const auto counts = authority.quarantine().counts();
    if (!counts.ok()) return done(counts.status());
    std::uint64_t quarantined = 0;
    for (const auto& count : *counts) quarantined += count.records;
    response.set_quarantined(quarantined);
    done(std::move(response));
  });
}

void Administration::list_connectors(Done<admin::v1::ListConnectorsResponse> done) {
  chores_.post([this, done = std::move(done)] {
    admin::v1::ListConnectorsResponse response;
    const auto statistics = hub_.authority().with_engine(
        [](consolidation::Engine& engine) { return engine.statistics(); });
    const auto marks = hub_.authority().publisher().marks();
    for (const connectors::ConnectorStatus& status : hub_.supervisor().statuses()) {
      admin::v1::Connector* connector = response.add_connectors();
      fill(status, connector);
      const auto found = statistics.find(status.id);
      if (found != statistics.end()) fill(found->second, connector->mutable_counts());
      for (const flow::SourceMark& mark : marks) {
        if (mark.connector != status.id) continue;
        auto* added = connector->add_marks();
        added->set_stream(mark.mark.stream);
        added->set_complete_to(mark.mark.complete_to);
      }
    }
    for (const connectors::Guard& guard : connectors::guards_of_this_machine()) {
      admin::v1::Guard* added = response.add_guards();
      added->set_label_fr(guard.name_fr);
      added->set_label_en(guard.name_en);
      added->set_kept(guard.is_kept);
      added->set_detail(guard.detail);
    }
    done(std::move(response));
  });
}

StatusOr<admin::v1::Connector> Administration::connector(const std::string& id) {
  const auto status = hub_.supervisor().status(id);
  if (!status) return base::not_found("there is no connector '" + id + "'");
  admin::v1::Connector connector;
  fill(*status, &connector);
  return connector;
}

StatusOr<admin::v1::Connector> Administration::switch_connector(const std::string& id,
                                                                bool enabled) {
  // Asked first, so that an unknown id leaves no wish in the journal.
  PAS_RETURN_IF_ERROR(enabled ? hub_.supervisor().enable(id) : hub_.supervisor().disable(id));
  const auto wish = hub_.authority().with_engine(
      [&](consolidation::Engine& engine) { return engine.desired_enabled(id); });
  if (wish != enabled) {
    PAS_RETURN_IF_ERROR(hub_.authority().set_enabled(id, enabled, "administrator"));
  }
  return connector(id);
}

void Administration::enable_connector(std::string id,
                                      Done<admin::v1::EnableConnectorResponse> done) {
  chores_.post([this, id = std::move(id), done = std::move(done)] {
    StatusOr<admin::v1::Connector> switched = switch_connector(id, true);
    if (!switched.ok()) return done(switched.status());
    admin::v1::EnableConnectorResponse response;
    *response.mutable_connector() = std::move(*switched);
    done(std::move(response));
  });
}

void Administration::disable_connector(std::string id,
                                       Done<admin::v1::DisableConnectorResponse> done) {
  chores_.post([this, id = std::move(id), done = std::move(done)] {
    StatusOr<admin::v1::Connector> switched = switch_connector(id, false);
    if (!switched.ok()) return done(switched.status());
    admin::v1::DisableConnectorResponse response;
    *response.mutable_connector() = std::move(*switched);
    done(std::move(response));
  });
}

void Administration::run_connector(std::string id, Done<admin::v1::RunConnectorResponse> done) {
  const Status accepted = hub_.supervisor().run_now(id);
  if (!accepted.ok()) return done(accepted);
  done(admin::v1::RunConnectorResponse());
}

void Administration::restart_connector(std::string id,
                                       Done<admin::v1::RestartConnectorResponse> done) {
  connectors::Supervisor& supervisor = hub_.supervisor();
  const auto status = supervisor.status(id);
  const bool is_under_way = status && (status->state == connectors::State::kReading ||
                                       status->state == connectors::State::kStarting);
  // One that is not there is named by run_now, with the nearest.
  const Status accepted = is_under_way ? supervisor.restart(id) : supervisor.run_now(id);
  if (!accepted.ok()) return done(accepted);
  done(admin::v1::RestartConnectorResponse());
}

void Administration::apply_model(admin::v1::ApplyModelRequest request,
                                 Done<admin::v1::ApplyModelResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    std::vector<steering::ModelFile> files;
    for (const auto& file : request.files()) files.push_back({file.path(), file.text()});
    const StatusOr<ModelChange> change = hub_.authority().apply_model(files);
    if (!change.ok()) return done(change.status());
    const Status configured = hub_.configure_connectors();
    if (!configured.ok()) return done(configured);
    hub_.folder_applied();
    admin::v1::ApplyModelResponse response;
    response.set_proposed(change->proposed);
    response.set_switched(change->switched);
    response.set_unchanged(change->unchanged);
    done(std::move(response));
  });
}

void Administration::explain(hub::v1::ExplainRequest request, Done<hub::v1::ExplainResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    Authority& authority = hub_.authority();
    const auto explanation = authority.with_engine(
        [&](consolidation::Engine& engine) { return app::explain(request, engine); });
    if (!explanation.ok()) return done(explanation.status());
    done(told(request, *explanation,
              [&](const auto& each) { return authority.journal().read(1, each); }));
  });
}

template <typename Response, typename Work>
void Administration::fold_past(Done<Response> done, Work work) {
  if (folds_.fetch_add(1) >= kPastFoldsMax) {
    --folds_;
    return done(base::resource_exhausted(
        "too many questions about the past are being worked out; try later"));
  }
  past_.post([this, work = std::move(work), done = std::move(done)] {
    const auto end = std::chrono::steady_clock::now() + kPastFoldTimeMax;
    auto found = work([&](model::Revision revision) -> Status {
      if (stopping_) return base::cancelled("the hub stops");
      if (std::chrono::steady_clock::now() < end) return absl::OkStatus();
      return base::deadline_exceeded("after " + std::to_string(kPastFoldTimeMax.count()) +
                                     " s revision " + std::to_string(revision) +
                                     " was reached; ask for revisions that lie closer together, "
                                     "or ask the data of a stopped hub");
    });
    --folds_;
    done(std::move(found));
  });
}

void Administration::diff(hub::v1::DiffRequest request, Done<hub::v1::DiffResponse> done) {
  fold_past(std::move(done), [this, request = std::move(request)](const FoldProgress& progress) {
    Authority& authority = hub_.authority();
    const auto model = authority.steering();
    return app::diff(request, past_of(authority),
                     model == nullptr ? "Europe/Paris" : model->time_zone, progress);
  });
}

void Administration::model_history(Done<admin::v1::ModelHistoryResponse> done) {
  chores_.post([this, done = std::move(done)] {
    const auto models = hub_.authority().models();
    if (!models.ok()) return done(models.status());
    done(history_of(*models));
  });
}

void Administration::rollback_model(std::string which,
                                    Done<admin::v1::RollbackModelResponse> done) {
  chores_.post([this, which = std::move(which), done = std::move(done)] {
    const StatusOr<ModelChange> change = hub_.authority().rollback_model(which);
    if (!change.ok()) return done(change.status());
    const Status configured = hub_.configure_connectors();
    if (!configured.ok()) return done(configured);
    hub_.compare_folder();
    admin::v1::RollbackModelResponse response;
    response.set_proposed(change->proposed);
    response.set_switched(change->switched);
    response.set_unchanged(change->unchanged);
    done(std::move(response));
  });
}

void Administration::list_quarantine(admin::v1::ListQuarantineRequest request,
                                     Done<admin::v1::ListQuarantineResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    intake::QuarantineFilter filter;
    filter.connector = request.connector();
    filter.after = request.after();
    if (request.limit() > 0) filter.limit = request.limit();
    const auto entries = hub_.authority().quarantine().list(filter);
    if (!entries.ok()) return done(entries.status());
    const auto counts = hub_.authority().quarantine().counts();
    if (!counts.ok()) return done(counts.status());
    admin::v1::ListQuarantineResponse response;
    for (const auto& entry : *entries) fill(entry, response.add_entries());
    std::uint64_t total = 0;
    for (const auto& count : *counts) {
      if (filter.connector.empty() || filter.connector == count.connector) total += count.entries;
    }
    response.set_total(total);
    done(std::move(response));
  });
}

void Administration::get_quarantined(std::uint64_t number,
                                     Done<admin::v1::GetQuarantinedResponse> done) {
  chores_.post([this, number, done = std::move(done)] {
    const auto entry = hub_.authority().quarantine().show(number);
    if (!entry.ok()) return done(entry.status());
    admin::v1::GetQuarantinedResponse response;
    fill(*entry, response.mutable_entry());
    done(std::move(response));
  });
}

void Administration::close(admin::v1::CloseRequest request, Done<admin::v1::CloseResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    done(app::close(request, hub_.authority()));
  });
}

void Administration::reopen(admin::v1::ReopenRequest request,
                            Done<admin::v1::ReopenResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    done(app::reopen(request, hub_.authority()));
  });
}

void Administration::list_closings(admin::v1::ListClosingsRequest request,
                                   Done<admin::v1::ListClosingsResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    done(app::list_closings(request, hub_.authority()));
  });
}

void Administration::get_restatement(admin::v1::GetRestatementRequest request,
                                     Done<admin::v1::GetRestatementResponse> done) {
  fold_past(std::move(done), [this, request = std::move(request)](const FoldProgress& progress) {
    return app::get_restatement(request, hub_.authority(), progress);
  });
}

void Administration::list_alerts(admin::v1::ListAlertsRequest request, const std::string& account,
                                 Done<admin::v1::ListAlertsResponse> done) {
  chores_.post([this, request = std::move(request), account, done = std::move(done)] {
    done(app::list_alerts(request, account, hub_.authority()));
  });
}

void Administration::grant_access(admin::v1::GrantAccessRequest request,
                                  Done<admin::v1::GrantAccessResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    done(app::grant_access(request, hub_.authority()));
  });
}

void Administration::revoke_access(admin::v1::RevokeAccessRequest request,
                                   Done<admin::v1::RevokeAccessResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    done(app::revoke_access(request, hub_.authority()));
  });
}

void Administration::list_access(admin::v1::ListAccessRequest request,
                                 Done<admin::v1::ListAccessResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    done(app::list_access(request, hub_.authority()));
  });
}

void Administration::acknowledge_alert(admin::v1::AcknowledgeAlertRequest request,
                                       Done<admin::v1::AcknowledgeAlertResponse> done) {
  chores_.post([this, request = std::move(request), done = std::move(done)] {
    done(app::acknowledge_alert(request, hub_.authority()));
  });
}

}  // namespace passerelle::app
