/* vestitel/abi.h: the whole binary contract between host and plugin. C11 and C++17; needs two std headers.
 *
 * Promises that hold for every function here:
 *  - A pointer or buffer given to a function is borrowed for that call and stays the caller's; nothing here frees
 *    what the other side allocated. Where something lives longer, its comment names the call that ends it.
 *  - No exception, longjmp or signal handler crosses. An int32 `rc` says how the call went; a `vestitel_error*`
 *    may be null, and is filled only when rc is negative.
 *  - Text is UTF-8 without terminator. Times are microseconds since 1970-01-01T00:00:00Z.
 *  - No function pointer is null unless its comment says "optional".
 *
 * Thread tags name roles, not OS threads; the OS thread may change between two calls.
 *  [control]  one thread at a time for each instance
 *  [work]     one thread at a time for each instance, unless its descriptor sets VESTITEL_FLAG_CONCURRENT
 *  [any]      re-entrant, from any thread of the process
 *
 * Growth: a struct that begins with `size` only ever grows at its end; whoever creates it sets `size`, whoever reads
 * it asks VESTITEL_HAS before a field younger than 1.0. A reader ignores integers it does not know; of unknown flag
 * bits the low 16 are ignored, and a bit in the high 16 means: reject the object. */
/* The columns below are set by hand. */
/* clang-format off */
#ifndef VESTITEL_SDK_ABI_H
#define VESTITEL_SDK_ABI_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* The major is also part of the entry symbol's name; the minor grows with each appended field or service. */
#define VESTITEL_ABI_MAJOR 1u
#define VESTITEL_ABI_MINOR 1u
#define VESTITEL_MAGIC     0x31534556u             /* the bytes V E S 1 on a little-endian machine     */
#define VESTITEL_EXPORT    __attribute__((visibility("default")))
/* True when the object that `ptr` points to is new enough to hold `field`. */
#define VESTITEL_HAS(ptr, field) \
  ((ptr)->size >= offsetof(__typeof__(*(ptr)), field) + sizeof((ptr)->field))

/* ---- return codes: how a call went ------------------------------------------------------------------ */
typedef int32_t vestitel_rc;                       /* fixed width, never an enum type                  */
/* outcomes, >= 0 */
#define VESTITEL_OK             0
#define VESTITEL_MORE           1                  /* poll: call again at once                         */
#define VESTITEL_END            2                  /* poll: drained until the next schedule            */
#define VESTITEL_NOT_FOUND      3                  /* no such id, key, secret or option                */
/* somebody has to fix something */
#define VESTITEL_E_INVALID    (-1)                 /* broken contract: a bug                           */
#define VESTITEL_E_CONFIG     (-2)                 /* field_path says which key                        */
#define VESTITEL_E_AUTH       (-5)                 /* credentials refused: pause and alert             */
#define VESTITEL_E_DENIED     (-9)                 /* capability not granted                           */
/* bad input: keep going */
#define VESTITEL_E_DATA       (-3)                 /* this item goes to quarantine                     */
/* later */
#define VESTITEL_E_RETRY      (-4)                 /* retry_after_ms may be set                        */
#define VESTITEL_E_RATE       (-6)
#define VESTITEL_E_CANCELLED  (-7)
/* the rest */
#define VESTITEL_E_NOMEM      (-8)
#define VESTITEL_E_UNSUPPORTED (-10)
#define VESTITEL_E_THREAD     (-11)                /* called on a thread that its tag forbids          */
#define VESTITEL_E_INTERNAL   (-99)

/* ---- text and errors -------------------------------------------------------------------------------- */
/* Borrowed text; p may be null only when n is 0. Frozen: it will never grow. */
typedef struct vestitel_str  { const char *p; uint64_t n; } vestitel_str;   /* UTF-8, no terminator    */
/* Text inside a batch heap: off + len never exceeds heap_len. len 0: absent. Frozen. */
typedef struct vestitel_span { uint32_t off, len; } vestitel_span;          /* into a batch heap       */
/* Where something stands in a document: byte from 0 in the bytes as delivered, line and column (in characters) from 1. Frozen. */
typedef struct vestitel_place { uint64_t byte; uint32_t line, column; } vestitel_place; /* in a document; line 0: unknown */

/* The caller allocates it, sets size and zeroes the rest; the callee fills it on a negative rc. Both texts may be
 * cut, at a character boundary, and are not terminated. They name keys, elements and places, never values. */
typedef struct vestitel_error {       /* caller allocates, sets size, zeroes the rest; callee fills    */
  uint32_t size; vestitel_rc rc;
  int64_t  retry_after_ms;
  uint64_t item;                      /* row or message index; UINT64_MAX: none                        */
  uint32_t field_path_len, message_len;
  char field_path[128];               /* JSON pointer into the config or the event                     */
  char message[512];                  /* never a secret, never payload                                 */
} vestitel_error;

/* ---- events: four flat blocks, so a batch can be copied, shared or mapped as it is ------------------ */
/* revision. NEW also stands for "the format does not say": the host compares by scope + record_key and decides
 * between new, duplicate and corrected. CORRECTED and ANNULLED only where the record itself says so. */
#define VESTITEL_NEW            1
#define VESTITEL_CORRECTED      2
#define VESTITEL_ANNULLED       3
/* subject_kind, as the document declares it, never guessed from the digits */
#define VESTITEL_EGN            1     /* ten digits, Bulgarian citizens                                */
#define VESTITEL_LNCH           2     /* ten digits, foreigners                                        */
#define VESTITEL_NAP            3     /* service number of the revenue agency, digits                  */
#define VESTITEL_EHIC           4     /* European health insurance card or its personal number         */
#define VESTITEL_UIN            5     /* a practitioner's number                                       */
/* event flags */
#define VESTITEL_OCCURRED_DATE_ONLY 1u  /* occurred_at_us is a civil date, written as its midnight UTC   */
#define VESTITEL_REPORTED_DATE_ONLY 2u  /* the same of reported_at_us                                    */
#define VESTITEL_TIME_UNKNOWN INT64_MIN /* reported_at_us: the format does not say, the host's as-of stands */

/* One fact. Mandatory: revision, subject_kind, occurred_at_us, type, scope, record_key, subject. The rest of what a
 * record says stands in its attributes, attrs[attr_first .. attr_first + attr_count). */
typedef struct vestitel_event {       /* 112 bytes; all text lies in the batch heap                    */
  uint32_t size; uint16_t revision, subject_kind;   /* VESTITEL_NEW.. ; VESTITEL_EGN..                 */
  int64_t  occurred_at_us, reported_at_us;          /* UTC; DATE_ONLY flags: midnight UTC of the date  */
  uint32_t flags, attr_first, attr_count, line, column, reserved0;  /* where it stood; line 0: unknown */
  vestitel_span type, scope, record_key;            /* scope + record_key: the dedupe key (locality!)  */
  vestitel_span subject, document_number, facility, practitioner;
  vestitel_span reserved;
} vestitel_event;
/* Key and value; keys are lower case with dots (list: docs of the SDK), and may repeat. Frozen. */
typedef struct vestitel_attr { vestitel_span key, value; } vestitel_attr;

/* Borrowed for the call of emit. Two spans may name the same bytes of the heap. heap_len < 4 GiB. */
typedef struct vestitel_batch {
  uint32_t size, stride; uint64_t seq; uint32_t count, attr_count;
  const vestitel_event *events;       /* walk by stride, never by sizeof                               */
  const vestitel_attr *attrs; const char *heap; uint64_t heap_len;
} vestitel_batch;

/* ---- host, as the plugin sees it: valid from create() until destroy() returns ----------------------- */
typedef struct vestitel_host vestitel_host;
struct vestitel_host {
  uint32_t size; uint16_t abi_major, abi_minor; void *ctx; vestitel_str name, version, instance_id;
  /* A service table, which lives as long as the host object. id is terminated.                        */
  const void *(*get_service)(const vestitel_host*, const char *id);  /* [any] NULL: absent or denied   */
  /* Non-zero: what is running shall return soon. Ask at least every 200 ms or 1 MiB.                   */
  int32_t     (*cancelled)(const vestitel_host*);                    /* [any] one atomic load          */
  int64_t     (*now_us)(const vestitel_host*);                       /* [any] host clock; fake in tests */
};

typedef struct vestitel_emit_v1 {     /* service "vestitel.emit/1"; all [work]                         */
  uint32_t size;
  /* What is handed over between two commits is one unit: events, quarantined records, complete scopes and kv.
   * A reader's unit is its document, which the host seals when parse returns OK and drops when it does not;
   * a reader never commits. emit copies, and blocks when the hub is behind (cancel ends it).           */
  vestitel_rc (*emit)(const vestitel_host*, const vestitel_batch*, vestitel_error*);
  /* One record that could not become an event. element and reason quote no value; bytes is the record as it
   * came, at most 64 KiB, and may be empty; the host encrypts it.                                      */
  vestitel_rc (*quarantine)(const vestitel_host*, vestitel_place, vestitel_str element, vestitel_str reason,
                            vestitel_str bytes, vestitel_error*);
  /* All records of this scope have been emitted: what the hub knows beyond them is annulled.          */
  vestitel_rc (*complete)(const vestitel_host*, vestitel_str scope, vestitel_error*);
  /* Feeds only: the unit and the cursor become durable together; OK: upstream may be acknowledged.    */
  vestitel_rc (*commit)(const vestitel_host*, vestitel_str cursor, vestitel_error*);
} vestitel_emit_v1;

/* log levels */
#define VESTITEL_LOG_DEBUG 1
#define VESTITEL_LOG_INFO  2
#define VESTITEL_LOG_WARN  3
#define VESTITEL_LOG_ERROR 4
typedef struct vestitel_kv { vestitel_str key, value; } vestitel_kv;        /* frozen                  */
typedef struct vestitel_log_v1 {      /* service "vestitel.log/1"; all [any], never fail               */
  uint32_t size;
  int32_t (*enabled)(const vestitel_host*, int32_t level);           /* zero: write would drop it      */
  /* The host adds plugin and instance, limits the rate and removes secrets; no personal value belongs here. */
  void (*write)(const vestitel_host*, int32_t level, vestitel_str message, const vestitel_kv *pairs, uint32_t n);
} vestitel_log_v1;

typedef struct vestitel_secret_v1 {   /* service "vestitel.secret/1"; [any]                            */
  uint32_t size;
  /* Calls use(arg, bytes) once, before read returns; bytes die with that call. The name is that of a settings
   * field declared secret: its value never stands in the settings JSON. NOT_FOUND: not set, use is not called. */
  vestitel_rc (*read)(const vestitel_host*, vestitel_str name, void (*use)(void *arg, vestitel_str bytes), void *arg,
                      vestitel_error*);
} vestitel_secret_v1;

/* ---- plugin: one configured instance ---------------------------------------------------------------- */
/* Order: create, configure, (check,) start, work calls, stop, destroy. Out of order: E_INVALID, no effect. */
typedef struct vestitel_plugin vestitel_plugin;
struct vestitel_plugin {
  uint32_t size; void *self;
  /* json: one object, already completed with defaults and checked by the host against the schema, without secrets.
   * E_CONFIG names the key in field_path. May be called again after stop.                              */
  vestitel_rc (*configure)(vestitel_plugin*, vestitel_str json, vestitel_error*); /* [control] no I/O  */
  vestitel_rc (*check)(vestitel_plugin*, vestitel_error*);  /* [control] reach the peer; cancellable   */
  vestitel_rc (*start)(vestitel_plugin*, vestitel_error*);  /* [control]                               */
  /* Makes a running work call return by deadline_us, on the host's clock.                             */
  vestitel_rc (*stop)(vestitel_plugin*, int64_t deadline_us);   /* [control] while work may be running */
  /* Frees the instance and this struct; no call of the instance may be running.                       */
  void        (*destroy)(vestitel_plugin*);                 /* [control] after stop; joins all threads */
  /* The table of an ability; NULL: this plugin does not have it. id is terminated.                     */
  const void *(*get_extension)(vestitel_plugin*, const char *id);  /* [any] lives until destroy        */
};

/* ---- a source is a reader, a feed, or both ---------------------------------------------------------- */
#define VESTITEL_DOC_COMPLETE 1u     /* the sender vouches that the document covers its scope wholly    */
typedef struct vestitel_document {    /* what the host knows of a document, valid during parse         */
  uint32_t size, flags; int64_t as_of_us; uint64_t total_bytes;       /* total 0: not known            */
  vestitel_str name, media_type, partner;
} vestitel_document;
typedef struct vestitel_input {       /* the document's bytes, pulled; valid during parse               */
  uint32_t size; void *ctx;
  /* Fills up to cap bytes; *got 0: the end. E_CANCELLED ends the parse. Any chunk size may come.      */
  vestitel_rc (*read)(void *ctx, uint8_t *into, uint64_t cap, uint64_t *got);        /* [work]         */
} vestitel_input;
typedef struct vestitel_parse_v1 {    /* reader, "vestitel.parse/1": document bytes -> events          */
  uint32_t size;
  /* How surely these first n bytes are this reader's: 0 no, 100 certain. Optional.                     */
  int32_t     (*sniff)(vestitel_plugin*, vestitel_str name, const uint8_t*, uint64_t n); /* [any] 0..100 */
  /* OK: the document is accepted as emitted. E_DATA: it is rejected whole, the message says where and why. */
  vestitel_rc (*parse)(vestitel_plugin*, const vestitel_document*, const vestitel_input*,
                       vestitel_error*);                                                 /* [work]     */
} vestitel_parse_v1;

typedef struct vestitel_poll_v1 {     /* feed, "vestitel.poll/1": cursor -> events and the next cursor */
  uint32_t size;
  /* Emits at most max_events after cursor (empty: from the start), commits, and returns MORE or END.   */
  vestitel_rc (*poll)(vestitel_plugin*, vestitel_str cursor, uint32_t max_events, vestitel_error*); /* [work] */
} vestitel_poll_v1;

/* ---- sink: messages in, one verdict for each -------------------------------------------------------- */
#define VESTITEL_ACCEPTED       1     /* provider took it; provider_id set; a receipt may follow       */
#define VESTITEL_DELIVERED      2     /* provider vouches that it reached the address                  */
#define VESTITEL_RETRY          3     /* not sent; after_ms and scope say how long, how widely to wait */
#define VESTITEL_PERMANENT      4     /* not sent, never will be: this message is at fault             */
#define VESTITEL_CONTACT_DEAD   5     /* the address is gone, since since_us; the hub stops using it   */
#define VESTITEL_CONFIG_ERROR   6     /* settings or credentials are at fault: the hub pauses the sink */
#define VESTITEL_UNKNOWN        7     /* may have been sent; nobody can prove either                   */

#define VESTITEL_VERDICT_ARRIVED 1u   /* CONTACT_DEAD, in a receipt: the message arrived, and the person
                                         wants no more at this address; nobody stands in for it        */

#define VESTITEL_SCOPE_MESSAGE   1    /* only this message waits                                       */
#define VESTITEL_SCOPE_RECIPIENT 2    /* everything to this address waits                              */
#define VESTITEL_SCOPE_LINK      3    /* everything over this connection or peer waits                 */
#define VESTITEL_SCOPE_SINK      4    /* the whole instance waits                                      */

/* channel: what kind of address `to` is */
#define VESTITEL_CHANNEL_EMAIL   1    /* a mailbox, local@domain                                       */
#define VESTITEL_CHANNEL_SMS     2    /* a number, E.164 with the plus sign                            */
#define VESTITEL_CHANNEL_PUSH    3    /* a token of the push service                                   */
#define VESTITEL_CHANNEL_WEBHOOK 4    /* a URL                                                         */
/* priority */
#define VESTITEL_PRIORITY_NORMAL 0u
#define VESTITEL_PRIORITY_URGENT 1u   /* codes and what a person waits for                             */

/* One rendered message to one address. body is plain text; body_html may be absent; data_json is one JSON object for
 * sinks that carry data; idem_key is the same at every repeat; locale is a BCP 47 tag such as bg. */
typedef struct vestitel_msg {
  uint32_t size, channel; vestitel_span id, to, title, body, body_html, data_json, idem_key, locale;
  int64_t expires_us, deadline_us; uint32_t priority, reserved;   /* deadline: of this send; both 0: none */
} vestitel_msg;
typedef struct vestitel_msg_batch {   /* borrowed for the call of deliver                              */
  uint32_t size, stride, count, reserved; const vestitel_msg *msgs; const char *heap; uint64_t heap_len;
} vestitel_msg_batch;

typedef struct vestitel_verdict {     /* plugin fills one and hands it to settle                       */
  uint32_t size; int32_t kind;        /* VESTITEL_ACCEPTED .. VESTITEL_UNKNOWN                         */
  int32_t  scope; uint32_t flags;     /* scope: RETRY only; flags: VESTITEL_VERDICT_*                  */
  int64_t  after_ms;                  /* RETRY: least wait; 0: the hub's own backoff                   */
  int64_t  since_us;                  /* CONTACT_DEAD: provider's date; 0: not said                    */
  uint32_t provider_id_len, reason_len;
  char provider_id[256];              /* never cut: a longer id goes to kv under a short handle        */
  char reason[256];                   /* why, in words; no address, no payload                         */
} vestitel_verdict;

typedef struct vestitel_delivery_v1 { /* service "vestitel.delivery/1"; both [any]                      */
  uint32_t size;
  /* begin: from here on the peer may act on message i. A crash before it is a retry, after it unknown. */
  void (*begin)(const vestitel_host*, uint32_t i);
  /* settle: the verdict on message i, as soon as it is known, in any order, once.                     */
  void (*settle)(const vestitel_host*, uint32_t i, const vestitel_verdict*);
} vestitel_delivery_v1;
typedef struct vestitel_deliver_v1 {  /* sink, "vestitel.deliver/1"                                    */
  uint32_t size, max_batch; uint64_t max_body;           /* max_body in bytes; 0: no limit of its own  */
  int64_t max_send_us;                /* longest time a send may take; the hub's lease and kill follow  */
  /* [work] Returns when every message has been settled. One not begun: retry; begun, not settled: unknown. */
  vestitel_rc (*deliver)(vestitel_plugin*, const vestitel_msg_batch*, vestitel_error*);
} vestitel_deliver_v1;

/* Optional, "vestitel.receipts/1"; reports by vestitel.receipt/1. Either function may be null.
 * headers: lines "name: value\n", first ":method: POST" and ":query: a=b", then the request's in lower case, without its
 * credentials. on_callback: OK, and the provider is acknowledged; E_DATA: 400, E_AUTH: 403, all else: 503, to be
 * repeated. poll_receipts: at most max reports; MORE: call again at once, END: until the next turn. */
typedef struct vestitel_receipts_v1 {
  uint32_t size;
  vestitel_rc (*on_callback)(vestitel_plugin*, vestitel_str headers, const uint8_t *body, uint64_t n,
                             vestitel_error*);                                           /* [work]     */
  vestitel_rc (*poll_receipts)(vestitel_plugin*, uint32_t max, vestitel_error*);         /* [work]     */
} vestitel_receipts_v1;

/* A message that was begun and never answered: nobody knows whether it arrived. Its text and address are not told.
 * provider_id: what the attempt was answered with, mostly absent; asked: how often before. */
typedef struct vestitel_doubt {
  uint32_t size, channel; vestitel_span id, idem_key, provider_id;
  int64_t sent_us, expires_us; uint32_t asked, reserved;          /* expires: worthless after; 0: never */
} vestitel_doubt;
typedef struct vestitel_doubt_batch { /* borrowed for the call of ask                                  */
  uint32_t size, stride, count, reserved; const vestitel_doubt *doubts; const char *heap; uint64_t heap_len;
} vestitel_doubt_batch;

/* Optional, "vestitel.ask/1": asks the peer, and changes nothing there. Answers by settle of vestitel.delivery/1, without
 * a begin: ACCEPTED with the peer's id or DELIVERED, it is there; RETRY, it surely is not, and may be sent again; PERMANENT,
 * it was refused there; UNKNOWN or no answer, nobody knows yet: it is asked again later. */
typedef struct vestitel_ask_v1 {
  uint32_t size, max_batch;
  vestitel_rc (*ask)(vestitel_plugin*, const vestitel_doubt_batch*, vestitel_error*);    /* [work]     */
} vestitel_ask_v1;

/* ---- the door: one exported data object -------------------------------------------------------------- */
#define VESTITEL_KIND_READER     1u
#define VESTITEL_KIND_FEED       2u
#define VESTITEL_KIND_SINK       4u
#define VESTITEL_FLAG_CONCURRENT 1u   /* work calls may overlap on one instance                        */
#define VESTITEL_FLAG_NEEDS_NET  2u
#define VESTITEL_FLAG_NODELETE   4u   /* never unmap                                                   */
#define VESTITEL_FLAG_IDEMPOTENT 8u   /* sink: the same idem_key takes effect once                     */

/* What a plugin is; lives as long as its library is loaded. id is reverse-DNS, version is semver. */
typedef struct vestitel_descriptor {
  uint32_t size, kind, flags, reserved;
  vestitel_str id, name, vendor, version, license, url, config_schema_json, capabilities_json;
} vestitel_descriptor;

/* Lives as long as the library is loaded. */
typedef struct vestitel_entry {
  uint32_t magic, size; uint16_t abi_major, abi_minor; uint32_t min_host_minor;
  vestitel_str sdk, toolchain;
  vestitel_rc (*init)(vestitel_str plugin_dir); void (*deinit)(void);   /* counted: may come repeatedly */
  uint32_t (*count)(void);                                              /* [any] plugins in the library */
  const vestitel_descriptor *(*describe)(uint32_t index);               /* [any] NULL: index >= count   */
  /* [control] *out is the plugin's until its destroy; set only on OK. NOT_FOUND: no such id.           */
  vestitel_rc (*create)(const vestitel_host*, vestitel_str id, vestitel_plugin **out,
                        vestitel_error*);                             /* must not call the host back   */
} vestitel_entry;

extern VESTITEL_EXPORT const vestitel_entry vestitel_plugin_entry_v1;

#ifdef __cplusplus
}
#endif
#endif
