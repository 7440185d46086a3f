#include "core/plugin/source_adapter.hpp"

#include <algorithm>

#include "core/plugin/abi_call.hpp"
#include "core/plugin/delivery_books.hpp"
#include "core/plugin/emission.hpp"

namespace vestitel {
namespace {

constexpr std::uint64_t kMaxRead = 64UL * 1024 * 1024;

struct InputBridge {
  ByteStream& bytes;
  Emission& emission;
  HostSide& host;

  static vestitel_rc read(void* ctx, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
    return serve(nullptr, [&]() -> vestitel_rc {
      auto& self = *static_cast<InputBridge*>(ctx);
      if (got == nullptr || into == nullptr || cap == 0) return VESTITEL_E_INVALID;
      *got = 0;
      if (self.host.cancelled())
        return self.emission.refused({Failure::kCancelled, "the instance has been cancelled"}, nullptr);
      const auto read =
          self.bytes.read({reinterpret_cast<char*>(into), static_cast<std::size_t>(std::min(cap, kMaxRead))});
      if (!read) return self.emission.refused(read.error(), nullptr);
      *got = *read;
      return VESTITEL_OK;
    });
  }
};

vestitel_document describe(const DocumentArrival& arrival) {
  vestitel_document document{};
  document.size = sizeof document;
  document.flags = arrival.complete ? VESTITEL_DOC_COMPLETE : 0;
  document.as_of_us = to_micros(arrival.as_of);
  document.total_bytes = arrival.size;
  document.name = to_str(arrival.name);
  document.media_type = to_str(arrival.media_type);
  document.partner = to_str(arrival.partner);
  return document;
}

class AbiReader final : public Reader {
 public:
  AbiReader(InProcessCore& core, const vestitel_parse_v1& table) : core_(core), table_(table) {}

  int sniff(std::string_view name, std::string_view head) override {
    if (table_.sniff == nullptr) return 0;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(head.data());
    const auto sure = guarded([&] { return table_.sniff(core_.plugin, to_str(name), bytes, head.size()); });
    return sure ? std::clamp(*sure, 0, 100) : 0;
  }

  std::optional<ParseFailure> parse(const DocumentArrival& arrival, ByteStream& bytes, EventReceiver& out) override {
    const auto gate = enter_work(core_);
    if (!gate) return ParseFailure{gate.error(), {}};
    Emission emission(out, to_micros(arrival.as_of));
    return emission.parsed(call(arrival, bytes, emission));
  }

 private:
  Result<vestitel_rc> call(const DocumentArrival& arrival, ByteStream& bytes, Emission& emission) {
    const vestitel_document document = describe(arrival);
    InputBridge bridge{bytes, emission, core_.host};
    const vestitel_input input{sizeof input, &bridge, InputBridge::read};
    const HostSide::Serving<EmitCall> serving(core_.host, emission);
    return call_plugin([&](vestitel_error* e) { return table_.parse(core_.plugin, &document, &input, e); });
  }

  InProcessCore& core_;
  const vestitel_parse_v1& table_;
};

class AbiFeed final : public Feed {
 public:
  AbiFeed(InProcessCore& core, const vestitel_poll_v1& table) : core_(core), table_(table) {}

  Result<FeedAnswer> poll(std::string_view cursor, std::uint32_t max_events, FeedReceiver& out) override {
    const auto gate = enter_work(core_);
    if (!gate) return gate.error();
    LentServices::Unit unit(core_.host.lent());
    Emission emission(out, unit, to_micros(core_.host.clock().now()));
    const HostSide::Serving<EmitCall> serving(core_.host, emission);
    const auto rc = call_plugin([&](vestitel_error* e) {
      const vestitel_rc answer = table_.poll(core_.plugin, to_str(cursor), max_events, e);
      if (answer < 0) out.put_off(wait_of(e->retry_after_ms));
      return answer;
    });
    if (auto error = emission.outcome(rc, VESTITEL_END)) return *error;
    if (emission.uncommitted()) core_.host.note_breach("a poll ended with events that it had not committed");
    return FeedAnswer{*rc == VESTITEL_MORE};
  }

 private:
  InProcessCore& core_;
  const vestitel_poll_v1& table_;
};

}  // namespace

std::unique_ptr<Reader> make_reader(InProcessCore& core, const vestitel_parse_v1& table) {
  return std::make_unique<AbiReader>(core, table);
}

std::unique_ptr<Feed> make_feed(InProcessCore& core, const vestitel_poll_v1& table) {
  return std::make_unique<AbiFeed>(core, table);
}

}  // namespace vestitel
