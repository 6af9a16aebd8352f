#include "core/app/closings.h"

#include <algorithm>

#include "core/base/decimal.h"
#include "core/flow/alert.h"
#include "core/publication/codec.h"

namespace passerelle::app {
namespace {

constexpr std::uint32_t kListedDefault = 1'000;
constexpr std::size_t kActTextBytesMax = 4'000;
constexpr std::size_t kSignatoriesMax = 50;

// What is kept for good is bounded.
template <typename Request>
Status check_act(const Request& request) {
  std::size_t bytes = request.author().size() + request.reason().size();
  for (const std::string& signatory : request.signatories()) bytes += signatory.size();
  if (bytes > kActTextBytesMax ||
      static_cast<std::size_t>(request.signatories_size()) > kSignatoriesMax) {
    return base::invalid_argument("author, reason and signatories are at most " +
                                  std::to_string(kActTextBytesMax) +
                                  " bytes, and the signatories " + std::to_string(kSignatoriesMax));
  }
  return absl::OkStatus();
}

StatusOr<model::Closing> closing_of(const admin::v1::CloseRequest& request) {
  PAS_RETURN_IF_ERROR(check_act(request));
  model::Closing closing;
  closing.author = request.author();
  closing.unit = request.unit();
  const auto period = base::Period::parse(request.period());
  if (!period.ok()) {
    return base::invalid_argument("the period '" + request.period() +
                                  "' is none; write 2026, 2026-Q1, 2026-03 or 2026-03-31");
  }
  closing.period = *period;
  closing.indicators = {request.indicators().begin(), request.indicators().end()};
  closing.reason = request.reason();
  closing.signatories = {request.signatories().begin(), request.signatories().end()};
  return closing;
}

void sort_by_key(std::vector<consolidation::ClosedCell>* cells) {
  std::sort(cells->begin(), cells->end(), [](const auto& a, const auto& b) {
    return std::tie(a.indicator, a.dimensions) < std::tie(b.indicator, b.dimensions);
  });
}

void fill_listed(const consolidation::ListedClosing& from, admin::v1::ListedClosing* to) {
  to->set_closing(from.revision);
  to->set_at(from.at);
  to->set_unit(from.closing.unit);
  to->set_period(from.closing.period.to_string());
  for (const std::string& indicator : from.closing.indicators) to->add_indicators(indicator);
  to->set_author(from.closing.author);
  to->set_reason(from.closing.reason);
  for (const std::string& signatory : from.closing.signatories) to->add_signatories(signatory);
  to->set_cells(from.cells);
  to->set_pending(from.pending);
  to->set_reopened(from.reopened);
  to->set_reopened_at(from.reopened_at);
  to->set_reopened_by(from.reopening.author);
  to->set_reopening_reason(from.reopening.reason);
  for (const std::string& signatory : from.reopening.signatories) {
    to->add_reopening_signatories(signatory);
  }
}

}  // namespace

void fill_pending(const consolidation::ClosedCell& from, admin::v1::PendingCell* to) {
  publication::fill(from.indicator, from.dimensions, from.closed, to->mutable_closed());
  publication::fill(from.indicator, from.dimensions, from.live, to->mutable_live());
  const auto is_number = [](const model::CellValue& value) {
    return !value.absent && value.na == model::NaReason::kNone;
  };
  if (!is_number(from.closed) || !is_number(from.live)) return;
  const int scale = std::max(from.closed.scale, from.live.scale);
  const auto difference =
      base::round_to_scaled(base::to_rational(from.live.scaled, from.live.scale) -
                                base::to_rational(from.closed.scaled, from.closed.scale),
                            scale);
  if (difference) to->set_difference(base::format_scaled(*difference, scale));
}

StatusOr<admin::v1::CloseResponse> close(const admin::v1::CloseRequest& request,
                                         Authority& authority) {
  PAS_ASSIGN_OR_RETURN(const model::Closing closing, closing_of(request));
  admin::v1::CloseResponse response;
  if (!request.dry_run()) {
    PAS_ASSIGN_OR_RETURN(const model::Revision revision, authority.close(closing));
    response.set_closing(revision);
    const auto all =
        authority.with_engine([](consolidation::Engine& engine) { return engine.closings(); });
    for (const auto& listed : all) {
      if (listed.revision == revision) response.set_cells(listed.cells);
    }
    return response;
  }
  std::vector<consolidation::ClosedCell> cells;
  const Status listed = authority.with_engine([&](consolidation::Engine& engine) {
    Status sound = engine.check(closing);
    if (sound.ok()) cells = engine.would_close(closing);
    return sound;
  });
  PAS_RETURN_IF_ERROR(listed);
  sort_by_key(&cells);
  response.set_cells(cells.size());
  const std::size_t limit = request.limit() == 0 ? kListedDefault : request.limit();
  for (std::size_t i = 0; i < std::min(limit, cells.size()); ++i) {
    publication::fill(cells[i].indicator, cells[i].dimensions, cells[i].closed,
                      response.add_frozen());
  }
  return response;
}

StatusOr<admin::v1::ReopenResponse> reopen(const admin::v1::ReopenRequest& request,
                                           Authority& authority) {
  PAS_RETURN_IF_ERROR(check_act(request));
  model::Reopening reopening{request.closing(),
                             request.author(),
                             request.reason(),
                             {request.signatories().begin(), request.signatories().end()}};
  const auto counts = authority.with_engine(
      [&](consolidation::Engine& engine) { return engine.would_reopen(request.closing()); });
  admin::v1::ReopenResponse response;
  PAS_ASSIGN_OR_RETURN(const model::Revision revision, authority.reopen(std::move(reopening)));
  response.set_revision(revision);
  response.set_cells(counts.cells);
  response.set_restated(counts.restated);
  return response;
}

StatusOr<admin::v1::ListClosingsResponse> list_closings(
    const admin::v1::ListClosingsRequest& request, Authority& authority) {
  std::vector<consolidation::ListedClosing> all;
  std::vector<consolidation::ClosedCell> cells;
  authority.with_engine([&](consolidation::Engine& engine) {
    all = engine.closings();
    if (request.closing() != 0) cells = engine.closed_by(request.closing());
  });
  admin::v1::ListClosingsResponse response;
  for (const auto& listed : all) {
    if (request.closing() != 0 && listed.revision != request.closing()) continue;
    fill_listed(listed, response.add_closings());
  }
  if (request.closing() != 0 && response.closings_size() == 0) {
    return base::not_found("revision " + std::to_string(request.closing()) + " is no closing");
  }
  sort_by_key(&cells);
  const std::uint32_t limit = request.limit() == 0 ? kListedDefault : request.limit();
  for (const consolidation::ClosedCell& cell : cells) {
    if (static_cast<std::uint32_t>(response.pending_size()) == limit) break;
    if (cell.is_pending) fill_pending(cell, response.add_pending());
  }
  return response;
}

StatusOr<admin::v1::ListAlertsResponse> list_alerts(const admin::v1::ListAlertsRequest& request,
                                                    Authority& authority) {
  return list_alerts(request, "", authority);
}

StatusOr<admin::v1::ListAlertsResponse> list_alerts(const admin::v1::ListAlertsRequest& request,
                                                    const std::string& account,
                                                    Authority& authority) {
  PAS_ASSIGN_OR_RETURN(const auto perimeter, authority.publisher().perimeter_of(account));
  const auto view = authority.publisher().view();
  const auto alerts = view == nullptr ? nullptr : view->alerts();
  const std::uint32_t limit = request.limit() == 0 ? kListedDefault : request.limit();
  admin::v1::ListAlertsResponse response;
  std::uint64_t total = 0;
  for (const auto& alert : alerts == nullptr ? flow::Alerts() : *alerts) {
    if (!request.all() && alert->acknowledged.revision != 0) continue;
    if (!request.indicator().empty() && alert->indicator != request.indicator()) continue;
    if (!perimeter->sees(alert->dimensions)) continue;
    ++total;
    if (alert->number <= request.after()) continue;
    if (static_cast<std::uint32_t>(response.alerts_size()) < limit) {
      publication::fill(*alert, response.add_alerts());
    }
  }
  response.set_total(total);
  return response;
}

StatusOr<admin::v1::AcknowledgeAlertResponse> acknowledge_alert(
    const admin::v1::AcknowledgeAlertRequest& request, Authority& authority) {
  if (request.author().size() + request.comment().size() > kActTextBytesMax) {
    return base::invalid_argument("author and comment are at most " +
                                  std::to_string(kActTextBytesMax) + " bytes");
  }
  PAS_RETURN_IF_ERROR(
      authority.acknowledge({request.number(), request.author(), request.comment()}).status());
  const auto alerts =
      authority.with_engine([](consolidation::Engine& engine) { return engine.view()->alerts(); });
  admin::v1::AcknowledgeAlertResponse response;
  for (const auto& alert : alerts == nullptr ? flow::Alerts() : *alerts) {
    if (alert->number == request.number()) publication::fill(*alert, response.mutable_alert());
  }
  return response;
}

}  // namespace passerelle::app
