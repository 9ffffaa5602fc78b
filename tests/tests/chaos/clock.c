/* A time of day that can be set, for a process that this is loaded into first
 * (LD_PRELOAD): the seconds that the file named by CHAOS_CLOCK holds, eight bytes, are
 * added to what the system says. What measures durations, and waiting, goes on as it is,
 * as when a clock is set. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *ahead;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CHAOS_CLOCK");
  int file = path ? open(path, O_RDONLY) : -1;
  void *found = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
  if (found == MAP_FAILED) {
    abort();
  }
  ahead = found;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  long result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    now->tv_sec += *ahead;
  }
  return (int)result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  (void)zone;
  int result = clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return result;
}

/* Whoever waits until a time of day has asked for it here, and the kernel waits by its own
 * clock: without this the client would sleep for as long as the clock was set ahead. A
 * jump between the asking and the waiting must not cost more than a moment. */
static struct timespec of_the_system(const struct timespec *until) {
  struct timespec now, real = *until;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  if (ahead) {
    real.tv_sec -= *ahead;
  }
  if (real.tv_sec > now.tv_sec + 900) {
    real = now;
  }
  return real;
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                  const struct timespec *restrict until) {
  static int (*wait)(cnd_t *, mtx_t *, const struct timespec *);
  if (!wait) {
    wait = (int (*)(cnd_t *, mtx_t *, const struct timespec *))dlsym(RTLD_NEXT, "cnd_timedwait");
  }
  struct timespec real = of_the_system(until);
  return wait(condition, mutex, &real);
}
