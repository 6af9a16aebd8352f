#include "plugins/finance_totem/chart.h"

#include <charconv>
#include <cstdlib>
#include <utility>

#include "core/formats/xml.h"

namespace passerelle::finance_totem {
namespace {

using formats::XmlEvent;
using formats::XmlReader;

constexpr std::string_view kMovementNames[6] = {"DR", "DOES", "DOIS", "RR", "ROES", "ROIS"};

Status no_chart() {
  return base::invalid_argument(
      "is no chart of accounts (expected the root element Nomenclature with Norme, Declinaison "
      "and Exer); correct the `chart` pattern");
}

StatusOr<ChartName> read_name(XmlReader& reader) {
  PAS_ASSIGN_OR_RETURN(const XmlEvent event, reader.next());
  const std::string_view exercise = reader.attribute_or_empty("Exer");
  ChartName name;
  const auto parsed =
      std::from_chars(exercise.data(), exercise.data() + exercise.size(), name.exercise);
  if (event != XmlEvent::kStart || reader.local_name() != "Nomenclature" ||
      parsed.ec != std::errc() || reader.attribute_or_empty("Norme").empty()) {
    return no_chart();
  }
  name.nomenclature = std::string(reader.attribute_or_empty("Norme")) + "-" +
                      std::string(reader.attribute_or_empty("Declinaison"));
  return name;
}

int distance(int a, int b) { return std::abs(a - b); }

}  // namespace

StatusOr<Chart> Chart::read(std::unique_ptr<formats::ByteSource> source) {
  XmlReader reader(std::move(source));
  Chart chart;
  PAS_ASSIGN_OR_RETURN(chart.name_, read_name(reader));
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, reader.next());
    if (event == XmlEvent::kDone) break;
    if (event != XmlEvent::kStart) continue;
    const std::string_view element = reader.local_name();
    if (element == "Chapitre") {
      const std::string_view section = reader.attribute_or_empty("Section");
      if (section == "F" || section == "I") {
        chart.chapters_.emplace(reader.attribute_or_empty("Code"), section.front());
      }
    } else if (element == "Compte") {
      Account account;
      bool is_voted = false;
      for (std::size_t i = 0; i < 6; ++i) {
        account.chapters[i] = reader.attribute_or_empty(kMovementNames[i]);
        is_voted = is_voted || !account.chapters[i].empty();
      }
      // An account that is only a title, or outside the budget, has no chapter at all.
      if (is_voted) {
        chart.accounts_.emplace(reader.attribute_or_empty("Code"), std::move(account));
      }
    }
  }
  if (chart.chapters_.empty()) return no_chart();
  return chart;
}

char Chart::section_of_chapter(std::string_view chapter) const {
  const auto found = chapters_.find(std::string(chapter));
  return found == chapters_.end() ? '\0' : found->second;
}

std::string_view Chart::chapter_of_account(std::string_view account, Movement movement) const {
  for (std::size_t size = account.size(); size >= 2; --size) {
    const auto found = accounts_.find(std::string(account.substr(0, size)));
    if (found != accounts_.end()) {
      return found->second.chapters[static_cast<std::size_t>(movement)];
    }
  }
  return {};
}

StatusOr<ChartShelf> ChartShelf::open(const std::vector<std::string>& patterns,
                                      std::string_view folder) {
  ChartShelf shelf;
  PAS_ASSIGN_OR_RETURN(const std::vector<sdk::FoundFile> files, sdk::find_files(patterns, folder));
  if (!patterns.empty() && files.empty()) {
    return base::not_found(
        "chart: no file matches; correct the pattern, or remove `chart` to take the section from "
        "the documents (CaracSup)");
  }
  for (const sdk::FoundFile& file : files) {
    PAS_ASSIGN_OR_RETURN(auto source, formats::open_file(file.path));
    XmlReader reader(std::move(source));
    auto name = read_name(reader);
    if (!name.ok()) return base::annotate(name.status(), file.name);
    const std::string stamp =
        file.path + '\n' + std::to_string(file.bytes) + '\n' + std::to_string(file.modified_ns);
    shelf.fingerprint_ = base::hash64(stamp, shelf.fingerprint_);
    shelf.entries_.push_back({std::move(name).value(), file.path, file.name, nullptr});
  }
  return shelf;
}

StatusOr<const Chart*> ChartShelf::find(std::string_view nomenclature, int exercise) {
  Entry* best = nullptr;
  for (Entry& entry : entries_) {
    if (entry.name.nomenclature != nomenclature) continue;
    const int gap = distance(entry.name.exercise, exercise);
    const int best_gap = best == nullptr ? 0 : distance(best->name.exercise, exercise);
    const bool is_nearer = best == nullptr || gap < best_gap ||
                           (gap == best_gap && entry.name.exercise < best->name.exercise);
    if (is_nearer) best = &entry;
  }
  if (best == nullptr) return nullptr;
  if (best->chart == nullptr) {
    PAS_ASSIGN_OR_RETURN(auto source, formats::open_file(best->path));
    auto chart = Chart::read(std::move(source));
    if (!chart.ok()) return base::annotate(chart.status(), best->shown);
    best->chart = std::make_unique<Chart>(std::move(chart).value());
  }
  return best->chart.get();
}

}  // namespace passerelle::finance_totem
