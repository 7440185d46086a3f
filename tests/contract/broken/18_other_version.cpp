// Its manifest says 1.2.0.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {};
BARE(Broken)
