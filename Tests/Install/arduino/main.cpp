/* Runs a sketch: as Arduino begins it, and once around. */
#include "sketch.cpp"

int main() {
  setup();
  loop();
  return 0;
}
