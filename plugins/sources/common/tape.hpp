// The decoded bytes that may still be asked for: those of the open record, for quarantine, and the way back from a
// place in the decoded text to one in the document as delivered. Bounded, however long a record is.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/sources/common/decoder.hpp"

namespace sources {

class Tape {
 public:
  static constexpr std::size_t kRecord = 64 * 1024;  // bytes of a record that are kept

  // Borrows the decoder, which knows how long a run of text was before it was decoded. Of what is kept the first `most`
  // bytes stay.
  explicit Tape(const Decoder& decoder, std::size_t most = kRecord) : decoder_(decoder), most_(most) {}

  // `piece` follows what came before; it must stay valid until end().
  void begin(std::string_view piece) {
    if (piece_at_ == 0) known_original_ = decoder_.mark_bytes();
    piece_ = piece;
  }

  // The piece is parsed. From `keep` on, the first bytes stay.
  void end(std::uint64_t keep) {
    const std::uint64_t keep_original = original(keep);
    const std::uint64_t piece_end = piece_at_ + piece_.size();
    if (keep >= piece_at_) {
      carry_.assign(piece_.substr(at(keep), most_));
    } else {
      const bool whole = is_whole();
      carry_.erase(0, static_cast<std::size_t>(keep - carry_at_));
      if (whole) carry_.append(piece_.substr(0, most_ - std::min(most_, carry_.size())));
    }
    carry_at_ = keep;
    carry_original_ = keep_original;
    original(piece_end);
    piece_at_ = piece_end;
    piece_ = {};
  }

  // The decoded bytes [from, to), at most `most` of them, and only what is still kept; valid until the next call.
  std::string_view bytes(std::uint64_t from, std::uint64_t to, std::size_t most = kRecord) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(to - from, most));
    if (from >= piece_at_) return piece_.substr(at(from), size);
    scratch_.assign(carry_, std::min(static_cast<std::size_t>(from - carry_at_), carry_.size()));
    if (to > piece_at_ && is_whole()) scratch_.append(piece_.substr(0, at(to)));
    scratch_.resize(std::min(scratch_.size(), size));
    return scratch_;
  }

  // Where a place of the decoded text stands in the document. Cheap for places that only move forward.
  std::uint64_t original(std::uint64_t decoded) {
    if (decoded < piece_at_ && decoded >= carry_at_) {
      const auto into = static_cast<std::size_t>(decoded - carry_at_);
      return carry_original_ + decoder_.original_size(std::string_view(carry_).substr(0, into));
    }
    if (decoded <= known_) return known_original_;
    const std::size_t from = at(known_);
    known_original_ += decoder_.original_size(piece_.substr(from, at(decoded) - from));
    known_ = decoded;
    return known_original_;
  }

 private:
  // Whether nothing was cut between what is kept and the piece.
  bool is_whole() const { return carry_at_ + carry_.size() == piece_at_; }
  // Index into the piece, which may be gone or shorter than asked for.
  std::size_t at(std::uint64_t decoded) const {
    return std::min(static_cast<std::size_t>(decoded - piece_at_), piece_.size());
  }

  const Decoder& decoder_;
  const std::size_t most_;
  std::string_view piece_;
  std::uint64_t piece_at_ = 0;
  std::string carry_, scratch_;
  std::uint64_t carry_at_ = 0, carry_original_ = 0;
  std::uint64_t known_ = 0, known_original_ = 0;  // one place in both countings, within the piece
};

}  // namespace sources
