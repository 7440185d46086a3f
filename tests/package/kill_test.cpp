// A change of the store, killed at each of its points: what is left is the state before or the state after, both whole,
// and the next try succeeds.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <map>

#include "core/base/fault_point.hpp"
#include "tests/package/package_rig.hpp"

#ifndef VESTITEL_FAULT_POINTS
#error "the tests are built with crash points"
#endif

namespace vestitel::test {
namespace {

// How the step ended: 0, or the signal.
int step(const PackageRig& rig, const std::string& verb, const std::string& what, const std::string& fault) {
  const std::string store = rig.folder / "store", now = std::to_string(to_micros(rig.now()) / 1'000'000);
  const pid_t child = ::fork();
  if (child == 0) {
    if (fault.empty())
      ::unsetenv("VESTITEL_FAULT");
    else
      ::setenv("VESTITEL_FAULT", fault.c_str(), 1);
    ::execl(STORE_STEP, STORE_STEP, store.c_str(), verb.c_str(), what.c_str(), now.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

// What a hub would run, and everything that is installed, sound or not.
std::string seen(const PackageRig& rig) {
  const auto store = PackageStore::open(rig.folder / "store", {});
  const auto enabled = store->enabled("bg.acme.lab");
  std::string out = enabled ? "runs " + enabled->package.manifest.version : reason_of(enabled.error());
  std::map<std::string, std::string> rows;
  const auto all = store->installed();
  for (const auto& one : *all) rows[one.manifest.version] = one.problem.empty() ? "" : " BAD";
  for (const auto& [version, problem] : rows) out += "; " + version + problem;
  return out;
}

struct Change {
  const char* verb;
  std::vector<const char*> points;  // that it passes
  const char* before;
  const char* after;
};

// 1.0.0 enabled; for a rollback and a removal 2.0.0 after it.
void prepare(PackageRig& rig, const std::string& verb) {
  rig.installed(Sample());
  if (verb == "enable") return;
  REQUIRE(rig.store->enable("lab", "", Grants()).ok());
  if (verb == "rollback" || verb == "remove")
    REQUIRE(rig.store->upgrade(rig.file(Sample().version("2.0.0")), Grants(), rig.now()).ok());
}

std::string object_of(PackageRig& rig, const std::string& verb) {
  return verb == "install" || verb == "upgrade" ? rig.file(Sample().version("2.0.0")) : "bg.acme.lab";
}

}  // namespace

TEST_CASE("a change that is killed leaves the old state or the new one, whole", "[package]") {
  const std::vector<Change> changes = {
      {"install",
       {"install.copied", "install.unpacked", "install.renamed"},
       "runs 1.0.0; 1.0.0",
       "runs 1.0.0; 1.0.0; 2.0.0"},
      {"upgrade",
       {"install.copied", "install.unpacked", "install.renamed", "install.before_state", "install.state_written",
        "install.after_state"},
       "runs 1.0.0; 1.0.0",
       "runs 2.0.0; 1.0.0; 2.0.0"},
      {"enable",
       {"install.before_state", "install.state_written", "install.after_state"},
       "not-enabled; 1.0.0",
       "runs 1.0.0; 1.0.0"},
      {"rollback",
       {"install.before_state", "install.state_written", "install.after_state"},
       "runs 2.0.0; 1.0.0; 2.0.0",
       "runs 1.0.0; 1.0.0; 2.0.0"},
      {"remove",
       {"install.before_state", "install.state_written", "install.after_state", "remove.renamed"},
       "runs 2.0.0; 1.0.0; 2.0.0",
       "runs 2.0.0; 2.0.0"},
  };
  for (const auto& change : changes)
    for (const char* point : change.points) {
      CAPTURE(change.verb, point);
      PackageRig rig;
      prepare(rig, change.verb);
      const std::string what = object_of(rig, change.verb);
      REQUIRE(seen(rig) == change.before);
      REQUIRE(step(rig, change.verb, what, std::string(point) + ":1") == SIGKILL);
      const std::string left = seen(rig);
      // An upgrade that has installed and not yet switched leaves the package, unused.
      const bool installed = std::string(change.verb) == "upgrade" && left == "runs 1.0.0; 1.0.0; 2.0.0";
      CAPTURE(left);
      CHECK((left == change.before || left == change.after || installed));
      if (left != change.after) CHECK(step(rig, change.verb, what, "") == 0);
      CHECK(seen(rig) == change.after);
      // The desk is clean again after the next change.
      CHECK(rig.store->tighten(TrustPolicy{Level::kPrivate, true, {}}).ok());
      CHECK(std::filesystem::is_empty(rig.folder / "store/tmp"));
    }
}

TEST_CASE("every point of a change is passed by one of them", "[package]") {
  PackageRig rig;
  rig.installed(Sample());
  REQUIRE(rig.store->enable("lab", "", Grants()).ok());
  for (const auto point : kStoreChangePoints) {
    CAPTURE(point);
    const std::string verb = point.starts_with("remove") ? "remove" : "upgrade";
    PackageRig own;
    prepare(own, verb);
    CHECK(step(own, verb, object_of(own, verb), std::string(point) + ":1") == SIGKILL);
  }
}

TEST_CASE("a change killed at any instant leaves the old state or the new one", "[package]") {
  SeededRandom random(77);
  for (int round = 0; round < 40; ++round) {
    PackageRig rig;
    prepare(rig, "upgrade");
    const std::string what = object_of(rig, "upgrade"), store = rig.folder / "store",
                      now = std::to_string(to_micros(rig.now()) / 1'000'000);
    const pid_t child = ::fork();
    if (child == 0) {
      ::execl(STORE_STEP, STORE_STEP, store.c_str(), "upgrade", what.c_str(), now.c_str(), nullptr);
      ::_exit(127);
    }
    const timespec wait{0, static_cast<long>(random.number() % 25'000'000)};
    ::nanosleep(&wait, nullptr);  // the kill comes from outside, at no point that the step knows of
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    const std::string left = seen(rig);
    CAPTURE(round, left);
    CHECK((left == "runs 1.0.0; 1.0.0" || left == "runs 1.0.0; 1.0.0; 2.0.0" || left == "runs 2.0.0; 1.0.0; 2.0.0"));
    CHECK((step(rig, "upgrade", what, "") == 0));
    CHECK(seen(rig) == "runs 2.0.0; 1.0.0; 2.0.0");
  }
}

}  // namespace vestitel::test
