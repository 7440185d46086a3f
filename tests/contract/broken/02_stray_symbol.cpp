// Exports a helper beside the entry.
#include "bare.hpp"
extern "C" VESTITEL_EXPORT int broken_helper(int a);
int broken_helper(int a) { return a + 1; }
struct Broken : bare::Rows<Broken> {};
BARE(Broken)
