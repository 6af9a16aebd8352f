// Bearer tokens: what a caller shows in "authorization: Bearer TOKEN".
#pragma once

#include <string>
#include <string_view>

namespace passerelle::edge {

// Random, in hexadecimal digits.
std::string make_bearer_token();
// SHA-256 of it, model::kTokenDigestBytes: what the journal keeps. A token is random, so that its
// digest needs no salt.
std::string digest_of(std::string_view token);
// The token of a header "Bearer TOKEN"; empty if it is none.
std::string_view token_in(std::string_view authorization);
// Takes the same time wherever two texts of one length differ.
bool same_secret(std::string_view shown, std::string_view secret);

}  // namespace passerelle::edge
