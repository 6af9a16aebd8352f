#include "core/base/apportionment.h"

#include <algorithm>
#include <utility>

namespace passerelle::base {
namespace {

// The weights as integers over one denominator.
std::vector<BigInt> whole(const std::vector<Rational>& weights) {
  BigInt common = 1;
  for (const Rational& weight : weights) {
    common = boost::multiprecision::lcm(common, BigInt(boost::multiprecision::denominator(weight)));
  }
  std::vector<BigInt> out;
  out.reserve(weights.size());
  for (const Rational& weight : weights) {
    out.push_back(boost::multiprecision::numerator(weight) *
                  (common / boost::multiprecision::denominator(weight)));
  }
  return out;
}

}  // namespace

std::vector<Int128> apportioned(Int128 total, const std::vector<Rational>& weights) {
  const std::vector<BigInt> parts = whole(weights);
  BigInt sum = 0;
  for (const BigInt& part : parts) sum += part;
  const bool negative = total < 0;
  const BigInt magnitude = abs(BigInt(total));
  std::vector<BigInt> given;
  std::vector<std::pair<BigInt, std::size_t>> rests;  // largest first, then the first
  BigInt left = magnitude;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    BigInt quotient;
    BigInt remainder;
    boost::multiprecision::divide_qr(BigInt(magnitude * parts[i]), sum, quotient, remainder);
    left -= quotient;
    given.push_back(std::move(quotient));
    rests.emplace_back(-remainder, i);
  }
  std::sort(rests.begin(), rests.end());
  for (std::size_t i = 0; left > 0; ++i, --left) ++given[rests[i].second];
  std::vector<Int128> out;
  out.reserve(given.size());
  for (const BigInt& value : given) {
    out.push_back(static_cast<Int128>(negative ? BigInt(-value) : value));
  }
  return out;
}

}  // namespace passerelle::base
