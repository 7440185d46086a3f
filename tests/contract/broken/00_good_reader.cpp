// Nothing is wrong with it.
#include "good.hpp"
BROKEN_READER(good::Reader)
