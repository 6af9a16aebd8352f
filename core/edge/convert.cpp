#include "core/edge/convert.h"

#include "core/publication/codec.h"

namespace passerelle::edge {

publication::Selector to_selector(const hub::v1::Selector& selector) {
  publication::Selector out;
  out.indicators = {selector.indicators().begin(), selector.indicators().end()};
  out.by = {selector.by().begin(), selector.by().end()};
  out.period = selector.period();
  out.grain = selector.grain();
  out.filter = {selector.filter().begin(), selector.filter().end()};
  out.org = selector.org();
  out.families = {selector.families().begin(), selector.families().end()};
  return out;
}

publication::Target to_target(const hub::v1::Target& target) {
  publication::Target out;
  out.selector = to_selector(target.selector());
  out.resume_token = target.resume_token();
  out.min_interval = std::chrono::milliseconds(target.min_interval_ms());
  out.conflation = target.conflation() == hub::v1::CONFLATION_NONE
                       ? publication::Conflation::kNone
                       : publication::Conflation::kLatest;
  return out;
}

publication::AsOf to_as_of(const hub::v1::GetRequest& request) {
  return {request.revision(), request.known_at(), request.live()};
}

void fill(const publication::Answer& answer, hub::v1::GetResponse* out) {
  out->set_revision(answer.revision);
  for (const publication::Cell& cell : answer.cells) publication::fill(cell, out->add_cells());
  for (const flow::SourceMark& mark : answer.marks) publication::fill(mark, out->add_marks());
}

}  // namespace passerelle::edge
