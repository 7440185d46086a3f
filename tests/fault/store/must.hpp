// How the store cycle ends when something outside the program fails: 75, as the hub does.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/base/result.hpp"

namespace vestitel::test {

inline void must(bool ok, const std::string& what) {
  if (ok) return;
  std::fprintf(stderr, "store_cycle: %s\n", what.c_str());
  std::_Exit(75);
}

template <class T>
T must(Result<T> result, const std::string& what) {
  if (!result) must(false, what + ": " + result.error().message);
  return std::move(result).value();
}

}  // namespace vestitel::test
