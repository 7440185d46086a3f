// A schema with a keyword outside of the subset.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static constexpr const char* kSchema = R"({"type":"object","anyOf":[{"type":"object"}]})";
};
BARE(Broken)
