// Prints what the pure stages cost on this machine, in nanoseconds of processor time an event: best of five rounds.
#include <time.h>

#include <algorithm>
#include <cstdio>

#include "core/pipeline/choose.hpp"
#include "core/pipeline/validate.hpp"
#include "tests/pipeline/rules.hpp"

namespace {

using namespace vestitel;

double thread_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Body>
void measure(const char* name, std::int64_t count, Body body) {
  double best = 1e18;
  for (int round = 0; round < 5; ++round) {
    const double begin = thread_nanoseconds();
    for (std::int64_t i = 0; i < count; ++i) body(i);
    best = std::min(best, (thread_nanoseconds() - begin) / static_cast<double>(count));
  }
  std::printf("%-44s %8.1f ns\n", name, best);
}

EventView outpatient(std::span<const Attribute> attributes) {
  EventView view;
  view.type = "activity.outpatient";
  view.subject = "9932319981";
  view.scope = "2203999001:2026-10";
  view.record = "2299000011:08:26279A0000A1";
  view.occurred_us = to_micros(test::event().occurred);
  view.occurred_date_only = true;
  view.reported_us = to_micros(test::kNow);
  view.document_number = "26279A0000A1";
  view.facility = "2203999001";
  view.practitioner = "2299000011";
  view.attributes = attributes;
  return view;
}

}  // namespace

int main() {
  const Attribute attributes[] = {{"facility.name", "МЦ Пример 1 ЕООД"},
                                  {"facility.region", "22"},
                                  {"practitioner.name", "Пример Образцов Докторов"},
                                  {"practitioner.specialty", "08"},
                                  {"code.icd10", "I10"},
                                  {"code.ksmp", "89.03"},
                                  {"code.exam-type", "11"},
                                  {"ref.referral", "26276B0000B2"}};
  const EventView view = outpatient(attributes);
  const Date today = sofia_date(test::kNow);
  std::size_t rejected = 0;
  measure("validate", 1'000'000, [&](std::int64_t) { rejected += validate(view, test::kNow, today).has_value(); });

  const auto config = embedded_defaults("/tmp/vestitel-bench-state").config;
  const auto outcome = build_pipeline(config);
  Chooser chooser(outcome.pipeline);
  std::vector<Decision> out;
  RoutableEvent routable = test::routable(test::event(), {});
  measure("decide, no subscriber", 1'000'000, [&](std::int64_t i) {
    if (i % 1024 == 0) out.clear();
    rejected += !chooser.decide(routable, test::kNow, out).ok();
  });
  routable.subscriptions.resize(1);
  routable.subscriptions[0].recipient = routable.subscriptions[0].subject = 17;
  routable.subscriptions[0].reachable = true;
  measure("decide and render, one subscriber by mail", 1'000'000, [&](std::int64_t i) {
    if (i % 1024 == 0) out.clear();
    routable.event.id = event_id(1, i);
    routable.event.occurred = test::event().occurred - std::chrono::days{i % 62};
    rejected += !chooser.decide(routable, test::kNow, out).ok();
  });
  const auto counts = chooser.render_counts();
  std::printf("rendered %llu, remembered %llu\n", static_cast<unsigned long long>(counts.rendered),
              static_cast<unsigned long long>(counts.remembered));

  Renderer renderer(outcome.pipeline.templates);
  RenderedText text;
  Event never = test::event();
  measure("render a text never seen before", 4'000, [&](std::int64_t) {
    never.occurred -= std::chrono::days{1};
    rejected += !renderer.render(0, never, text).ok();
  });
  std::string json;
  measure("notice as JSON", 1'000'000, [&](std::int64_t) {
    json.clear();
    append_notice_json(json, routable.event, false);
  });
  return rejected == 0 ? 0 : 1;
}
