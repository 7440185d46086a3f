/* The journal of shim.c: which files it follows, and the records that it appends. */
#ifndef VESTITEL_SHIM_JOURNAL_H
#define VESTITEL_SHIM_JOURNAL_H
#define _GNU_SOURCE
#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

/* A record is this header and `length` bytes; image.py reads the same. Names are relative to the folder. */
struct journal_header {
  uint32_t magic;
  uint16_t kind, reserved;
  uint64_t device, inode;
  int64_t offset; /* write: where; truncate: the size; base file: length of the name */
  uint64_t length;
};
#define JOURNAL_MAGIC 0x314c5056u /* "VPL1" */

enum journal_kind {
  JOURNAL_BASE_FOLDER = 1, /* there before: name */
  JOURNAL_BASE_FILE = 2,   /* there before: name, bytes */
  JOURNAL_CREATE = 3,
  JOURNAL_WRITE = 4,
  JOURNAL_TRUNCATE = 5,
  JOURNAL_SYNC = 6,
  JOURNAL_RENAME = 7, /* old name, NUL, new name */
  JOURNAL_LINK = 8,
  JOURNAL_UNLINK = 9, /* a file or a folder */
  JOURNAL_MKDIR = 10,
  JOURNAL_ACK = 11,
  JOURNAL_REFUSED = 12,
};

void journal_lock(void);
void journal_unlock(void);

/* Whether the path names something in the folder that is to be followed; its name there. Keeps errno. */
int journal_covers(int dirfd, const char* path, char relative[PATH_MAX]);
/* Whether the descriptor is a file or folder that is followed. Keeps errno. Takes the lock. */
int journal_watches(int fd);
/* The calls below are made under the lock. */
int journal_stat(const char* relative, struct stat* out);
void journal_meet(const char* relative, const struct stat* found); /* records a file that nobody has recorded */
void journal_forget(const struct stat* gone);                      /* its inode may come again as another file */
void journal_create(const char* relative, int fd);
void journal_made_folder(const char* relative);
void journal_write(int fd, const struct iovec* parts, int count, size_t n, off_t offset); /* offset -1: at the end */
void journal_truncate(int fd, off_t size);
void journal_sync(int fd);
int journal_sync_fails(void);
void journal_names(enum journal_kind kind, const char* first, const char* second);
/* Takes the lock. */
void journal_refusal(const char* what, const char* relative);

#endif
