#include "shim_journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX]; /* empty: nothing is followed */
static size_t root_length;
static dev_t root_device;
static int journal_fd = -1;
static unsigned long syncs, fail_from;

void journal_lock(void) { pthread_mutex_lock(&lock); }
void journal_unlock(void) { pthread_mutex_unlock(&lock); }

/* A rig that cannot record proves nothing: it ends the process, loudly. */
static void die(const char* what) {
  fprintf(stderr, "powerloss: %s: %s\n", what, strerror(errno));
  abort();
}

/* ---- the inodes that are followed: open addressing, no deletion but by mark ---- */

struct known {
  uint64_t inode;
  int used, live;
};
static struct known* table;
static size_t table_size, table_used;

static struct known* slot_of(uint64_t inode) {
  size_t i = (inode * 0x9e3779b97f4a7c15u) >> 20 & (table_size - 1);
  while (table[i].used && table[i].inode != inode) i = (i + 1) & (table_size - 1);
  return &table[i];
}

static void grow(void) {
  struct known* old = table;
  const size_t old_size = table_size;
  table_size = old_size == 0 ? 1024 : old_size * 2;
  table = calloc(table_size, sizeof *table);
  if (table == NULL) die("remembering inodes");
  for (size_t i = 0; i < old_size; ++i) {
    if (old[i].used) *slot_of(old[i].inode) = old[i];
  }
  free(old);
}

static void set_known(uint64_t inode, int live) {
  if (table_used * 2 >= table_size) grow();
  struct known* slot = slot_of(inode);
  if (!slot->used) ++table_used;
  *slot = (struct known){inode, 1, live};
}

static int is_known(uint64_t inode) {
  if (table_size == 0) return 0;
  const struct known* slot = slot_of(inode);
  return slot->used && slot->live;
}

/* ---- records ---- */

static void append(struct iovec* parts, int count) {
  while (count > 0) {
    const ssize_t n = syscall(SYS_writev, journal_fd, parts, count);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("writing the journal");
    size_t left = (size_t)n;
    while (count > 0 && left >= parts->iov_len) {
      left -= parts->iov_len;
      ++parts;
      --count;
    }
    if (count > 0) {
      parts->iov_base = (char*)parts->iov_base + left;
      parts->iov_len -= left;
    }
  }
}

static void record(enum journal_kind kind, const struct stat* of, int64_t offset, const struct iovec* body, int count) {
  enum { kMost = 1024 };
  struct iovec parts[kMost + 1];
  struct journal_header header = {JOURNAL_MAGIC, (uint16_t)kind, 0, 0, 0, offset, 0};
  if (of != NULL) {
    header.device = of->st_dev;
    header.inode = of->st_ino;
  }
  if (count > kMost) die("a write of more than 1024 parts");
  parts[0] = (struct iovec){&header, sizeof header};
  for (int i = 0; i < count; ++i) {
    parts[i + 1] = body[i];
    header.length += body[i].iov_len;
  }
  const int kept = errno;
  append(parts, count + 1);
  errno = kept;
}

static struct iovec text(const char* s, size_t n) { return (struct iovec){(void*)s, n}; }

void journal_names(enum journal_kind kind, const char* first, const char* second) {
  const struct iovec body[2] = {text(first, strlen(first) + (second != NULL)),
                                text(second != NULL ? second : "", second != NULL ? strlen(second) : 0)};
  record(kind, NULL, 0, body, 2);
}

void journal_refusal(const char* what, const char* relative) {
  journal_lock();
  journal_names(JOURNAL_REFUSED, what, relative);
  journal_unlock();
}

static void absolute_of(const char* relative, char out[PATH_MAX]) {
  const int n = snprintf(out, PATH_MAX, "%s/%s", root, relative);
  if (n < 0 || n >= PATH_MAX) die("a path too long");
}

int journal_stat(const char* relative, struct stat* out) {
  char path[PATH_MAX];
  absolute_of(relative, path);
  const int kept = errno;
  const int found = fstatat(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW) == 0;
  errno = kept;
  return found;
}

static void base_file(const char* relative, const struct stat* found) {
  char path[PATH_MAX];
  absolute_of(relative, path);
  const size_t size = (size_t)found->st_size;
  char* bytes = malloc(size + 1);
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  if (bytes == NULL || fd < 0) die("reading a file that was there before");
  size_t have = 0;
  for (ssize_t n = 1; have < size && n > 0; have += (size_t)n) {
    n = read(fd, bytes + have, size - have);
    if (n < 0) die("reading a file that was there before");
  }
  close(fd);
  const struct iovec body[2] = {text(relative, strlen(relative)), {bytes, have}};
  record(JOURNAL_BASE_FILE, found, (int64_t)strlen(relative), body, 2);
  free(bytes);
  set_known(found->st_ino, 1);
}

void journal_meet(const char* relative, const struct stat* found) {
  const int kept = errno;
  if (is_known(found->st_ino)) return;
  if (S_ISREG(found->st_mode)) base_file(relative, found);
  if (S_ISDIR(found->st_mode)) {
    const struct iovec body = text(relative, strlen(relative));
    record(JOURNAL_BASE_FOLDER, found, 0, &body, 1);
    set_known(found->st_ino, 1);
  }
  errno = kept;
}

void journal_forget(const struct stat* gone) {
  if (S_ISDIR(gone->st_mode) || gone->st_nlink <= 1) set_known(gone->st_ino, 0);
}

static void made(enum journal_kind kind, const char* relative, const struct stat* it) {
  const struct iovec body = text(relative, strlen(relative));
  record(kind, it, 0, &body, 1);
  set_known(it->st_ino, 1);
}

void journal_create(const char* relative, int fd) {
  struct stat it;
  if (fstat(fd, &it) != 0) die("looking at a new file");
  made(JOURNAL_CREATE, relative, &it);
}

void journal_made_folder(const char* relative) {
  struct stat it;
  if (!journal_stat(relative, &it)) die("looking at a new folder");
  made(JOURNAL_MKDIR, relative, &it);
}

void journal_write(int fd, const struct iovec* parts, int count, size_t n, off_t offset) {
  struct stat it;
  if (fstat(fd, &it) != 0) die("looking at a file");
  const int flags = fcntl(fd, F_GETFL);
  if ((flags & O_APPEND) != 0) {
    offset = it.st_size - (off_t)n;
  } else if (offset < 0) {
    offset = lseek(fd, 0, SEEK_CUR) - (off_t)n;
  }
  struct iovec written[1024];
  int used = 0;
  for (size_t left = n; left > 0 && used < count && used < 1024; ++used) {
    written[used] = parts[used];
    if (written[used].iov_len > left) written[used].iov_len = left;
    left -= written[used].iov_len;
  }
  record(JOURNAL_WRITE, &it, offset, written, used);
  if ((flags & O_DSYNC) != 0) record(JOURNAL_SYNC, &it, 0, NULL, 0);
}

void journal_truncate(int fd, off_t size) {
  struct stat it;
  if (fstat(fd, &it) != 0) die("looking at a file");
  record(JOURNAL_TRUNCATE, &it, size, NULL, 0);
}

void journal_sync(int fd) {
  struct stat it;
  if (fstat(fd, &it) != 0) die("looking at a file");
  record(JOURNAL_SYNC, &it, 0, NULL, 0);
}

int journal_sync_fails(void) {
  ++syncs;
  return fail_from != 0 && syncs >= fail_from;
}

/* ---- what is followed ---- */

/* SQLite's shared memory index is never durable; it is rebuilt from the WAL. */
static int is_followed(const char* absolute, char relative[PATH_MAX]) {
  const size_t n = strlen(absolute);
  if (strncmp(absolute, root, root_length) != 0 || (absolute[root_length] != '/' && absolute[root_length] != '\0')) {
    return 0;
  }
  if (n >= 4 && strcmp(absolute + n - 4, "-shm") == 0) return 0;
  const char* rest = absolute + root_length + (absolute[root_length] == '/');
  memmove(relative, rest, strlen(rest) + 1);
  return 1;
}

static int resolve(int dirfd, const char* path, char out[PATH_MAX]) {
  char given[PATH_MAX], folder[PATH_MAX];
  const int n = *path == '/' || dirfd == AT_FDCWD ? snprintf(given, PATH_MAX, "%s", path)
                                                  : snprintf(given, PATH_MAX, "/proc/self/fd/%d/%s", dirfd, path);
  if (n <= 0 || n >= PATH_MAX) return 0;
  for (size_t i = strlen(given); i > 1 && given[i - 1] == '/'; --i) given[i - 1] = '\0';
  const char* slash = strrchr(given, '/');
  const char* name = slash != NULL ? slash + 1 : given;
  const size_t length = slash == NULL ? 0 : (size_t)(slash - given) + (slash == given);
  memcpy(folder, slash == NULL ? "." : given, slash == NULL ? 2 : length);
  if (slash != NULL) folder[length] = '\0';
  char real[PATH_MAX];
  if (realpath(folder, real) == NULL) return 0;
  const int m = snprintf(out, PATH_MAX, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
  return m > 0 && m < PATH_MAX;
}

int journal_covers(int dirfd, const char* path, char relative[PATH_MAX]) {
  if (root_length == 0 || path == NULL) return 0;
  const int kept = errno;
  char absolute[PATH_MAX];
  const int covered = resolve(dirfd, path, absolute) && is_followed(absolute, relative);
  errno = kept;
  return covered;
}

/* A descriptor that came by another way (openat2, inherited): met here for the first time. */
static int meet_descriptor(int fd, const struct stat* it) {
  char link[64], absolute[PATH_MAX], relative[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, absolute, sizeof absolute - 1);
  if (n <= 0) return 0;
  absolute[n] = '\0';
  if (!is_followed(absolute, relative)) return 0;
  journal_meet(relative, it);
  return 1;
}

int journal_watches(int fd) {
  if (root_length == 0) return 0;
  const int kept = errno;
  struct stat it;
  int watched = 0;
  if (fstat(fd, &it) == 0 && (S_ISREG(it.st_mode) || S_ISDIR(it.st_mode)) && it.st_dev == root_device &&
      it.st_nlink > 0) {
    journal_lock();
    watched = is_known(it.st_ino) || meet_descriptor(fd, &it);
    journal_unlock();
  }
  errno = kept;
  return watched;
}

/* ---- the beginning ---- */

static void meet_tree(const char* relative) {
  char path[PATH_MAX];
  absolute_of(relative, path);
  DIR* folder = opendir(path);
  if (folder == NULL) die("reading the folder");
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    char inner[PATH_MAX], absolute[PATH_MAX];
    struct stat it;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    const int n = snprintf(inner, sizeof inner, "%s%s%s", relative, *relative == '\0' ? "" : "/", entry->d_name);
    if (n < 0 || n >= PATH_MAX) die("a path too long");
    absolute_of(inner, absolute);
    if (!is_followed(absolute, absolute) || !journal_stat(inner, &it)) continue;
    journal_meet(inner, &it);
    if (S_ISDIR(it.st_mode)) meet_tree(inner);
  }
  closedir(folder);
}

/* A journal that a process before this one began says which inodes are followed already. */
static void read_journal(const char* path) {
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  struct journal_header header;
  while (read(fd, &header, sizeof header) == (ssize_t)sizeof header && header.magic == JOURNAL_MAGIC) {
    if (header.inode != 0) set_known(header.inode, 1);
    if (lseek(fd, (off_t)header.length, SEEK_CUR) < 0) die("reading the journal");
  }
  close(fd);
}

static void before_fork(void) { journal_lock(); }
static void after_fork(void) { journal_unlock(); }

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("VESTITEL_POWERLOSS_DIR"), *journal = getenv("VESTITEL_POWERLOSS_JOURNAL");
  const char* fail = getenv("VESTITEL_POWERLOSS_FAIL");
  struct stat it;
  char outside[PATH_MAX], real[PATH_MAX];
  if (folder == NULL || journal == NULL) return;
  if (realpath(folder, real) == NULL || stat(real, &it) != 0) die(folder);
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, journal, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) die(journal);
  journal_fd = fcntl(fd, F_DUPFD_CLOEXEC, 900); /* out of the way of a program that expects low numbers */
  close(fd);
  if (journal_fd < 0) die(journal);
  const off_t already = lseek(journal_fd, 0, SEEK_END);
  memcpy(root, real, strlen(real) + 1);
  root_device = it.st_dev;
  root_length = strlen(real);
  if (resolve(AT_FDCWD, journal, outside) && is_followed(outside, outside)) {
    errno = EINVAL;
    die("the journal lies in the folder");
  }
  fail_from = fail != NULL ? strtoul(fail, NULL, 10) : 0;
  if (already > 0) {
    read_journal(journal);
  } else {
    journal_meet("", &it);
    meet_tree("");
  }
  pthread_atfork(before_fork, after_fork, after_fork);
}
