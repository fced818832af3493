/* For Arduino, which looks for headers here and nowhere else. */
#include "../include/kinglet.h"
