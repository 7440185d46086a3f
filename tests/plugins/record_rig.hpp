// Real readers over a real store and the real router: documents go in, and what stands in the record and what was told
// comes out. Time stands; "as of" is said by the test.
#pragma once
#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/intake/document_intake.hpp"
#include "core/intake/rules.hpp"
#include "core/plugin/instance.hpp"
#include "core/routing/router.hpp"
#include "tests/pipeline/rules.hpp"
#include "tests/plugin/receivers.hpp"
#include "tests/support/store_rig.hpp"

namespace vestitel::test {

class MemoryBytes final : public DocumentBytes {
 public:
  explicit MemoryBytes(std::string_view bytes) : left_(bytes) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t n = left_.copy(into.data(), into.size());
    left_.remove_prefix(n);
    return n;
  }
  Result<> unchanged() override { return Done{}; }

 private:
  std::string_view left_;
};

// Readers live as long as the test program: they keep nothing from one document to the next.
inline Reader& reader_of(const std::string& library, const std::string& settings) {
  static ManualClock clock;
  static std::map<std::string, std::unique_ptr<PluginInstance>> made;
  auto& instance = made[library + settings];
  if (instance == nullptr) {
    const auto loaded = PluginLibrary::load(library, tree_owners());
    INFO(library << (loaded ? std::string() : ": " + loaded.error().message));
    REQUIRE(loaded.ok());
    HostContext context;
    context.instance = "under-test";
    context.clock = &clock;
    context.secret = [](std::string_view) { return std::optional(std::string(64, '7')); };
    auto created = create_in_process(**loaded, (*loaded)->plugins().at(0).id, context);
    REQUIRE(created.ok());
    instance = std::move(*created);
    REQUIRE(instance->configure(settings).ok());
    REQUIRE(instance->start().ok());
  }
  return *instance->reader();
}

inline Pipeline words_of_revision() {
  HubConfig config = small_config();
  for (auto& text : config.templates)
    text.text =
        "Subject: {{#new}}new{{/new}}{{#corrected}}corrected{{/corrected}}{{#annulled}}annulled{{/annulled}}\n\nx\n";
  auto built = build_pipeline(config);
  REQUIRE(built.ok());
  return std::move(built.pipeline);
}

struct RecordRig : StoreRig {
  Pipeline pipeline = words_of_revision();
  Router router{store->routing(), pipeline, clock};

  // As of day `day` from now; negative: before.
  DocumentRow read(const std::string& instance, Reader& reader, const std::string& bytes, int day) {
    DocumentArrival one = arrival("d", bytes, std::chrono::hours{24 * day});
    one.instance = instance;
    MemoryBytes in(bytes);
    DocumentIntake intake(store->intake(), reader, rules_with(clock, store->partners()));
    auto outcome = intake.run(one, in, {});
    INFO((outcome ? outcome->row.reason : outcome.error().message));
    REQUIRE(outcome.ok());
    REQUIRE(outcome->row.state == DocumentState::kSealed);
    return outcome->row;
  }
  void walk() {
    for (;;) {
      const auto routed = router.step();
      REQUIRE(routed.ok());
      if (*routed == 0) return;
    }
  }
  // Sends what is owed, and says it.
  std::string send() {
    std::string said;
    walk();
    for (const LeasedMessage& one : lease()) {
      said += (said.empty() ? "" : " ") + one.message.title;
      REQUIRE(settle(one, VerdictKind::kDelivered));
    }
    return said;
  }
  // What stands: the newest of each record, with all that it says but how it came to be.
  std::set<std::string> record() {
    std::map<std::string, std::string> newest;
    const auto events = store->look().events({0, 1000});
    REQUIRE(events.ok());
    for (const Event& event : *events) {
      std::string said = " p" + std::to_string(event.person) + " " + std::string(to_text(event.type)) + " " +
                         std::to_string(to_micros(event.occurred)) + " " + event.document_number + " " +
                         event.facility + " " + event.practitioner;
      for (const auto& [key, value] : event.attributes) said += " " + key + "=" + value;
      newest[event.source + "/" + event.scope + "/" + event.record] =
          event.revision == Revision::kAnnulled ? " annulled" : said;
    }
    std::set<std::string> state;
    for (const auto& [record, said] : newest) state.insert(record + said);
    return state;
  }
};

}  // namespace vestitel::test
