// A sink that dies on the messages that say so: "die" before it begins one, "die begun" after.
#include <vestitel/plugin.hpp>

#include <cstdlib>

namespace {

struct DyingSink {
  static constexpr vestitel::Traits kTraits = vestitel::Traits().max_batch(64);
  void deliver(const vestitel::MessageBatch& batch, vestitel::Delivery& delivery) {
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      const std::string_view body = batch[i].body;
      if (body == "die") std::abort();
      delivery.begin(i);
      if (body == "die begun") std::abort();
      delivery.settle(i, vestitel::Verdict::accepted("id"));
    }
  }
};

}  // namespace

VESTITEL_EXPORT_SINK(DyingSink, "org.test.dying", "Dying sink", "1.0.0", "{}")
