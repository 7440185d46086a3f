/* Settings: one JSON object of texts, read without recursion and without memory of its own. */
#pragma once
#include "support.h"

static inline const char* skip_blanks(const char* at, const char* end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ++at;
  return at;
}

static inline int hex_of(const char* at, const char* end) {
  int value = 0;
  for (int i = 0; i < 4; ++i, ++at) {
    if (at >= end) return -1;
    const char c = *at;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static inline size_t utf8_of(unsigned code, char* into) {
  if (code < 0x80) return into[0] = (char)code, 1;
  if (code < 0x800) return into[0] = (char)(0xC0 | code >> 6), into[1] = (char)(0x80 | (code & 0x3F)), 2;
  const size_t n = code < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; --i, code >>= 6) into[i] = (char)(0x80 | (code & 0x3F));
  into[0] = (char)((n == 3 ? 0xE0U : 0xF0U) | code);
  return n;
}

/* Reads a text behind its first quote; returns what follows its last one, or NULL. */
static inline const char* json_text(const char* at, const char* end, char* into, size_t room) {
  size_t n = 0;
  for (; at < end && n + 5 < room; ++at) {
    const char c = *at;
    if (c == '"') return into[n] = '\0', at + 1;
    if ((unsigned char)c < 0x20) return NULL;
    if (c != '\\') {
      into[n++] = c;
      continue;
    }
    if (++at >= end) return NULL;
    static const char kFrom[] = "\"\\/bfnrt", kTo[] = "\"\\/\b\f\n\r\t";
    const char* plain = *at == '\0' ? NULL : strchr(kFrom, *at);
    if (plain != NULL) {
      into[n++] = kTo[plain - kFrom];
      continue;
    }
    const int high = *at == 'u' ? hex_of(at + 1, end) : -1;
    if (high <= 0) return NULL;
    at += 4;
    unsigned code = (unsigned)high;
    if (code >= 0xD800 && code < 0xE000) {
      const int low = end - at > 6 && at[1] == '\\' && at[2] == 'u' ? hex_of(at + 3, end) : -1;
      if (code >= 0xDC00 || low < 0xDC00 || low > 0xDFFF) return NULL;
      code = 0x10000 + ((code - 0xD800) << 10) + ((unsigned)low - 0xDC00);
      at += 6;
    }
    n += utf8_of(code, into + n);
  }
  return NULL;
}

/* {} or {"folder": "..."}: the second is wanted where `folder` is given. */
static inline vestitel_rc read_settings(vestitel_str json, char* folder, vestitel_error* error) {
  const char *at = json.p, *end = json.n == 0 ? json.p : json.p + json.n;
  char key[100], path[108];
  bool found = false, first = true;
  at = skip_blanks(at, end);
  if (at == end || *at != '{') return fail(error, VESTITEL_E_CONFIG, "one JSON object is expected");
  for (at = skip_blanks(at + 1, end); at < end && *at != '}'; at = skip_blanks(at, end), first = false) {
    if (!first && (*at != ',' || (at = skip_blanks(at + 1, end)) == end)) break;
    if (*at != '"' || (at = json_text(at + 1, end, key, sizeof key)) == NULL)
      return fail(error, VESTITEL_E_CONFIG, "a key is expected");
    path[0] = '/';
    memcpy(path + 1, key, strlen(key) + 1);
    at = skip_blanks(at, end);
    if (at == end || *at != ':') return fail(error, VESTITEL_E_CONFIG, "a colon is expected");
    if (folder == NULL || strcmp(key, "folder") != 0)
      return fail_at(error, VESTITEL_E_CONFIG, path, "there is no such setting");
    at = skip_blanks(at + 1, end);
    if (found || at == end || *at != '"' || (at = json_text(at + 1, end, folder, FOLDER_ROOM)) == NULL)
      return fail_at(error, VESTITEL_E_CONFIG, path, "one text is expected");
    found = true;
  }
  if (at == end || *at != '}' || skip_blanks(at + 1, end) != end)
    return fail(error, VESTITEL_E_CONFIG, "one JSON object is expected");
  if (folder == NULL || (found && folder[0] != '\0')) return VESTITEL_OK;
  return fail_at(error, VESTITEL_E_CONFIG, "/folder", "is missing");
}
