// Makes the disk fail for the server under test: loaded into it before libc (`LD_PRELOAD`).
//
// What has to fail stands in a file that the test writes and both map (`MENSHEN_FAULT`); what counts
// as the disk are files below `MENSHEN_FAULT_FOLDER`. The layout is that of `Plan` in `disk.rs`.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, OPENS = 4 };

struct plan {
    _Atomic int armed; // Whether anything fails.
    _Atomic int kinds; // Which calls: a sum of the kinds above.
    _Atomic int error; // With which errno.
    _Atomic int spare; // So many calls of those kinds still go well.
    _Atomic int hits;  // So many have failed.
};

#define FILES 4096
static struct plan *plan;
static _Atomic char ours[FILES];
static char folder[PATH_MAX];
static size_t folder_length;

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MENSHEN_FAULT");
    const char *below = getenv("MENSHEN_FAULT_FOLDER");
    if (!path || !below || strlen(below) >= sizeof folder) return;
    strcpy(folder, below);
    folder_length = strlen(folder);
    int file = open(path, O_RDWR);
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) plan = mapped;
    close(file);
}

static int fails(int kind) {
    if (!plan || !plan->armed || !(plan->kinds & kind)) return 0;
    if (atomic_fetch_sub(&plan->spare, 1) > 0) return 0;
    atomic_fetch_add(&plan->hits, 1);
    errno = plan->error;
    return 1;
}

static int is_ours(int file) { return file >= 0 && file < FILES && ours[file]; }

// The server's own log is no part of its data.
static int is_data(const char *path) {
    return folder_length && strncmp(path, folder, folder_length) == 0 && strstr(path, "menshen.db");
}

static int opened(int file, const char *path) {
    if (file >= 0 && file < FILES) ours[file] = is_data(path);
    return file;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { \
            va_list more; \
            va_start(more, flags); \
            mode = va_arg(more, mode_t); \
            va_end(more); \
        } \
        if (is_data(path) && (flags & O_ACCMODE) != O_RDONLY && fails(OPENS)) return -1; \
        return opened(real(path, flags, mode), path); \
    }
OPEN(open)
OPEN(open64)

int close(int file) {
    REAL(close);
    if (file >= 0 && file < FILES) ours[file] = 0;
    return real(file);
}

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(write);
    if (is_ours(file) && fails(WRITES)) return -1;
    return real(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    REAL(pwrite);
    if (is_ours(file) && fails(WRITES)) return -1;
    return real(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    if (is_ours(file) && fails(WRITES)) return -1;
    return real(file, bytes, count, at);
}

int fsync(int file) {
    REAL(fsync);
    if (is_ours(file) && fails(SYNCS)) return -1;
    return real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    if (is_ours(file) && fails(SYNCS)) return -1;
    return real(file);
}
