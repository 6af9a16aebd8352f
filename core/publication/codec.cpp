#include "core/publication/codec.h"

#include <google/protobuf/arena.h>

#include <algorithm>

#include "core/base/text.h"
#include "core/model/org_view.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::publication {
namespace {

Message serialised(const hub::v1::SubscribeResponse& response) {
  return std::make_shared<const std::string>(response.SerializeAsString());
}

// proto/passerelle/hub/v1 and model/cell.h give the same numbers.
static_assert(static_cast<int>(model::NaReason::kHidden) == hub::v1::NA_REASON_HIDDEN);
static_assert(static_cast<int>(model::CellStatus::kRed) == hub::v1::STATUS_RED);
static_assert(model::kFlagOverflow == hub::v1::FLAG_OVERFLOW);
static_assert(model::kFlagRestated == hub::v1::FLAG_RESTATED);
static_assert(static_cast<int>(flow::Cause::kClosing) + 1 == hub::v1::ALERT_CAUSE_CLOSING);

}  // namespace

Dimensions dimensions_of(const flow::CellView& view, std::uint32_t cuboid, std::uint32_t group) {
  const std::vector<std::string>& names = view.cuboids()[cuboid].dimensions;
  const std::vector<std::string_view> values = view.values(cuboid, group);
  Dimensions dimensions;
  dimensions.reserve(names.size() + 1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    dimensions.emplace_back(model::plain_dimension(names[i]), values[i]);
  }
  dimensions.emplace_back("period", view.period(cuboid, group).to_string());
  std::sort(dimensions.begin(), dimensions.end());
  return dimensions;
}

Dimensions dimensions_of(const GroupKey& key) {
  Dimensions dimensions;
  for (std::size_t i = 0; i < key.dimensions.size() && i < key.values.size(); ++i) {
    dimensions.emplace_back(model::plain_dimension(key.dimensions[i]), key.values[i]);
  }
  dimensions.emplace_back("period", key.period.to_string());
  std::sort(dimensions.begin(), dimensions.end());
  return dimensions;
}

std::string key_text(std::string_view indicator, const Dimensions& dimensions) {
  std::string text(indicator);
  for (const auto& [name, value] : dimensions) {
    text += '|';
    text += name;
    text += '=';
    text += base::percent_encoded(value);
  }
  return text;
}

void fill(std::string_view indicator, const Dimensions& dimensions, const model::CellValue& value,
          hub::v1::Cell* out) {
  hub::v1::CellKey& key = *out->mutable_key();
  key.set_indicator(indicator.data(), indicator.size());
  for (const auto& [name, text] : dimensions) (*key.mutable_dimensions())[name] = text;
  if (value.absent) {
    out->set_removed(true);
    return;
  }
  if (value.na != model::NaReason::kNone) {
    out->set_na(static_cast<hub::v1::NaReason>(value.na));
  } else {
    out->set_scaled(value.scaled);
  }
  out->set_scale(value.scale);
  out->set_status(static_cast<hub::v1::Status>(value.status));
  out->set_flags(value.flags);
  out->set_n(value.n);
}

void fill(const Cell& cell, hub::v1::Cell* out) {
  fill(cell.indicator, cell.dimensions, cell.value, out);
  out->set_revision(cell.revision);
  if (cell.previous_scaled) out->set_previous_scaled(*cell.previous_scaled);
}

void fill(const flow::SourceMark& mark, hub::v1::SourceMark* out) {
  out->set_connector(mark.connector);
  out->set_stream(mark.mark.stream);
  out->set_complete_to(mark.mark.complete_to);
}

void fill(const flow::Alert& alert, hub::v1::Alert* out) {
  out->set_number(alert.number);
  out->set_revision(alert.revision);
  out->set_at(alert.at);
  out->set_cause(static_cast<hub::v1::AlertCause>(static_cast<int>(alert.cause) + 1));
  out->mutable_cell()->set_indicator(alert.indicator);
  for (const auto& [name, text] : alert.dimensions) {
    (*out->mutable_cell()->mutable_dimensions())[name] = text;
  }
  out->set_from(static_cast<hub::v1::Status>(alert.from));
  out->set_to(static_cast<hub::v1::Status>(alert.to));
  out->set_scaled(alert.value);
  out->set_target_scaled(alert.target);
  out->set_scale(alert.scale);
  out->set_acknowledged(alert.acknowledged.revision);
  out->set_acknowledged_at(alert.acknowledged.at);
  out->set_author(alert.acknowledged.author);
  out->set_comment(alert.acknowledged.comment);
}

Message snapshot_begin(model::Revision revision) {
  hub::v1::SubscribeResponse response;
  response.mutable_begin()->set_revision(revision);
  return serialised(response);
}

Message snapshot_end(model::Revision revision) {
  hub::v1::SubscribeResponse response;
  response.mutable_end()->set_revision(revision);
  return serialised(response);
}

Message reset(std::string_view reason) {
  hub::v1::SubscribeResponse response;
  response.mutable_reset()->set_reason(reason.data(), reason.size());
  return serialised(response);
}

Message alert(const flow::Alert& crossing) {
  hub::v1::SubscribeResponse response;
  fill(crossing, response.mutable_alert());
  return serialised(response);
}

Message progress(const ProgressFacts& facts, std::uint64_t conflated) {
  hub::v1::SubscribeResponse response;
  hub::v1::Progress& progress = *response.mutable_progress();
  progress.set_revision(facts.revision);
  progress.set_resume_token(facts.token);
  for (const flow::SourceMark& mark : facts.marks) fill(mark, progress.add_marks());
  progress.set_cells(facts.cells);
  progress.set_hash(facts.hash);
  progress.set_conflated(conflated);
  return serialised(response);
}

struct BatchWriter::Impl {
  google::protobuf::Arena arena;
  hub::v1::SubscribeResponse* response = nullptr;
};

BatchWriter::BatchWriter() : impl_(std::make_unique<Impl>()) {}
BatchWriter::~BatchWriter() = default;

void BatchWriter::add(std::string_view indicator, const Dimensions& dimensions,
                      const model::CellValue& value, model::Revision revision,
                      const model::CellValue* previous) {
  Impl& it = *impl_;
  if (it.response == nullptr) {
    it.response = google::protobuf::Arena::CreateMessage<hub::v1::SubscribeResponse>(&it.arena);
  }
  hub::v1::Cell& cell = *it.response->mutable_cells()->add_cells();
  fill(indicator, dimensions, value, &cell);
  cell.set_revision(revision);
  // A suppressed cell carries its reason only.
  const bool is_told = previous != nullptr && value.na != model::NaReason::kSuppressed &&
                       value.na != model::NaReason::kHidden;
  if (is_told && !previous->absent && previous->na == model::NaReason::kNone) {
    cell.set_previous_scaled(previous->scaled);
  }
  ++cells_;
}

Message BatchWriter::take() {
  if (cells_ == 0) return nullptr;
  Message message = serialised(*impl_->response);
  impl_->arena.Reset();
  impl_->response = nullptr;
  cells_ = 0;
  return message;
}

}  // namespace passerelle::publication
