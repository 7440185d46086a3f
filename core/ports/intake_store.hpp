// What intake needs of the store: T1 and the seal.
//
//   open ──▶ stage* ──▶ seal      sealed: routed, shown, counted
//              └──────▶ reject    nothing of it is ever seen; pruned in chunks
//
// A document is applied whole or not at all. It is staged in batches, each one transaction (T1) that also moves the
// document's position, so that after a kill the same bytes are read again and what is staged is skipped.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/model/document.hpp"
#include "core/model/event.hpp"

namespace vestitel {

struct OpenedDocument {
  std::int64_t id = 0;
  std::int64_t staged = 0;  // items (events and quarantined records) already durable: skip that many
  // The same bytes were sealed before, for the same instance and partner: read nothing, this row answers.
  std::optional<DocumentRow> repeat_of;
};

class IntakeStore {
 public:
  virtual ~IntakeStore() = default;

  // Registers a document, or finds the one that these bytes already began (resume) or were (repeat). A document whose
  // name, partner and instance match an unfinished one with other bytes rejects that one first. The caller owns the
  // document until seal, reject or release; kBusy: somebody else does.
  virtual Result<OpenedDocument> open_document(const DocumentArrival& arrival) = 0;

  // T1: the batch's events and quarantined records, their dedupe keys and the document's position, durable together
  // when wait_staged() or seal() returns. Returns as soon as the batch is queued; blocks while two are in flight.
  virtual Result<> stage(std::int64_t document, EventBatch batch) = 0;
  virtual Result<> wait_staged(std::int64_t document) = 0;

  // The document has named every record of the scope: what is known beyond them, of its own partner and not of a newer
  // document, is annulled, a bounded number of records a transaction, as part of the document. False: a record of it
  // is in quarantine, and might be one of them; nothing is.
  virtual Result<bool> annul_gone(std::int64_t document, std::string_view scope) = 0;

  // Accepts the document as a whole: one transaction of constant size. Returns the row with its counts.
  virtual Result<DocumentRow> seal(std::int64_t document) = 0;

  // Refuses it as a whole.
  virtual Result<DocumentRow> reject(std::int64_t document, std::string_view reason, Place place) = 0;

  // Its reader's process died while reading it. How often that has happened, this time included; durable.
  virtual Result<std::uint32_t> crashed(std::int64_t document) = 0;

  // Registers one that is refused unread, though its bytes were accepted before.
  virtual Result<DocumentRow> register_rejected(const DocumentArrival& arrival, std::string_view reason) = 0;

  // Whoever opened a document and neither sealed nor rejected it lets go of it: what was staged stays for the next who
  // opens these bytes, and gives way to another document with the same records. Nothing to do behind seal and reject.
  virtual void release(std::int64_t document) = 0;
};

}  // namespace vestitel
