/* One function, compiled for several levels of x86-64 and chosen when the program is loaded. */
#ifndef KX_CLONES_H
#define KX_CLONES_H

#if defined(__x86_64__) && defined(__linux__)
#define KX_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define KX_CLONES
#endif

#endif
