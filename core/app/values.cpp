#include "core/app/values.h"

#include <google/protobuf/util/json_util.h>

#include <set>

#include "core/base/decimal.h"
#include "core/base/text.h"
#include "core/model/labels.h"

namespace passerelle::app {
namespace {

std::string flag_names(std::uint32_t flags) {
  static const std::vector<std::pair<std::uint32_t, std::string>> names = {
      {hub::v1::FLAG_STALE, "STALE"},
      {hub::v1::FLAG_PROVISIONAL, "PROVISIONAL"},
      {hub::v1::FLAG_HETEROGENEOUS, "HETEROGENEOUS"},
      {hub::v1::FLAG_INCOMPLETE_CHAIN, "INCOMPLETE_CHAIN"},
      {hub::v1::FLAG_RESTATEMENT_PENDING, "RESTATEMENT_PENDING"},
      {hub::v1::FLAG_OVERFLOW, "OVERFLOW"},
      {hub::v1::FLAG_RESTATED, "RESTATED"}};
  std::vector<std::string> set;
  for (const auto& [bit, name] : names) {
    if ((flags & bit) != 0) set.push_back(name);
  }
  return base::join(set, " ");
}

// What flag_names() gives, in words.
std::string flag_words(const std::string& names) {
  static const std::map<std::string_view, std::pair<const char*, const char*>> words = {
      {"STALE", {"périmé", "stale"}},
      {"PROVISIONAL", {"provisoire", "provisional"}},
      {"HETEROGENEOUS", {"parties non comparables", "parts not comparable"}},
      {"INCOMPLETE_CHAIN", {"budget incomplet", "incomplete budget"}},
      {"RESTATEMENT_PENDING", {"clôturé, rectification en attente", "closed, restatement pending"}},
      {"OVERFLOW", {"trop grand", "too large"}},
      {"RESTATED", {"rectifié après clôture", "restated after closing"}}};
  std::vector<std::string> said;
  for (const std::string_view name : base::split(names, ' ')) {
    const auto known = words.find(name);
    if (known != words.end()) {
      said.push_back(in_language(known->second.first, known->second.second));
    }
  }
  return base::join(said, "; ");
}

// "NA_REASON_ZERO_DEN" -> "ZERO_DEN".
std::string without_prefix(const std::string& name, std::string_view prefix) {
  return name.substr(0, prefix.size()) == prefix ? name.substr(prefix.size()) : name;
}

std::string status_name(hub::v1::Status status) {
  if (status == hub::v1::STATUS_UNSPECIFIED) return "";
  return without_prefix(hub::v1::Status_Name(status), "STATUS_");
}

const std::string& in_our_language(const model::Label& label) {
  return speaks_french() ? label.fr : label.en;
}

}  // namespace

namespace {

// What the ids mean, in both languages, above the table.
void print_legend(const std::vector<ShownCell>& cells, const Labels& labels, std::ostream& out) {
  std::set<std::string> shown;
  for (const ShownCell& cell : cells) {
    const auto label = labels.indicators.find(cell.indicator);
    if (label == labels.indicators.end() || !shown.insert(cell.indicator).second) continue;
    out << cell.indicator << ": " << label->second.fr << " / " << label->second.en << '\n';
  }
  if (!shown.empty()) out << '\n';
}

}  // namespace

ShownCell shown(const publication::Cell& cell) {
  ShownCell out;
  out.indicator = cell.indicator;
  for (const auto& [dimension, value] : cell.dimensions) out.dimensions[dimension] = value;
  if (cell.value.na == model::NaReason::kNone) {
    out.value = base::format_scaled(cell.value.scaled, cell.value.scale);
  } else {
    out.na = without_prefix(hub::v1::NaReason_Name(static_cast<hub::v1::NaReason>(cell.value.na)),
                            "NA_REASON_");
  }
  out.status = status_name(static_cast<hub::v1::Status>(cell.value.status));
  out.flags = flag_names(cell.value.flags);
  out.n = cell.value.n;
  out.revision = cell.revision;
  if (cell.previous_scaled) {
    out.previous = base::format_scaled(*cell.previous_scaled, cell.value.scale);
  }
  return out;
}

ShownCell shown(const hub::v1::Cell& cell) {
  ShownCell out;
  out.indicator = cell.key().indicator();
  for (const auto& [dimension, value] : cell.key().dimensions()) out.dimensions[dimension] = value;
  if (cell.has_na()) {
    out.na = without_prefix(hub::v1::NaReason_Name(cell.na()), "NA_REASON_");
  } else if (cell.has_removed()) {
    out.na = "REMOVED";
  } else {
    out.value = base::format_scaled(static_cast<std::int64_t>(cell.scaled()), cell.scale());
  }
  out.status = status_name(cell.status());
  out.flags = flag_names(cell.flags());
  out.n = cell.n();
  out.revision = cell.revision();
  if (cell.has_previous_scaled()) {
    out.previous = base::format_scaled(cell.previous_scaled(), cell.scale());
  }
  return out;
}

Labels labels_of(const hub::v1::DescribeResponse& description) {
  Labels labels;
  for (const auto& indicator : description.indicators()) {
    labels.units[indicator.id()] = indicator.unit();
    labels.indicators[indicator.id()] = {indicator.label().fr(), indicator.label().en()};
  }
  for (const auto& dimension : description.dimensions()) {
    labels.dimensions[dimension.id()] = {dimension.label().fr(), dimension.label().en()};
    for (const auto& member : dimension.members()) {
      labels.members[dimension.id()][member.id()] = {member.label().fr(), member.label().en()};
    }
  }
  return labels;
}

Labels labels_of(const model::SteeringModel& model) {
  Labels labels;
  for (const model::Indicator& indicator : model.indicators) {
    labels.units[indicator.id] = indicator.unit;
    labels.indicators[indicator.id] = indicator.label;
    for (const std::string& dimension : indicator.by) {
      if (labels.dimensions.contains(dimension)) continue;
      labels.dimensions[dimension] = model::dimension_label(model, dimension);
      for (const auto& [id, label] : model::member_labels(model, dimension)) {
        labels.members[dimension][id] = label;
      }
    }
  }
  return labels;
}

void print_cells(const std::vector<ShownCell>& cells, const Labels& labels,
                 const std::vector<std::string>& by, Format format, std::ostream& out) {
  const bool table_of_people = format == Format::kTable;
  if (table_of_people) print_legend(cells, labels, out);
  std::vector<TableColumn> columns = {{"indicator", speaks_french() ? "indicateur" : "indicator"}};
  for (const std::string& dimension : by) {
    const auto label = labels.dimensions.find(dimension);
    columns.push_back(
        {dimension, label == labels.dimensions.end() ? dimension : in_our_language(label->second)});
  }
  columns.push_back({"period", speaks_french() ? "période" : "period"});
  columns.push_back({"value", speaks_french() ? "valeur" : "value", true});
  columns.push_back({"unit", speaks_french() ? "unité" : "unit"});
  columns.push_back({"status", speaks_french() ? "état" : "status"});
  columns.push_back({"flags", speaks_french() ? "signalements" : "flags"});
  if (!table_of_people) {
    columns.push_back({"na", "na"});
    columns.push_back({"n", "n", true});
    columns.push_back({"revision", "revision", true});
    columns.push_back({"previous", "previous", true});
  }
  Table table(columns);
  for (const ShownCell& cell : cells) {
    std::vector<std::string> row = {cell.indicator};
    for (const std::string& dimension : by) {
      const auto value = cell.dimensions.find(dimension);
      std::string text = value == cell.dimensions.end() ? "" : value->second;
      if (table_of_people) {
        const auto members = labels.members.find(dimension);
        if (members != labels.members.end()) {
          const auto member = members->second.find(text);
          if (member != members->second.end()) text = in_our_language(member->second);
        }
      }
      row.push_back(text);
    }
    const auto period = cell.dimensions.find("period");
    row.push_back(period == cell.dimensions.end() ? "" : period->second);
    row.push_back(table_of_people && cell.value.empty() ? na_words(cell.na) : cell.value);
    const auto unit = labels.units.find(cell.indicator);
    row.push_back(unit == labels.units.end() ? "" : unit->second);
    row.push_back(table_of_people ? status_words(cell.status) : cell.status);
    row.push_back(table_of_people ? flag_words(cell.flags) : cell.flags);
    if (!table_of_people) {
      row.push_back(cell.na);
      row.push_back(std::to_string(cell.n));
      row.push_back(std::to_string(cell.revision));
      row.push_back(cell.previous);
    }
    table.add(std::move(row));
  }
  table.print(out, format);
  if (table_of_people && cells.empty()) {
    out << (speaks_french() ? "(aucune valeur : aucun fait ne correspond à cette sélection)\n"
                            : "(no value: no fact is behind this selection)\n");
  }
}

std::string line_of(const ShownCell& cell, const Labels& labels) {
  std::string line = cell.indicator;
  for (const auto& [dimension, value] : cell.dimensions) {
    if (dimension != "period") line += "  " + dimension + "=" + value;
  }
  const auto period = cell.dimensions.find("period");
  if (period != cell.dimensions.end()) line += "  " + period->second;
  if (cell.value.empty()) {
    line += cell.na == "REMOVED" ? "  removed" : "  na " + cell.na;
  } else {
    const auto unit = labels.units.find(cell.indicator);
    line += "  " + cell.value;
    if (unit != labels.units.end() && !unit->second.empty()) line += " " + unit->second;
  }
  if (!cell.status.empty()) line += "  " + cell.status;
  if (!cell.flags.empty()) line += "  " + cell.flags;
  return line;
}

std::string short_text(const std::string& exact) {
  constexpr int kDecimals = 6;
  if (exact.find('/') == std::string::npos) return exact;
  const auto scaled = base::round_to_scaled(base::Rational(exact), kDecimals);
  return scaled ? base::format_scaled(*scaled, kDecimals) : exact;
}

std::string na_words(const std::string& reason) {
  if (reason == "NO_DATA") return in_language("sans donnée", "no data");
  if (reason == "ZERO_DEN") return in_language("division par zéro", "division by zero");
  if (reason == "NOT_YET") return in_language("pas encore complet", "not yet complete");
  if (reason == "SUPPRESSED") return in_language("secret statistique", "small counts");
  if (reason == "HIDDEN") return in_language("hors de votre périmètre", "out of your perimeter");
  return "na " + reason;
}

std::string status_words(const std::string& status) {
  if (status == "GREEN") return in_language("atteint", "green");
  if (status == "AMBER") return in_language("à surveiller", "amber");
  if (status == "RED") return in_language("non atteint", "red");
  return status;
}

std::string scope_text(const std::map<std::string, std::string>& dimensions) {
  std::vector<std::string> parts;
  for (const auto& [dimension, value] : dimensions) {
    if (dimension != "period") parts.push_back(base::join({dimension, value}, "="));
  }
  return base::join(parts, ", ");
}

std::string title_of(const hub::v1::CellKey& key) {
  const std::map<std::string, std::string> sorted(key.dimensions().begin(), key.dimensions().end());
  std::string out = key.indicator() + ' ';
  for (const auto& [dimension, value] : sorted) out += base::join({" ", dimension, "=", value}, "");
  return out;
}

std::string cell_text(const hub::v1::Cell& cell) {
  const ShownCell one = shown(cell);
  if (cell.has_removed()) return in_language("aucune valeur", "no value");
  return one.value.empty() ? na_words(one.na) : humane_number(one.value);
}

std::string line_of(const hub::v1::Alert& alert) {
  std::string line = in_language("alerte ", "alert ") + std::to_string(alert.number()) + ": " +
                     alert.cell().indicator();
  const std::map<std::string, std::string> dimensions(alert.cell().dimensions().begin(),
                                                      alert.cell().dimensions().end());
  for (const auto& [dimension, value] : dimensions) {
    if (dimension != "period") line += "  " + dimension + "=" + value;
  }
  const auto period = dimensions.find("period");
  if (period != dimensions.end()) line += "  " + period->second;
  return line + "  " + status_name(alert.from()) + " -> " + status_name(alert.to()) + "  " +
         base::format_scaled(alert.scaled(), alert.scale()) + in_language(" (cible ", " (target ") +
         base::format_scaled(alert.target_scaled(), alert.scale()) + ")";
}

std::string json_of(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  return status.ok() ? text : "{}";
}

std::string to_hex_text(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

StatusOr<std::string> from_hex_text(const std::string& text) {
  std::string bytes;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (text.size() % 2 != 0) return base::invalid_argument("a token has an even number of digits");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return base::invalid_argument("a token is hexadecimal text as `watch` prints it");
    }
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace passerelle::app
