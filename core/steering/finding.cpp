#include "core/steering/finding.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace passerelle::steering {
namespace {

constexpr std::size_t kAlternativesShown = 12;

auto order_of(const Finding& finding) {
  return std::tie(finding.file, finding.line, finding.column, finding.code, finding.reason);
}

}  // namespace

std::string to_string(const Finding& finding) {
  std::string text = finding.file + ':' + std::to_string(finding.line) + ':' +
                     std::to_string(finding.column) + ": " +
                     (finding.severity == Severity::kError ? "error " : "warning ") + finding.code +
                     ": " + finding.reason;
  if (!finding.remedy.empty()) text += "; " + finding.remedy;
  return text;
}

void Findings::error(const model::Place& place, std::string_view code, std::string reason,
                     std::string remedy) {
  ++errors_;
  add({place.file, std::max(place.line, 1), std::max(place.column, 1), Severity::kError,
       std::string(code), std::move(reason), std::move(remedy)});
}

void Findings::warning(const model::Place& place, std::string_view code, std::string reason,
                       std::string remedy) {
  add({place.file, std::max(place.line, 1), std::max(place.column, 1), Severity::kWarning,
       std::string(code), std::move(reason), std::move(remedy)});
}

void Findings::add(Finding finding) {
  if (all_.size() >= base::kModelFindingsMax) {
    ++left_off_;
    return;
  }
  all_.push_back(std::move(finding));
}

std::vector<Finding> Findings::take() {
  std::sort(all_.begin(), all_.end(),
            [](const Finding& a, const Finding& b) { return order_of(a) < order_of(b); });
  all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
  if (left_off_ > 0 && !all_.empty()) {
    Finding last = all_.back();
    last.code = std::string(code::kTooMany);
    last.severity = Severity::kError;
    last.reason = "there are " + std::to_string(left_off_) + " further findings";
    last.remedy = "mend those above and check again";
    all_.push_back(std::move(last));
  }
  return std::move(all_);
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known,
                       std::string_view otherwise) {
  const std::string near = base::nearest_of(word, known);
  if (!near.empty()) return "did you mean '" + near + "'?";
  if (!known.empty() && known.size() <= kAlternativesShown) {
    return "use one of: " + base::join(known, ", ");
  }
  return std::string(otherwise);
}

}  // namespace passerelle::steering
