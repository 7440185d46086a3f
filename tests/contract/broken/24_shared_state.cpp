// What it emits depends on how many instances there are.
#include "bare.hpp"
static int instances = 0;
struct Broken : bare::Rows<Broken> {
  static vestitel_rc accept(const vestitel_host*) { return ++instances, VESTITEL_OK; }
  static void gone(bare::Instance&) { --instances; }
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document*, const bare::Row& row,
                              vestitel_error* error) {
    return emit_event(self, instances > 1 ? "many" : "one", row, bare::midnight(row.date), "", "", error);
  }
};
BARE(Broken)
