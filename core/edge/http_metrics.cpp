#include "core/edge/http_metrics.h"

#include <prometheus/text_serializer.h>

#include "core/base/calendar.h"

namespace passerelle::edge {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using Labels = std::vector<ClientMetric::Label>;

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily out;
  out.name = name;
  out.help = help;
  out.type = type;
  return out;
}

void add(MetricFamily* family, std::uint64_t value, Labels labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  // Counts stay below 2^53: a double holds them exactly.
  (family->type == MetricType::Counter ? metric.counter.value : metric.gauge.value) =
      static_cast<double>(value);
  family->metric.push_back(std::move(metric));
}

void add_records(const admin::v1::Connector& connector, MetricFamily* records,
                 MetricFamily* facts) {
  const admin::v1::Counts& counts = connector.counts();
  const auto record = [&](const char* outcome, std::uint64_t value) {
    add(records, value, {{"connector", connector.id()}, {"outcome", outcome}});
  };
  record("kept", counts.kept());
  record("unchanged", counts.unchanged());
  record("stale", counts.stale());
  record("rejected", counts.rejected());
  record("dropped", counts.dropped());
  add(facts, counts.mapped(), {{"connector", connector.id()}, {"mapped", "true"}});
  add(facts, counts.unmapped(), {{"connector", connector.id()}, {"mapped", "false"}});
}

void add_state(const admin::v1::Connector& connector, MetricFamily* state) {
  for (int i = 1; i < admin::v1::ConnectorState_descriptor()->value_count(); ++i) {
    const auto* value = admin::v1::ConnectorState_descriptor()->value(i);
    add(state, value->number() == connector.state(),
        {{"connector", connector.id()}, {"state", value->name()}});
  }
}

std::vector<MetricFamily> of_connectors(const admin::v1::ListConnectorsResponse& connectors) {
  MetricFamily read =
      family("passerelle_records_read_total", "Records a connector sent since the journal began",
             MetricType::Counter);
  MetricFamily records =
      family("passerelle_records_total", "What became of the records", MetricType::Counter);
  MetricFamily held = family("passerelle_records_held", "Records that wait for their lot to close",
                             MetricType::Gauge);
  MetricFamily facts = family("passerelle_facts", "Facts as they stand", MetricType::Gauge);
  MetricFamily state =
      family("passerelle_connector_state", "1 for the state a connector is in", MetricType::Gauge);
  MetricFamily restarts = family("passerelle_connector_restarts_total",
                                 "Restarts since the hub started", MetricType::Counter);
  MetricFamily complete =
      family("passerelle_source_complete_to_timestamp_seconds",
             "End of the last day up to which a source is complete", MetricType::Gauge);
  for (const admin::v1::Connector& connector : connectors.connectors()) {
    add(&read, connector.counts().read(), {{"connector", connector.id()}});
    add_records(connector, &records, &facts);
    add(&held, connector.counts().held(), {{"connector", connector.id()}});
    add_state(connector, &state);
    add(&restarts, connector.restarts(), {{"connector", connector.id()}});
    for (const auto& mark : connector.marks()) {
      add(&complete, static_cast<std::uint64_t>(std::max(mark.complete_to() + 1, 0)) * 86'400,
          {{"connector", connector.id()}, {"stream", mark.stream()}});
    }
  }
  return {read, records, held, facts, state, restarts, complete};
}

}  // namespace

std::string metrics_text(const admin::v1::ListConnectorsResponse& connectors,
                         const publication::Publisher& publisher) {
  std::vector<MetricFamily> families = of_connectors(connectors);
  const auto one = [&](const char* name, const char* help, MetricType type, std::uint64_t value) {
    families.push_back(family(name, help, type));
    add(&families.back(), value);
  };
  const publication::Publisher::Counters counters = publisher.counters();
  const auto view = publisher.view();
  one("passerelle_revision", "Newest published revision", MetricType::Gauge,
      view == nullptr ? 0 : view->revision());
  one("passerelle_subscriptions", "Targets that are followed", MetricType::Gauge,
      counters.subscriptions);
  one("passerelle_selections", "Different selections among them", MetricType::Gauge,
      counters.selections);
  one("passerelle_serialisations_total", "Messages made, once for all of one selection",
      MetricType::Counter, counters.serialisations);
  one("passerelle_resumes_total", "Subscriptions resumed by a token", MetricType::Counter,
      counters.resumes);
  one("passerelle_resets_total", "Tokens answered by a reset", MetricType::Counter,
      counters.resets);
  return prometheus::TextSerializer().Serializer::Serialize(families);
}

}  // namespace passerelle::edge
