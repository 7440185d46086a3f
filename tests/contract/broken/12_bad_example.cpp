// An example that its own schema refuses.
#include "good.hpp"
constexpr vestitel::Field kFields[] = {
    vestitel::field::duration("pause", "A time.").example("soon"),
};
VESTITEL_EXPORT_READER(good::Reader, "com.example.broken", "Broken", "1.0.0", kFields)
