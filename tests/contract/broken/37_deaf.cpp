// Never asks whether it shall stop.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc parse_with(bare::Instance& self, const vestitel_document* document, const vestitel_input* in,
                                vestitel_error* error) {
    static const vestitel_host deaf = [] {
      vestitel_host host{};
      host.size = sizeof host;
      host.cancelled = [](const vestitel_host*) -> std::int32_t { return 0; };
      return host;
    }();
    bare::Instance listening = self;
    listening.host = &deaf;
    return lines(listening, in, error, [&](std::string_view line, std::uint32_t number) -> vestitel_rc {
      bare::Row row;
      row.line = number;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      return split(line, row) ? emit_row(self, document, row, error) : refuse_row(self, number, error);
    });
  }
};
BARE(Broken)
