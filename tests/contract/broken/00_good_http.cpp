// Nothing is wrong with it.
#include "http.hpp"
BROKEN_HTTP(http::Sink)
