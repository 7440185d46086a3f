// One change of a store, for a test that kills it: store_step STORE (install|upgrade) PACKAGE SECONDS, or
// store_step STORE (enable|rollback|remove) PLUGIN SECONDS. SECONDS: the time since 1970 that it is.
#include <cstdlib>
#include <iostream>
#include <string>

#include "core/plugin/package/store.hpp"

int main(int argc, char** argv) {
  using namespace vestitel;
  if (argc != 5) return 2;
  auto store = PackageStore::open(argv[1], {});
  if (!store) {
    std::cerr << store.error().message << "\n";
    return 1;
  }
  const std::string verb = argv[2], what = argv[3];
  const Instant now = from_micros(std::strtoll(argv[4], nullptr, 10) * 1'000'000);
  const auto ended = [](const auto& result) {
    if (!result) std::cerr << result.error().message << "\n";
    return result ? 0 : 1;
  };
  if (verb == "install") return ended(store->install(what, now));
  if (verb == "upgrade") return ended(store->upgrade(what, Grants(), now));
  if (verb == "enable") return ended(store->enable(what, "", Grants()));
  if (verb == "rollback") return ended(store->rollback(what));
  if (verb == "remove") return ended(store->remove(what, "1.0.0"));
  return 2;
}
