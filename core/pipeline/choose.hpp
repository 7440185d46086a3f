// Chooses recipients: for each event one decision per recipient and channel, and one row also where there is nobody.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/model/decision.hpp"
#include "core/pipeline/render.hpp"
#include "core/pipeline/routes.hpp"

namespace vestitel {

// The rules of one configuration. Immutable once built; share it.
struct Pipeline {
  Routes routes;
  Templates templates;
  // Whether routing has to read (decrypt) more of an event than id, type, revision, occurred, instance and policy.
  [[nodiscard]] bool needs_body() const { return routes.needs_body() || templates.needs_body(); }
};

struct PipelineOutcome {
  Pipeline pipeline;
  ConfigFindings errors;
  [[nodiscard]] bool ok() const { return errors.empty(); }
};

PipelineOutcome build_pipeline(const HubConfig& config);

// One a thread.
class Chooser {
 public:
  explicit Chooser(const Pipeline& pipeline, InstanceName instance = {});  // borrows

  // Appends the decisions on one event to `out`. Same arguments, same decisions.
  Result<> decide(const RoutableEvent& routable, Instant now, std::vector<Decision>& out);

  // Events that no configured route matched.
  [[nodiscard]] std::uint64_t catch_all_count() const { return catch_all_; }
  [[nodiscard]] RenderCounts render_counts() const { return renderer_.counts(); }

 private:
  using Numbers = std::array<std::array<std::optional<std::size_t>, std::size(kLocales)>, kChannels>;
  Result<> tell(const RoutableEvent& routable, const Subscription& subscription, const Route& route, Instant now,
                Decision& decision);
  Result<> owe(const Event& event, const Subscription& subscription, const Route& route, Instant now,
               Decision& decision);

  const Pipeline& pipeline_;
  const InstanceName instance_;
  Renderer renderer_;
  std::vector<Numbers> numbers_;  // of templates: by route, channel, locale
  RenderedText text_;
  std::uint64_t catch_all_ = 0;
};

}  // namespace vestitel
