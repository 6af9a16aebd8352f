// get, watch and describe.
#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <set>
#include <thread>

#include "core/app/authority.h"
#include "core/app/cli.h"
#include "core/app/code_pages.h"
#include "core/app/values.h"
#include "core/base/clock.h"
#include "core/base/decimal.h"
#include "core/base/text.h"

namespace passerelle::app {
namespace {

struct ValueOptions {
  HubOptions hub;
  std::vector<std::string> indicators;
  std::vector<std::string> families;
  std::vector<std::string> by;
  std::string period;
  std::string grain;
  std::vector<std::string> where;
  std::string org;
  std::uint64_t revision = 0;
  std::string known_at;
  std::string token;
  bool once = false;
  bool live = false;
};

void add_selection(CLI::App* verb, ValueOptions& options) {
  options.hub.add_to(verb);
  verb->add_option("indicators", options.indicators, "Ids of indicators");
  verb->add_option("--family", options.families,
                   "All of a family: activity, effectiveness, efficiency, quality, means")
      ->delimiter(',');
  verb->add_option("--by", options.by, "Dimensions of the grouping, e.g. policy,direction")
      ->delimiter(',');
  verb->add_option("--period", options.period, "2025, 2025-Q1, 2025-03, or a prefix like 2025-*");
  verb->add_option("--grain", options.grain, "day, month, quarter, year or all");
  verb->add_option("--where", options.where, "Only dimension=value of the grouping; repeatable");
  verb->add_option("--org", options.org,
                   "Organisation: was (of each fact's day, the default), is (today's), or a date");
}

StatusOr<publication::Selector> selector_of(const ValueOptions& options) {
  publication::Selector selector;
  selector.indicators = options.indicators;
  selector.by = options.by;
  selector.period = options.period;
  selector.grain = options.grain;
  selector.org = options.org;
  selector.families = options.families;
  PAS_ASSIGN_OR_RETURN(selector.filter, conditions_of(options.where));
  return selector;
}

hub::v1::Selector to_proto(const publication::Selector& selector) {
  hub::v1::Selector out;
  for (const auto& indicator : selector.indicators) out.add_indicators(indicator);
  for (const auto& dimension : selector.by) out.add_by(dimension);
  out.set_period(selector.period);
  out.set_grain(selector.grain);
  out.set_org(selector.org);
  for (const auto& family : selector.families) out.add_families(family);
  for (const auto& [dimension, value] : selector.filter) (*out.mutable_filter())[dimension] = value;
  return out;
}

// From the data of a stopped hub: the journal is opened and folded here.
Status get_offline(const ValueOptions& options, const publication::Selector& selector,
                   Format format) {
  base::SystemClock clock;
  PAS_ASSIGN_OR_RETURN(const auto authority, open_stopped(options.hub.data, clock));
  PAS_ASSIGN_OR_RETURN(
      const auto answer,
      authority->publisher().get(selector, {options.revision, options.known_at, options.live}));
  const auto model = authority->steering();
  if (model == nullptr) return base::failed_precondition("no model was ever applied to this data");
  std::vector<ShownCell> cells;
  for (const publication::Cell& cell : answer.cells) cells.push_back(shown(cell));
  print_cells(cells, labels_of(*model), selector.by, format, std::cout);
  return absl::OkStatus();
}

Status get(const ValueOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const publication::Selector selector, selector_of(options));
  if (!hub_is_running(options.hub)) return get_offline(options, selector, format);
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  hub::v1::GetRequest request;
  *request.mutable_selector() = to_proto(selector);
  request.set_revision(options.revision);
  request.set_known_at(options.known_at);
  request.set_live(options.live);
  PAS_ASSIGN_OR_RETURN(const auto response, client->get(request));
  PAS_ASSIGN_OR_RETURN(const auto description, client->describe(options.indicators));
  std::vector<ShownCell> cells;
  for (const hub::v1::Cell& cell : response.cells()) cells.push_back(shown(cell));
  print_cells(cells, labels_of(description), selector.by, format, std::cout);
  return absl::OkStatus();
}

// One line a message, for people and for scripts.
void print_event(const hub::v1::SubscribeResponse& event, const Labels& labels) {
  if (event.has_begin()) {
    std::cout << "snapshot at revision " << event.begin().revision() << '\n';
  } else if (event.has_reset()) {
    std::cout << "reset: " << event.reset().reason() << '\n';
  } else if (event.has_cells()) {
    for (const hub::v1::Cell& cell : event.cells().cells()) {
      std::cout << line_of(shown(cell), labels) << '\n';
    }
  } else if (event.has_alert()) {
    std::cout << line_of(event.alert()) << '\n';
  } else if (event.has_progress()) {
    const auto& progress = event.progress();
    std::cout << "revision " << progress.revision() << ", " << progress.cells() << " cells, hash "
              << base::to_hex(progress.hash()) << ", token " << to_hex_text(progress.resume_token())
              << '\n';
  }
  std::cout << std::flush;
}

Status watch(const ValueOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  PAS_ASSIGN_OR_RETURN(const publication::Selector selector, selector_of(options));
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  PAS_ASSIGN_OR_RETURN(const auto description, client->describe(options.indicators));
  const Labels labels = labels_of(description);
  edge::Client::WatchSettings settings;
  settings.target.set_id(1);
  *settings.target.mutable_selector() = to_proto(selector);
  PAS_ASSIGN_OR_RETURN(const std::string token, from_hex_text(options.token));
  settings.target.set_resume_token(token);
  std::thread ending([&] {
    int signal = 0;
    sigwait(&set, &signal);
    client->stop();
  });
  const Status ended = client->watch(settings, [&](const hub::v1::SubscribeResponse& event) {
    if (format == Format::kTable) {
      print_event(event, labels);
    } else {
      std::cout << json_of(event) << std::endl;
    }
    return !(options.once && event.has_progress());
  });
  kill(getpid(), SIGTERM);  // wakes the waiting thread where the stream ended by itself
  ending.join();
  return ended.code() == absl::StatusCode::kCancelled ? absl::OkStatus() : ended;
}

void print_description(const hub::v1::IndicatorDescription& indicator) {
  const bool french = speaks_french();
  const auto text = [&](const types::v1::Label& label) { return french ? label.fr() : label.en(); };
  std::cout << indicator.id() << "  " << text(indicator.label()) << "  (version "
            << indicator.version() << ")\n  " << indicator.label().fr() << " / "
            << indicator.label().en() << "\n  " << text(indicator.meaning()) << "\n  "
            << indicator.formula();
  if (!indicator.where().empty()) std::cout << "   where " << indicator.where();
  std::cout << "\n  unit " << indicator.unit() << ", " << indicator.round() << " decimals, by "
            << indicator.grain() << " of " << indicator.at();
  if (!indicator.owner().empty()) std::cout << ", owner " << indicator.owner();
  std::cout << "\n  groupings:";
  for (const auto& grouping : indicator.groupings()) {
    const std::vector<std::string> by(grouping.by().begin(), grouping.by().end());
    std::cout << ' ' << (by.empty() ? "total" : base::join(by, "+")) << '/' << grouping.grain();
  }
  std::cout << "\n\n";
}

bool is_code(const std::string& text) {
  return text.starts_with("PAS-") || text.starts_with("E-") || text.starts_with("DQ-");
}

Status describe_codes(const std::vector<std::string>& codes, Format format) {
  Table table({{"code", "code"},
               {"title", in_language("titre", "title")},
               {"text", in_language("explication", "explanation")}});
  for (const std::string& code : codes) {
    const CodePage* page = find_code_page(code);
    if (page == nullptr) {
      std::vector<std::string> known;
      for (const CodePage& one : code_pages()) known.emplace_back(one.code);
      const std::string near = base::nearest_of(code, known);
      return base::not_found("there is no code " + code +
                             (near.empty() ? "" : ", did you mean " + near + "?"));
    }
    const std::string title(speaks_french() ? page->title_fr : page->title_en);
    const std::string text(speaks_french() ? page->text_fr : page->text_en);
    if (format == Format::kTable) {
      std::cout << code << "  " << title << '\n' << text << "\n\n";
    } else {
      table.add({code, title, text});
    }
  }
  if (format != Format::kTable) table.print(std::cout, format);
  return absl::OkStatus();
}

Status describe(const ValueOptions& options) {
  PAS_ASSIGN_OR_RETURN(const Format format, parse_format(options.hub.output));
  if (!options.indicators.empty() &&
      std::all_of(options.indicators.begin(), options.indicators.end(), is_code)) {
    return describe_codes(options.indicators, format);
  }
  PAS_ASSIGN_OR_RETURN(const auto client, connect(options.hub));
  PAS_ASSIGN_OR_RETURN(const auto response, client->describe(options.indicators));
  if (format == Format::kJson) {
    std::cout << json_of(response) << '\n';
    return absl::OkStatus();
  }
  if (format == Format::kTable) {
    for (const auto& indicator : response.indicators()) print_description(indicator);
    return absl::OkStatus();
  }
  Table table({{"id", "id"},
               {"label_fr", "libellé"},
               {"label_en", "label"},
               {"unit", "unit"},
               {"formula", "formula"},
               {"where", "where"},
               {"grain", "grain"}});
  for (const auto& indicator : response.indicators()) {
    table.add({indicator.id(), indicator.label().fr(), indicator.label().en(), indicator.unit(),
               indicator.formula(), indicator.where(), indicator.grain()});
  }
  table.print(std::cout, format);
  return absl::OkStatus();
}

}  // namespace

void add_value_verbs(CLI::App& app, Cli& cli) {
  static ValueOptions get_options;
  CLI::App* get_verb = add_verb(app, "get", "Values of indicators; also from a stopped hub's data",
                                "passerelle get DEPENSES --by policy --period 2025 --data data");
  add_selection(get_verb, get_options);
  auto* revision =
      get_verb->add_option("--revision", get_options.revision, "As published at this revision");
  get_verb
      ->add_option("--known-at", get_options.known_at,
                   "As known at the end of this date, 2026-03-31, or at this instant")
      ->excludes(revision);
  get_verb->add_flag("--live", get_options.live,
                     "As if nothing were closed: what late records make of closed values");
  runs(cli, get_verb, [] { return get(get_options); });

  static ValueOptions watch_options;
  CLI::App* watch_verb = add_verb(app, "watch", "The live stream of indicators, until Ctrl-C",
                                  "passerelle watch DEPENSES --by policy --data data");
  add_selection(watch_verb, watch_options);
  watch_verb->add_option("--token", watch_options.token,
                         "Resume after this token of an earlier watch");
  watch_verb->add_flag("--once", watch_options.once, "Stop after the first Progress");
  runs(cli, watch_verb, [] { return watch(watch_options); });

  static ValueOptions describe_options;
  CLI::App* describe_verb =
      add_verb(app, "describe", "What indicators mean, or the code of an error",
               "passerelle describe DEPENSES --data data\n  passerelle describe PAS-M010");
  describe_options.hub.add_to(describe_verb);
  describe_verb->add_option("indicators", describe_options.indicators,
                            "Ids; all if none is given; or codes of errors");
  runs(cli, describe_verb, [] { return describe(describe_options); });
}

}  // namespace passerelle::app
