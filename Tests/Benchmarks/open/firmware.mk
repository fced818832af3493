# Firmware that opens one blob, for open.sh. In Samples/firmware, whose boards these are:
#
#   make -f ../../Tests/Benchmarks/open/firmware.mk BOARD=cortex-m0 BLOB=/tmp/x.kgl BUILD=/tmp/b run
#
# OPTIMIZE: -Os, as firmware is compiled for its size, if not said. SWITCHES: of kgl_config.h.

BOARD ?= cortex-m0
OPTIMIZE ?= -Os
SWITCHES ?=
TIMEOUT ?= 500
OPEN := ../../Tests/Benchmarks/open
RUNTIME := ../../Runtime-C
CFLAGS := -std=c99 -ffreestanding -ffunction-sections -fdata-sections -Wall -Wextra -Werror
LDFLAGS := -nostartfiles -Wl,--gc-sections
include boards/$(BOARD)/board.mk

SOURCES := $(OPEN)/open.c print.c memory.c $(BOARD_SOURCES) $(wildcard $(RUNTIME)/src/*.c)
OBJECTS := $(patsubst %.c,$(BUILD)/$(BOARD)-%.o,$(notdir $(SOURCES)))
HEADERS := board.h $(wildcard $(RUNTIME)/include/*.h $(RUNTIME)/src/*.h)
COMPILE := $(PREFIX)gcc $(CPU) $(CFLAGS) $(OPTIMIZE) $(SWITCHES) -I. -I$(RUNTIME)/include
vpath %.c $(sort $(dir $(SOURCES)))
NAME := $(basename $(notdir $(BLOB)))

.PHONY: run
run: $(BUILD)/$(NAME)-$(BOARD).elf
	@timeout $(TIMEOUT) $(QEMU) -kernel $<

$(BUILD)/$(BOARD)-%.o: %.c $(HEADERS)
	@$(COMPILE) -c $< -o $@

# The blob, and a copy whose last byte is another one.
$(BUILD)/$(NAME).s: $(BLOB)
	@bytes=$$(wc -c <$<); last=$$(tail -c 1 $< | od -An -tu1 | tr -d ' '); \
	printf '%s\n' '.section .rodata' '.global open_blob, open_blob_end, open_damaged' \
	  'open_blob: .incbin "$<"' 'open_blob_end:' \
	  "open_damaged: .incbin \"$<\", 0, $$((bytes - 1))" ".byte $$((last ^ 1))" >$@

$(BUILD)/$(NAME)-$(BOARD).elf: $(OBJECTS) $(BUILD)/$(NAME).s
	@$(COMPILE) $^ $(LDFLAGS) -T boards/$(BOARD)/link.ld -lm -o $@
