// Has every ability whose name begins like its own.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static bool is_ability(const char* id, const char* own) { return std::strncmp(id, own, std::strlen(own)) == 0; }
};
BARE(Broken)
