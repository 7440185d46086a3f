// Keeps the whole document in memory.
#include "bare.hpp"
struct Broken : bare::Rows<Broken> {
  static vestitel_rc parse_with(bare::Instance& self, const vestitel_document* document, const vestitel_input* in,
                                vestitel_error* error) {
    std::string all;
    std::uint8_t chunk[65536];
    for (std::uint64_t got = 1; got > 0;) {
      if (self.cancelled()) return bare::fail(error, VESTITEL_E_CANCELLED, "cancelled");
      if (const auto rc = in->read(in->ctx, chunk, sizeof chunk, &got); rc < 0) return bare::fail(error, rc, "reading");
      all.append(reinterpret_cast<const char*>(chunk), got);
    }
    struct Held {
      std::string* all;
      static vestitel_rc read(void* ctx, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
        std::string& from = *static_cast<Held*>(ctx)->all;
        *got = from.copy(reinterpret_cast<char*>(into), cap);
        from.erase(0, *got);
        return VESTITEL_OK;
      }
    } held{&all};
    const vestitel_input whole{sizeof whole, &held, Held::read};
    return Rows::parse_with(self, document, &whole, error);
  }
};
BARE(Broken)
