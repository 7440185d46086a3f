// Whose signature lets a package in, and each reason for which it does not.
#include "core/plugin/package/trust.hpp"

#include <catch2/catch.hpp>

#include "tests/package/package_rig.hpp"

namespace vestitel::test {
namespace {

using std::chrono::days;

// The reason for which a sample package is refused where the one statement about acme is changed so.
std::string judged(const std::function<void(PublisherStatement&, const PackageRig&)>& change,
                   const Sample& sample = {}) {
  PackageRig rig;
  PublisherStatement statement = sample_statement(rig.acme);
  statement.serial = 2;
  change(statement, rig);
  rig.state(statement);
  return rig.verify(rig.file(sample));
}

}  // namespace

TEST_CASE("a statement of a root decides what its publisher may publish", "[package]") {
  using S = PublisherStatement&;
  using R = const PackageRig&;
  CHECK(judged([](S, R) {}) == "");
  CHECK(judged([](S s, R rig) { s.not_before = rig.now(); }) == "");
  CHECK(judged([](S s, R rig) { s.not_before = rig.now() + std::chrono::seconds{1}; }) == "publisher-not-yet");
  CHECK(judged([](S s, R rig) { s.not_after = rig.now() + std::chrono::seconds{1}; }) == "");
  CHECK(judged([](S s, R rig) { s.not_after = rig.now(); }) == "publisher-expired");
  CHECK(judged([](S s, R) { s.prefix = "bg.acme.lab"; }) == "");
  CHECK(judged([](S s, R) { s.prefix = "bg.acme.la"; }) == "foreign-id");
  CHECK(judged([](S s, R) { s.prefix = "bg.other"; }) == "foreign-id");
  CHECK(judged([](S s, R) { s.prefix = "bg.acme.lab.reader"; }) == "foreign-id");
  CHECK(judged([](S s, R) { s.kinds = {"feed", "sink"}; }) == "foreign-kind");
  CHECK(judged([](S s, R) { s.level = Level::kCore; }) == "");
  CHECK(judged([](S s, R rig) {
          s.level = Level::kPrivate;
          s.installation = rig.store->installation();
        }) == "");
  CHECK(judged([](S s, R) {
          s.level = Level::kPrivate;
          s.installation = std::string(32, '0');
        }) == "other-installation");
}

TEST_CASE("a signature by another key than the publisher's is refused", "[package]") {
  PackageRig rig;
  const Sample sample;
  CHECK(rig.verify(rig.file_of(sample.bytes(&rig.stranger))) == "wrong-signature");
  CHECK(rig.verify(rig.file_of(sample.bytes(&rig.root))) == "wrong-signature");
  CHECK(rig.verify(rig.file_of(sample.bytes(&rig.acme))) == "");
}

TEST_CASE("a publisher of whom no trusted root speaks is unknown", "[package]") {
  PackageRig rig;
  Sample sample;
  sample.manifest.publisher = "other";
  CHECK(rig.verify(rig.file(sample)) == "unknown-publisher");
}

TEST_CASE("an unsigned package passes in a development store alone", "[package]") {
  PackageRig strict, loose(true);
  const Sample sample;
  CHECK(strict.verify(strict.file_of(sample.bytes(nullptr))) == "unsigned");
  const auto passed = loose.store->verify(loose.file_of(sample.bytes(nullptr)), loose.now());
  REQUIRE(passed.ok());
  CHECK(passed->judgement.level == Level::kLocalDev);
  // A signature that is there has to hold, in development as well.
  CHECK(loose.verify(loose.file_of(sample.bytes(&loose.stranger))) == "wrong-signature");
}

TEST_CASE("the configuration tightens what the store allows, and never widens it", "[package]") {
  PackageRig rig(true);
  const std::string unsigned_file = rig.file_of(Sample().bytes(nullptr), "u.vplugin"), file = rig.file(Sample());
  const auto with = [&](const TrustPolicy& policy, const std::string& path) {
    PackageStore::Options options;
    options.restrict = policy;
    return reason(PackageStore::open(rig.folder / "store", options)->verify(path, rig.now()));
  };
  CHECK(with({Level::kPrivate, true, {}}, unsigned_file) == "");
  CHECK(with({Level::kPrivate, false, {}}, unsigned_file) == "unsigned");
  CHECK(with({Level::kPartner, true, {}}, unsigned_file) == "unsigned");
  CHECK(with({Level::kPartner, false, {}}, file) == "");
  CHECK(with({Level::kCore, false, {}}, file) == "level-too-low");
  const std::string root = public_of(rig.root).fingerprint();
  CHECK(with({Level::kPrivate, false, {{root}}}, file) == "");
  CHECK(with({Level::kPrivate, false, {{std::string(64, '0')}}}, file) == "unknown-publisher");
  CHECK(with({Level::kPrivate, false, std::vector<std::string>{}}, file) == "unknown-publisher");
  // A store that is strict stays so whatever a configuration says.
  PackageRig strict;
  CHECK(strict.verify(strict.file_of(Sample().bytes(nullptr))) == "unsigned");
  REQUIRE(strict.store->tighten({Level::kCore, true, {}}).ok());
  REQUIRE(strict.store->tighten({Level::kPrivate, true, {}}).ok());
  CHECK(strict.verify(strict.file(Sample())) == "level-too-low");
}

TEST_CASE("policies only ever meet in what both allow", "[package]") {
  SeededRandom random(11);
  const std::vector<std::string> names = {"a", "b", "c"};
  const auto policy = [&] {
    TrustPolicy p{static_cast<Level>(random.number() % 4), random.number() % 2 == 0, std::nullopt};
    if (random.number() % 2 == 0) return p;
    p.roots.emplace();
    for (const auto& name : names)
      if (random.number() % 2 == 0) p.roots->push_back(name);
    return p;
  };
  for (int round = 0; round < 2'000; ++round) {
    const TrustPolicy a = policy(), b = policy();
    TrustPolicy both = a;
    both.tighten(b);
    for (int level = 0; level < 4; ++level) {
      const auto l = static_cast<Level>(level);
      CHECK(both.allows(l) == (a.allows(l) && b.allows(l)));
    }
    for (const auto& name : names) CHECK(both.believes(name) == (a.believes(name) && b.believes(name)));
  }
}

TEST_CASE("what is revoked is refused, by whom and by what it is named", "[package]") {
  PackageRig rig;
  const std::string file = rig.file(Sample());
  const auto digest = rig.store->verify(file, rig.now())->package.digest;
  const auto revoked = [&](const std::function<void(Revocations&)>& what, bool local) {
    PackageRig fresh;
    Revocations list;
    list.number = 1;
    list.issued = fresh.now();
    what(list);
    if (local) {
      REQUIRE(fresh.store->revoke(list).ok());
    } else {
      REQUIRE(fresh.store->add_signed(sign_text(fresh.root, to_json(list))).ok());
    }
    return fresh.verify(fresh.file(Sample()));
  };
  const std::string key = public_of(rig.acme).fingerprint(), root = public_of(rig.root).fingerprint();
  for (const bool local : {true, false}) {
    CAPTURE(local);
    CHECK(revoked([](Revocations&) {}, local) == "");
    CHECK(revoked([](Revocations& r) { r.publishers = {{"acme", 1}}; }, local) == "publisher-revoked");
    CHECK(revoked([](Revocations& r) { r.publishers = {{"acme", 0}}; }, local) == "");
    CHECK(revoked([](Revocations& r) { r.publishers = {{"other", 9}}; }, local) == "");
    CHECK(revoked([&](Revocations& r) { r.keys = {key}; }, local) == "publisher-revoked");
    CHECK(revoked([&](Revocations& r) { r.keys = {root}; }, local) == "publisher-revoked");
    CHECK(revoked([&](Revocations& r) { r.packages = {digest}; }, local) == "package-revoked");
    CHECK(revoked([&](Revocations& r) { r.packages = {std::string(64, 'a')}; }, local) == "");
  }
}

TEST_CASE("a publisher under a new statement goes on after the old one was revoked", "[package]") {
  PackageRig rig;
  Revocations list;
  list.number = 1;
  list.publishers = {{"acme", 1}};
  REQUIRE(rig.store->add_signed(sign_text(rig.root, to_json(list))).ok());
  CHECK(rig.verify(rig.file(Sample())) == "publisher-revoked");
  PublisherStatement next = sample_statement(rig.stranger);
  next.serial = 2;
  rig.state(next);
  CHECK(rig.verify(rig.file(Sample())) == "publisher-revoked");
  CHECK(rig.verify(rig.file_of(Sample().bytes(&rig.stranger))) == "");
}

TEST_CASE("a statement or list is taken from a trusted root alone, unchanged and newer", "[package]") {
  PackageRig rig;
  const auto add = [&](const std::string& text) { return reason(rig.store->add_signed(text)); };
  PublisherStatement next = sample_statement(rig.acme);
  next.serial = 5;
  const std::string text = sign_text(rig.root, to_json(next));
  CHECK(add(sign_text(rig.stranger, to_json(next))) == "unknown-root");
  std::string bad = text;
  bad.replace(bad.find("bg.acme"), 7, "bg.evil");
  CHECK(add(bad) == "wrong-signature");
  CHECK(add("{}") == "bad-statement");
  CHECK(add("") == "bad-statement");
  CHECK(add(sign_text(rig.root, "{}")) == "bad-statement");
  CHECK(add(sign_text(rig.root, R"({"type":"vestitel.other/1"})")) == "bad-statement");
  CHECK(add(text) == "");
  CHECK(add(text) == "");
  next.serial = 4;
  CHECK(add(sign_text(rig.root, to_json(next))) == "stale-list");
  Revocations list;
  list.number = 7;
  CHECK(add(sign_text(rig.root, to_json(list))) == "");
  list.number = 6;
  CHECK(add(sign_text(rig.root, to_json(list))) == "stale-list");
  for (const auto& change : std::vector<std::function<void(PublisherStatement&)>>{
           [](auto& s) { s.level = Level::kLocalDev; }, [](auto& s) { s.prefix = "bg"; },
           [](auto& s) { s.prefix = "bg.acme."; }, [](auto& s) { s.kinds = {"spy"}; },
           [](auto& s) { s.publisher = "../x"; }, [](auto& s) { s.level = Level::kPrivate; },
           [](auto& s) { s.installation = "x"; }}) {
    PublisherStatement odd = sample_statement(rig.acme);
    odd.serial = 9;
    change(odd);
    CHECK(add(sign_text(rig.root, to_json(odd))) == "bad-statement");
  }
}

TEST_CASE("a root that is taken away takes its statements with it, and they are told", "[package]") {
  PackageRig rig;
  const std::string file = rig.file(Sample());
  REQUIRE(rig.store->remove_root(public_of(rig.root).fingerprint()).ok());
  CHECK(rig.verify(file) == "unknown-publisher");
  CHECK(rig.store->trust()->problems.size() == 1);
}

TEST_CASE("a list of revocations that cannot be read stops everything", "[package]") {
  PackageRig rig;
  Revocations list;
  list.number = 1;
  REQUIRE(rig.store->add_signed(sign_text(rig.root, to_json(list))).ok());
  const std::string path = rig.folder / ("store/trust/revocations/" + public_of(rig.root).fingerprint() + ".json");
  const std::string text = read_file(path);
  std::filesystem::remove(path);
  write_file(path, text.substr(0, text.size() / 2));
  CHECK(rig.verify(rig.file(Sample())) == "damaged-store");
}

}  // namespace vestitel::test
