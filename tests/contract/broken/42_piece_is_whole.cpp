// Takes each piece of a document for whole lines.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc parse_with(bare::Instance& self, const vestitel_document* document, const vestitel_input* in,
                                vestitel_error* error) {
    std::uint8_t chunk[65536];
    std::uint32_t number = 0;
    for (std::uint64_t got = 1; got > 0;) {
      if (self.cancelled()) return bare::fail(error, VESTITEL_E_CANCELLED, "cancelled");
      if (const auto rc = in->read(in->ctx, chunk, sizeof chunk, &got); rc < 0) return bare::fail(error, rc, "reading");
      std::string_view piece(reinterpret_cast<const char*>(chunk), got);
      while (!piece.empty()) {
        const std::string_view line = piece.substr(0, piece.find('\n'));
        piece.remove_prefix(line.size() == piece.size() ? line.size() : line.size() + 1);
        bare::Row row;
        row.line = ++number;
        const auto rc = split(line, row) ? emit_row(self, document, row, error) : refuse_row(self, number, error);
        if (rc < 0) return rc;
      }
    }
    return VESTITEL_OK;
  }
};
BARE(Broken)
