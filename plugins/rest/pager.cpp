#include "plugins/rest/pager.h"

#include <algorithm>
#include <optional>

#include "core/base/calendar.h"
#include "core/base/clock.h"
#include "core/base/decimal.h"
#include "core/base/text.h"

namespace passerelle::rest {
namespace {

using formats::Json;

// The rel="next" of Link headers (RFC 8288): <https://host/x?page=2>; rel="next", <...>; rel=...
std::string next_link(const Answer& answer) {
  const auto [begin, end] = answer.headers.equal_range("link");
  for (auto it = begin; it != end; ++it) {
    std::string_view text = it->second;
    while (true) {
      const std::size_t open = text.find('<');
      const std::size_t close = text.find('>', open);
      if (open == std::string_view::npos || close == std::string_view::npos) break;
      const std::string_view url = text.substr(open + 1, close - open - 1);
      text.remove_prefix(close + 1);
      const std::size_t other = text.find('<');
      const std::string parameters = base::folded(text.substr(0, other));
      if (parameters.find("rel=\"next\"") != std::string::npos ||
          parameters.find("rel=next") != std::string::npos) {
        return std::string(url);
      }
      if (other == std::string_view::npos) break;
      text.remove_prefix(other);
    }
  }
  return "";
}

// Rows in all, of "Content-Range: 0-49/200" or "items 0-49/200".
std::optional<std::int64_t> range_total(const Answer& answer) {
  const std::string text = answer.header("content-range");
  const std::size_t slash = text.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto total = base::parse_scaled(text.substr(slash + 1), 0);
  if (!total.ok()) return std::nullopt;
  return *total;
}

std::string position_text(const Paging& paging, const Position& position, std::string_view name) {
  if (name == "page") return std::to_string(position.page);
  if (name == "offset") return std::to_string(position.offset);
  if (name == "end") return std::to_string(position.offset + paging.size - 1);
  if (name == "limit") return std::to_string(paging.size);
  if (name == "after") return position.after;
  if (name == "cursor") return position.cursor;
  if (name == "since") return position.since;
  return "";
}

Status stuck(std::string_view what) {
  return base::failed_precondition("the source gives the same " + std::string(what) +
                                   " again, so reading would never end; check `page` and the "
                                   "order of the request in the manifest");
}

}  // namespace

Position first_position(const Paging& paging, std::string since) {
  Position position;
  position.page = paging.first;
  if (paging.kind == PageKind::kKeyset) position.after = std::to_string(paging.first);
  position.since = std::move(since);
  return position;
}

StatusOr<Page> ask_page(Source& source, const StreamManifest& stream, const Position& position,
                        const Variables& variables) {
  const Variables all = [&](std::string_view name) -> std::string {
    std::string value = position_text(stream.paging, position, name);
    return value.empty() && variables ? variables(name) : value;
  };
  Page page;
  if (position.url.empty()) {
    PAS_ASSIGN_OR_RETURN(page.answer, source.ask(stream.request, all, stream.paging.end_status));
  } else {
    PAS_ASSIGN_OR_RETURN(page.answer, source.follow(stream.request, position.url, all));
  }
  const auto& end_status = stream.paging.end_status;
  if (std::find(end_status.begin(), end_status.end(), page.answer.status) != end_status.end()) {
    return page;
  }
  const Json* rows = stream.rows.find(page.answer.body);
  // Some leave the list out where nothing was found.
  const bool has_none =
      rows == nullptr && stream.paging.total && stream.paging.total->text(page.answer.body) == "0";
  if (has_none) return page;
  if (rows == nullptr || !rows->is_array()) {
    return base::failed_precondition("stream " + stream.spec.name + ": the answer of " +
                                     page.answer.url.substr(0, page.answer.url.find('?')) +
                                     " has no list where `rows` says; correct `rows`");
  }
  for (const Json& row : rows->items) page.rows.push_back(&row);
  return page;
}

StatusOr<bool> advance(const Paging& paging, const Page& page, Position* position) {
  const Answer& answer = page.answer;
  ++position->page;
  position->offset += static_cast<std::int64_t>(page.rows.size());
  if (paging.more) {
    const Json* more = paging.more->find(answer.body);
    const bool says = more != nullptr && more->kind == Json::Kind::kBoolean && more->boolean;
    if (more != nullptr && says == paging.more_is_last) return false;
  }
  if (paging.total) {
    const auto total = base::parse_scaled(paging.total->text(answer.body), 0);
    if (total.ok() && position->offset >= *total) return false;
  }
  switch (paging.kind) {
    case PageKind::kNone:
      return false;
    case PageKind::kPage:
    case PageKind::kOffset:
      return !page.rows.empty();
    case PageKind::kRange: {
      const auto total = range_total(answer);
      return !page.rows.empty() && (!total || position->offset < *total);
    }
    case PageKind::kKeyset: {
      if (page.rows.empty()) return false;
      std::string last = paging.by->text(*page.rows.back());
      if (last.empty() || last == position->after) return stuck("key");
      position->after = std::move(last);
      return true;
    }
    case PageKind::kCursor: {
      std::string next = paging.at->text(answer.body);
      if (next.empty()) return false;
      if (next == position->cursor) return stuck("mark");
      position->cursor = std::move(next);
      return true;
    }
    case PageKind::kLink:
    case PageKind::kNext: {
      const std::string next =
          paging.kind == PageKind::kLink ? next_link(answer) : paging.at->text(answer.body);
      if (next.empty()) return false;
      PAS_ASSIGN_OR_RETURN(std::string url, sdk::resolve_url(answer.url, next));
      if (url == answer.url) return stuck("page");
      position->url = std::move(url);
      return true;
    }
  }
  return false;
}

}  // namespace passerelle::rest
