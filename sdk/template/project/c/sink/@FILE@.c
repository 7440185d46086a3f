/* @TITLE@: hands each message to a gateway that picks up files from a folder. A file is named by the idempotency key,
 * so that a repeat changes nothing. */
#include <stdio.h>
#include <sys/stat.h>

#include "settings.h"
#include "support.h"

enum { PATH_ROOM = FOLDER_ROOM + 300 };

#define SCHEMA                                                                                                        \
  "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"folder\"],\"properties\":{\"folder\":{"        \
  "\"type\":\"string\",\"pattern\":\".\",\"description\":\"Where the gateway picks up its messages.\",\"examples\":[" \
  "\"/srv/gateway/spool\"]}}}"

static const vestitel_descriptor descriptor = {.size = sizeof(vestitel_descriptor),
                                               .kind = VESTITEL_KIND_SINK,
                                               .flags = VESTITEL_FLAG_IDEMPOTENT,
                                               .id = TEXT(VESTITEL_MANIFEST_ID),
                                               .name = TEXT(VESTITEL_MANIFEST_NAME),
                                               .version = TEXT(VESTITEL_MANIFEST_VERSION),
                                               .config_schema_json = TEXT(SCHEMA),
                                               .capabilities_json = TEXT(VESTITEL_MANIFEST_CAPABILITIES)};

static vestitel_rc settings_of(instance* self, vestitel_str json, vestitel_error* error) {
  return read_settings(json, self->folder, error);
}
static vestitel_rc check_peer(instance* self, vestitel_error* error) {
  struct stat about;
  if (stat(self->folder, &about) == 0 && S_ISDIR(about.st_mode)) return VESTITEL_OK;
  return fail_at(error, VESTITEL_E_CONFIG, "/folder", "no such folder");
}

static vestitel_verdict verdict(int32_t kind, const char* reason) {
  vestitel_verdict v = {.size = sizeof v, .kind = kind, .scope = kind == VESTITEL_RETRY ? VESTITEL_SCOPE_SINK : 0};
  v.reason_len = put_text(v.reason, sizeof v.reason, reason);
  return v;
}

static void put_json(FILE* file, vestitel_str text) {
  fputc('"', file);
  for (uint64_t i = 0; i < text.n; ++i) {
    const unsigned char c = (unsigned char)text.p[i];
    if (c == '"' || c == '\\') fputc('\\', file);
    if (c < 0x20)
      fprintf(file, "\\u%04x", c);
    else
      fputc(c, file);
  }
  fputc('"', file);
}

static bool names_a_file(vestitel_str key) {
  if (key.n == 0 || key.n > 200) return false;
  for (uint64_t i = 0; i < key.n; ++i)
    if (key.p[i] == '/' || key.p[i] == '.' || (unsigned char)key.p[i] < 0x20) return false;
  return true;
}

/* The gateway never sees half a message: it is written beside its place, then moved there. */
static vestitel_verdict deliver_one(instance* self, vestitel_str to, vestitel_str body, vestitel_str key) {
  if (to.n == 0) return verdict(VESTITEL_PERMANENT, "the message has no address");
  if (!names_a_file(key)) return verdict(VESTITEL_PERMANENT, "the key cannot name a file");
  char name[PATH_ROOM], part[PATH_ROOM];
  snprintf(name, sizeof name, "%s/%.*s.json", self->folder, (int)key.n, key.p);
  snprintf(part, sizeof part, "%s/%.*s.part", self->folder, (int)key.n, key.p);
  mkdir(self->folder, 0777); /* that it cannot be made is seen at once */
  FILE* file = fopen(part, "w");
  if (file == NULL) return verdict(VESTITEL_RETRY, "the folder takes no file");
  fputs("{\"to\":", file);
  put_json(file, to);
  fputs(",\"text\":", file);
  put_json(file, body);
  fputs("}\n", file);
  const bool written = ferror(file) == 0;
  if (fclose(file) != 0 || !written || rename(part, name) != 0)
    return verdict(VESTITEL_RETRY, "the message could not be written");
  vestitel_verdict v = verdict(VESTITEL_ACCEPTED, "");
  memcpy(v.provider_id, key.p, (size_t)key.n);
  v.provider_id_len = (uint32_t)key.n;
  return v;
}

static vestitel_str text_of(const vestitel_msg_batch* all, vestitel_span span) {
  return (vestitel_str){span.len == 0 ? NULL : all->heap + span.off, span.len};
}

/* What is over before it began is not begun. Begun means: from here on the peer may act on it. */
static void settle_one(instance* self, const vestitel_delivery_v1* delivery, const vestitel_msg_batch* all,
                       uint32_t i) {
  const vestitel_msg* m = (const vestitel_msg*)((const char*)all->msgs + (size_t)i * all->stride);
  const int64_t now = self->host->now_us(self->host);
  vestitel_verdict v;
  if (m->expires_us != 0 && now >= m->expires_us) {
    v = verdict(VESTITEL_PERMANENT, "expired before it could be sent");
  } else if (m->deadline_us != 0 && now >= m->deadline_us) {
    v = verdict(VESTITEL_RETRY, "its turn came after its deadline");
    v.scope = VESTITEL_SCOPE_MESSAGE;
  } else {
    delivery->begin(self->host, i);
    v = deliver_one(self, text_of(all, m->to), text_of(all, m->body), text_of(all, m->idem_key));
  }
  delivery->settle(self->host, i, &v);
}

static vestitel_rc deliver(vestitel_plugin* p, const vestitel_msg_batch* all, vestitel_error* error) {
  instance* self = of(p);
  if (!begin_work(self, error)) return VESTITEL_E_INVALID;
  const vestitel_delivery_v1* delivery = service(self, "vestitel.delivery/1", error);
  vestitel_rc rc = delivery == NULL ? VESTITEL_E_DENIED : VESTITEL_OK;
  for (uint32_t i = 0; rc == VESTITEL_OK && i < all->count; ++i) {
    if (over(self))
      rc = fail(error, VESTITEL_E_CANCELLED, "cancelled");
    else
      settle_one(self, delivery, all, i);
  }
  end_work(self);
  return rc;
}

static const void* ability(const char* id) {
  static const vestitel_deliver_v1 table = {
      .size = sizeof table, .max_batch = 64, .max_send_us = 30000000, .deliver = deliver};
  return strcmp(id, "vestitel.deliver/1") == 0 ? &table : NULL;
}

VESTITEL_C_PLUGIN
