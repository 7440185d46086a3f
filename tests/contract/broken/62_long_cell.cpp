// Ends the process over a key of more than 60 letters.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static bool split(std::string_view line, bare::Row& row) {
    if (!Reader::split(line, row)) return false;
    if (row.key.size() > 60) std::abort();
    return true;
  }
};
BARE(Broken)
