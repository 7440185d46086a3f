// Nothing is wrong with it.
#include "good.hpp"
BROKEN_FEED(good::Feed)
