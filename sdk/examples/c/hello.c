/* A reader in C: each row "number,EGN,day" of the laboratory's list becomes an event. */
#include "settings.h"
#include "support.h"

enum { LINE_ROOM = 65536 };

static const vestitel_descriptor descriptor = {.size = sizeof(vestitel_descriptor),
                                               .kind = VESTITEL_KIND_READER,
                                               .id = TEXT(VESTITEL_MANIFEST_ID),
                                               .name = TEXT(VESTITEL_MANIFEST_NAME),
                                               .version = TEXT(VESTITEL_MANIFEST_VERSION),
                                               .config_schema_json = TEXT("{}"),
                                               .capabilities_json = TEXT(VESTITEL_MANIFEST_CAPABILITIES)};

static vestitel_rc settings_of(instance* self, vestitel_str json, vestitel_error* error) {
  (void)self;
  return read_settings(json, NULL, error);
}
static vestitel_rc check_peer(instance* self, vestitel_error* error) {
  (void)self, (void)error;
  return VESTITEL_OK;
}

/* One line: an event, or a quarantined record. Where and why, never the value. */
static vestitel_rc take_line(batch* b, vestitel_str partner, vestitel_place place, vestitel_str line,
                             vestitel_error* error) {
  if (place.byte == 0 && line.n >= 3 && memcmp(line.p, "\xEF\xBB\xBF", 3) == 0)
    line = (vestitel_str){line.p + 3, line.n - 3};
  if (line.n > 0 && line.p[line.n - 1] == '\r') --line.n;
  vestitel_str rest = line;
  const vestitel_str number = cell(&rest, ','), egn = cell(&rest, ','), day = cell(&rest, ',');
  int64_t us = 0;
  if (!is_utf8(line) || number.n == 0 || egn.n == 0 || rest.n > 0)
    return quarantine(b, place, "row", "three cells expected", line, error);
  if (!civil_day(day, "YYYY-MM-DD", &us)) return quarantine(b, place, "day", "no day written YYYY-MM-DD", line, error);
  return add_event(b, place.line, partner, number, egn, us, error);
}

/* The document in pieces of any size; memory is one buffer, however long the document. */
static vestitel_rc take_lines(instance* self, batch* b, const vestitel_document* document, const vestitel_input* in,
                              char* buffer, vestitel_error* error) {
  vestitel_place place = {0, 1, 1};
  size_t held = 0;
  for (;;) {
    if (over(self)) return fail(error, VESTITEL_E_CANCELLED, "cancelled");
    if (held == LINE_ROOM) return fail(error, VESTITEL_E_DATA, "a line is longer than 64 KiB");
    uint64_t got = 0;
    vestitel_rc rc = in->read(in->ctx, (uint8_t*)buffer + held, LINE_ROOM - held, &got);
    if (rc < 0) return fail(error, rc, "reading the document");
    held += (size_t)got;
    size_t from = 0;
    for (char* end; (end = memchr(buffer + from, '\n', held - from)) != NULL; ++place.line) {
      const size_t n = (size_t)(end - buffer) - from;
      rc = take_line(b, document->partner, place, (vestitel_str){buffer + from, n}, error);
      if (rc < 0) return rc;
      place.byte += n + 1;
      from += n + 1;
    }
    held -= from;
    memmove(buffer, buffer + from, held);
    if (got > 0) continue;
    rc = held == 0 ? VESTITEL_OK : take_line(b, document->partner, place, (vestitel_str){buffer, held}, error);
    return rc < 0 ? rc : flush(b, error);
  }
}

static vestitel_rc parse(vestitel_plugin* p, const vestitel_document* document, const vestitel_input* in,
                         vestitel_error* error) {
  instance* self = of(p);
  if (!begin_work(self, error)) return VESTITEL_E_INVALID;
  batch* b = new_batch(self, error);
  char* buffer = malloc(LINE_ROOM);
  vestitel_rc rc = b == NULL ? VESTITEL_E_DENIED : VESTITEL_OK;
  if (rc == VESTITEL_OK && buffer == NULL) rc = fail(error, VESTITEL_E_NOMEM, "no memory for a line");
  if (rc == VESTITEL_OK) rc = take_lines(self, b, document, in, buffer, error);
  free(buffer);
  free_batch(b);
  end_work(self);
  return rc;
}

static const void* ability(const char* id) {
  static const vestitel_parse_v1 table = {sizeof table, NULL, parse};
  return strcmp(id, "vestitel.parse/1") == 0 ? &table : NULL;
}

VESTITEL_C_PLUGIN
