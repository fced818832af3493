/* Runs that are cut off after a while: a blob may describe hours of work in a few bytes. That is sound
 * because the runtime holds nothing: no heap, no lock, no variable that outlives a call. */
#ifndef WATCHDOG_H
#define WATCHDOG_H

/* What a run that was cut off came to; no status is above 0. */
#define CUT_OFF 1

/* To be called once, before any run. */
void watchdog_begin(void);

/* What call(context) gives, or CUT_OFF after 20 ms of processor time. Not to be nested. */
int watch(int (*call)(void *context), void *context);

/* Ends the program with a line that says what is not so. */
void require(int is_so, const char *what);

#endif
