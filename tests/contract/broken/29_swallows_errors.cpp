// Whatever emit answers, all is well.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document* document, const bare::Row& row,
                              vestitel_error* error) {
    if (self.service<vestitel_emit_v1>("vestitel.emit/1") == nullptr)
      return Reader::emit_row(self, document, row, error);
    Reader::emit_row(self, document, row, error);
    return VESTITEL_OK;
  }
};
BARE(Broken)
