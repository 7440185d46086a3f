// Its code has to be patched before it runs.
#include "bare.hpp"
__asm__(".pushsection .text\n.quad vestitel_plugin_entry_v1\n.popsection");
struct Broken : bare::Rows<Broken> {};
BARE(Broken)
