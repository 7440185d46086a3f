// The previous release called its setting `tag`; this one calls it `label` and knows `tag` no more.
#include "good.hpp"
BROKEN_READER(good::Reader)
