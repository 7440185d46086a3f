// Its manifest declares a thousand million events a second.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {};
BARE(Broken)
