// An instance in this process: the table that the plugin gave, with the order of calls kept in front of it.
#include <vestitel/abi.h>

#include "core/plugin/abi_call.hpp"
#include "core/plugin/instance.hpp"
#include "core/plugin/sink_adapter.hpp"
#include "core/plugin/source_adapter.hpp"
#include "core/plugin/work_gate.hpp"

namespace vestitel {
namespace {

constexpr std::chrono::seconds kStopGrace{2};

// The table of an ability, or null where it is missing or too small to be one of 1.0.
template <class Table>
const Table* ability(vestitel_plugin* plugin, const char* id) {
  const auto found = guarded([&] { return plugin->get_extension(plugin, id); });
  if (!found || *found == nullptr) return nullptr;
  const auto* table = static_cast<const Table*>(*found);
  return table->size >= sizeof(Table) ? table : nullptr;
}

class InProcess final : public PluginInstance {
 public:
  InProcess(const PluginDescription& description, HostContext context)
      : description_(description), order_(context.instance), core_(std::move(context), description, order_) {}

  ~InProcess() override {
    if (core_.plugin == nullptr) return;
    cancel();
    const bool was_running = order_.running();
    order_.stopped();
    if (was_running) static_cast<void>(stop_plugin(core_.host.clock().now() + kStopGrace));
    const std::lock_guard wait_for_work(core_.work);
    static_cast<void>(guarded([&] { return core_.plugin->destroy(core_.plugin), 0; }));
  }

  Result<> create(const vestitel_entry& entry) {
    vestitel_plugin* plugin = nullptr;
    const auto rc = call_plugin(
        [&](vestitel_error* e) { return entry.create(core_.host.abi(), to_str(description_.id), &plugin, e); });
    if (!rc) return rc.error().during("creating instance " + core_.host.instance());
    if (*rc == VESTITEL_NOT_FOUND) return problem(Failure::kNotFound, "the library does not know the plugin id");
    if (*rc != VESTITEL_OK || plugin == nullptr) return problem(Failure::kInternal, "create gave nothing");
    if (plugin->size < sizeof(vestitel_plugin))
      return problem(Failure::kInternal, "its table is smaller than that of ABI 1.0");
    if (plugin->configure == nullptr || plugin->start == nullptr || plugin->stop == nullptr ||
        plugin->destroy == nullptr || plugin->get_extension == nullptr)
      return problem(Failure::kInternal, "a function of its table is null");
    core_.plugin = plugin;
    return find_abilities();
  }

  const PluginDescription& description() const override { return description_; }

  Result<> configure(std::string_view settings_json) override {
    if (auto may = order_.may_configure(); !may) return may;
    const auto rc =
        call_plugin([&](vestitel_error* e) { return core_.plugin->configure(core_.plugin, to_str(settings_json), e); });
    order_.configured(rc.ok());
    if (!rc) return rc.error();
    return Done{};
  }

  Result<> check() override {
    if (auto may = order_.may_check(); !may) return may;
    if (core_.plugin->check == nullptr) return Done{};
    const auto rc = call_plugin([&](vestitel_error* e) { return core_.plugin->check(core_.plugin, e); });
    if (!rc) return rc.error();
    return Done{};
  }

  Result<> start() override {
    if (auto may = order_.may_start(); !may) return may;
    core_.host.set_cancelled(false);
    const auto rc = call_plugin([&](vestitel_error* e) { return core_.plugin->start(core_.plugin, e); });
    if (!rc) return rc.error();
    order_.started();
    return Done{};
  }

  Result<> stop(Instant deadline) override {
    if (auto may = order_.may_stop(); !may) return may;
    order_.stopped();
    return stop_plugin(deadline);
  }

  void cancel() override { core_.host.set_cancelled(true); }

  Reader* reader() override { return reader_.get(); }
  Feed* feed() override { return feed_.get(); }
  Sink* sink() override { return sink_.get(); }

 private:
  Error problem(Failure failure, const std::string& what) const {
    return {failure, "creating instance " + core_.host.instance() + ": " + what};
  }

  Result<> stop_plugin(Instant deadline) {
    const auto rc = guarded([&] { return core_.plugin->stop(core_.plugin, to_micros(deadline)); });
    if (!rc) return rc.error();
    if (*rc < 0) return {failure_of(*rc), "stopping instance " + core_.host.instance() + ": the plugin refused"};
    return Done{};
  }

  // What the descriptor promises must be there.
  Result<> find_abilities() {
    const auto* parse = ability<vestitel_parse_v1>(core_.plugin, "vestitel.parse/1");
    const auto* poll = ability<vestitel_poll_v1>(core_.plugin, "vestitel.poll/1");
    const auto* deliver = ability<vestitel_deliver_v1>(core_.plugin, "vestitel.deliver/1");
    if (description_.reader && (parse == nullptr || parse->parse == nullptr)) return missing("vestitel.parse/1");
    if (description_.feed && (poll == nullptr || poll->poll == nullptr)) return missing("vestitel.poll/1");
    if (description_.sink && (deliver == nullptr || deliver->deliver == nullptr)) return missing("vestitel.deliver/1");
    if (description_.reader) reader_ = make_reader(core_, *parse);
    if (description_.feed) feed_ = make_feed(core_, *poll);
    if (description_.sink) {
      const auto* receipts = ability<vestitel_receipts_v1>(core_.plugin, "vestitel.receipts/1");
      const auto* ask = ability<vestitel_ask_v1>(core_.plugin, "vestitel.ask/1");
      sink_ = make_sink(core_, *deliver, description_.idempotent, receipts, ask);
    }
    return Done{};
  }
  Error missing(const std::string& id) const {
    return problem(Failure::kInternal, "the plugin does not have " + id + ", which its descriptor promises");
  }

  const PluginDescription description_;
  CallOrder order_;
  InProcessCore core_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<Feed> feed_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace

Result<std::unique_ptr<PluginInstance>> create_in_process(const PluginLibrary& library, std::string_view plugin_id,
                                                          HostContext context) {
  if (context.clock == nullptr) return {Failure::kInternal, "creating instance: no clock"};
  for (const auto& plugin : library.plugins()) {
    if (plugin.id != plugin_id) continue;
    auto instance = std::make_unique<InProcess>(plugin, std::move(context));
    if (auto created = instance->create(library.entry()); !created) return created.error();
    return std::unique_ptr<PluginInstance>(std::move(instance));
  }
  return {Failure::kNotFound, "creating instance: the library holds no such plugin"};
}

}  // namespace vestitel
