/* A library whose entry object has one flaw, chosen when it is compiled. */
#include <string.h>
#include <vestitel/abi.h>

#ifndef MAGIC
#define MAGIC VESTITEL_MAGIC
#endif
#ifndef MAJOR
#define MAJOR VESTITEL_ABI_MAJOR
#endif
#ifndef MIN_HOST
#define MIN_HOST 0
#endif
#ifndef SIZE
#define SIZE sizeof(vestitel_entry)
#endif
#ifndef ID
#define ID "org.test.flawed"
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#ifndef COUNT
#define COUNT 1
#endif
#define TEXT(s) \
  { s, sizeof(s) - 1 }

static const vestitel_descriptor kDescriptor = {sizeof(vestitel_descriptor),
                                                VESTITEL_KIND_READER,
                                                FLAGS,
                                                0,
                                                TEXT(ID),
                                                TEXT("Flawed"),
                                                TEXT("Test"),
                                                TEXT("1.0.0"),
                                                TEXT("-"),
                                                TEXT("-"),
                                                TEXT("{}"),
                                                TEXT("{}")};

static vestitel_rc init(vestitel_str folder) {
  (void)folder;
  return VESTITEL_OK;
}
static void deinit(void) {}
static uint32_t count(void) { return COUNT; }
static const vestitel_descriptor* describe(uint32_t i) {
  (void)i;
  return &kDescriptor;
}
static vestitel_rc create(const vestitel_host* host, vestitel_str id, vestitel_plugin** out, vestitel_error* error) {
  (void)host;
  (void)id;
  (void)out;
  (void)error;
  return VESTITEL_NOT_FOUND;
}
#ifdef NULL_CREATE
#define CREATE 0
#else
#define CREATE create
#endif
#ifndef ENTRY
#define ENTRY vestitel_plugin_entry_v1
#endif
extern VESTITEL_EXPORT const vestitel_entry ENTRY;
const vestitel_entry ENTRY = {MAGIC,        SIZE, MAJOR,  0,     MIN_HOST, TEXT("test"),
                              TEXT("test"), init, deinit, count, describe, CREATE};
