// T1 and the seal: IntakeStore over SQLite.
//
// Beside the caller's thread, which goes on reading, people are looked up, what was reported is sealed under their keys
// and digests are computed; the writer's thread only decides what each record is to what is known, and inserts. Two
// batches of a document may be in flight; they reach the writer in their order.
#pragma once
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

#include "core/base/clock.hpp"
#include "core/pipeline/revise.hpp"
#include "core/ports/intake_store.hpp"
#include "core/store/sqlite/instances.hpp"
#include "core/store/sqlite/partners.hpp"
#include "core/store/sqlite/vault.hpp"
#include "core/store/sqlite/writer.hpp"

namespace vestitel::sqlite {

struct PreparedBatch;
struct PreparedEvent;

class SqliteIntake final : public IntakeStore {
 public:
  SqliteIntake(Writer& writer, Vault& vault, const SqlitePartners& partners, const MasterKeys& keys, const Clock& clock,
               Random& random);

  Result<OpenedDocument> open_document(const DocumentArrival& arrival) override;
  Result<> stage(std::int64_t document, EventBatch batch) override;
  Result<> wait_staged(std::int64_t document) override;
  Result<DocumentRow> seal(std::int64_t document) override;
  Result<DocumentRow> reject(std::int64_t document, std::string_view reason, Place place) override;
  Result<std::uint32_t> crashed(std::int64_t document) override;
  Result<DocumentRow> register_rejected(const DocumentArrival& arrival, std::string_view reason) override;
  void release(std::int64_t document) override;
  Result<bool> annul_gone(std::int64_t document, std::string_view scope) override;

  // Whether somebody is reading the document. Thread: any.
  bool begun(std::int64_t document) { return flight(document) != nullptr; }
  // As seal(), with what becomes durable together with it: `with` runs first in that transaction, on the writer's
  // thread; where it fails nothing is sealed.
  Result<DocumentRow> seal_with(std::int64_t document, const std::function<Result<Done>()>& with);

  // Deletes what rejected documents left behind, a bounded number of rows a transaction. Called at start too.
  Result<> prune_rejected();

 private:
  struct Open {  // a document that somebody is reading; on the writer's thread
    std::int64_t instance = 0, as_of = 0;
    std::int64_t staged = 0, events = 0;
    DocumentCounts counts;
    std::string partner;
  };
  struct InFlight {
    std::shared_ptr<const SecretKey> key;
    std::deque<std::future<Result<Done>>> batches;
    std::int64_t next = 0;                 // ordinal of the next item
    std::shared_future<bool> handed_over;  // whether the batch before reached the writer: none may overtake it
    std::optional<Error> failure;          // of the first batch that failed: there is a hole behind it
  };

  // any thread
  Result<Done> prepare_and_apply(std::int64_t document, std::int64_t first, const SecretKey& key, EventBatch batch,
                                 const std::shared_future<bool>& before, std::promise<bool> handed_over);
  Result<std::shared_ptr<PreparedBatch>> prepare(std::int64_t document, const SecretKey& key, EventBatch batch);
  Result<> settle_oldest(InFlight& flight);

  // writer's thread
  Result<OpenedDocument> open_in_transaction(const DocumentArrival& arrival, std::string_view wrapped);
  std::int64_t insert_document(const DocumentArrival& arrival, std::string_view wrapped);
  std::int64_t scope_id(std::int64_t instance, std::string_view name);
  Result<Done> apply(std::int64_t document, PreparedBatch& batch);
  Result<Done> apply_batch(std::int64_t document, PreparedBatch& batch);
  Result<Done> apply_event(std::int64_t document, Open& open, const PreparedEvent& event);
  std::optional<KnownRecord> known_record(std::int64_t scope, std::string_view record, std::int64_t document,
                                          const Open& open, std::string& digest, bool& busy);
  void set_aside(std::int64_t document, Open& open, const EventView& view, std::string_view element,
                 std::string_view reason);
  void insert_event(std::int64_t document, Open& open, std::int64_t scope, const PreparedEvent& event,
                    Revision revision, std::optional<EventId> prior);
  void annul_for(std::int64_t document, Open& open, std::int64_t scope, const PreparedEvent& event,
                 const KnownRecord& known);
  struct ScopeWalk {
    std::int64_t id = 0;
    std::string record;  // behind which to go on
    bool done = false, quarantined = false;
  };
  Result<ScopeWalk> annul_step(std::int64_t document, std::string_view scope, std::string_view after);
  Result<Done> annul_if_gone(std::int64_t document, Open& open, std::int64_t scope, std::string_view record);
  Result<Done> save(std::int64_t document, const Open& open);
  void end_given_up();
  void index_people();
  DocumentRow end(std::int64_t document, DocumentState state, std::string_view reason, Place place);
  bool stands(std::int64_t document);
  std::int64_t as_of(std::int64_t document);
  bool foreign(std::int64_t known, const Open& open);
  std::int64_t as_of_repeat(std::int64_t repeat, std::int64_t document);
  Result<std::int64_t> prune_chunk();
  std::shared_ptr<InFlight> flight(std::int64_t document);

  Writer& writer_;
  Vault& vault_;
  const SqlitePartners& partners_;
  const MasterKeys keys_;
  const Clock& clock_;
  Random& random_;

  // used on the writer's thread alone
  InstanceNumbers instances_;
  Statement find_bytes_, find_unfinished_, find_unit_, insert_document_, read_document_, state_of_;
  Statement find_scope_, insert_scope_, known_, next_record_, newest_, insert_event_, insert_annulled_, confirm_,
      insert_person_event_, insert_quarantine_, move_document_;
  Statement count_crash_, seal_document_, end_document_, rejected_, prune_events_, prune_quarantine_, mark_pruned_;
  std::unordered_map<std::int64_t, Open> open_;
  std::set<std::int64_t> unfinished_;  // begun, and read by nobody
  std::set<std::int64_t> hidden_;      // rejected, not pruned yet
  std::set<std::int64_t> given_up_;    // unfinished, and in the way of the batch being applied
  std::unordered_map<std::string, std::int64_t> scopes_;
  std::string last_scope_;
  std::int64_t last_scope_instance_ = 0, last_scope_id_ = 0;
  std::int64_t next_seal_, run_, run_events_;
  std::vector<std::pair<PersonId, std::int64_t>> fresh_;  // (person, event) of this batch, to be indexed
  const PreparedBatch* current_ = nullptr;                // the batch being applied

  std::mutex mutex_;
  std::map<std::int64_t, std::shared_ptr<InFlight>> flights_;  // under mutex_
};

// Reads a row of `document` whose columns are kDocumentColumns, in that order.
extern const char* const kDocumentColumns;
DocumentRow read_document_row(Statement::Rows& row);

}  // namespace vestitel::sqlite
