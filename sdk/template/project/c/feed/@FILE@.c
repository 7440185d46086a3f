/* @TITLE@: each day the laboratory leaves one more file in a folder; the name of the last one that was read is the
 * cursor. */
#include <dirent.h>
#include <stdio.h>

#include "settings.h"
#include "support.h"

enum { NAME_ROOM = 256, LINE_ROOM = 4096 };

#define SCHEMA                                                                                                      \
  "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"folder\"],\"properties\":{\"folder\":{"      \
  "\"type\":\"string\",\"pattern\":\".\",\"description\":\"Where the laboratory leaves its files.\",\"examples\":[" \
  "\"/srv/laboratory\"]}}}"

static const vestitel_descriptor descriptor = {.size = sizeof(vestitel_descriptor),
                                               .kind = VESTITEL_KIND_FEED,
                                               .id = TEXT(VESTITEL_MANIFEST_ID),
                                               .name = TEXT(VESTITEL_MANIFEST_NAME),
                                               .version = TEXT(VESTITEL_MANIFEST_VERSION),
                                               .config_schema_json = TEXT(SCHEMA),
                                               .capabilities_json = TEXT(VESTITEL_MANIFEST_CAPABILITIES)};

static vestitel_rc settings_of(instance* self, vestitel_str json, vestitel_error* error) {
  return read_settings(json, self->folder, error);
}

/* The first name behind the cursor, and how many there are. The folder may be large: nothing of it is kept. */
static vestitel_rc next_file(instance* self, const char* cursor, char* name, unsigned* count, vestitel_error* error) {
  DIR* folder = opendir(self->folder);
  if (folder == NULL) return fail(error, VESTITEL_E_RETRY, "the folder cannot be listed");
  *count = 0;
  for (const struct dirent* one; (one = readdir(folder)) != NULL;) {
    const size_t n = strlen(one->d_name);
    if (n < 5 || n >= NAME_ROOM || strcmp(one->d_name + n - 4, ".csv") != 0 || strcmp(one->d_name, cursor) <= 0)
      continue;
    if (*count == 0 || strcmp(one->d_name, name) < 0) memcpy(name, one->d_name, n + 1);
    ++*count;
  }
  closedir(folder);
  return VESTITEL_OK;
}

static vestitel_rc check_peer(instance* self, vestitel_error* error) {
  char name[NAME_ROOM];
  unsigned count = 0;
  return next_file(self, "", name, &count, error);
}

static vestitel_rc take_line(batch* b, vestitel_str month, uint32_t number, vestitel_str line, vestitel_error* error) {
  vestitel_str rest = line;
  const vestitel_str record = cell(&rest, ';'), egn = cell(&rest, ';'), day = cell(&rest, ';');
  const vestitel_place place = {0, number, 1};
  int64_t us = 0;
  if (!is_utf8(line) || record.n == 0 || egn.n == 0 || !civil_day(day, "DD.MM.YYYY", &us))
    return quarantine(b, place, "row", "three cells expected", line, error);
  return add_event(b, number, month, record, egn, us, error);
}

static vestitel_rc read_file(instance* self, const char* name, batch* b, vestitel_error* error) {
  char path[FOLDER_ROOM + NAME_ROOM], line[LINE_ROOM];
  snprintf(path, sizeof path, "%s/%s", self->folder, name);
  FILE* file = fopen(path, "r");
  if (file == NULL) return fail(error, VESTITEL_E_RETRY, "a file of the folder cannot be opened");
  vestitel_rc rc = VESTITEL_OK;
  for (uint32_t number = 1; rc >= 0 && fgets(line, sizeof line, file) != NULL; ++number) {
    if (over(self)) rc = fail(error, VESTITEL_E_CANCELLED, "cancelled");
    const vestitel_str text = {line, strcspn(line, "\r\n")};
    if (rc >= 0) rc = take_line(b, (vestitel_str){name, strlen(name) < 7 ? strlen(name) : 7}, number, text, error);
  }
  if (rc >= 0 && ferror(file)) rc = fail(error, VESTITEL_E_RETRY, "a file of the folder cannot be read");
  fclose(file);
  return rc < 0 ? rc : flush(b, error);
}

/* One file, then the cursor: what was emitted and the cursor become durable together, or neither does. */
static vestitel_rc poll_with(instance* self, vestitel_str cursor, batch* b, vestitel_error* error) {
  char from[NAME_ROOM] = "", name[NAME_ROOM];
  unsigned count = 0;
  if (cursor.n >= sizeof from) return fail(error, VESTITEL_E_INVALID, "no cursor of this feed");
  if (cursor.n > 0) memcpy(from, cursor.p, (size_t)cursor.n);
  if (over(self)) return fail(error, VESTITEL_E_CANCELLED, "cancelled");
  vestitel_rc rc = next_file(self, from, name, &count, error);
  if (rc >= 0 && count == 0) return VESTITEL_END;
  if (rc >= 0) rc = read_file(self, name, b, error);
  if (rc >= 0) rc = b->emit->commit(self->host, str(name), error);
  return rc < 0 ? rc : count > 1 ? VESTITEL_MORE : VESTITEL_END;
}

static vestitel_rc poll(vestitel_plugin* p, vestitel_str cursor, uint32_t most, vestitel_error* error) {
  (void)most; /* a file is one unit */
  instance* self = of(p);
  if (!begin_work(self, error)) return VESTITEL_E_INVALID;
  batch* b = new_batch(self, error);
  const vestitel_rc rc = b == NULL ? VESTITEL_E_DENIED : poll_with(self, cursor, b, error);
  free_batch(b);
  end_work(self);
  return rc;
}

static const void* ability(const char* id) {
  static const vestitel_poll_v1 table = {sizeof table, poll};
  return strcmp(id, "vestitel.poll/1") == 0 ? &table : NULL;
}

VESTITEL_C_PLUGIN
