// vestitel/plugin.hpp: the C++17 layer over vestitel/abi.h, header-only; needs the standard library alone.
//
// A plugin is a class. The layer makes one object of it when an instance is configured, and calls it:
//
//   required   reader  void parse(const Document&, Input&, Emit&)
//              feed    Polled poll(std::string_view cursor, std::uint32_t max_events, Emit&)
//              sink    Verdict deliver(const Message&)   or   void deliver(const MessageBatch&, Delivery&)
//   construct  C(const Settings&, const Host&), C(const Settings&), C(const Host&) or C(); [control], no I/O
//   optional   void check()      [control] reach the peer; throw Error to say why not
//              void start(), void stop()    [control]; stop may come while a work call runs
//              static int sniff(std::string_view name, std::string_view head)    reader, [any]: 0 no .. 100 certain
//              static constexpr Traits kTraits = Traits().idempotent()...;
//
// References to Settings and Host stay valid as long as the object. Exceptions may be thrown anywhere; they end in
// barrier.hpp. The last argument of the macros is the table of fields, or "{}" for none.
#pragma once
#include "emit.hpp"
#include "export.hpp"
#include "identifiers.hpp"
#include "reader.hpp"
#include "settings.hpp"
#include "sink.hpp"

// One library, one plugin. `Class` may be qualified; id is reverse-DNS, version is semver.
#define VESTITEL_EXPORT_READER(Class, id, name, version, settings) \
  VESTITEL_EXPORT_KIND_(Class, ::vestitel::detail::Reader, id, name, version, settings)
#define VESTITEL_EXPORT_FEED(Class, id, name, version, settings) \
  VESTITEL_EXPORT_KIND_(Class, ::vestitel::detail::Feed, id, name, version, settings)
#define VESTITEL_EXPORT_SINK(Class, id, name, version, settings) \
  VESTITEL_EXPORT_KIND_(Class, ::vestitel::detail::Sink, id, name, version, settings)

#define VESTITEL_EXPORT_KIND_(Class, Kind, id, name, version, settings)                      \
  namespace {                                                                                \
  struct VestitelSpec {                                                                      \
    using Plugin = Class;                                                                    \
    template <class Spec>                                                                    \
    using Ability = Kind<Spec>;                                                              \
    static constexpr const char *kId = id, *kName = name, *kVersion = version;               \
    static ::vestitel::Fields fields() { return ::vestitel::fields(settings); }              \
  };                                                                                         \
  }                                                                                          \
  extern "C" {                                                                               \
  extern VESTITEL_EXPORT const vestitel_entry vestitel_plugin_entry_v1;                      \
  const vestitel_entry vestitel_plugin_entry_v1 = ::vestitel::detail::entry<VestitelSpec>(); \
  }
