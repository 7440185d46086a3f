// amblist-generate SHEETS [--seed N] [--doctors N] [--persons N] [--practice CODE] [--month YYYY-MM] [--corrected K]
//                  [--bad ORDINAL]...     writes one outpatient report to standard output
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/support/amblist_generator.hpp"

namespace {

bool take(vestitel::testing::AmblistOptions& options, std::string_view name, const char* value) {
  const auto number = std::strtoull(value, nullptr, 10);
  if (name == "--seed") {
    options.seed = number;
  } else if (name == "--doctors") {
    options.doctors = static_cast<std::uint32_t>(number);
  } else if (name == "--persons") {
    options.persons = number;
  } else if (name == "--practice") {
    options.practice_code = value;
  } else if (name == "--month") {
    return std::sscanf(value, "%d-%d", &options.year, &options.month) == 2;
  } else if (name == "--corrected") {
    options.corrected = number;
  } else if (name == "--bad") {
    options.bad.push_back(number);
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  vestitel::testing::AmblistOptions options;
  bool understood = argc >= 2 && argc % 2 == 0;
  if (understood) options.sheets = std::strtoull(argv[1], nullptr, 10);
  for (int i = 2; understood && i < argc; i += 2) understood = take(options, argv[i], argv[i + 1]);
  if (!understood || options.persons == 0 || options.doctors == 0) {
    std::fputs(
        "usage: amblist-generate SHEETS [--seed N] [--doctors N] [--persons N] [--practice CODE]\n"
        "                        [--month YYYY-MM] [--corrected K] [--bad ORDINAL]...\n",
        stderr);
    return 2;
  }
  std::sort(options.bad.begin(), options.bad.end());
  vestitel::testing::AmblistGenerator generator(options);
  char buffer[65536];
  for (std::size_t n; (n = generator.read(buffer, sizeof buffer)) > 0;) {
    if (std::fwrite(buffer, 1, n, stdout) != n) return 1;
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
