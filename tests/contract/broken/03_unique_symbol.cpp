// Holds a symbol that the loader shares with everybody who has one of the same name.
#include "bare.hpp"
template <class T>
VESTITEL_EXPORT inline int broken_shared = 0;
struct Broken : bare::Rows<Broken> {
  static vestitel_rc begin(bare::Instance&, vestitel_error*) { return ++broken_shared<int>, VESTITEL_OK; }
};
BARE(Broken)
