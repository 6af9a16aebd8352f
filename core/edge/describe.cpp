#include "core/edge/describe.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/labels.h"

namespace passerelle::edge {
namespace {

using Words = std::map<std::string, model::Label, std::less<>>;

const Words& function_words() {
  static const Words kWords{
      {"sum", {"somme de", "sum of"}},
      {"count", {"nombre de", "number of"}},
      {"avg", {"moyenne de", "average of"}},
      {"min", {"minimum de", "minimum of"}},
      {"max", {"maximum de", "maximum of"}},
      {"median", {"médiane de", "median of"}},
      {"pct", {"centile de", "percentile of"}},
      {"distinct", {"nombre de valeurs distinctes de", "number of distinct values of"}},
      {"stock", {"nombre d'éléments ouverts", "number of items open"}},
      {"share_le", {"part au plus égale à la limite de", "share not above the limit of"}},
      {"var", {"variance de", "variance of"}},
      {"ytd", {"cumul depuis le 1er janvier de", "year to date of"}},
      {"rolling",
       {"cumul glissant (nombre de périodes en dernier) de",
        "rolling total (number of periods last) of"}},
      {"offset", {"décalé de", "moved by"}},
      {"growth", {"évolution en proportion de", "relative change of"}},
      {"difference", {"évolution de", "change of"}},
      {"abs", {"valeur absolue de", "absolute value of"}},
      {"business_minutes", {"temps ouvré", "business time"}},
      {"has", {"est renseigné", "is present"}},
      {"in", {"parmi", "in"}},
      {"true", {"vrai", "true"}},
      {"false", {"faux", "false"}},
  };
  return kWords;
}

// Of cost().
const Words& method_words() {
  static const Words kWords{
      {"tdabc", {"par le temps", "by time"}},
      {"share", {"par des parts", "by shares"}},
      {"reciprocal", {"en cascade réciproque", "by a reciprocal cascade"}},
      {"step_down", {"en cascade par étapes", "by a step-down cascade"}},
      {"direct", {"sans passer par d'autres", "without passing through others"}},
  };
  return kWords;
}

// Of landing() and landing_error().
const Words& landing_words() {
  static const Words kWords{
      {"run_rate", {"au rythme des périodes écoulées", "at the pace of the periods so far"}},
      {"trend",
       {"selon la droite ajustée aux périodes écoulées",
        "on the straight line fitted to the periods so far"}},
      {"seasonal", {"le reste comme l'année précédente", "the rest as in the year before"}},
  };
  return kWords;
}

const Words& operator_words() {
  static const Words kWords{
      {"/", {"divisé par", "divided by"}},
      {"*", {"fois", "times"}},
      {"+", {"plus", "plus"}},
      {"-", {"moins", "minus"}},
      {"&&", {"et", "and"}},
      {"||", {"ou", "or"}},
      {"!", {"non", "not"}},
      {"==", {"=", "="}},
      {"!=", {"≠", "≠"}},
      {"<=", {"≤", "≤"}},
      {">=", {"≥", "≥"}},
      {"<", {"<", "<"}},
      {">", {">", ">"}},
  };
  return kWords;
}

const Words& grain_words() {
  static const Words kWords{
      {"day", {"jour", "day"}},
      {"month", {"mois", "month"}},
      {"quarter", {"trimestre", "quarter"}},
      {"year", {"année", "year"}},
      {"all", {"toute la durée", "all time"}},
  };
  return kWords;
}

model::Label label_or(const model::Label& label, std::string_view id) {
  model::Label out = label;
  if (out.fr.empty()) out.fr = out.en.empty() ? std::string(id) : out.en;
  if (out.en.empty()) out.en = out.fr;
  return out;
}

// Instead of a kind of facts: an expression of the value and its target.
constexpr std::string_view kOfStatus = "(status)";

// Puts an expression into words, token by token; what it does not know stays as written.
class Speaker {
 public:
  Speaker(const model::SteeringModel& model, std::string_view from) : model_(model), from_(from) {}

  model::Label speak(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) at = speak_token(text, at);
    return {std::string(base::trimmed(out_.fr)), std::string(base::trimmed(out_.en))};
  }

 private:
  std::size_t speak_token(std::string_view text, std::size_t at) {
    const char first = text[at];
    if (std::isspace(static_cast<unsigned char>(first)) != 0) return at + 1;
    if (text.substr(at).starts_with(".offset(")) return at + 1;
    if (std::isalpha(static_cast<unsigned char>(first)) != 0 || first == '_') {
      return speak_name(text, at);
    }
    if (first == '\'' || first == '"') {
      const std::size_t end = std::min(text.find(first, at + 1), text.size() - 1);
      const std::string_view inside = text.substr(at + 1, end - at - 1);
      if (!(std::exchange(calendar_next_, false) && say_titled(model_.calendars, inside))) {
        say_same(text.substr(at, end + 1 - at));
      }
      return end + 1;
    }
    if (std::isdigit(static_cast<unsigned char>(first)) != 0) {
      std::size_t end = at;
      while (end < text.size() &&
             (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '.')) {
        ++end;
      }
      say_same(text.substr(at, end - at));
      return end;
    }
    for (const std::size_t size : {std::size_t{2}, std::size_t{1}}) {
      const auto known = operator_words().find(text.substr(at, size));
      if (known == operator_words().end()) continue;
      say(known->second);
      return at + known->first.size();
    }
    return speak_bracket(text, at);
  }

  std::size_t speak_bracket(std::string_view text, std::size_t at) {
    const char bracket = text[at];
    if (bracket == '(' || bracket == '[') {
      say_same(std::string(1, bracket));
      brackets_.push_back(std::exchange(aggregate_next_, false));
      tight_ = true;
      return at + 1;
    }
    // The last argument of an aggregate is a filter of its own.
    if (bracket == ',' && !brackets_.empty() && brackets_.back()) {
      say({"où", "where"});
      return at + 1;
    }
    if (!brackets_.empty() && (bracket == ')' || bracket == ']')) brackets_.pop_back();
    out_.fr += bracket;
    out_.en += bracket;
    tight_ = false;
    return at + 1;
  }

  std::size_t speak_name(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 ||
                                 text[end] == '_' || text[end] == '.')) {
      ++end;
    }
    std::string_view name = text.substr(at, end - at);
    if ((name == "cost" || name == "alloc") && text.substr(end).starts_with("(")) {
      return speak_allocation(text, at, end + 1);
    }
    if ((name == "landing" || name == "landing_error") && text.substr(end).starts_with("(")) {
      return speak_landing(text, name == "landing_error", end + 1);
    }
    calendar_next_ = calendar_next_ || name == "business_minutes";
    // ID.offset('year', -1).
    if (const std::size_t dot = name.find('.'); name.substr(dot + 1) == "offset") {
      if (const model::Indicator* named = indicator(name.substr(0, dot))) {
        say_named(*named);
        name = name.substr(dot + 1);
      }
    }
    if (from_ == kOfStatus && (name == "value" || name == "target")) {
      say(name == "value" ? model::Label{"la valeur", "the value"}
                          : model::Label{"la cible", "the target"});
      return end;
    }
    const auto known = function_words().find(name);
    if (name == "count") {
      say(known->second);
      const model::Label kind = kind_label(from_);
      say({"« " + kind.fr + " »", "\"" + kind.en + "\""});
      if (text.substr(end).starts_with("()")) return end + 2;
      say({"où", "where"});
    } else if (known != function_words().end()) {
      say(known->second);
      aggregate_next_ = is_filterable(name);
    } else if (const model::Indicator* named = indicator(name)) {
      say_named(*named);
    } else {
      say(field_label(name));
    }
    return end;
  }

  // cost(pool.EC, tdabc), alloc(x, KEY): what a pool or a key gave; `begin` is behind the bracket.
  std::size_t speak_allocation(std::string_view text, std::size_t at, std::size_t begin) {
    const std::size_t end = std::min(text.find(')', begin), text.size());
    const std::vector<std::string_view> arguments =
        base::split(text.substr(begin, end - begin), ',');
    const bool is_cost = text.substr(at).starts_with("cost");
    std::string_view named = base::trimmed(is_cost ? arguments.front() : arguments.back());
    named.remove_prefix(named.rfind('.') + 1);
    say(is_cost ? model::Label{"coût réparti par", "cost allocated by"}
        : base::trimmed(arguments.front()).ends_with("minutes")
            ? model::Label{"minutes réparties par", "minutes allocated by"}
            : model::Label{"montant réparti par", "amount allocated by"});
    const bool is_known =
        is_cost ? say_titled(model_.pools, named) : say_titled(model_.keys, named);
    if (!is_known) say_same(named);
    if (is_cost && arguments.size() == 2) {
      const auto method = method_words().find(base::trimmed(arguments[1]));
      if (method != method_words().end()) say(method->second);
    }
    return std::min(end + 1, text.size());
  }

  // landing(ID, 'trend'), landing_error(ID, 'trend', 5); `begin` is behind the bracket.
  std::size_t speak_landing(std::string_view text, bool is_error, std::size_t begin) {
    const std::size_t end = std::min(text.find(')', begin), text.size());
    const std::vector<std::string_view> arguments =
        base::split(text.substr(begin, end - begin), ',');
    if (is_error) {
      const std::string years = arguments.size() == 3 ? std::string(base::trimmed(arguments[2]))
                                                      : std::to_string(base::kBacktestYears);
      say({"erreur moyenne, sur les " + years + " années précédentes, de",
           "mean error, over the " + years + " years before, of"});
    }
    say(is_error ? model::Label{"l'atterrissage de fin d'année de", "the year-end landing of"}
                 : model::Label{"atterrissage de fin d'année de", "year-end landing of"});
    const std::string_view id = base::trimmed(arguments.front());
    if (const model::Indicator* named = indicator(id)) {
      say_named(*named);
    } else {
      say_same(id);
    }
    std::string_view method = arguments.size() < 2 ? "" : base::trimmed(arguments[1]);
    if (method.size() > 2) method = method.substr(1, method.size() - 2);
    const auto known = landing_words().find(method);
    if (known != landing_words().end()) {
      say({"(" + known->second.fr + ")", "(" + known->second.en + ")"});
    }
    return std::min(end + 1, text.size());
  }

  // The label of what has that id.
  template <typename Entity>
  bool say_titled(const std::vector<Entity>& all, std::string_view id) {
    for (const Entity& one : all) {
      if (one.id != id) continue;
      const model::Label label = label_or(one.label, one.id);
      say({"« " + label.fr + " »", "\"" + label.en + "\""});
      return true;
    }
    return false;
  }

  const model::Indicator* indicator(std::string_view id) const {
    const auto at = std::find_if(model_.indicators.begin(), model_.indicators.end(),
                                 [&](const model::Indicator& one) { return one.id == id; });
    return at == model_.indicators.end() ? nullptr : &*at;
  }

  void say_named(const model::Indicator& named) { say_titled(model_.indicators, named.id); }

  static bool is_filterable(std::string_view name) {
    return name == "sum" || name == "avg" || name == "min" || name == "max" || name == "median" ||
           name == "distinct" || name == "var";
  }

  model::Label kind_label(std::string_view kind) const {
    const model::RecordKind* found = model::find_kind(model_.kinds, kind);
    if (found == nullptr)
      return {kind.empty() ? "faits" : std::string(kind),
              kind.empty() ? "facts" : std::string(kind)};
    return label_or(found->label, kind);
  }

  // "budget.mandated" or, of the indicator's own kind, "mandated".
  model::Label field_label(std::string_view name) const {
    const std::size_t dot = name.find('.');
    const bool qualified = dot != std::string_view::npos;
    const std::string_view kind = qualified ? name.substr(0, dot) : from_;
    const std::string_view field = qualified ? name.substr(dot + 1) : name;
    const model::RecordKind* found = model::find_kind(model_.kinds, kind);
    const model::Field* known = found == nullptr ? nullptr : found->find(field);
    if (known == nullptr) return {std::string(name), std::string(name)};
    model::Label label = label_or(known->label, field);
    if (kind == from_) return label;
    const model::Label of = label_or(found->label, kind);
    return {label.fr + " [" + of.fr + "]", label.en + " [" + of.en + "]"};
  }

  void say(const model::Label& words) {
    if (!tight_ && !out_.fr.empty()) {
      out_.fr += ' ';
      out_.en += ' ';
    }
    out_.fr += words.fr;
    out_.en += words.en;
    tight_ = false;
  }
  void say_same(std::string_view text) { say({std::string(text), std::string(text)}); }

  const model::SteeringModel& model_;
  const std::string_view from_;
  model::Label out_;
  bool tight_ = true;
  bool aggregate_next_ = false;  // the next bracket is that of an aggregate
  bool calendar_next_ = false;   // the next text is the id of a calendar
  std::vector<bool> brackets_;   // open ones: whether an aggregate's
};

void fill(const model::Label& label, types::v1::Label* out) {
  out->set_fr(label.fr);
  out->set_en(label.en);
}

void fill(const model::Indicator& indicator, const model::SteeringModel& model,
          hub::v1::IndicatorDescription* out) {
  out->set_id(indicator.id);
  out->set_version(indicator.version);
  fill(indicator.label, out->mutable_label());
  out->set_kind(indicator.kind);
  out->set_unit(indicator.unit);
  out->set_round(indicator.round);
  out->set_better(indicator.better);
  out->set_formula(indicator.value);
  fill(meaning_of(indicator, model), out->mutable_meaning());
  out->set_where(indicator.where);
  out->set_at(indicator.at);
  out->set_grain(std::string(base::to_string(indicator.grain)));
  out->set_owner(indicator.owner);
  out->set_suppress_below(indicator.suppress_below);
  for (const std::vector<std::string>& by : indicator.publish) {
    for (const base::Grain grain : indicator.grains) {
      hub::v1::Grouping& grouping = *out->add_groupings();
      for (const std::string& dimension : by) grouping.add_by(dimension);
      grouping.set_grain(std::string(base::to_string(grain)));
    }
  }
}

}  // namespace

model::Label meaning_of(const model::Indicator& indicator, const model::SteeringModel& model) {
  model::Label meaning = Speaker(model, indicator.from).speak(indicator.value);
  if (!indicator.where.empty()) {
    const model::Label where = Speaker(model, indicator.from).speak(indicator.where);
    meaning.fr += ", où " + where.fr;
    meaning.en += ", where " + where.en;
  }
  const model::Label& grain = grain_words().find(base::to_string(indicator.grain))->second;
  meaning.fr += "; par " + grain.fr;
  meaning.en += "; per " + grain.en;
  if (!indicator.at.empty()) {
    const model::Label at = Speaker(model, indicator.from).speak(indicator.at);
    meaning.fr += " (date : " + at.fr + ")";
    meaning.en += " (date: " + at.en + ")";
  }
  if (!indicator.unit.empty()) {
    meaning.fr += "; en " + indicator.unit;
    meaning.en += "; in " + indicator.unit;
  }
  const std::string decimals = std::to_string(indicator.round);
  meaning.fr += ", arrondi à " + decimals + (indicator.round > 1 ? " décimales" : " décimale");
  meaning.en += ", rounded to " + decimals + (indicator.round == 1 ? " decimal" : " decimals");
  if (indicator.fresh_hours > 0) {
    const std::string hours = std::to_string(indicator.fresh_hours);
    meaning.fr += "; attendu " + hours + " h après la fin de chaque jour";
    meaning.en += "; expected " + hours + " h after the end of each day";
  }
  if (indicator.suppress_below > 0) {
    const std::string below = std::to_string(indicator.suppress_below);
    meaning.fr += "; masqué en dessous de " + below + " faits (secret statistique)";
    meaning.en += "; suppressed below " + below + " facts (small counts)";
  }
  if (!indicator.green.empty()) {
    const model::Label green = Speaker(model, kOfStatus).speak(indicator.green);
    const model::Label amber = Speaker(model, kOfStatus).speak(indicator.amber);
    meaning.fr += "; vert si " + green.fr + ", orange si " + amber.fr;
    meaning.en += "; green where " + green.en + ", amber where " + amber.en;
  }
  if (indicator.hysteresis > 1) {
    const std::string periods = std::to_string(indicator.hysteresis);
    meaning.fr += "; le statut change quand " + periods + " périodes de suite le disent";
    meaning.en += "; the status changes when " + periods + " periods in a row say so";
  }
  if (!indicator.when_empty.empty()) {
    meaning.fr += "; " + indicator.when_empty + " en l'absence de données";
    meaning.en += "; " + indicator.when_empty + " where there are no data";
  }
  if (!indicator.when_zero_den.empty()) {
    meaning.fr += "; " + indicator.when_zero_den + " si l'on divise par 0";
    meaning.en += "; " + indicator.when_zero_den + " where it divides by 0";
  }
  return meaning;
}

// The dimensions of the described indicators, with the labels of their members.
void fill_dimensions(const model::SteeringModel& model, hub::v1::DescribeResponse* out) {
  std::set<std::string> dimensions;
  for (const hub::v1::IndicatorDescription& indicator : out->indicators()) {
    for (const hub::v1::Grouping& grouping : indicator.groupings()) {
      dimensions.insert(grouping.by().begin(), grouping.by().end());
    }
  }
  const auto set = [](const model::Label& from, types::v1::Label* to) {
    to->set_fr(from.fr);
    to->set_en(from.en);
  };
  for (const std::string& dimension : dimensions) {
    hub::v1::DimensionDescription& description = *out->add_dimensions();
    description.set_id(dimension);
    set(model::dimension_label(model, dimension), description.mutable_label());
    for (const auto& [id, label] : model::member_labels(model, dimension)) {
      hub::v1::Member& member = *description.add_members();
      member.set_id(id);
      set(label, member.mutable_label());
    }
  }
}

StatusOr<hub::v1::DescribeResponse> describe(const hub::v1::DescribeRequest& request,
                                             const flow::CellView& view) {
  const auto model = view.steering();
  if (model == nullptr) {
    return base::failed_precondition("no steering model is applied yet; apply one first");
  }
  hub::v1::DescribeResponse response;
  response.set_revision(view.revision());
  std::vector<std::string> ids;
  for (const model::Indicator& indicator : model->indicators) {
    ids.push_back(indicator.id);
    if (request.indicators().empty()) fill(indicator, *model, response.add_indicators());
  }
  for (const std::string& wanted : request.indicators()) {
    const auto at = std::find(ids.begin(), ids.end(), wanted);
    if (at == ids.end()) {
      const std::string near = base::nearest_of(wanted, ids);
      return base::not_found("there is no indicator " + wanted +
                             (near.empty() ? "" : ", did you mean " + near + "?") +
                             "; known: " + base::join(ids, ", "));
    }
    fill(model->indicators[static_cast<std::size_t>(at - ids.begin())], *model,
         response.add_indicators());
  }
  fill_dimensions(*model, &response);
  for (const std::string& kept : model->org_views) response.add_organisation_views(kept);
  return response;
}

}  // namespace passerelle::edge
