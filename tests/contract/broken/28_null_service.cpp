// Uses vestitel.emit/1 without a look whether it has it.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc refuse_row(bare::Instance& self, std::uint32_t line, vestitel_error* error) {
    const auto* emit = self.service<vestitel_emit_v1>("vestitel.emit/1");
    return emit->quarantine(self.host, {0, line, 1}, bare::str("row"), bare::str("no record"), {}, error);
  }
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document* document, const bare::Row& row,
                              vestitel_error* error) {
    const volatile auto size = self.service<vestitel_emit_v1>("vestitel.emit/1")->size;
    return size == 0 ? VESTITEL_E_INTERNAL : Reader::emit_row(self, document, row, error);
  }
};
BARE(Broken)
