// Outpatient reports of any size, the same for the same options. All persons are born in the 1800s: their numbers
// pass every check and belong to nobody living.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::testing {

// The EGN of person i, distinct for i below 36 million.
std::string person_egn(std::uint64_t i);

struct AmblistOptions {
  std::uint64_t seed = 1;
  std::uint64_t sheets = 1000;
  std::uint32_t doctors = 4;
  std::uint64_t persons = 5'700'000;  // sheets draw from persons 0 .. persons - 1
  std::string practice_code = "2203999001";
  int year = 2026, month = 10;
  std::uint64_t corrected = 0;          // this many sheets, spread evenly, carry another diagnosis
  std::vector<std::uint64_t> bad = {};  // ordinals, from 0 and sorted, of sheets whose number fails every check
};

// Streams one report: about 1.5 KB a sheet, memory of one sheet.
class AmblistGenerator {
 public:
  explicit AmblistGenerator(AmblistOptions options);
  // Fills up to cap bytes; 0: the end.
  std::size_t read(char* into, std::size_t cap);

 private:
  std::uint64_t random(std::uint64_t below);
  void refill();
  void head();
  void doctor(std::uint32_t number);
  void sheet();
  void leaf(const char* name, std::string_view value);

  AmblistOptions options_;
  std::uint64_t state_;
  std::uint64_t next_sheet_ = 0;
  std::uint32_t next_doctor_ = 0;
  std::size_t next_bad_ = 0;
  bool begun_ = false, ended_ = false;
  std::string buffer_;
  std::size_t taken_ = 0;
};

// The whole report in memory; for small ones.
std::string generate_amblist(const AmblistOptions& options);

}  // namespace vestitel::testing
