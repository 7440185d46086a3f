// A key that is a secret by its name and not by its type.
#include "good.hpp"
constexpr vestitel::Field kFields[] = {vestitel::field::text("api_token", "For the provider.")};
VESTITEL_EXPORT_READER(good::Reader, "com.example.broken", "Broken", "1.0.0", kFields)
