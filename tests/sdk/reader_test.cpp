// The reader's side of the layer, seen through the C ABI by the fake host.
#include <catch2/catch.hpp>

#include <cstring>
#include <functional>
#include <string>
#include <vestitel/plugin.hpp>
#include <vestitel/testing/fake_host.hpp>

using namespace vestitel;
using vestitel::testing::Delivered;
using vestitel::testing::FakeHost;
using vestitel::testing::Parsed;

namespace {

// What parse does is the test's.
std::function<void(const Document&, Input&, Emit&)> script;

struct Scripted {
  void parse(const Document& document, Input& in, Emit& out) { script(document, in, out); }
  static int sniff(std::string_view name, std::string_view head) { return name == "a.csv" && head == "a" ? 170 : -3; }
};

struct Spec {
  using Plugin = Scripted;
  template <class S>
  using Ability = detail::Reader<S>;
  static constexpr const char *kId = "org.test.reader", *kName = "Reader", *kVersion = "1.0.0";
  static Fields fields() { return {}; }
};
const vestitel_entry kEntry = detail::entry<Spec>();

Parsed run(std::function<void(const Document&, Input&, Emit&)> body, std::string_view bytes = {},
           const Delivered& delivered = {}) {
  script = std::move(body);
  FakeHost host(kEntry);
  REQUIRE(host.begin().ok());
  return host.parse(bytes, delivered);
}

void good(Emit& out, const std::string& record = "r") {
  out.event("document.referral").key("s", record).egn("9932319981").on("2026-10-06");
}

}  // namespace

TEST_CASE("an event carries what the builder was told", "[reader]") {
  const auto parsed = run([](const Document& document, Input&, Emit& out) {
    out.event("activity.outpatient", {7, 3, 5})
        .key(document.partner, "r1")
        .lnch("1000009990")
        .on("2026-10-06")
        .reported_at(86'400'000'001)
        .number("26279A0000A1")
        .facility("2203999001", "МЦ Пример", "22")
        .practitioner("2299000011", "", "08")
        .code("icd10", "I10", "Хипертония")
        .code("icd10", "")
        .ref("referral", "26276B0000B2")
        .attr("payer", "nzok")
        .attr("payment", "")
        .annulled();
  });
  REQUIRE(parsed.ok());
  REQUIRE(parsed.events.size() == 1);
  CHECK(parsed.events[0] ==
        "activity.outpatient annulled lnch:1000009990 2026-10-06 key=partner|r1 number=26279A0000A1 "
        "facility=2203999001 practitioner=2299000011 reported=1970-01-02+1 @3:5 facility.name=МЦ Пример "
        "facility.region=22 practitioner.specialty=08 code.icd10=I10 code.icd10.text=Хипертония "
        "ref.referral=26276B0000B2 payer=nzok");
}

TEST_CASE("an event that cannot be right is quarantined, and its neighbours stay", "[reader]") {
  struct Case {
    const char* reason;
    void (*build)(Emit&);
  };
  const auto c = GENERATE(values<Case>({
      {"the record has no key",
       [](Emit& out) {
         out.event("t", {0, 9, 1}).egn("1").on("2026-10-06");
       }},
      {"the record names nobody",
       [](Emit& out) {
         out.event("t", {0, 9, 1}).key("s", "r").on("2026-10-06");
       }},
      {"the record has no date",
       [](Emit& out) {
         out.event("t", {0, 9, 1}).key("s", "r").egn("1");
       }},
      {"the event has no type",
       [](Emit& out) {
         out.event("", {0, 9, 1}).key("s", "r").egn("1").at(1);
       }},
      {"the date is not a day written YYYY-MM-DD",
       [](Emit& out) {
         out.event("t", {0, 9, 1}).key("s", "r").egn("1").on("2026-02-30");
       }},
      {"a text is not UTF-8",
       [](Emit& out) {
         out.event("t", {0, 9, 1}).key("s", "r").egn("1").on("2026-10-06").attr("k", "\xD0");
       }},
      {"a text is not UTF-8",
       [](Emit& out) {
         out.event("t", {0, 9, 1}).key("s", {"\0", 1}).egn("1").on("2026-10-06");
       }},
      {"the event holds more text than 64 KiB",
       [](Emit& out) {
         out.event("t", {0, 9, 1}).key("s", "r").egn("1").on("2026-10-06").attr("k", std::string(70'000, 'x'));
       }},
      {"the event holds more than 1,024 attributes",
       [](Emit& out) {
         auto& e = out.event("t", {0, 9, 1}).key("s", "r").egn("1").on("2026-10-06");
         for (int i = 0; i < 1025; ++i) e.attr("k", "v");
       }},
      {"the code system's name is too long",
       [](Emit& out) {
         out.event("t", {0, 9, 1}).key("s", "r").egn("1").on("2026-10-06").code(std::string(60, 'x'), "1");
       }},
  }));
  CAPTURE(c.reason);
  const auto parsed = run([&](const Document&, Input&, Emit& out) {
    good(out, "before");
    c.build(out);
    good(out, "after");
  });
  REQUIRE(parsed.ok());
  CHECK(parsed.events == std::vector<std::string>{"document.referral new egn:9932319981 2026-10-06 key=s|before",
                                                  "document.referral new egn:9932319981 2026-10-06 key=s|after"});
  CHECK(parsed.quarantined == std::vector<std::string>{std::string("9:1 record: ") + c.reason});
}

TEST_CASE("a batch holds at most 4,000 events", "[reader]") {
  const auto parsed = run([](const Document&, Input&, Emit& out) {
    for (int i = 0; i < 10'000; ++i) good(out, std::to_string(i));
  });
  CHECK(parsed.batches == std::vector<std::uint32_t>{4000, 4000, 2000});
  REQUIRE(parsed.events.size() == 10'000);
  CHECK(parsed.events[7999] == "document.referral new egn:9932319981 2026-10-06 key=s|7999");
}

TEST_CASE("a batch is handed over when its text reaches 1 MiB", "[reader]") {
  const auto parsed = run([](const Document&, Input&, Emit& out) {
    for (int i = 0; i < 66; ++i) {
      out.event("t").key("s", std::to_string(i)).egn("1").at(1).attr("k", std::string(50'000, 'x'));
    }
  });
  CHECK(parsed.events.size() == 66);
  CHECK(parsed.batches == std::vector<std::uint32_t>{21, 21, 21, 3});
  CHECK(parsed.largest_heap <= kBatchHeap + kEventHeap);
}

TEST_CASE("a text that comes back stands in the heap once", "[reader]") {
  const auto heap_of = [](int events) {
    return run([&](const Document&, Input&, Emit& out) {
             for (int i = 0; i < events; ++i) {
               out.event("activity.outpatient")
                   .key("scope", std::to_string(100 + i))
                   .egn("9932319981")
                   .at(1)
                   .facility("2203999001", std::string(100, 'f'));
             }
           })
        .largest_heap;
  };
  CHECK(heap_of(2) - heap_of(1) == 3 + 10);
}

TEST_CASE("how the bytes are cut means nothing to a reader of lines", "[reader]") {
  const std::string text =
      "\xEF\xBB\xBF"
      "a,b\r\n\n\"q\"\"x\",y\nlast";
  std::vector<std::string> expected = {"1:a|b", "2:", "3:q\"x|y", "4:last"};
  const auto chunk = GENERATE(values<std::size_t>({1, 2, 3, 7, 11, 65536}));
  CAPTURE(chunk);
  std::vector<std::string> got;
  Delivered delivered;
  delivered.chunk = chunk;
  run(
      [&](const Document&, Input& in, Emit&) {
        for (const auto& line : lines(in)) {
          const auto cells = csv(line.text);
          std::string row = std::to_string(line.place.line) + ":";
          for (std::size_t i = 0; i < cells.size(); ++i) row += (i > 0 ? "|" : "") + std::string(cells[i]);
          got.push_back(row);
        }
      },
      text, delivered);
  CHECK(got == expected);
}

TEST_CASE("cells are cut at separators and nowhere else", "[reader]") {
  struct Case {
    const char* line;
    std::vector<std::string> cells;
  };
  const auto c = GENERATE(values<Case>({{"", {""}},
                                        {",", {"", ""}},
                                        {"a,", {"a", ""}},
                                        {"\"a,b\",c", {"a,b", "c"}},
                                        {"\"open", {"open"}},
                                        {"\"a\"tail,b", {"a", "b"}}}));
  CAPTURE(c.line);
  const Csv cells = csv(c.line);
  REQUIRE(cells.size() == c.cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) CHECK(cells[i] == c.cells[i]);
  CHECK(cells[99].empty());
}

TEST_CASE("a line of a gigabyte rejects the document in bounded memory", "[reader]") {
  Delivered delivered;
  std::uint64_t given = 0;
  delivered.generate = [&](char* into, std::size_t cap) {
    std::memset(into, 'x', cap);
    given += cap;
    return given > (std::uint64_t{1} << 30) ? 0 : cap;
  };
  const auto parsed = run(
      [](const Document&, Input& in, Emit&) {
        for ([[maybe_unused]] const auto& l : lines(in)) {
        }
      },
      {}, delivered);
  CHECK(parsed.rc == VESTITEL_E_DATA);
  CHECK(parsed.message == "line 1: longer than is allowed");
  CHECK(given < 3 << 20);
}

TEST_CASE("a rejected document answers E_DATA with the place, and the first reason stands", "[reader]") {
  const auto parsed = run([](const Document&, Input&, Emit& out) {
    good(out);
    out.reject({10, 2, 4}, "Practice", "not a root");
    out.reject({11, 3, 4}, "Doctor", "an echo");
  });
  CHECK(parsed.rc == VESTITEL_E_DATA);
  CHECK(parsed.message == "line 2, column 4, Practice: not a root");
  CHECK(parsed.events.empty());
}

TEST_CASE("a cancelled document ends with E_CANCELLED, whatever the reader makes of it", "[reader]") {
  Delivered delivered;
  delivered.chunk = 10;
  delivered.cancel_after = 50;
  std::size_t reads = 0;
  const auto parsed = run(
      [&](const Document&, Input& in, Emit& out) {
        char buffer[64];
        while (in.read(buffer, sizeof buffer) > 0) ++reads;
        out.reject({}, "document", "cut off");
      },
      std::string(1000, 'x'), delivered);
  CHECK(parsed.rc == VESTITEL_E_CANCELLED);
  CHECK(parsed.message == "cancelled");
  CHECK(reads == 6);
}

TEST_CASE("an exception becomes an error code and never crosses", "[reader]") {
  struct Case {
    void (*raise)();
    vestitel_rc rc;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      {[] { throw Error::data("row 3 is odd"); }, VESTITEL_E_DATA, "row 3 is odd"},
      {[] { throw Error::retry("busy", 7); }, VESTITEL_E_RETRY, "busy"},
      {[] { throw std::bad_alloc(); }, VESTITEL_E_NOMEM, "out of memory"},
      {[] { throw std::runtime_error("EGN 9932319981"); }, VESTITEL_E_INTERNAL, "the plugin threw std::runtime_error"},
      {[] { throw 17; }, VESTITEL_E_INTERNAL, "the plugin threw something that is no exception"},
  }));
  const auto parsed = run([&](const Document&, Input&, Emit&) { c.raise(); });
  CHECK(parsed.rc == c.rc);
  CHECK(parsed.message == c.message);
  CHECK(parsed.retry_after_ms == (c.rc == VESTITEL_E_RETRY ? 7 : 0));
}

TEST_CASE("a host that fails ends the call with its own code", "[reader]") {
  FakeHost host(kEntry);
  host.emit_rc = VESTITEL_E_NOMEM;
  REQUIRE(host.begin().ok());
  script = [](const Document&, Input&, Emit& out) {
    for (int i = 0; i < 4001; ++i) good(out);
    CHECK(out.failed());
  };
  CHECK(host.parse("").rc == VESTITEL_E_NOMEM);
}

TEST_CASE("a withheld service is named", "[reader]") {
  FakeHost host(kEntry);
  host.withheld = {"vestitel.emit/1"};
  REQUIRE(host.begin().ok());
  script = [](const Document&, Input&, Emit&) { FAIL("not reached"); };
  const auto parsed = host.parse("");
  CHECK(parsed.rc == VESTITEL_E_DENIED);
  CHECK(parsed.message == "service vestitel.emit/1 is not granted");
}

TEST_CASE("completeness is told after the events it speaks of", "[reader]") {
  std::size_t emitted_before = 0;
  FakeHost host(kEntry);
  REQUIRE(host.begin().ok());
  script = [&](const Document& document, Input&, Emit& out) {
    CHECK(document.complete);
    good(out);
    out.complete("s");
    good(out, "r2");
    emitted_before = 1;
  };
  Delivered delivered;
  delivered.complete = true;
  const auto parsed = host.parse("", delivered);
  CHECK(parsed.completed == std::vector<std::string>{"s"});
  CHECK(parsed.batches == std::vector<std::uint32_t>{1, 1});
}

TEST_CASE("sniffing answers between 0 and 100", "[reader]") {
  FakeHost host(kEntry);
  REQUIRE(host.begin().ok());
  CHECK(host.sniff("a.csv", "a") == 100);
  CHECK(host.sniff("b", "b") == 0);
}
