// Calls itself concurrent, and counts records of all instances without a lock.
#include "../good.hpp"
static long records = 0;
struct Broken : good::Reader {
  static constexpr vestitel::Traits kTraits = vestitel::Traits().concurrent();
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    for (const auto& line : vestitel::lines(in)) {
      ++records;
      row(document, line, out);
    }
  }
};
BROKEN_READER(Broken)
