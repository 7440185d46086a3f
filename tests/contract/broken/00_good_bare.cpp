// Nothing is wrong with it: what the broken ones are held against.
#include "bare.hpp"
struct Good : bare::Rows<Good> {};
BARE(Good)
