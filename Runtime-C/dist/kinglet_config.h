/* Switches of the runtime (kgl_config.h says what each costs). Include here what `kinglet emit-c` wrote for your network, so that
 * the runtime has only what it needs:
 *
 *     #include "model_config.h"
 *
 * As it is, everything is built. */
#ifndef KINGLET_CONFIG_H
#define KINGLET_CONFIG_H

#endif
