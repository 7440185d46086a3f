#include "tests/support/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
std::size_t count = 0;
}

namespace vestitel::test {
std::size_t allocations() { return count; }
}  // namespace vestitel::test

void* operator new(std::size_t size) {
  ++count;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
