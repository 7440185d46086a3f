// All records of a day have one key.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document* document, const bare::Row& row,
                              vestitel_error* error) {
    bare::Row changed = row;
    changed.key = row.date.substr(0, 7);
    return Reader::emit_row(self, document, changed, error);
  }
};
BARE(Broken)
