/* To be included first, by files whose loops run once for each weight or more: where all else is compiled
 * for size, gcc compiles these for speed (KGL_FAST_KERNELS). It comes before every function, so that
 * those that are compiled into their callers are compiled the same way. */
#ifndef KGL_KERNEL_H
#define KGL_KERNEL_H

#include "kgl_config.h"

#if KGL_FAST_KERNELS && defined(__OPTIMIZE_SIZE__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2")
#endif

#endif
