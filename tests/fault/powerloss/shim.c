/* Journals what a process does to the files of one folder, so that image.py can make the folder as a power cut at any
 * moment would have left it. LD_PRELOAD this library and set
 *
 *   VESTITEL_POWERLOSS_DIR      the folder (must exist)
 *   VESTITEL_POWERLOSS_JOURNAL  the journal, outside the folder; appended to
 *   VESTITEL_POWERLOSS_FAIL     optional N: the Nth sync and every later one fails with EIO
 *
 * Every operation and its record are one step under one lock: no byte counts as synced that another thread wrote
 * meanwhile. Syncs are not carried out (the journal is the disk), which also makes a run fast. What the journal could
 * not follow is refused and recorded as refused: writable shared mappings (SQLite's -shm is left alone: it is never
 * durable), O_TMPFILE, exchanging renames; fallocate, sendfile and copy_file_range answer as a file system without
 * them, so callers fall back to write(). One process at a time may change the folder. A file that appears without a
 * record came from somebody else and is taken as durable as it is when first touched. Whatever else slips past (stdio,
 * raw system calls) shows when image.py compares the end of the journal with the folder. */
#define _GNU_SOURCE
#include "shim_journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define ALIAS(name) __attribute__((visibility("default"), alias(#name)))

/* ---- opening ---- */

static int changes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0; }

static int open_watched(int dirfd, const char* path, int flags, mode_t mode, const char* relative) {
  struct stat before;
  if ((flags & O_TMPFILE) == O_TMPFILE) {
    journal_refusal("O_TMPFILE", relative);
    errno = EOPNOTSUPP;
    return -1;
  }
  journal_lock();
  const int existed = journal_stat(relative, &before);
  if (existed) journal_meet(relative, &before);
  const int fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
  if (fd >= 0 && !existed) journal_create(relative, fd);
  if (fd >= 0 && existed && (flags & O_TRUNC) != 0 && before.st_size > 0) journal_truncate(fd, 0);
  journal_unlock();
  return fd;
}

static int do_open(int dirfd, const char* path, int flags, mode_t mode) {
  char relative[PATH_MAX];
  if (!changes(flags) || !journal_covers(dirfd, path, relative)) {
    return (int)syscall(SYS_openat, dirfd, path, flags, mode);
  }
  return open_watched(dirfd, path, flags, mode, relative);
}

/* The variable argument of open, there only when a file may be made. */
#define WITH_MODE(call, flags)                                  \
  if (((flags) & (O_CREAT | __O_TMPFILE)) == 0) return call(0); \
  va_list list;                                                 \
  va_start(list, flags);                                        \
  const mode_t mode = va_arg(list, mode_t);                     \
  va_end(list);                                                 \
  return call(mode);

#define OPEN_HERE(mode) do_open(AT_FDCWD, path, flags, mode)
#define OPEN_AT(mode) do_open(dirfd, path, flags, mode)
EXPORT int open(const char* path, int flags, ...){WITH_MODE(OPEN_HERE, flags)} EXPORT
    int open64(const char* path, int flags, ...){WITH_MODE(OPEN_HERE, flags)} EXPORT
    int openat(int dirfd, const char* path, int flags, ...){WITH_MODE(OPEN_AT, flags)} EXPORT
    int openat64(int dirfd, const char* path, int flags, ...){WITH_MODE(OPEN_AT, flags)} EXPORT
    int creat(const char* path, mode_t mode) {
  return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char* path, mode_t mode) ALIAS(creat);

/* What glibc calls in their place under _FORTIFY_SOURCE. */
EXPORT int __open_2(const char* path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
EXPORT int __openat_2(int dirfd, const char* path, int flags) { return do_open(dirfd, path, flags, 0); }
int __open64_2(const char* path, int flags) ALIAS(__open_2);
int __openat64_2(int dirfd, const char* path, int flags) ALIAS(__openat_2);

typedef FILE* (*fopen_function)(const char*, const char*);

static FILE* do_fopen(const char* path, const char* mode, const char* name) {
  const fopen_function real = (fopen_function)dlsym(RTLD_NEXT, name);
  char relative[PATH_MAX];
  struct stat before;
  if ((*mode == 'r' && strchr(mode, '+') == NULL) || !journal_covers(AT_FDCWD, path, relative)) return real(path, mode);
  journal_lock();
  const int existed = journal_stat(relative, &before);
  if (existed) journal_meet(relative, &before);
  FILE* file = real(path, mode);
  if (file != NULL && !existed) journal_create(relative, fileno(file));
  if (file != NULL && existed && *mode == 'w' && before.st_size > 0) journal_truncate(fileno(file), 0);
  journal_unlock();
  return file;
}
EXPORT FILE* fopen(const char* path, const char* mode) { return do_fopen(path, mode, "fopen"); }
EXPORT FILE* fopen64(const char* path, const char* mode) { return do_fopen(path, mode, "fopen64"); }

/* ---- writing ---- */

static ssize_t do_writev(int fd, const struct iovec* parts, int count, off_t offset, int placed, int flags) {
  const int watched = journal_watches(fd);
  if (watched) journal_lock();
  const ssize_t n = placed || flags != 0 ? syscall(SYS_pwritev2, fd, parts, count, placed ? offset : -1, 0, flags)
                                         : syscall(SYS_writev, fd, parts, count);
  if (watched) {
    if (n > 0) journal_write(fd, parts, count, (size_t)n, placed ? offset : -1);
    journal_unlock();
  }
  return n;
}

EXPORT ssize_t write(int fd, const void* bytes, size_t n) {
  if (!journal_watches(fd)) return syscall(SYS_write, fd, bytes, n);
  const struct iovec part = {(void*)bytes, n};
  return do_writev(fd, &part, 1, 0, 0, 0);
}
EXPORT ssize_t pwrite(int fd, const void* bytes, size_t n, off_t offset) {
  if (!journal_watches(fd)) return syscall(SYS_pwrite64, fd, bytes, n, offset);
  const struct iovec part = {(void*)bytes, n};
  return do_writev(fd, &part, 1, offset, 1, 0);
}
EXPORT ssize_t writev(int fd, const struct iovec* parts, int count) { return do_writev(fd, parts, count, 0, 0, 0); }
EXPORT ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t offset) {
  return do_writev(fd, parts, count, offset, 1, 0);
}
EXPORT ssize_t pwritev2(int fd, const struct iovec* parts, int count, off_t offset, int flags) {
  return do_writev(fd, parts, count, offset, offset != -1, flags);
}
ssize_t pwrite64(int fd, const void* bytes, size_t n, off64_t offset) ALIAS(pwrite);
ssize_t pwritev64(int fd, const struct iovec* parts, int count, off64_t offset) ALIAS(pwritev);
ssize_t pwritev64v2(int fd, const struct iovec* parts, int count, off64_t offset, int flags) ALIAS(pwritev2);

EXPORT int ftruncate(int fd, off_t size) {
  const int watched = journal_watches(fd);
  if (watched) journal_lock();
  const int rc = (int)syscall(SYS_ftruncate, fd, size);
  if (watched) {
    if (rc == 0) journal_truncate(fd, size);
    journal_unlock();
  }
  return rc;
}
int ftruncate64(int fd, off64_t size) ALIAS(ftruncate);

EXPORT int truncate(const char* path, off_t size) {
  const int fd = do_open(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int rc = ftruncate(fd, size);
  close(fd);
  return rc;
}
int truncate64(const char* path, off64_t size) ALIAS(truncate);

/* ---- what a caller can do without ---- */

static int refused(int fd, int code) {
  if (!journal_watches(fd)) return 0;
  errno = code;
  return 1;
}

EXPORT int fallocate(int fd, int mode, off_t offset, off_t length) {
  return refused(fd, EOPNOTSUPP) ? -1 : (int)syscall(SYS_fallocate, fd, mode, offset, length);
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) ALIAS(fallocate);
EXPORT int posix_fallocate(int fd, off_t offset, off_t length) {
  if (refused(fd, EINVAL)) return EINVAL; /* SQLite takes EINVAL as "not here" */
  return syscall(SYS_fallocate, fd, 0, offset, length) == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t offset, off64_t length) ALIAS(posix_fallocate);
EXPORT ssize_t sendfile(int out, int in, off_t* offset, size_t n) {
  return refused(out, EINVAL) ? -1 : syscall(SYS_sendfile, out, in, offset, n);
}
ssize_t sendfile64(int out, int in, off64_t* offset, size_t n) ALIAS(sendfile);
EXPORT ssize_t copy_file_range(int in, off64_t* from, int out, off64_t* to, size_t n, unsigned flags) {
  return refused(out, ENOSYS) ? -1 : syscall(SYS_copy_file_range, in, from, out, to, n, flags);
}

EXPORT void* mmap(void* at, size_t n, int prot, int flags, int fd, off_t offset) {
  if (fd >= 0 && (prot & PROT_WRITE) != 0 && (flags & (MAP_SHARED | MAP_SHARED_VALIDATE)) != 0 && journal_watches(fd)) {
    journal_refusal("a writable shared mapping", "");
    errno = EACCES;
    return MAP_FAILED;
  }
  return (void*)syscall(SYS_mmap, at, n, prot, flags, fd, offset); /* NOLINT(performance-no-int-to-ptr) */
}
void* mmap64(void* at, size_t n, int prot, int flags, int fd, off64_t offset) ALIAS(mmap);

/* ---- syncing ---- */

static int do_sync(int fd, long call) {
  if (!journal_watches(fd)) return (int)syscall(call, fd);
  journal_lock();
  const int fails = journal_sync_fails();
  if (!fails) journal_sync(fd);
  journal_unlock();
  if (fails) errno = EIO;
  return fails ? -1 : 0;
}
EXPORT int fsync(int fd) { return do_sync(fd, SYS_fsync); }
EXPORT int fdatasync(int fd) { return do_sync(fd, SYS_fdatasync); }

/* ---- names ---- */

EXPORT int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
  char old_name[PATH_MAX], new_name[PATH_MAX];
  const int leaves = journal_covers(from_dir, from, old_name), enters = journal_covers(to_dir, to, new_name);
  if (!leaves && !enters) return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
  if ((flags & ~1U /* RENAME_NOREPLACE */) != 0) {
    journal_refusal("an exchanging rename", leaves ? old_name : new_name);
    errno = EINVAL;
    return -1;
  }
  journal_lock();
  struct stat moved, replaced;
  const int known = leaves && journal_stat(old_name, &moved);
  if (known) journal_meet(old_name, &moved);
  const int replaces = enters && journal_stat(new_name, &replaced);
  const int rc = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
  if (rc == 0 && replaces && !(known && moved.st_ino == replaced.st_ino)) journal_forget(&replaced);
  if (rc == 0 && leaves && enters) journal_names(JOURNAL_RENAME, old_name, new_name);
  if (rc == 0 && leaves && !enters) {
    journal_names(JOURNAL_UNLINK, old_name, NULL);
    journal_forget(&moved);
  }
  if (rc == 0 && !leaves && enters && journal_stat(new_name, &moved)) journal_meet(new_name, &moved);
  journal_unlock();
  return rc;
}
EXPORT int renameat(int from_dir, const char* from, int to_dir, const char* to) {
  return renameat2(from_dir, from, to_dir, to, 0);
}
EXPORT int rename(const char* from, const char* to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

EXPORT int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags) {
  char old_name[PATH_MAX], new_name[PATH_MAX];
  struct stat linked;
  if (!journal_covers(to_dir, to, new_name)) return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
  const int inside = journal_covers(from_dir, from, old_name);
  journal_lock();
  if (inside && journal_stat(old_name, &linked)) journal_meet(old_name, &linked);
  const int rc = (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
  if (rc == 0 && inside) journal_names(JOURNAL_LINK, old_name, new_name);
  if (rc == 0 && !inside && journal_stat(new_name, &linked)) journal_meet(new_name, &linked);
  journal_unlock();
  return rc;
}
EXPORT int link(const char* from, const char* to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

EXPORT int unlinkat(int dirfd, const char* path, int flags) {
  char relative[PATH_MAX];
  struct stat gone;
  if (!journal_covers(dirfd, path, relative)) return (int)syscall(SYS_unlinkat, dirfd, path, flags);
  journal_lock();
  /* Sockets and symbolic links come and go unseen: nothing of them has to last. */
  const int followed = journal_stat(relative, &gone) && (S_ISREG(gone.st_mode) || S_ISDIR(gone.st_mode));
  if (followed) journal_meet(relative, &gone);
  const int rc = (int)syscall(SYS_unlinkat, dirfd, path, flags);
  if (rc == 0 && followed) {
    journal_names(JOURNAL_UNLINK, relative, NULL);
    journal_forget(&gone);
  }
  journal_unlock();
  return rc;
}
EXPORT int unlink(const char* path) { return unlinkat(AT_FDCWD, path, 0); }
EXPORT int rmdir(const char* path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
EXPORT int remove(const char* path) {
  const int rc = unlink(path);
  return rc != 0 && errno == EISDIR ? rmdir(path) : rc;
}

EXPORT int mkdirat(int dirfd, const char* path, mode_t mode) {
  char relative[PATH_MAX];
  if (!journal_covers(dirfd, path, relative)) return (int)syscall(SYS_mkdirat, dirfd, path, mode);
  journal_lock();
  const int rc = (int)syscall(SYS_mkdirat, dirfd, path, mode);
  if (rc == 0) journal_made_folder(relative);
  journal_unlock();
  return rc;
}
EXPORT int mkdir(const char* path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* The workload says here what it has told the world. */
EXPORT void vestitel_powerloss_ack(const char* text) {
  journal_lock();
  journal_names(JOURNAL_ACK, text, NULL);
  journal_unlock();
}
