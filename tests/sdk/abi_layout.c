/* The header as C. */
#include "abi_layout.h"

int vestitel_abi_layout_as_c(void) { return VESTITEL_OK; }
