// Throws over the border when the host has no memory.
#include <new>

#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document* document, const bare::Row& row,
                              vestitel_error* error) {
    const auto rc = Reader::emit_row(self, document, row, error);
    if (rc == VESTITEL_E_NOMEM) throw std::bad_alloc();
    return rc;
  }
};
BARE(Broken)
