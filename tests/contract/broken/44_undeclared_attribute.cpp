// An attribute that neither the vocabulary nor its capabilities know.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document* document, const bare::Row& row,
                              vestitel_error* error) {
    return emit_event(self, bare::view(document->partner), row, bare::midnight(row.date), "ward", "7", error);
  }
};
BARE(Broken)
