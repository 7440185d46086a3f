// Never looks at the type of its setting.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static constexpr const char* kSchema =
      R"({"type":"object","additionalProperties":false,"properties":{"limit":{"type":"integer","default":3}}})";
  static vestitel_rc settings(bare::Instance&, vestitel_str json, vestitel_error* error) {
    return bare::view(json).find("no_such") == std::string_view::npos
               ? VESTITEL_OK
               : bare::fail(error, VESTITEL_E_CONFIG, "no such setting", "/no_such_key");
  }
};
BARE(Broken)
