// The header and the whole layer as C++17 and C++20.
#include "abi_layout.h"

#include <vestitel/plugin.hpp>
