// What a watching client holds, as hashes: enough to check every Progress. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "passerelle/hub/v1/indicators.pb.h"

namespace passerelle::edge {

class Mirror {
 public:
  // False: the cells received are not those that Progress speaks of.
  bool apply(const hub::v1::SubscribeResponse& response);
  // The token of the last Progress; empty after forget().
  const std::string& token() const { return token_; }
  void set_token(std::string token);
  // Starts over. How often in a row, without a right Progress in between.
  int forget();

 private:
  void apply(const hub::v1::Cell& cell);

  std::unordered_map<std::string, std::uint64_t> hashes_;  // by key text
  std::uint64_t hash_ = 0;
  std::string token_;
  // Resumed from a token that an earlier program kept: its cells are not known here.
  bool partial_ = false;
  int forgotten_ = 0;
};

}  // namespace passerelle::edge
