// Its descriptor is found by name, and a neighbour of the same name is found first.
#include "bare.hpp"
extern "C" VESTITEL_EXPORT const char broken_schema[];
extern "C" const char broken_schema[] = "{}";
struct Broken : bare::Rows<Broken> {
  static const char* const kSchema;
};
const char* const Broken::kSchema = broken_schema;
BARE(Broken)
