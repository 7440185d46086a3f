// Crash points: named places of the store's transactions, of changes of the plugin store and of the inbox, at which a
// test build can be told to die as by `kill -9`.
//
//   VESTITEL_FAULT=NAME:N         SIGKILL at the Nth passage of NAME, counted over all threads
//   VESTITEL_FAULT=NAME:N:log     write "fault_point NAME N" to stderr from the Nth passage on; NAME may be *
//
// A build without VESTITEL_FAULT_POINTS (every release) holds no trace of them. In both builds a name that is not in
// the lists below does not compile, and a VESTITEL_FAULT that names none ends the process at the first passage of any
// point: a harness that aims at nothing must not look like one that hit nothing. Thread: any.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace vestitel {

// The list that the kill harness walks. before_commit: written, not committed; after_commit: durable, not yet said.
inline constexpr std::array<std::string_view, 20> kFaultPoints = {
    "key.before_commit",        // the key of a person
    "key.after_commit",         //
    "t1.before_commit",         // a batch of a document staged
    "t1.after_commit",          //
    "seal.before_commit",       // a document accepted as a whole
    "seal.after_commit",        //
    "intake.after_receipt",     // the receipt stands beside the document, which is not moved yet
    "intake.after_move",        // the document lies in done/ or rejected/
    "t2.before_commit",         // decisions and the router's position
    "t2.after_commit",          //
    "t3.before_commit",         // lease and attempt
    "t3.after_commit",          // the attempt is on record, nothing is sent
    "delivery.before_send",     // handed to the sink
    "delivery.after_send",      // the sink has answered, nothing is settled
    "t4.before_commit",         // verdicts
    "t4.after_commit",          //
    "checkpoint.before",        // WAL checkpoint
    "checkpoint.after",         //
    "migration.before_commit",  // one numbered step
    "migration.after_commit",   //
};

// The points of a change of the plugin store, which the tests of packages walk.
inline constexpr std::array<std::string_view, 7> kStoreChangePoints = {
    "install.copied",         // the package lies in tmp/, unchecked
    "install.unpacked",       // its files beside it
    "install.renamed",        // it stands in the store, the folder is not synced
    "install.before_state",   // a version is about to become active
    "install.state_written",  // the new state is durable beside the old one
    "install.after_state",    // it has taken its place
    "remove.renamed",         // a package is out of sight, not away
};

// The points of taking a document from the network, which the tests of the inbox walk.
inline constexpr std::array<std::string_view, 6> kInboxPoints = {
    "inbox.spooled",    // its bytes are durable under a hidden name
    "inbox.claimed",    // so is what its key stands for
    "inbox.described",  // its sidecar lies in the drop folder
    "inbox.placed",     // and the document
    "inbox.marked",     // it may be taken
    "inbox.settled",    // its key says so; nobody has been told
};
inline constexpr std::size_t kAllFaultPoints = kFaultPoints.size() + kStoreChangePoints.size() + kInboxPoints.size();

constexpr std::string_view fault_point_name(std::size_t index) {
  if (index < kFaultPoints.size()) return kFaultPoints.at(index);
  index -= kFaultPoints.size();
  return index < kStoreChangePoints.size() ? kStoreChangePoints.at(index)
                                           : kInboxPoints.at(index - kStoreChangePoints.size());
}

constexpr std::size_t fault_point_index(std::string_view name) {
  std::size_t i = 0;
  while (i < kAllFaultPoints && fault_point_name(i) != name) ++i;
  return i;
}

// Use the macro below.
void pass_fault_point(std::size_t index);

}  // namespace vestitel

#ifdef VESTITEL_FAULT_POINTS
#define VESTITEL_FAULT_POINT_PASS(name) ::vestitel::pass_fault_point(::vestitel::fault_point_index(name))
#else
#define VESTITEL_FAULT_POINT_PASS(name) static_cast<void>(0)
#endif

#define VESTITEL_FAULT_POINT(name)                                                                              \
  do {                                                                                                          \
    static_assert(::vestitel::fault_point_index(name) < ::vestitel::kAllFaultPoints, "not in the lists above"); \
    VESTITEL_FAULT_POINT_PASS(name);                                                                            \
  } while (false)
