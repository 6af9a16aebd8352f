#include "core/edge/roles.h"

#include <algorithm>

namespace passerelle::edge {
namespace {

constexpr Role kReader = Role::kReader;
constexpr Role kIntegrator = Role::kIntegrator;
constexpr Role kAdministrator = Role::kAdministrator;
constexpr Role kAuditor = Role::kAuditor;

const Rule* rule_of(std::string_view method) {
  const auto rule = std::find_if(rules().begin(), rules().end(),
                                 [&](const Rule& known) { return known.method == method; });
  return rule == rules().end() ? nullptr : &*rule;
}

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules{
      {"/passerelle.hub.v1.IndicatorService/Subscribe",
       {kReader, kIntegrator, kAdministrator, kAuditor},
       true},
      {"/passerelle.hub.v1.IndicatorService/Get",
       {kReader, kIntegrator, kAdministrator, kAuditor},
       true},
      {"/passerelle.hub.v1.IndicatorService/Describe",
       {kReader, kIntegrator, kAdministrator, kAuditor},
       true},
      {"/passerelle.hub.v1.IndicatorService/Explain",
       {kIntegrator, kAdministrator, kAuditor},
       true},
      {"/passerelle.hub.v1.IndicatorService/Diff", {kIntegrator, kAdministrator, kAuditor}, true},
      {"/passerelle.hub.v1.IndicatorService/GetOptimisation",
       {kReader, kIntegrator, kAdministrator, kAuditor},
       true},
      {"/passerelle.admin.v1.AdminService/Overview", {kIntegrator, kAdministrator, kAuditor}},
      {"/passerelle.admin.v1.AdminService/ListConnectors", {kIntegrator, kAdministrator, kAuditor}},
      {"/passerelle.admin.v1.AdminService/EnableConnector", {kIntegrator, kAdministrator}},
      {"/passerelle.admin.v1.AdminService/DisableConnector", {kIntegrator, kAdministrator}},
      {"/passerelle.admin.v1.AdminService/RunConnector", {kIntegrator, kAdministrator}},
      {"/passerelle.admin.v1.AdminService/RestartConnector", {kIntegrator, kAdministrator}},
      {"/passerelle.admin.v1.AdminService/ApplyModel", {kAdministrator}},
      {"/passerelle.admin.v1.AdminService/ModelHistory", {kIntegrator, kAdministrator, kAuditor}},
      {"/passerelle.admin.v1.AdminService/RollbackModel", {kAdministrator}},
      {"/passerelle.admin.v1.AdminService/ListQuarantine", {kIntegrator, kAdministrator, kAuditor}},
      {"/passerelle.admin.v1.AdminService/GetQuarantined", {kIntegrator, kAdministrator, kAuditor}},
      {"/passerelle.admin.v1.AdminService/Close", {kAdministrator}},
      {"/passerelle.admin.v1.AdminService/Reopen", {kAdministrator}},
      {"/passerelle.admin.v1.AdminService/ListClosings",
       {kReader, kIntegrator, kAdministrator, kAuditor}},
      {"/passerelle.admin.v1.AdminService/GetRestatement", {kIntegrator, kAdministrator, kAuditor}},
      {"/passerelle.admin.v1.AdminService/ListAlerts",
       {kReader, kIntegrator, kAdministrator, kAuditor},
       true},
      {"/passerelle.admin.v1.AdminService/AcknowledgeAlert", {kAdministrator}},
      {"/passerelle.admin.v1.AdminService/GrantAccess", {kAdministrator}},
      {"/passerelle.admin.v1.AdminService/RevokeAccess", {kAdministrator}},
      {"/passerelle.admin.v1.AdminService/ListAccess", {kAdministrator, kAuditor}},
  };
  return kRules;
}

bool may_call(Role role, std::string_view method) {
  const Rule* rule = rule_of(method);
  return rule != nullptr &&
         std::find(rule->roles.begin(), rule->roles.end(), role) != rule->roles.end();
}

bool heeds_perimeter(std::string_view method) {
  const Rule* rule = rule_of(method);
  return rule != nullptr && rule->heeds_perimeter;
}

}  // namespace passerelle::edge
