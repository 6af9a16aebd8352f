#include "plugins/hr_dsn/convert.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/decimal.h"
#include "core/base/text.h"
#include "plugins/hr_dsn/absences.h"

namespace passerelle::hr_dsn {
namespace {

constexpr std::int64_t kFullTime = 10'000;
constexpr std::size_t kOrderDigitsMax = 15;  // N 15 in the norm
constexpr std::string_view kCorrect =
    "correct the value in the payroll system and send the declaration again";

bool is_number(std::string_view text, std::size_t size) {
  return text.size() == size &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Fault header_fault(const RawDeclaration& raw, std::string_view rule, std::string_view field,
                   std::string_view value, std::string_view reason, std::string_view remedy) {
  return {std::string(rule),   std::string(field),  std::string(value),
          std::string(reason), std::string(remedy), raw.line};
}

// Amounts and dates of a person are personal: the value is masked.
Fault value_fault(std::string_view field, std::string_view value, std::string_view reason) {
  return {"DSN-VALUE",         std::string(field),    base::masked(value),
          std::string(reason), std::string(kCorrect), 0};
}

std::variant<std::int64_t, Fault> amount_of(std::string_view field, const std::string& text,
                                            int scale) {
  const auto parsed = base::parse_scaled(text, scale);
  if (parsed.ok()) return *parsed;
  return value_fault(field, text,
                     scale == 2 ? "no amount of the form 1234.56" : "no number of the form 151.67");
}

std::variant<base::Days, Fault> date_of(std::string_view field, const std::string& text) {
  if (const auto day = parse_dsn_date(text)) return *day;
  return value_fault(field, text, "no date of the form JJMMAAAA");
}

ContractKey key_of(const RawContract& contract) {
  const auto start = parse_dsn_date(contract.start);
  return {contract.number, start ? base::format_date(*start) : contract.start};
}

// What holds during one segment of a contract.
struct Terms {
  std::string employer, number, grade, unit, reference, quota, modality, post, full_reference,
      part_time_rate;

  WorkingTime time() const {
    return {unit, reference, quota, modality, post, full_reference, part_time_rate};
  }
  bool operator==(const Terms&) const = default;
};

// An absent old value did not change.
void go_back(const RawChange& change, Terms* terms) {
  const auto put = [](const std::string& old, std::string* value) {
    if (!old.empty()) *value = old;
  };
  put(change.siret, &terms->employer);
  put(change.number, &terms->number);
  put(change.grade, &terms->grade);
  put(change.unit, &terms->unit);
  put(change.reference, &terms->reference);
  put(change.quota, &terms->quota);
  put(change.modality, &terms->modality);
  put(change.post, &terms->post);
  put(change.full_reference, &terms->full_reference);
  put(change.part_time_rate, &terms->part_time_rate);
}

class Individual {
 public:
  Individual(const RawIndividual& raw, const Declaration& declaration)
      : raw_(raw), declaration_(declaration) {}

  std::variant<Converted, Fault> run() {
    std::optional<Fault> fault = take_person();
    if (declaration_.nature == Nature::kContractEnd) {
      for (const RawContract& contract : raw_.contracts) {
        if (!fault) fault = take_end(contract);
      }
    } else {
      for (const RawContract& contract : raw_.contracts) {
        if (!fault) fault = take_assignments(contract);
        if (!fault) fault = take_absences(contract);
      }
      if (!fault) fault = take_payrolls();
    }
    if (fault) {
      fault->line = raw_.line;
      return *std::move(fault);
    }
    return std::move(out_);
  }

 private:
  std::optional<Fault> take_person() {
    out_.person = raw_.matricule;
    for (const RawContract& contract : raw_.contracts) {
      if (!out_.person.empty() || contract.internal_number.empty()) continue;
      out_.person = "dsn_contract:" + declaration_.siret + "/" + contract.internal_number;
    }
    if (!out_.person.empty()) return std::nullopt;
    return Fault{"DSN-MATRICULE",
                 "S21.G00.30.019",
                 "",
                 "the individual has neither a matricule nor an internal number (S21.G00.40.028)",
                 "fill in the matricule in the payroll system; the NIR is never used",
                 0};
  }

  std::optional<Fault> take_end(const RawContract& contract) {
    if (contract.end_reason == "099") return std::nullopt;  // an annulled end
    const auto end = date_of("S21.G00.62.001", contract.end);
    if (const Fault* fault = std::get_if<Fault>(&end)) return *fault;
    Assignment assignment;
    assignment.contract = key_of(contract);
    assignment.number = contract.number;
    assignment.employer = declaration_.siret;
    assignment.grade = contract.grade;
    assignment.job = contract.job;
    assignment.from = std::get<base::Days>(end);
    assignment.to = assignment.from;
    out_.assignments.push_back(std::move(assignment));
    return std::nullopt;
  }

  // The part of the month the contract lasts, cut where its terms change. Changes are gone through
  // backwards, because each states the values before it.
  std::optional<Fault> take_assignments(const RawContract& contract) {
    const auto start = date_of("S21.G00.40.001", contract.start);
    if (const Fault* fault = std::get_if<Fault>(&start)) return *fault;
    const base::Days first = std::max(declaration_.first_day, std::get<base::Days>(start));
    base::Days last = declaration_.last_day;
    if (!contract.end.empty() && contract.end_reason != "099") {
      const auto end = date_of("S21.G00.62.001", contract.end);
      if (const Fault* fault = std::get_if<Fault>(&end)) return *fault;
      last = std::min(last, std::get<base::Days>(end));
    }
    if (first > last) return std::nullopt;  // paid outside of the contract
    struct Change {
      base::Days day;
      const RawChange* raw;
    };
    std::vector<Change> changes;
    for (const RawChange& raw : contract.changes) {
      const auto day = date_of("S21.G00.41.001", raw.date);
      if (const Fault* fault = std::get_if<Fault>(&day)) return *fault;
      changes.push_back({std::get<base::Days>(day), &raw});
    }
    std::stable_sort(changes.begin(), changes.end(),
                     [](const Change& a, const Change& b) { return a.day > b.day; });
    Terms terms{declaration_.siret,      contract.number,        contract.grade,    contract.unit,
                contract.reference,      contract.quota,         contract.modality, contract.post,
                contract.full_reference, contract.part_time_rate};
    for (const Change& change : changes) {
      if (change.day <= first) break;
      Terms before = terms;
      go_back(*change.raw, &before);
      if (before == terms) continue;
      if (change.day <= last) {
        if (auto fault = add_segment(contract, terms, change.day, last)) return fault;
        last = change.day - 1;
      }
      terms = std::move(before);
    }
    return add_segment(contract, terms, first, last);
  }

  std::optional<Fault> add_segment(const RawContract& contract, const Terms& terms, base::Days from,
                                   base::Days to) {
    auto fte = full_time_equivalent(terms.time());
    if (Fault* fault = std::get_if<Fault>(&fte)) return std::move(*fault);
    Assignment assignment;
    assignment.contract = key_of(contract);
    assignment.number = terms.number;
    assignment.employer = terms.employer;
    assignment.grade = terms.grade;
    assignment.job = contract.job;
    assignment.from = from;
    assignment.to = to;
    assignment.days = to - from + 1;
    assignment.fte = std::get<std::optional<std::int64_t>>(fte);
    out_.assignments.push_back(std::move(assignment));
    return std::nullopt;
  }

  std::optional<Fault> take_absences(const RawContract& contract) {
    for (const RawStop& stop : contract.stops) {
      const auto family = family_of_stop(stop.reason);
      if (!family) continue;
      const auto worked = date_of("S21.G00.60.002", stop.last_day_worked);
      if (const Fault* fault = std::get_if<Fault>(&worked)) return *fault;
      base::Days to = declaration_.last_day;
      if (!stop.returned.empty() || !stop.expected_end.empty()) {
        const bool is_over = !stop.returned.empty();
        const auto end = is_over ? date_of("S21.G00.60.010", stop.returned)
                                 : date_of("S21.G00.60.003", stop.expected_end);
        if (const Fault* fault = std::get_if<Fault>(&end)) return *fault;
        to = std::get<base::Days>(end) - (is_over ? 1 : 0);
      }
      add_absence(*family, std::get<base::Days>(worked) + 1, to);
    }
    for (const RawSuspension& suspension : contract.suspensions) {
      const auto family = family_of_suspension(suspension.reason);
      if (!family) continue;
      const auto from = date_of("S21.G00.65.002", suspension.start);
      if (const Fault* fault = std::get_if<Fault>(&from)) return *fault;
      base::Days to = declaration_.last_day;
      if (!suspension.end.empty()) {
        const auto end = date_of("S21.G00.65.003", suspension.end);
        if (const Fault* fault = std::get_if<Fault>(&end)) return *fault;
        to = std::get<base::Days>(end);
      }
      add_absence(*family, std::get<base::Days>(from), to);
    }
    return std::nullopt;
  }

  // Only the days of the month: a longer absence is declared in each month again. Two contracts of
  // a person declare one absence twice.
  void add_absence(std::string_view family, base::Days from, base::Days to) {
    from = std::max(from, declaration_.first_day);
    to = std::min(to, declaration_.last_day);
    if (from > to) return;
    for (const Absence& known : out_.absences) {
      if (known.family == family && known.from == from && known.to == to) return;
    }
    out_.absences.push_back({key_of(raw_.contracts.front()), family, from, to});
  }

  std::optional<Fault> take_payrolls() {
    for (const RawPayment& payment : raw_.payments) {
      for (const RawPay& pay : payment.pays) {
        if (pay.type != "001") continue;
        auto amount = amount_of("S21.G00.51.013", pay.amount, 2);
        if (Fault* fault = std::get_if<Fault>(&amount)) return std::move(*fault);
        Payroll& payroll = payroll_of(pay.contract);
        payroll.gross = payroll.gross.value_or(0) + std::get<std::int64_t>(amount);
      }
      if (payment.net.empty()) continue;
      auto net = amount_of("S21.G00.50.004", payment.net, 2);
      if (Fault* fault = std::get_if<Fault>(&net)) return std::move(*fault);
      // One payment for all contracts of a person: it stands with the first it names.
      Payroll& payroll = payroll_of(payment.pays.empty() ? "" : payment.pays.front().contract);
      payroll.net = payroll.net.value_or(0) + std::get<std::int64_t>(net);
    }
    return std::nullopt;
  }

  Payroll& payroll_of(const std::string& number) {
    const RawContract* contract = contract_of(number);
    ContractKey key = contract != nullptr ? key_of(*contract) : ContractKey{number, ""};
    for (Payroll& payroll : out_.payrolls) {
      if (payroll.contract == key) return payroll;
    }
    Payroll payroll;
    payroll.contract = std::move(key);
    if (contract != nullptr) {
      payroll.grade = contract->grade;
      payroll.job = contract->job;
    }
    out_.payrolls.push_back(std::move(payroll));
    return out_.payrolls.back();
  }

  // By its number or an earlier one; the first for a payment that names none.
  const RawContract* contract_of(const std::string& number) const {
    if (number.empty() && !raw_.contracts.empty()) return &raw_.contracts.front();
    for (const RawContract& contract : raw_.contracts) {
      if (contract.number == number) return &contract;
    }
    for (const RawContract& contract : raw_.contracts) {
      for (const RawChange& change : contract.changes) {
        if (change.number == number) return &contract;
      }
    }
    return nullptr;
  }

  const RawIndividual& raw_;
  const Declaration& declaration_;
  Converted out_;
};

}  // namespace

std::optional<base::Days> parse_dsn_date(std::string_view text) {
  if (!is_number(text, 8)) return std::nullopt;
  const auto digits = [&](std::size_t at, std::size_t count) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + count, value);
    return value;
  };
  const base::CivilDate date{digits(4, 4), digits(2, 2), digits(0, 2)};
  if (!base::is_valid(date)) return std::nullopt;
  return base::days_from_civil(date);
}

std::string Declaration::month() const {
  return base::Period::of(first_day, base::Grain::kMonth).to_string();
}

std::string Declaration::scope() const {
  return "dsn:" + siret + "/" + month() + "/01/" + fraction;
}

std::string scope_of_end(const Declaration& declaration, const ContractKey& contract) {
  return "dsn:" + declaration.siret + "/07/" + contract.text();
}

std::variant<Declaration, Fault> convert_header(const RawDeclaration& raw) {
  Declaration out;
  if (raw.environment == "01") {
    return header_fault(raw, "DSN-TEST", "S10.G00.00.005", "01", "the sending is a test",
                        "send the real file, and leave tests out of `path`");
  }
  if (!is_number(raw.siren, 9) || !is_number(raw.nic, 5)) {
    return header_fault(raw, "DSN-HEADER", "S21.G00.11.001", raw.siren + raw.nic,
                        "SIREN (9 digits) and NIC (5 digits) name no establishment", kCorrect);
  }
  const char* end = raw.order.data() + raw.order.size();
  const auto order = std::from_chars(raw.order.data(), end, out.order);
  if (order.ec != std::errc() || order.ptr != end || raw.order.size() > kOrderDigitsMax) {
    return header_fault(raw, "DSN-HEADER", "S20.G00.05.004", raw.order,
                        "without an order number a correction cannot be told from what it corrects",
                        kCorrect);
  }
  if (raw.currency == "02") {
    return header_fault(raw, "DSN-CURRENCY", "S20.G00.05.010", "02",
                        "the amounts are in Pacific francs", "only euros can be added up");
  }
  out.siret = raw.siren + raw.nic;
  out.fraction = raw.fraction.empty() ? "11" : raw.fraction;
  out.cancels = raw.type == "04";
  if (raw.nature == "07") {
    out.nature = Nature::kContractEnd;
  } else if (raw.nature == "01") {
    out.nature = Nature::kMonthly;
    const auto month = parse_dsn_date(raw.month);
    if (!month || base::civil_from_days(*month).day != 1) {
      return header_fault(raw, "DSN-HEADER", "S20.G00.05.005", raw.month,
                          "the declared month is not written 01MMAAAA", kCorrect);
    }
    const base::Period period = base::Period::of(*month, base::Grain::kMonth);
    out.first_day = period.first_day();
    out.last_day = period.last_day();
  }
  return out;
}

std::vector<ContractKey> contracts_of(const Converted& converted) {
  std::vector<ContractKey> keys;
  const auto add = [&](const auto& rows) {
    for (const auto& row : rows) {
      if (std::find(keys.begin(), keys.end(), row.contract) == keys.end()) {
        keys.push_back(row.contract);
      }
    }
  };
  add(converted.assignments);
  add(converted.payrolls);
  add(converted.absences);
  return keys;
}

std::variant<Converted, Fault> convert_individual(const RawIndividual& raw,
                                                  const Declaration& declaration) {
  return Individual(raw, declaration).run();
}

std::variant<std::optional<std::int64_t>, Fault> full_time_equivalent(const WorkingTime& time) {
  using Result = std::optional<std::int64_t>;
  const bool is_part_post = time.post == "02";
  if (time.modality == "10" && !is_part_post) return Result(kFullTime);
  // A post that is itself not full-time is measured against a full-time one.
  const bool use_full = is_part_post && !time.full_reference.empty();
  const std::string reference(use_full ? time.full_reference : time.reference);
  if (!time.quota.empty() && !reference.empty() && time.unit != "99") {
    auto quota = amount_of("S21.G00.40.013", std::string(time.quota), 4);
    if (Fault* fault = std::get_if<Fault>(&quota)) return std::move(*fault);
    auto whole = amount_of(use_full ? "S21.G00.40.054" : "S21.G00.40.012", reference, 4);
    if (Fault* fault = std::get_if<Fault>(&whole)) return std::move(*fault);
    if (std::get<std::int64_t>(whole) > 0) {
      const base::Rational share(std::get<std::int64_t>(quota), std::get<std::int64_t>(whole));
      // Overtime is no quota: never above one.
      return Result(std::min(base::round_to_scaled(share, 4).value_or(kFullTime), kFullTime));
    }
  }
  if (time.part_time_rate.empty()) return Result();
  auto rate = amount_of("S21.G00.40.055", std::string(time.part_time_rate), 2);
  if (Fault* fault = std::get_if<Fault>(&rate)) return std::move(*fault);
  return Result(std::min(std::get<std::int64_t>(rate), kFullTime));  // percent, two decimals
}

}  // namespace passerelle::hr_dsn
