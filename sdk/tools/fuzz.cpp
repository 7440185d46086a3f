#include "sdk/tools/fuzz.hpp"

#include <algorithm>
#include <array>

#include "sdk/tools/show.hpp"
#include "sdk/tools/trial.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMostChanges = 8, kLongRun = 4096;

// What formats choke on: quotes, ends of lines, marks of other encodings, numbers at the edge, markup.
constexpr std::array<std::string_view, 26> kWords{"\"",
                                                  "\"\"",
                                                  ",",
                                                  ";",
                                                  "\t",
                                                  "\r\n",
                                                  "\n\n",
                                                  "\r",
                                                  "\xEF\xBB\xBF",
                                                  "\xFF\xFE",
                                                  "\xC3",
                                                  "\xED\xA0\x80",
                                                  "-1",
                                                  "0",
                                                  "99999999999999999999",
                                                  "2026-02-29",
                                                  "0000000000",
                                                  "&amp;",
                                                  "&#0;",
                                                  "<a>",
                                                  "</a>",
                                                  "<![CDATA[",
                                                  "<!DOCTYPE a [<!ENTITY b \"c\">]>",
                                                  "{",
                                                  "]",
                                                  "\\u0000"};

struct Range {
  std::size_t from = 0, length = 0;
};
Range some_range(const std::string& bytes, FuzzRandom& random) {
  if (bytes.empty()) return {};
  const std::size_t from = random.below(bytes.size());
  const std::size_t most =
      std::min<std::size_t>(bytes.size() - from, 1 + random.below(random.below(4) == 0 ? 512 : 16));
  return {from, most};
}

void change(std::string& bytes, const std::vector<std::string>& samples, FuzzRandom& random) {
  const std::size_t at = random.below(bytes.size() + 1);
  const Range range = some_range(bytes, random);
  switch (random.below(10)) {
    case 0:
      if (!bytes.empty()) bytes[range.from] = static_cast<char>(bytes[range.from] ^ (1 << random.below(8)));
      return;
    case 1:
      if (!bytes.empty()) bytes[range.from] = static_cast<char>(random.next() & 0xFF);
      return;
    case 2: bytes.erase(range.from, range.length); return;
    case 3: bytes.insert(at, bytes.substr(range.from, range.length)); return;
    case 4: bytes.insert(at, kWords[random.below(kWords.size())]); return;
    case 5: bytes.replace(range.from, range.length, kWords[random.below(kWords.size())]); return;
    case 6: bytes.resize(at); return;
    case 7: bytes.insert(at, 1 + random.below(kLongRun), static_cast<char>(random.next() & 0xFF)); return;
    case 8: {
      const std::string& other = samples[random.below(samples.size())];
      const Range piece = some_range(other, random);
      bytes.insert(at, other.substr(piece.from, piece.length));
      return;
    }
    default: bytes.insert(at, 1, '\0'); return;
  }
}

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

// A number that stands for all that was received, in its order.
class Digesting final : public EventReceiver {
 public:
  Result<> receive(EventBatch batch) override {
    for (const auto& item : batch.items) {
      add(item.quarantined ? show_quarantined(batch.quarantined[item.index], style_)
                           : show_event(batch.events[item.index], style_));
      if (!item.quarantined) ++events;
    }
    return Done{};
  }
  Result<> complete(std::string_view scope) override { return add(scope), Done{}; }
  void add(std::string_view text) { digest = mixed(digest ^ std::hash<std::string_view>()(text)); }

  std::uint64_t digest = 0, events = 0;

 private:
  Mask mask_{true};
  ShowStyle style_{mask_};
};

// What reading came to: as text, so that two readings can be compared.
std::string read(Reader& reader, const DocumentArrival& arrival, const FuzzCase& one, std::size_t chunk,
                 ChildProgress& progress, std::string& breach) {
  Digesting digesting;
  TriedBytes bytes(one.bytes, {chunk, false}, progress);
  const auto failure = reader.parse(arrival, bytes, digesting);
  // What was emitted before a document was refused never happened: it may differ.
  if (failure && failure->error.failure == Failure::kInvalid) return "refused";
  if (failure) breach = failure->error.message;
  return std::to_string(digesting.events) + " events, " + std::to_string(digesting.digest);
}

}  // namespace

std::uint64_t FuzzRandom::next() {
  state_ += 0x9E3779B97F4A7C15U;
  return mixed(state_);
}

std::uint64_t case_seed(std::uint64_t run_seed, std::uint64_t number) { return mixed(run_seed ^ mixed(number + 1)); }

FuzzCase make_case(const std::vector<std::string>& samples, std::uint64_t seed) {
  FuzzRandom random(seed);
  FuzzCase one;
  one.sample = random.below(samples.size());
  one.bytes = samples[one.sample];
  for (std::size_t n = 1 + random.below(kMostChanges); n > 0; --n) change(one.bytes, samples, random);
  if (one.bytes.size() > kFuzzLargest) one.bytes.resize(kFuzzLargest);
  one.chunk = 1 + random.below(random.below(2) == 0 ? 7 : 1000);
  return one;
}

std::string try_case(Reader& reader, const DocumentArrival& arrival, const FuzzCase& one, ChildProgress& progress) {
  std::string breach;
  const std::string whole = read(reader, arrival, one, 65536, progress, breach);
  if (!breach.empty()) return breach;
  const std::string pieces = read(reader, arrival, one, one.chunk, progress, breach);
  if (!breach.empty()) return breach;
  return whole == pieces ? "" : "the events depend on how the bytes are cut into pieces";
}

}  // namespace vestitel
