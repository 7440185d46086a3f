// A real store in a folder of its own, with a clock that stands and people that nobody is. State comes as one string.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/store/sqlite/store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temp_folder.hpp"

namespace vestitel::test {

// One sheet as a reader would hand it over.
struct Sheet {
  int person = 1;
  std::string record = "r1";
  std::string facility = "2203999001";
  std::string code = "I10";
  Revision revision = Revision::kNew;
  std::string scope = "2203999001:2299000011:08:2026-10";
  std::string type = "activity.outpatient";
  int days = 0;                                        // after the usual one, on which it happened
  std::pair<std::string, std::string> attribute = {};  // one more
};

class StoreRig {
 public:
  StoreRig() { open(); }

  void open();
  void close() { store.reset(); }
  // For looking alone, beside the open store or without it.
  Result<std::unique_ptr<sqlite::ReadStore>> look() {
    return sqlite::ReadStore::open(folder.file("store"), keys_, clock);
  }
  void reopen() {
    close();
    open();
  }

  // A valid ЕГН of somebody born in the 1800s.
  static std::string egn(int person);
  static EventBatch batch(const std::vector<Sheet>& sheets, int quarantined = 0);

  DocumentArrival arrival(const std::string& name, const std::string& bytes, Micros as_of_offset = Micros{0});
  // Opens, stages everything in one batch and seals.
  DocumentRow deliver(const std::string& name, const std::vector<Sheet>& sheets, Micros as_of_offset = Micros{0});
  void subscribe(int person, Channel channel = Channel::kEmail, const std::string& address = "");
  // Routes everything to `sink` as one neutral message a subscription; returns the decisions made.
  std::size_t route(const std::string& sink = "mail");
  std::vector<LeasedMessage> lease(const std::string& sink = "mail", std::size_t limit = 100);
  bool settle(const LeasedMessage& leased, VerdictKind kind, Micros again_in = Micros{0});

  // "e-1-1:new:delivered+2" for each delivery, in order, then "e-1-2:not_owed:no_subscriber".
  std::string state();

  TempFolder folder;
  ManualClock clock;
  SeededRandom random{7};
  std::unique_ptr<sqlite::Store> store;
  std::string poisoned;
  Instant expires{};  // of what route() makes; none by default
  std::uint32_t priority = kOrdinary;

 private:
  MasterKeys keys_ = derive_keys(SecretKey::random(random));
};

}  // namespace vestitel::test
