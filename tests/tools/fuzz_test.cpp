#include "sdk/tools/fuzz.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace vestitel::test {
namespace {

const std::vector<std::string> kSamples{"number,egn\nr1,9932319981\n", "a;b\n1;2\n"};

// Breaks its contract on purpose, in the way that `flaw` says.
class Breaking final : public Reader {
 public:
  explicit Breaking(const char* flaw) : flaw_(flaw) {}
  int sniff(std::string_view, std::string_view) override { return 0; }
  std::optional<ParseFailure> parse(const DocumentArrival&, ByteStream& bytes, EventReceiver& out) override {
    char buffer[4096];
    std::uint32_t reads = 0;
    while (*bytes.read(buffer) > 0) ++reads;
    if (flaw_ == "breach") return ParseFailure{{Failure::kInternal, "broke it"}, {}};
    if (flaw_ == "refuses") return ParseFailure{{Failure::kInvalid, "no"}, {}};
    EventBatch batch;
    batch.items.push_back({true, 0});
    batch.quarantined.push_back({{flaw_ == "pieces" ? reads : 1, 1, 0}, "line", "why", {}});
    static_cast<void>(out.receive(std::move(batch)));
    return std::nullopt;
  }

 private:
  const std::string flaw_;
};

}  // namespace

TEST_CASE("a case follows from its seed alone", "[fuzz]") {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const std::uint64_t seed = case_seed(42, number);
    const FuzzCase one = make_case(kSamples, seed), again = make_case(kSamples, seed);
    CHECK(one.bytes == again.bytes);
    CHECK(one.chunk == again.chunk);
    CHECK(one.bytes.size() <= kFuzzLargest);
    CHECK(one.chunk >= 1);
  }
}

TEST_CASE("cases of one run, and runs, differ", "[fuzz]") {
  std::set<std::uint64_t> seeds;
  std::set<std::string> documents;
  for (std::uint64_t number = 0; number < 500; ++number) {
    seeds.insert(case_seed(1, number));
    seeds.insert(case_seed(2, number));
    documents.insert(make_case(kSamples, case_seed(1, number)).bytes);
  }
  CHECK(seeds.size() == 1000);
  CHECK(documents.size() > 450);
}

TEST_CASE("what a reader may and may not do with a case", "[fuzz]") {
  struct Case {
    const char *does, *found;
  };
  const auto c = GENERATE(values<Case>({{"reads", ""},
                                        {"refuses", ""},
                                        {"breach", "broke it"},
                                        {"pieces", "the events depend on how the bytes are cut into pieces"}}));
  CAPTURE(c.does);
  Breaking reader(c.does);
  ChildProgress progress;
  CHECK(try_case(reader, {}, {0, std::string(100, 'x'), 7}, progress) == c.found);
}

}  // namespace vestitel::test
