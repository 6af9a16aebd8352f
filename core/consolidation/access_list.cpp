#include "core/consolidation/access_list.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace passerelle::consolidation {
namespace {

bool is_id(std::string_view text) {
  constexpr std::size_t kIdBytesMax = 64;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kIdBytesMax && std::all_of(text.begin(), text.end(), fits);
}

template <typename Known>
Status check_known(const std::vector<std::string>& wanted, const std::vector<Known>& all,
                   const std::string& what) {
  std::vector<std::string> ids;
  for (const Known& known : all) ids.push_back(known.id);
  for (const std::string& id : wanted) {
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
    const std::string near = base::nearest_of(id, ids);
    return base::not_found("there is no " + what + " " + id +
                           (near.empty() ? "" : ", did you mean " + near + "?"));
  }
  return absl::OkStatus();
}

// Where the account is in the list, or would be.
template <typename Accounts>
auto account_place(Accounts& accounts, std::string_view id) {
  return std::lower_bound(accounts.begin(), accounts.end(), id,
                          [](const flow::GrantedAccount& known, std::string_view wanted) {
                            return known.account.id < wanted;
                          });
}

const flow::GrantedAccount* account_in(const flow::Access& access, std::string_view id) {
  const auto at = account_place(access.accounts, id);
  return at == access.accounts.end() || at->account.id != id ? nullptr : &*at;
}

}  // namespace

Status AccessList::check(const model::AccessGranted& granted,
                         const model::SteeringModel* model) const {
  const model::Account& account = granted.account;
  if (!is_id(account.id)) {
    return base::invalid_argument(
        "\"" + account.id + "\" is no name of an account: 1 to 64 letters, digits, - _ and .");
  }
  if (granted.author.empty() || granted.reason.empty()) {
    return base::invalid_argument("a grant names its author and its reason");
  }
  if (model == nullptr && !account.sees_all()) {
    return base::failed_precondition("no model is applied yet: there are no units and processes");
  }
  if (model != nullptr) {
    PAS_RETURN_IF_ERROR(check_known(account.units, model->units, "org unit"));
    PAS_RETURN_IF_ERROR(check_known(account.processes, model->processes, "process"));
  }
  if (account.role == model::Role::kAdministrator && !account.sees_all()) {
    return base::invalid_argument(
        "an administrator sees everything; choose another role, or no unit and no process");
  }
  if (account.units.size() + account.processes.size() > base::kPerimeterEntriesMax) {
    return base::invalid_argument("a perimeter has at most " +
                                  std::to_string(base::kPerimeterEntriesMax) +
                                  " units and processes");
  }
  if (account.until && *account.until < now_->today) {
    return base::invalid_argument("the account would end on " + base::format_date(*account.until) +
                                  ", which has passed");
  }
  if (account_in(*now_, account.id) != nullptr) return absl::OkStatus();
  if (account.digest.size() != model::kTokenDigestBytes) {
    return base::invalid_argument("a new account needs a token");
  }
  if (now_->accounts.size() >= base::kAccountsMax) {
    return base::resource_exhausted("there are " + std::to_string(base::kAccountsMax) +
                                    " accounts, the most a hub has; revoke one");
  }
  return absl::OkStatus();
}

Status AccessList::check(const model::AccessRevoked& revoked) const {
  if (revoked.author.empty() || revoked.reason.empty()) {
    return base::invalid_argument("a revocation names its author and its reason");
  }
  if (account_in(*now_, revoked.account) != nullptr) return absl::OkStatus();
  std::vector<std::string> ids;
  for (const flow::GrantedAccount& known : now_->accounts) ids.push_back(known.account.id);
  const std::string near = base::nearest_of(revoked.account, ids);
  return base::not_found(
      "there is no account " + revoked.account +
      (near.empty() ? "; see them with: passerelle access list" : ", did you mean " + near + "?"));
}

void AccessList::grant(const model::AccessGranted& granted, model::Revision revision,
                       base::Instant at) {
  auto access = std::make_shared<flow::Access>(*now_);
  flow::GrantedAccount made{granted.account, revision, at, granted.author, granted.reason};
  const auto known = account_place(access->accounts, granted.account.id);
  if (known == access->accounts.end() || known->account.id != granted.account.id) {
    access->accounts.insert(known, std::move(made));
  } else {
    if (made.account.digest.empty()) made.account.digest = known->account.digest;
    *known = std::move(made);
  }
  now_ = std::move(access);
}

void AccessList::revoke(const model::AccessRevoked& revoked) {
  auto access = std::make_shared<flow::Access>(*now_);
  std::erase_if(access->accounts, [&](const flow::GrantedAccount& known) {
    return known.account.id == revoked.account;
  });
  now_ = std::move(access);
}

bool AccessList::set_today(base::Days day) {
  if (day == now_->today) return false;
  auto access = std::make_shared<flow::Access>(*now_);
  access->today = day;
  now_ = std::move(access);
  return true;
}

Status AccessList::save(const SectionSink& sink) const {
  StateWriter out;
  out.put(now_->today);
  for (const flow::GrantedAccount& granted : now_->accounts) {
    out.put_text(granted.account.id);
    out.put(granted.account.role);
    out.put_texts(granted.account.units);
    out.put_texts(granted.account.processes);
    out.put(static_cast<std::uint8_t>(granted.account.until.has_value()));
    out.put(granted.account.until.value_or(0));
    out.put_text(granted.account.digest);
    out.put(granted.revision);
    out.put(granted.at);
    out.put_text(granted.author);
    out.put_text(granted.reason);
  }
  return sink("access", out.bytes());
}

bool AccessList::load(StateReader* in) {
  auto access = std::make_shared<flow::Access>();
  access->today = in->get<base::Days>();
  while (in->ok() && !in->at_end()) {
    flow::GrantedAccount granted;
    granted.account.id = in->get_text();
    granted.account.role = in->get<model::Role>();
    granted.account.units = in->get_texts();
    granted.account.processes = in->get_texts();
    const bool has_end = in->get<std::uint8_t>() != 0;
    const auto until = in->get<base::Days>();
    if (has_end) granted.account.until = until;
    granted.account.digest = in->get_text();
    granted.revision = in->get<model::Revision>();
    granted.at = in->get<base::Instant>();
    granted.author = in->get_text();
    granted.reason = in->get_text();
    access->accounts.push_back(std::move(granted));
  }
  now_ = std::move(access);
  return in->ok();
}

}  // namespace passerelle::consolidation
