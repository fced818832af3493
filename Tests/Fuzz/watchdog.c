#include "watchdog.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define PATIENCE 20000 /* microseconds */

void __ubsan_on_report(void);
int __asan_report_present(void) __attribute__((weak)); /* null in a build without the sanitizer */

static sigjmp_buf before_run;
static volatile sig_atomic_t is_running, is_reporting;

void __ubsan_on_report(void) { is_reporting = 1; }

static void on_alarm(int number) {
  (void)number;
  if (__asan_report_present != NULL && __asan_report_present()) is_reporting = 1;
  if (is_running && !is_reporting) siglongjmp(before_run, 1);
}

static void set_alarm(int microseconds) {
  struct itimerval timer = {{0, 0}, {0, microseconds}};
  setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

void watchdog_begin(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  sigaction(SIGVTALRM, &action, NULL);
}

int watch(int (*call)(void *context), void *context) {
  int result;
  if (sigsetjmp(before_run, 1) != 0) {
    is_running = 0;
    return CUT_OFF;
  }
  is_running = 1;
  set_alarm(PATIENCE);
  result = call(context);
  is_running = 0;
  set_alarm(0);
  return result;
}

void require(int is_so, const char *what) {
  if (is_so) return;
  fprintf(stderr, "%s\n", what);
  abort();
}
