// C, compatibility: hosts that are smaller, larger, stingier and unluckier than the one it was written on.
#include <algorithm>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/stage.hpp"

namespace vestitel::check {
namespace {

// The whole life of one instance on a host of this shape; what its work came to.
bool live(Trial& trial, const vestitel_entry& entry, Shape shape, std::string& text) {
  Rig rig(trial, entry, shape);
  if (!begin(trial, rig)) return false;
  const Work done = work(trial, rig);
  end(rig);
  text = done.text;
  return true;
}

void same_on(Trial& trial, Shape shape, const char* host) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  std::string usual, there;
  if (!live(trial, *entry, Shape::ordinary, usual)) return;
  trial.at(std::string("working on ") + host);
  Rig rig(trial, *entry, shape);
  rig.secrets = secrets_for(trial);
  Called called = rig.create();
  if (called.ok() && rig.alive()) called = rig.configure(settings_for(trial));
  if (called.ok() && rig.alive()) called = rig.start();
  if (!trial.expect(called.ok() && rig.alive(), "it to start as on any host", called.text())) return;
  const Work done = work(trial, rig);
  end(rig);
  trial.expect(done.text == usual, "the same work as on any host", "other events, verdicts or codes");
}

// The services that the plugin asks for in its life, learned by watching one.
std::set<std::string> services_used(Trial& trial, const vestitel_entry& entry) {
  Rig rig(trial, entry);
  if (!begin(trial, rig)) return {};
  rig.check();
  work(trial, rig);
  end(rig);
  std::set<std::string> known;
  for (const char* id : {"vestitel.emit/1", "vestitel.delivery/1", "vestitel.log/1", "vestitel.secret/1"})
    if (rig.asked.count(id) != 0) known.insert(id);
  return known;
}

// What a life without one service came to: the first call that failed, or OK; and whether work was done.
struct Life {
  Called first_failure;
  std::string text;
};
Life live_without(Trial& trial, const vestitel_entry& entry, Rig& rig) {
  Life life;
  rig.secrets = secrets_for(trial);
  const auto went = [&](const Called& called) {
    if (!called.ok() && life.first_failure.ok()) life.first_failure = called;
    return called.ok();
  };
  static_cast<void>(entry);
  if (!went(rig.create()) || !rig.alive()) return life;
  if (went(rig.configure(settings_for(trial))) && went(rig.start())) {
    const Work done = work(trial, rig);
    for (const Called& called : done.calls) went(called);
    life.text = done.text;
  }
  end(rig);
  return life;
}

// "vestitel.emit/1" may be named as it is or by its middle word.
bool names(const std::string& text, const std::string& service) {
  const std::string word = service.substr(9, service.find('/') - 9);
  return text.find(word) != std::string::npos;
}

bool any_events(const std::string& text) { return text.find(" key=") != std::string::npos; }

constexpr vestitel_rc kCodes[] = {VESTITEL_E_INVALID, VESTITEL_E_CONFIG,      VESTITEL_E_AUTH,   VESTITEL_E_DENIED,
                                  VESTITEL_E_DATA,    VESTITEL_E_RETRY,       VESTITEL_E_RATE,   VESTITEL_E_CANCELLED,
                                  VESTITEL_E_NOMEM,   VESTITEL_E_UNSUPPORTED, VESTITEL_E_THREAD, VESTITEL_E_INTERNAL};

// With one function refused by one code: no crash, no success, no asking without end.
bool stands(Trial& trial, const vestitel_entry& entry, const char* function, vestitel_rc code) {
  trial.at(std::string("`") + function + "` answers " + name_of_rc(code));
  Rig rig(trial, entry);
  if (!begin(trial, rig)) return false;
  rig.refused[function] = code;
  const int before = rig.calls;
  const Work done = work(trial, rig);
  const int asked = rig.calls - before;
  const auto failed = std::count_if(done.calls.begin(), done.calls.end(), [](const Called& c) { return !c.ok(); });
  const auto threw = std::count_if(done.calls.begin(), done.calls.end(), [](const Called& c) { return c.threw; });
  if (!trial.expect(threw == 0, "a code", "an exception over the border")) return false;
  if (!trial.expect(asked < 10'000, "it to give up", std::to_string(asked) + " calls of services")) return false;
  return trial.expect(failed > 0, "the call to fail with a code of its own", "OK, as if nothing were lost");
}

// The functions that its work uses, so that refusing them must be felt.
std::vector<const char*> functions_used(Trial& trial, const vestitel_entry& entry) {
  Rig rig(trial, entry);
  if (!begin(trial, rig)) return {};
  std::vector<const char*> used;
  const Work done = work(trial, rig);
  end(rig);
  const unsigned kind = trial.subject.described.kind;
  if ((kind & kReader) != 0 && !trial.subject.samples.empty()) used.push_back("read");
  if (any_events(done.text)) used.push_back("emit");
  if ((kind & kFeed) != 0 && any_events(done.text)) used.push_back("commit");
  return used;
}

}  // namespace

void check_small_host(Trial& trial) { same_on(trial, Shape::small, "a host whose structs end at their ABI 1.0 size"); }

void check_future_host(Trial& trial) { same_on(trial, Shape::future, "a host whose structs are larger than it knows"); }

void check_withheld(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const auto used = services_used(trial, *entry);
  for (const std::string& id : used) {
    trial.at("living without " + id);
    std::string usual;
    if (!live(trial, *entry, Shape::ordinary, usual)) return;
    Rig rig(trial, *entry);
    rig.withheld.insert(id);
    const Life life = live_without(trial, *entry, rig);
    const bool clean = life.first_failure.ok() ? life.text == usual : names(life.first_failure.message, id);
    if (!trial.expect(clean, "the same work, or an error that names " + id,
                      life.first_failure.ok() ? "OK, and other work" : life.first_failure.text()))
      return;
  }
}

void check_service_errors(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  const auto used = functions_used(trial, *entry);
  for (const char* function : used)
    for (const vestitel_rc code : kCodes)
      if (!stands(trial, *entry, function, code)) return;
  // A secret that cannot be read is met somewhere between start and the verdicts; it must not be a crash.
  for (const vestitel_rc code : kCodes) {
    trial.at(std::string("`secret` answers ") + name_of_rc(code));
    Rig rig(trial, *entry);
    rig.refused["secret"] = code;
    const Life life = live_without(trial, *entry, rig);
    if (!trial.expect(!life.first_failure.threw, "a code", "an exception over the border")) return;
  }
  if (used.empty() && properties(trial.subject).empty())
    trial.skip("its work here calls no service that could fail: give it a sample");
}

void check_previous(Trial& trial) {
  const Spec& spec = trial.subject.spec;
  if (spec.previous_settings.empty() && spec.previous_cursors.empty())
    return static_cast<void>(
        trial.skip("no previous release is given (--previous, or `previous` in samples/check.json)"));
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return;
  for (const std::string& settings : spec.previous_settings) {
    trial.at("configuring with settings of the previous release");
    Rig rig(trial, *entry);
    rig.secrets = secrets_for(trial);
    if (!rig.create().ok() || !rig.alive()) return static_cast<void>(trial.skip("no instance of it is created here"));
    Trial& t = trial;
    const Called called = rig.configure(settings_for(t, settings));
    if (!trial.expect(called.ok(), "settings of " + spec.previous_version + " to be taken", called.text())) return;
  }
  if ((trial.subject.described.kind & kFeed) == 0) return;
  for (const std::string& cursor : spec.previous_cursors) {
    trial.at("polling from a cursor of the previous release");
    Rig rig(trial, *entry);
    if (!begin(trial, rig)) return;
    const Yield yield = rig.poll(cursor, 100);
    if (!trial.expect(yield.call.ok(), "a cursor of " + spec.previous_version + " to be taken", yield.call.text()))
      return;
  }
}

}  // namespace vestitel::check
