// A required key without an example, and no samples/settings.json.
#include "good.hpp"
constexpr vestitel::Field kFields[] = {vestitel::field::text("label", "A text.").required()};
VESTITEL_EXPORT_READER(good::Reader, "com.example.broken", "Broken", "1.0.0", kFields)
