// Nothing is wrong with it.
#include "good.hpp"
BROKEN_SINK(good::Sink)
