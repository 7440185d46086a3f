/* A library that needs a symbol nobody has. */
#include <vestitel/abi.h>
int vestitel_test_symbol_nobody_has(void);
int vestitel_test_call(void);
int vestitel_test_call(void) { return vestitel_test_symbol_nobody_has(); }
