// Prints COUNT VAPID tokens, one a line, for another implementation to verify: token_run KEY COUNT
#include <iostream>

#include "plugins/sinks/webpush/vapid.hpp"

int main(int argc, char** argv) {
  const auto key = argc == 3 ? vestitel::webpush::private_key(argv[1]) : nullptr;
  if (!key) return 2;
  const long count = std::strtol(argv[2], nullptr, 10);
  for (long i = 0; i < count; ++i)
    std::cout << vestitel::webpush::make_token(*key, "https://push.example.net", "mailto:push@example.bg",
                                               4'000'000'000 + i)
              << '\n';
  return 0;
}
