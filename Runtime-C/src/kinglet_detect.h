/* For Arduino, which looks for headers here and nowhere else. */
#include "../include/kinglet_detect.h"
