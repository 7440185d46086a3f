// Keeps 8 KiB of each record for ever.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc emit_row(bare::Instance& self, const vestitel_document* document, const bare::Row& row,
                              vestitel_error* error) {
    auto* block = static_cast<char*>(std::malloc(8192));
    std::memset(block, 1, 8192);
    *reinterpret_cast<void**>(block) = self.kept;
    self.kept = block;
    return Reader::emit_row(self, document, row, error);
  }
};
BARE(Broken)
