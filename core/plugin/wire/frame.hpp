// The frames that hub and runner exchange over one stream socket. sdk/docs/runner-protocol.md describes each of them
// for authors in any language; the numbers here never change.
//
//   offset  0  u32  magic, the bytes "VSR1"
//           4  u16  type
//           6  u16  how many descriptors come with the frame (SCM_RIGHTS), at most 8
//           8  u32  length of the payload
//          12  u32  0
//          16  u64  call: the number of the call or request that this belongs to; 0: none
//
// Everything is little-endian. There is no checksum: the bytes never leave the memory of one kernel, and what a
// hostile end could forge it could also sum up.
#pragma once
#include <cstddef>
#include <cstdint>

namespace vestitel::wire {

inline constexpr std::uint32_t kMagic = 0x31525356;
inline constexpr std::size_t kHeader = 24;
inline constexpr std::uint32_t kVersion = 1;                     // the only one so far
inline constexpr std::uint32_t kMaxPayload = 48U * 1024 * 1024;  // the largest batch that the ABI allows, and a little
inline constexpr std::size_t kMaxDescriptors = 8;

// The descriptors that a runner inherits, beside 0 (nothing), 1 and 2 (log lines).
inline constexpr int kSocketFd = 3, kRegionFd = 4, kLibraryFd = 5;

// Where events lie that are too many to be written twice: slots of a shared memory, each free or lent to one emit.
inline constexpr std::uint32_t kSlots = 4, kSlotBytes = 1U << 20;
// Behind them, slots for pieces of the document: one is read while the next is fetched.
inline constexpr std::uint32_t kDocumentSlots = 2, kDocumentSlotBytes = 256U * 1024;

enum class Type : std::uint16_t {
  // hub → runner: the first frame, and what the runner answers it with
  kHello = 1,
  kReady = 2,
  kRefused = 3,  // not loaded: rc and why
  // hub → runner: calls of the plugin, answered by kAnswer with the same number
  kConfigure = 16,
  kCheck = 17,
  kStart = 18,
  kStop = 19,
  kDestroy = 20,
  kSniff = 21,
  kParse = 22,
  kPoll = 23,
  kDeliver = 24,
  kCallback = 25,
  kPollReceipts = 26,
  kAsk = 27,
  // hub → runner, without an answer
  kCancel = 32,
  kResume = 33,
  kPing = 34,
  // runner → hub
  kAnswer = 48,
  kPong = 49,
  // runner → hub: services; those with an answer get kReply with the same number
  kEmit = 64,
  kQuarantine = 65,
  kComplete = 66,
  kCommit = 67,
  kRead = 68,
  kBegin = 69,   // no answer: the frame itself is the record
  kSettle = 70,  // no answer
  kLog = 71,     // no answer
  kSecret = 72,
  kKv = 73,
  kMetric = 74,   // an answer to a definition alone
  kConnect = 75,  // the stream comes with the reply
  kHttp = 76,
  kSubjects = 77,
  kBreach = 78,  // what the runner itself saw the plugin do, for instance a batch that breaks the contract
  kConfig = 79,
  kReceipt = 80,
  // hub → runner
  kReply = 96,
  kHttpAnswer = 97,  // one of the answers to a kHttp, under its number; after the last comes kReply
  // hub → launcher, each answered by kDone
  kSpawn = 128,
  kKill = 129,
  kReap = 130,
  kDone = 131,
};

struct Header {
  Type type{};
  std::uint16_t flags = 0;  // how many descriptors
  std::uint32_t length = 0;
  std::uint64_t call = 0;
};

}  // namespace vestitel::wire
