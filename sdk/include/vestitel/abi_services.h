/* vestitel/abi_services.h: host services younger than ABI 1.0, found by id like those of abi.h and under its promises.
 *
 * Each is absent (NULL) where the host is older, where the plugin's manifest did not ask for it, and where nobody granted
 * it. vestitel.config/1, vestitel.clock/1 and vestitel.metric/1 need no grant; vestitel.kv/1 is for feeds and sinks.
 * A plugin that cannot do without one says so from start() with E_DENIED and the id in the message.
 *
 * Threads: all [any], except that what is said of a "running call" is meant within that call. A function that waits ends
 * early with E_CANCELLED when the host cancels. Callbacks run on the thread that called, before the function returns; what
 * they are given dies with them, and they throw nothing. */
/* clang-format off */
#ifndef VESTITEL_SDK_ABI_SERVICES_H
#define VESTITEL_SDK_ABI_SERVICES_H
#include "abi.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- settings ---------------------------------------------------------------------------------------- since 1.1 */
typedef struct vestitel_config_v1 {   /* service "vestitel.config/1"                                    */
  uint32_t size;
  /* Calls use(arg, json) once with the value at an RFC 6901 pointer ("" is all, "/relay/port") as JSON text: what
   * configure() was given, without secrets. NOT_FOUND: no such key; E_INVALID: not a pointer.          */
  vestitel_rc (*get)(const vestitel_host*, vestitel_str pointer, void (*use)(void *arg, vestitel_str json), void *arg,
                     vestitel_error*);
} vestitel_config_v1;

/* ---- time -------------------------------------------------------------------------------------------- since 1.1 */
typedef struct vestitel_clock_v1 {    /* service "vestitel.clock/1"                                     */
  uint32_t size;
  int64_t     (*monotonic_us)(const vestitel_host*);    /* never steps back; its zero means nothing     */
  /* Returns OK at that time of the monotonic clock, at once where it has passed.                       */
  vestitel_rc (*sleep_until)(const vestitel_host*, int64_t monotonic_us, vestitel_error*);
} vestitel_clock_v1;

/* ---- a small store of its own ------------------------------------------------------------------------ since 1.1 */
#define VESTITEL_CHANGED 4            /* an rc: cas found another revision, nothing was changed          */
#define VESTITEL_KV_MAX_KEY   256u    /* bytes, UTF-8, at least 1; no personal value                     */
#define VESTITEL_KV_MAX_VALUE 65536u  /* bytes, any; encrypted where they lie                            */
/* Private to the instance; survives restarts and upgrades. A revision is above 0 and grows with each change of its key.
 * In a running poll, changes belong to the unit: visible to its own get at once, durable with its next commit, dropped
 * with what was not committed. Elsewhere they are durable when the function returns. E_DENIED: beyond the quota that
 * was granted; E_INVALID: a key or value too long; E_RETRY: the store is busy.                          */
typedef struct vestitel_kv_v1 {       /* service "vestitel.kv/1"                                        */
  uint32_t size;
  vestitel_rc (*get)(const vestitel_host*, vestitel_str key, void (*use)(void *arg, vestitel_str value, uint64_t revision),
                     void *arg, vestitel_error*);                       /* NOT_FOUND: use is not called  */
  vestitel_rc (*put)(const vestitel_host*, vestitel_str key, vestitel_str value, vestitel_error*);
  vestitel_rc (*remove)(const vestitel_host*, vestitel_str key, vestitel_error*);    /* NOT_FOUND: was not there */
  /* Puts where the key still has that revision; 0: where it is not there. *revision (null allowed) is the new one. */
  vestitel_rc (*cas)(const vestitel_host*, vestitel_str key, uint64_t expected, vestitel_str value, uint64_t *revision,
                     vestitel_error*);
  /* The keys that begin with prefix and come after `after`, in byte order, at most max (0: 1000). OK, or MORE. */
  vestitel_rc (*list)(const vestitel_host*, vestitel_str prefix, vestitel_str after, uint32_t max,
                      void (*use)(void *arg, vestitel_str key, uint64_t revision), void *arg, vestitel_error*);
} vestitel_kv_v1;

/* ---- figures for the operator ------------------------------------------------------------------------ since 1.1 */
#define VESTITEL_COUNTER   1          /* update adds, never below 0                                     */
#define VESTITEL_GAUGE     2          /* update sets                                                    */
#define VESTITEL_HISTOGRAM 3          /* update observes one value                                      */
typedef struct vestitel_metric_v1 {   /* service "vestitel.metric/1"                                    */
  uint32_t size;
  /* Before or in start(). name and label keys: [a-z][a-z0-9_]{0,63}; label values: a closed set of short words, nothing
   * that names a person. The operator sees vestitel_plugin_NAME with the instance as a label. At most 64 an instance;
   * the same name and labels again: the same handle.                                                   */
  vestitel_rc (*define)(const vestitel_host*, int32_t kind, vestitel_str name, vestitel_str help, const vestitel_kv *labels,
                        uint32_t n, uint32_t *handle, vestitel_error*);
  void        (*update)(const vestitel_host*, uint32_t handle, double value);   /* never fails; not for each record */
} vestitel_metric_v1;

/* ---- connections, to granted hosts alone -------------------------------------------------------------- since 1.1 */
typedef struct vestitel_connect_v1 {  /* service "vestitel.connect/1"                                   */
  uint32_t size;
  /* A connected TCP stream, without TLS, blocking, close-on-exec; *fd is the plugin's to close. timeout 0: 10 s.
   * E_DENIED: that host and port were not granted; E_RETRY: could not be reached, the message says why. */
  vestitel_rc (*open)(const vestitel_host*, vestitel_str host, uint32_t port, int64_t timeout_ms, int32_t *fd,
                      vestitel_error*);
} vestitel_connect_v1;

/* ---- HTTP: TLS, connections, timeouts and the allow-list are the host's ------------------------------- since 1.1 */
#define VESTITEL_HTTP_REPEATABLE 1u   /* may be sent again where its answer never came: a read, or an idempotency key */
#define VESTITEL_HTTP_NO_MESSAGE UINT32_MAX
typedef struct vestitel_http_request {
  uint32_t size, flags;
  vestitel_str method, url;           /* https alone, or http where "http://HOST:PORT" was granted      */
  const vestitel_kv *headers; uint32_t header_count;  /* no line breaks; Host and lengths are the host's */
  /* In a running deliver: the message that this request carries. The host begins it (vestitel.delivery/1) at the moment
   * from which the peer may act on it; the plugin settles it. VESTITEL_HTTP_NO_MESSAGE: none.           */
  uint32_t message;
  vestitel_str body;
  int64_t  timeout_ms;                /* from its turn to the last byte of the answer; 0: 30 s; at most 10 min */
  uint64_t max_answer;                /* bytes of the answer's body; 0: 1 MiB; at most 32 MiB            */
  vestitel_str client_certificate, client_key;   /* names of secrets that hold PEM; empty: none           */
} vestitel_http_request;
typedef struct vestitel_http_answer { /* borrowed for the callback                                      */
  uint32_t size; vestitel_rc rc;      /* OK: there is an answer, whatever its status. E_RETRY: none came. E_DENIED: not
                                         granted. E_INVALID: not a request. E_DATA: longer than max_answer. E_CANCELLED */
  uint32_t sent;                      /* 0: not a byte of the request has left, so that nothing took effect */
  uint32_t status;                    /* 100..599; 0 without an answer                                   */
  const vestitel_kv *headers; uint32_t header_count;                    /* names in lower case          */
  uint32_t http_version;              /* 10, 11 or 20; 0 without an answer                               */
  int64_t  retry_after_ms;            /* from Retry-After, either form; -1: it does not say              */
  vestitel_str body, reason;          /* reason: of a negative rc, in words, without URL and content     */
} vestitel_http_answer;
typedef struct vestitel_http_v1 {     /* service "vestitel.http/1"                                      */
  uint32_t size, most_in_flight;      /* how many requests the host keeps on their way at a time        */
  /* Returns when each request has had its answer: answered(arg, index, answer) once for each, in the order in which they
   * come. Redirects are not followed, cookies not kept. A negative rc: no callback has been or will be called.  */
  vestitel_rc (*request_many)(const vestitel_host*, const vestitel_http_request *requests, uint32_t stride, uint32_t count,
                              void (*answered)(void *arg, uint32_t index, const vestitel_http_answer*), void *arg,
                              vestitel_error*);
} vestitel_http_v1;

/* ---- whom to ask a registry about -------------------------------------------------------------------- since 1.1 */
typedef struct vestitel_subjects_v1 { /* service "vestitel.subjects/1"; feeds to which it was granted    */
  uint32_t size;
  /* Identifiers of people who have subscribed, in a fixed order, at most max (0: 1000): use(arg, cursor, kind, value), kind
   * VESTITEL_EGN.. Pass the last cursor on as `after` (empty: from the start). MORE, or END. Each call is on record. */
  vestitel_rc (*next)(const vestitel_host*, vestitel_str after, uint32_t max,
                      void (*use)(void *arg, vestitel_str cursor, uint32_t kind, vestitel_str value), void *arg,
                      vestitel_error*);
} vestitel_subjects_v1;

/* ---- what became of a message later ------------------------------------------------------------------ since 1.1 */
typedef struct vestitel_receipt_v1 {  /* service "vestitel.receipt/1"; sinks                             */
  uint32_t size;
  /* The provider's later word on the message that it accepted under this id: DELIVERED, PERMANENT, CONTACT_DEAD or UNKNOWN.
   * May come early, late and twice. OK: it is on record, and the provider may be acknowledged.          */
  vestitel_rc (*report)(const vestitel_host*, vestitel_str provider_id, const vestitel_verdict*, vestitel_error*);
} vestitel_receipt_v1;

#ifdef __cplusplus
}
#endif
#endif
