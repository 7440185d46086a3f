// The desk of the inbox: packed documents within budgets, names that do no harm, and a death after any step.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <set>

#include "core/base/fault_point.hpp"
#include "core/intake/inbox_claim.hpp"
#include "core/intake/inbox_desk.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/zip_bytes.hpp"

#ifndef VESTITEL_FAULT_POINTS
#error "the tests are built with crash points"
#endif

namespace vestitel::test {
namespace {

namespace fs = std::filesystem;

struct DeskRig {
  static InboxOrder order(Packing packing = Packing::kNone) {
    InboxOrder order;
    order.place = {"amb", "acme", Purpose::kDelivery};
    order.packing = packing;
    order.most = 4UL << 20U;
    return order;
  }

  // In pieces of `piece` bytes.
  InboxTaken take(InboxOrder order, std::string_view bytes, std::size_t piece = 1'000'000) {
    auto spool = desk.open(std::move(order));
    REQUIRE(spool.ok());
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
      if (const InboxFault fault = (*spool)->write(bytes.substr(0, piece)); fault != InboxFault::kNone)
        return {fault, "", false};
    return (*spool)->finish();
  }

  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> out;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(drop, failed))
      if (entry.is_regular_file()) out.insert(entry.path().filename());
    return out;
  }
  [[nodiscard]] std::string kept() const {  // names of the desk's own files, less the ids
    std::string out;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(drop / ".inbox", failed))
      out += entry.path().filename().string().substr(entry.path().filename().string().find('.')) + ' ';
    return out;
  }

  TempFolder folder;
  ManualClock clock{SystemClock().now()};
  InboxDesk desk{folder.path().string(), clock};
  fs::path drop = folder.path() / "received/amb/acme";
};

// How the step ended: 0, or the signal, or what it found wrong.
int step(const DeskRig& rig, const std::string& key, const std::string& content, const std::string& fault) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(STDOUT_FILENO);
    if (fault.empty())
      ::unsetenv("VESTITEL_FAULT");
    else
      ::setenv("VESTITEL_FAULT", fault.c_str(), 1);
    const std::string state = rig.folder.path().string();
    ::execl(INBOX_STEP, INBOX_STEP, state.c_str(), key.c_str(), content.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a delivery that is killed after any step is one document when it is tried again", "[inbox]") {
  const bool taken = GENERATE(false, true);  // the drop folder was quicker than the second try
  for (const auto point : kInboxPoints) {
    CAPTURE(std::string(point), taken);
    DeskRig rig;
    REQUIRE(step(rig, "k", "content", std::string(point) + ":1") == SIGKILL);
    if (taken)
      for (const auto& name : rig.names())
        if (name.size() == 32) {
          fs::create_directories(rig.drop / "work");
          fs::rename(rig.drop / name, rig.drop / "work" / name);
          fs::remove(rig.drop / (name + ".ready"));
        }
    CHECK(step(rig, "k", "content", "") == 0);
    CHECK(step(rig, "k", "content", "") == 0);
    // What was claimed before the death stays claimed: other content is another's.
    CHECK(step(rig, "k", "other", "") == 10 + static_cast<int>(InboxFault::kOtherContent));
    std::size_t documents = 0;
    for (const auto& entry : fs::recursive_directory_iterator(rig.drop))
      documents += entry.path().filename().string().size() == 32 && read_file(entry.path()) == "content" ? 1U : 0U;
    CHECK(documents == 1);
    CHECK(rig.kept() == ".placed ");
    for (const auto& name : rig.names())
      if (name.ends_with(".meta.json")) CHECK(read_file(rig.drop / name) == "{\"as_of\":\"2026-10-31\"}\n");
  }
}

TEST_CASE("before its key is claimed a delivery leaves nothing that binds", "[inbox]") {
  DeskRig rig;
  REQUIRE(step(rig, "k", "content", "inbox.spooled:1") == SIGKILL);
  CHECK(rig.names().empty());
  CHECK(step(rig, "k", "other", "") == 0);
  CHECK(rig.kept() == ".placed ");  // and the spool that was left is cleared away
}

TEST_CASE("a packed document becomes what it was, cut in any way", "[inbox]") {
  std::string content;
  for (int i = 0; i < 20'000; ++i) content += "<row n=\"" + std::to_string(i * 7919) + "\"/>\n";
  const std::size_t piece = GENERATE(1UL, 7UL, 1'000'000UL);
  DeskRig rig;
  const auto read_back = [&](const InboxTaken& taken) {
    REQUIRE(taken.fault == InboxFault::kNone);
    return read_file(rig.drop / taken.id) == content;
  };
  const std::string halves = gzip(content.substr(0, 999)) + gzip(content.substr(999));
  CHECK(read_back(rig.take(DeskRig::order(Packing::kGzip), gzip(content), piece)));
  CHECK(read_back(rig.take(DeskRig::order(Packing::kGzip), halves, piece)));
  for (const bool deflate : {true, false})
    for (const bool behind : {true, false})
      CHECK(read_back(rig.take(DeskRig::order(Packing::kZip), zip({{"a.xml", content, deflate, behind}}), piece)));
  CHECK(rig.names().size() == 2);  // all of it is the same content
}

TEST_CASE("what is packed badly, or too well, is refused", "[inbox]") {
  struct Case {
    const char* name;
    Packing packing;
    std::string bytes;
    InboxFault fault;
  };
  const std::string one = gzip("content");
  std::string changed = one;
  changed[changed.size() - 6] ^= 1;
  const auto broken_zip = [](std::size_t back) {
    std::string bytes = zip({{}});
    bytes[bytes.size() - back] ^= 1;
    return bytes;
  };
  std::string wrong_crc = zip({{"a", "content", false}});
  wrong_crc[31] ^= 1;
  const auto c = GENERATE_COPY(values<Case>({
      {"nothing", Packing::kNone, "", InboxFault::kEmpty},
      {"nothing in gzip", Packing::kGzip, gzip(""), InboxFault::kEmpty},
      {"nothing in a zip", Packing::kZip, zip({{"a", ""}}), InboxFault::kEmpty},
      {"text for gzip", Packing::kGzip, "content", InboxFault::kNotGzip},
      {"gzip that is cut off", Packing::kGzip, one.substr(0, one.size() - 1), InboxFault::kNotGzip},
      {"gzip with a wrong checksum", Packing::kGzip, changed, InboxFault::kNotGzip},
      {"gzip with something behind", Packing::kGzip, one + "x", InboxFault::kNotGzip},
      {"a gzip bomb", Packing::kGzip, gzip(std::string(3UL << 20U, 'a')), InboxFault::kTooPacked},
      {"gzip that unpacks beyond the limit", Packing::kGzip, gzip(std::string(5UL << 20U, 'a')),
       InboxFault::kTooPacked},
      {"a zip bomb", Packing::kZip, zip({{"a", std::string(3UL << 20U, 'a')}}), InboxFault::kTooPacked},
      {"a zip that says it is too large", Packing::kZip, zip({{"a", std::string(5UL << 20U, 'a')}}),
       InboxFault::kTooLarge},
      {"text for zip", Packing::kZip, "content that is longer than the record at the end", InboxFault::kNotZip},
      {"a zip that is cut off", Packing::kZip, zip({{}}).substr(0, 60), InboxFault::kNotZip},
      {"a zip of nothing", Packing::kZip, zip({}), InboxFault::kZipEntries},
      {"a zip of two", Packing::kZip, zip({{}, {"b"}}), InboxFault::kZipEntries},
      {"a file in a folder", Packing::kZip, zip({{"a/b.xml"}}), InboxFault::kZipFolder},
      {"a file above", Packing::kZip, zip({{"../b.xml"}}), InboxFault::kZipFolder},
      {"a file in a Windows folder", Packing::kZip, zip({{"a\\b.xml"}}), InboxFault::kZipFolder},
      {"a folder", Packing::kZip, zip({{"a/", "", false}}), InboxFault::kZipFolder},
      {"encrypted", Packing::kZip, zip({{"a", "b", true, false, 1}}), InboxFault::kZipForm},
      {"two names for one file", Packing::kZip, zip({{"a", "b", true, false, 0, "c"}}), InboxFault::kZipForm},
      {"a comment", Packing::kZip, zip({{}}, "hello"), InboxFault::kNotZip},
      {"bytes before", Packing::kZip, "x" + zip({{}}), InboxFault::kZipForm},
      {"another size of the directory", Packing::kZip, broken_zip(10), InboxFault::kZipForm},
      {"a wrong checksum", Packing::kZip, wrong_crc, InboxFault::kNotZip},
  }));
  CAPTURE(c.name);
  DeskRig rig;
  CHECK(rig.take(DeskRig::order(c.packing), c.bytes).fault == c.fault);
  CHECK(rig.names().empty());
  CHECK(rig.kept().empty());
}

TEST_CASE("the limit counts as it comes and unpacked", "[inbox]") {
  DeskRig rig;
  InboxOrder order = DeskRig::order();
  order.most = 10;
  CHECK(rig.take(order, "0123456789").fault == InboxFault::kNone);
  CHECK(rig.take(order, "0123456789a").fault == InboxFault::kTooLarge);
  order.packing = Packing::kGzip;
  order.most = 1'000;
  CHECK(rig.take(order, gzip(std::string(1'000, 'a'))).fault == InboxFault::kNone);
  CHECK(rig.take(order, gzip(std::string(1'001, 'a'))).fault == InboxFault::kTooLarge);
}

TEST_CASE("what is packed inside is the document", "[inbox]") {
  DeskRig rig;
  const std::string inner = zip({{}});
  const InboxTaken taken = rig.take(DeskRig::order(Packing::kZip), zip({{"inner.zip", inner}}));
  REQUIRE(taken.fault == InboxFault::kNone);
  CHECK(read_file(rig.drop / taken.id) == inner);
}

TEST_CASE("a sender's name becomes one that does no harm", "[inbox]") {
  const std::string id(32, 'a');
  CHECK(inbox_name(id, "") == id);
  CHECK(inbox_name(id, " ") == id);
  CHECK(inbox_name(id, "октомври 2026.xml") == id + "-октомври 2026.xml");
  CHECK(inbox_name(id, "../a/b.xml") == id + "-.._a_b.xml");
  CHECK(inbox_name(id, "patient 8001010000.xml") == id + "-patient [number].xml");
  CHECK(inbox_name(id, "ivan@example.test.xml") == id + "-[address]");
  CHECK(inbox_name(id, "a.xml.ready") == id + "-a.xml.ready_");
  CHECK(inbox_name(id, "a.xml.meta.json") == id + "-a.xml.meta.json_");
  CHECK(inbox_name(id, "a.receipt.json") == id + "-a.receipt.json_");
  CHECK(inbox_name(id, "a\nb\x01.xml") == id + "-a b .xml");
  CHECK(inbox_name(id, std::string(1'000, 'x')).size() <= 160);
}

TEST_CASE("an id says nothing, and differs by who, where, for what and under which key", "[inbox]") {
  std::set<std::string> ids;
  InboxOrder order = DeskRig::order();
  const auto add = [&] { ids.insert(inbox_id(order, std::string(64, '0'))); };
  add();
  order.key = "k";
  add();
  order.place.purpose = Purpose::kTrial;
  add();
  order.place.partner = "beta";
  add();
  order.place.instance = "labs";
  add();
  order.key = std::string(64, '0');
  add();
  CHECK(ids.size() == 6);
  for (const auto& id : ids) CHECK(is_inbox_id(id));
}

TEST_CASE("keys are forgotten after 30 days, and a name that is taken is not taken again", "[inbox]") {
  DeskRig rig;
  const InboxTaken first = rig.take(DeskRig::order(), "content");
  fs::create_directories(rig.drop / "done");
  fs::rename(rig.drop / first.id, rig.drop / "done" / first.id);
  write_file(rig.drop / "done" / (first.id + ".receipt.json"), "{}");
  fs::remove(rig.drop / (first.id + ".ready"));
  rig.clock.advance(std::chrono::days{29});
  rig.desk.forget_keys();
  CHECK(rig.take(DeskRig::order(), "content").decided);
  CHECK(rig.names().empty());
  rig.clock.advance(std::chrono::days{2});
  rig.desk.forget_keys();
  CHECK(rig.kept().empty());
  const InboxTaken second = rig.take(DeskRig::order(), "content");
  CHECK(second.id == first.id);
  CHECK_FALSE(second.decided);  // the receipt of then is not the receipt of now
  CHECK(rig.names() == std::set<std::string>{first.id + "-2", first.id + "-2.ready"});
}

}  // namespace vestitel::test
