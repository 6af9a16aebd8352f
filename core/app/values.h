// Published cells as the command line shows them.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "core/app/output.h"
#include "core/model/record.h"
#include "core/model/steering.h"
#include "core/publication/query.h"
#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::app {

struct ShownCell {
  std::string indicator;
  std::map<std::string, std::string> dimensions;  // `period` among them
  std::string value;                              // plain decimal; empty when na or removed
  std::string na;                                 // NO_DATA, ..., REMOVED
  std::string status;
  std::string flags;
  std::uint64_t n = 0;
  std::uint64_t revision = 0;
  std::string previous;  // the number before the last change, where it is known
};

struct Labels {
  std::map<std::string, std::string> units;  // by indicator
  std::map<std::string, model::Label> indicators;
  std::map<std::string, model::Label> dimensions;
  std::map<std::string, std::map<std::string, model::Label>> members;  // by dimension
};

ShownCell shown(const publication::Cell& cell);
ShownCell shown(const hub::v1::Cell& cell);
Labels labels_of(const hub::v1::DescribeResponse& description);
Labels labels_of(const model::SteeringModel& model);

// Ids in JSON and CSV; labels beside ids in a table.
void print_cells(const std::vector<ShownCell>& cells, const Labels& labels,
                 const std::vector<std::string>& by, Format format, std::ostream& out);
// "direction=DSI, policy=CULTURE": the dimensions of a cell without the period.
// Why there is no value, in words: "no data".
std::string na_words(const std::string& reason);
// "atteint", "à surveiller", "non atteint", or green, amber, red; empty for none.
std::string status_words(const std::string& status);
std::string scope_text(const std::map<std::string, std::string>& dimensions);
// "DEPENSES  policy=CULTURE  2018  4513788.80 EUR".
std::string line_of(const ShownCell& cell, const Labels& labels);

// An exact number for a person: "2281/15" as 152.066667.
std::string short_text(const std::string& exact);
// The cell's name and value, or why there is none: "COUT  period=2026-01 policy=A  12.50".
std::string title_of(const hub::v1::CellKey& key);
std::string cell_text(const hub::v1::Cell& cell);
// "alert 3: DELAI  policy=CULTURE  2026-03  GREEN -> RED  30 (target 24)".
std::string line_of(const hub::v1::Alert& alert);

std::string json_of(const google::protobuf::Message& message);
std::string to_hex_text(const std::string& bytes);
StatusOr<std::string> from_hex_text(const std::string& text);

}  // namespace passerelle::app
