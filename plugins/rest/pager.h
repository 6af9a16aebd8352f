// Which page comes next.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/rest/manifest.h"
#include "plugins/rest/source.h"

namespace passerelle::rest {

// Where a stream's reading stands between two pages; kept in the checkpoint.
struct Position {
  std::int64_t page = 0;
  std::int64_t offset = 0;  // rows so far
  std::string after;        // keyset
  std::string cursor;
  std::string url;    // of the next page, where the source names it
  std::string since;  // as the source is asked
};

Position first_position(const Paging& paging, std::string since);

// One page. The rows point into the answer.
struct Page {
  Answer answer;
  std::vector<const formats::Json*> rows;
};

// `variables` beside those of the position (parent.*); may be none. FAILED_PRECONDITION: the answer
// has no rows where the manifest says.
StatusOr<Page> ask_page(Source& source, const StreamManifest& stream, const Position& position,
                        const Variables& variables);

// Moves to the page behind `page`; false: there is none. FAILED_PRECONDITION: the source does not
// go on (same key or mark again).
StatusOr<bool> advance(const Paging& paging, const Page& page, Position* position);

}  // namespace passerelle::rest
