#ifndef KX_INLINE_H
#define KX_INLINE_H

/* A helper of a KX_CLONES function must become part of it, or it stays at the lowest level. */
#define KX_INLINE static inline __attribute__((always_inline))

#endif
