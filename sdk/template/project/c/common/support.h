/* What plugins in C have in common, over vestitel/abi.h alone: texts and errors, days, a batch of events, the life of
 * an instance. Nothing here is global and nothing outlives its instance; every allocation is checked.
 *
 * A plugin includes this and defines what is declared below, then says VESTITEL_C_PLUGIN. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <vestitel/abi.h>
#include <vestitel_manifest.h> /* made from plugin.json */

#define FOLDER_ROOM 4096

typedef struct instance {
  vestitel_plugin abi;
  const vestitel_host* host;
  atomic_int state;         /* CREATED .. STARTED */
  atomic_int working;       /* work calls that run */
  atomic_bool stopping;     /* stop() wants them to return */
  char folder[FOLDER_ROOM]; /* the only setting that these plugins have */
} instance;
enum { CREATED, CONFIGURED, STARTED };

/* What the plugin defines. */
static vestitel_rc settings_of(instance* self, vestitel_str json, vestitel_error* error);
static vestitel_rc check_peer(instance* self, vestitel_error* error);
static const void* ability(const char* id);
static const vestitel_descriptor descriptor;

/* ---- texts and errors ------------------------------------------------------------------------------- */

static inline vestitel_str str(const char* text) { return (vestitel_str){text, strlen(text)}; }

static inline bool same(vestitel_str a, vestitel_str b) {
  return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, (size_t)a.n) == 0);
}

static inline uint32_t put_text(char* into, size_t room, const char* text) {
  const size_t n = strlen(text) < room ? strlen(text) : room;
  memcpy(into, text, n);
  return (uint32_t)n;
}

/* Fills an error, where the host gave one, and returns the code. `path` names a setting ("/folder") or is "". Neither
 * text ever holds a value. */
static inline vestitel_rc fail_at(vestitel_error* error, vestitel_rc rc, const char* path, const char* message) {
  if (error == NULL || !VESTITEL_HAS(error, message)) return rc;
  error->rc = rc;
  error->item = UINT64_MAX;
  error->field_path_len = put_text(error->field_path, sizeof error->field_path, path);
  error->message_len = put_text(error->message, sizeof error->message, message);
  return rc;
}
static inline vestitel_rc fail(vestitel_error* error, vestitel_rc rc, const char* message) {
  return fail_at(error, rc, "", message);
}

/* What runs shall return soon: asked before each piece of work. */
static inline bool over(instance* self) {
  return atomic_load(&self->stopping) || self->host->cancelled(self->host) != 0;
}

static inline const void* service(instance* self, const char* id, vestitel_error* error) {
  const void* found = self->host->get_service(self->host, id);
  if (found != NULL) return found;
  char message[128] = "service ";
  strncat(message, id, 64);
  strcat(message, " is not granted");
  fail(error, VESTITEL_E_DENIED, message);
  return NULL;
}

/* ---- days -------------------------------------------------------------------------------------------- */

/* A civil day as the microseconds of its midnight, by a pattern such as "YYYY-MM-DD". False: no such day. */
static inline bool civil_day(vestitel_str text, const char* pattern, int64_t* us) {
  if (text.n != strlen(pattern)) return false;
  int64_t y = 0, m = 0, d = 0;
  for (size_t i = 0; i < text.n; ++i) {
    int64_t* part = pattern[i] == 'Y' ? &y : pattern[i] == 'M' ? &m : pattern[i] == 'D' ? &d : NULL;
    const char c = text.p[i];
    if (part == NULL ? c != pattern[i] : c < '0' || c > '9') return false;
    if (part != NULL) *part = *part * 10 + (c - '0');
  }
  static const int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  if (y < 1800 || y > 2199 || m < 1 || m > 12 || d < 1 || d > kDays[m - 1] + (m == 2 && leap)) return false;
  y -= m <= 2;
  const int64_t era = y / 400, of_era = y - era * 400, day = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
  *us = (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719468) * 86400000000;
  return true;
}

/* ---- events: gathered, then handed over together -------------------------------------------------------- */

enum { EVENTS_A_BATCH = 256 };
typedef struct batch {
  const vestitel_emit_v1* emit;
  const vestitel_host* host;
  vestitel_event events[EVENTS_A_BATCH];
  uint32_t count;
  char* heap;
  size_t used, room;
} batch;

/* NULL: `error` says why. */
static inline batch* new_batch(instance* self, vestitel_error* error) {
  const vestitel_emit_v1* emit = service(self, "vestitel.emit/1", error);
  if (emit == NULL) return NULL;
  batch* made = calloc(1, sizeof *made);
  if (made == NULL) return fail(error, VESTITEL_E_NOMEM, "no memory for a batch"), NULL;
  made->emit = emit;
  made->host = self->host;
  return made;
}
static inline void free_batch(batch* b) {
  if (b != NULL) free(b->heap);
  free(b);
}

static inline vestitel_rc flush(batch* b, vestitel_error* error) {
  if (b->count == 0) return VESTITEL_OK;
  const vestitel_batch all = {.size = sizeof all,
                              .stride = sizeof *b->events,
                              .count = b->count,
                              .events = b->events,
                              .heap = b->heap,
                              .heap_len = b->used};
  const vestitel_rc rc = b->emit->emit(b->host, &all, error);
  b->count = 0;
  b->used = 0;
  return rc;
}

static inline bool put_span(batch* b, vestitel_str text, vestitel_span* into) {
  if (b->used + text.n > b->room) {
    const size_t room = 2 * b->room + (size_t)text.n + 4096;
    char* more = realloc(b->heap, room);
    if (more == NULL) return false;
    b->heap = more;
    b->room = room;
  }
  if (text.n > 0) memcpy(b->heap + b->used, text.p, (size_t)text.n);
  *into = (vestitel_span){(uint32_t)b->used, (uint32_t)text.n};
  b->used += (size_t)text.n;
  return true;
}

/* A laboratory's record of a person with an EGN on a civil day. */
static inline vestitel_rc add_event(batch* b, uint32_t line, vestitel_str scope, vestitel_str record, vestitel_str egn,
                                    int64_t day_us, vestitel_error* error) {
  vestitel_event* e = &b->events[b->count];
  *e = (vestitel_event){.size = sizeof *e,
                        .revision = VESTITEL_NEW,
                        .subject_kind = VESTITEL_EGN,
                        .occurred_at_us = day_us,
                        .reported_at_us = VESTITEL_TIME_UNKNOWN,
                        .flags = VESTITEL_OCCURRED_DATE_ONLY,
                        .line = line,
                        .column = 1};
  if (!put_span(b, str("activity.laboratory"), &e->type) || !put_span(b, scope, &e->scope) ||
      !put_span(b, record, &e->record_key) || !put_span(b, egn, &e->subject))
    return fail(error, VESTITEL_E_NOMEM, "no memory for an event");
  return ++b->count < EVENTS_A_BATCH ? VESTITEL_OK : flush(b, error);
}

/* One record that could not become an event; it goes behind the events before it. */
static inline vestitel_rc quarantine(batch* b, vestitel_place place, const char* element, const char* reason,
                                     vestitel_str record, vestitel_error* error) {
  const vestitel_rc rc = flush(b, error);
  return rc < 0 ? rc : b->emit->quarantine(b->host, place, str(element), str(reason), record, error);
}

/* Texts of the hub are UTF-8; so is what goes to it. */
static inline bool is_utf8(vestitel_str text) {
  const unsigned char *at = (const unsigned char*)text.p, *end = at + text.n;
  while (at < end) {
    const unsigned char c = *at;
    const int more = c < 0x80                ? 0
                     : c >= 0xC2 && c < 0xE0 ? 1
                     : c >= 0xE0 && c < 0xF0 ? 2
                     : c >= 0xF0 && c < 0xF5 ? 3
                                             : -1;
    if (more < 0 || end - at <= more || c == 0) return false;
    if ((c == 0xE0 && at[1] < 0xA0) || (c == 0xED && at[1] > 0x9F) || (c == 0xF0 && at[1] < 0x90) ||
        (c == 0xF4 && at[1] > 0x8F))
      return false;
    for (int i = 1; i <= more; ++i)
      if ((at[i] & 0xC0) != 0x80) return false;
    at += more + 1;
  }
  return true;
}

/* The cell up to the separator; `rest` moves behind it. */
static inline vestitel_str cell(vestitel_str* rest, char separator) {
  const char* found = rest->n == 0 ? NULL : memchr(rest->p, separator, (size_t)rest->n);
  const uint64_t n = found == NULL ? rest->n : (uint64_t)(found - rest->p);
  const vestitel_str out = {rest->p, n};
  const uint64_t taken = found == NULL ? n : n + 1;
  *rest = (vestitel_str){rest->n == taken ? NULL : rest->p + taken, rest->n - taken};
  return out;
}

/* ---- the life of an instance: a call out of order is E_INVALID, without an effect ------------------------ */

static inline instance* of(vestitel_plugin* plugin) { return plugin->self; }

/* Begins a work call; false: `error` says why. Each that returned true is followed by end_work. */
static inline bool begin_work(instance* self, vestitel_error* error) {
  atomic_fetch_add(&self->working, 1);
  if (atomic_load(&self->state) == STARTED) return true;
  atomic_fetch_sub(&self->working, 1);
  fail(error, VESTITEL_E_INVALID, "work before start or after stop");
  return false;
}
static inline void end_work(instance* self) { atomic_fetch_sub(&self->working, 1); }

static inline vestitel_rc do_configure(vestitel_plugin* p, vestitel_str json, vestitel_error* error) {
  instance* self = of(p);
  if (atomic_load(&self->state) == STARTED || atomic_load(&self->working) > 0)
    return fail(error, VESTITEL_E_INVALID, "configure while started");
  atomic_store(&self->state, CREATED);
  const vestitel_rc rc = settings_of(self, json, error);
  if (rc >= 0) atomic_store(&self->state, CONFIGURED);
  return rc;
}
static inline vestitel_rc do_check(vestitel_plugin* p, vestitel_error* error) {
  if (atomic_load(&of(p)->state) == CREATED) return fail(error, VESTITEL_E_INVALID, "check before configure");
  return check_peer(of(p), error);
}
static inline vestitel_rc do_start(vestitel_plugin* p, vestitel_error* error) {
  instance* self = of(p);
  if (atomic_load(&self->state) != CONFIGURED || atomic_load(&self->working) > 0)
    return fail(error, VESTITEL_E_INVALID, "start before configure, or twice");
  atomic_store(&self->stopping, false);
  atomic_store(&self->state, STARTED);
  return VESTITEL_OK;
}
static inline vestitel_rc do_stop(vestitel_plugin* p, int64_t deadline_us) {
  (void)deadline_us; /* work asks over() more often than any deadline is short */
  instance* self = of(p);
  if (atomic_load(&self->state) != STARTED) return VESTITEL_E_INVALID;
  atomic_store(&self->stopping, true);
  atomic_store(&self->state, CONFIGURED);
  return VESTITEL_OK;
}
static inline void do_destroy(vestitel_plugin* p) { free(of(p)); }
static inline const void* do_extension(vestitel_plugin* p, const char* id) {
  (void)p;
  return ability(id);
}

static inline vestitel_rc do_init(vestitel_str folder) {
  (void)folder;
  return VESTITEL_OK;
}
static inline void do_deinit(void) {}
static inline uint32_t do_count(void) { return 1; }
static inline const vestitel_descriptor* do_describe(uint32_t index) { return index == 0 ? &descriptor : NULL; }
static inline vestitel_rc do_create(const vestitel_host* host, vestitel_str id, vestitel_plugin** out,
                                    vestitel_error* error) {
  if (!same(id, descriptor.id)) return VESTITEL_NOT_FOUND;
  instance* self = calloc(1, sizeof *self);
  if (self == NULL) return fail(error, VESTITEL_E_NOMEM, "no memory for an instance");
  self->host = host;
  self->abi = (vestitel_plugin){.size = sizeof self->abi,
                                .self = self,
                                .configure = do_configure,
                                .check = do_check,
                                .start = do_start,
                                .stop = do_stop,
                                .destroy = do_destroy,
                                .get_extension = do_extension};
  *out = &self->abi;
  return VESTITEL_OK;
}

/* A literal as a text of the ABI, where a constant is needed. */
#define TEXT(literal) \
  { "" literal, sizeof literal - 1 }

#define VESTITEL_C_PLUGIN                                                                  \
  VESTITEL_EXPORT const vestitel_entry vestitel_plugin_entry_v1 = {VESTITEL_MAGIC,         \
                                                                   sizeof(vestitel_entry), \
                                                                   VESTITEL_ABI_MAJOR,     \
                                                                   VESTITEL_ABI_MINOR,     \
                                                                   0,                      \
                                                                   TEXT("C"),              \
                                                                   TEXT(__VERSION__),      \
                                                                   do_init,                \
                                                                   do_deinit,              \
                                                                   do_count,               \
                                                                   do_describe,            \
                                                                   do_create};
