#include "consumer.h"

int main(int count, char **arguments) { return count == 2 ? consume(arguments[1]) : 7; }
