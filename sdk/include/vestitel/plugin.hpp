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
//              void on_callback(const Callback&, Receipts&)             sink: a provider called; receipts.hpp
//              Polled poll_receipts(std::uint32_t max, Receipts&)       sink: the host asks what is new
//              void ask(const Doubts&, Answers&)      sink: what became of messages without an answer; ask.hpp
//              static int sniff(std::string_view name, std::string_view head)    reader, [any]: 0 no .. 100 certain
//              static constexpr Traits kTraits = Traits().idempotent()...;
//
// References to Settings and Host stay valid as long as the object. Exceptions may be thrown anywhere; they end in
// barrier.hpp. The last argument of the macros is the table of fields, or "{}" for none.
#pragma once
#include "ask.hpp"
#include "emit.hpp"
#include "export.hpp"
#include "http.hpp"
#include "identifiers.hpp"
#include "reader.hpp"
#include "receipts.hpp"
#include "services.hpp"
#include "settings.hpp"
#include "sink.hpp"
#include "table.hpp"

#if __has_include(<vestitel_manifest.h>)
#include <vestitel_manifest.h>  // made from plugin.json by vestitel_add_plugin(NAME MANIFEST plugin.json ...)
#define VESTITEL_HAS_MANIFEST 1
#endif

// One library, one plugin. What it is called and what it asks for stands in plugin.json, which the build was told of by
// vestitel_add_plugin(NAME MANIFEST plugin.json ...). `Class` may be qualified.
#ifdef VESTITEL_HAS_MANIFEST
#define VESTITEL_READER(Class, settings) VESTITEL_EXPORT_MANIFEST_(Class, ::vestitel::detail::Reader, settings)
#define VESTITEL_FEED(Class, settings) VESTITEL_EXPORT_MANIFEST_(Class, ::vestitel::detail::Feed, settings)
#define VESTITEL_SINK(Class, settings) VESTITEL_EXPORT_MANIFEST_(Class, ::vestitel::detail::Sink, settings)
#endif

// The same without a plugin.json: id is reverse-DNS, version is semver; the rest stands in the class's kTraits.
#define VESTITEL_EXPORT_READER(Class, id, name, version, settings) \
  VESTITEL_EXPORT_KIND_(Class, ::vestitel::detail::Reader, id, name, version, settings)
#define VESTITEL_EXPORT_FEED(Class, id, name, version, settings) \
  VESTITEL_EXPORT_KIND_(Class, ::vestitel::detail::Feed, id, name, version, settings)
#define VESTITEL_EXPORT_SINK(Class, id, name, version, settings) \
  VESTITEL_EXPORT_KIND_(Class, ::vestitel::detail::Sink, id, name, version, settings)

#define VESTITEL_EXPORT_KIND_(Class, Kind, id, name, version, settings) \
  VESTITEL_EXPORT_SPEC_(Class, Kind, id, name, version, settings, )
#define VESTITEL_EXPORT_MANIFEST_(Class, Kind, settings)                                                        \
  VESTITEL_EXPORT_SPEC_(                                                                                        \
      Class, Kind, vestitel_manifest::id, vestitel_manifest::name, vestitel_manifest::version, settings,        \
      static constexpr ::vestitel::Manifest kManifest = {vestitel_manifest::vendor, vestitel_manifest::license, \
                                                         vestitel_manifest::url, vestitel_manifest::capabilities};)

#define VESTITEL_EXPORT_SPEC_(Class, Kind, id, name, version, settings, ...)                 \
  namespace {                                                                                \
  struct VestitelSpec {                                                                      \
    using Plugin = Class;                                                                    \
    template <class Spec>                                                                    \
    using Ability = Kind<Spec>;                                                              \
    static constexpr const char *kId = id, *kName = name, *kVersion = version;               \
    __VA_ARGS__                                                                              \
    static ::vestitel::Fields fields() { return ::vestitel::fields(settings); }              \
  };                                                                                         \
  }                                                                                          \
  extern "C" {                                                                               \
  extern VESTITEL_EXPORT const vestitel_entry vestitel_plugin_entry_v1;                      \
  const vestitel_entry vestitel_plugin_entry_v1 = ::vestitel::detail::entry<VestitelSpec>(); \
  }
