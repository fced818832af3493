# Kinglet's one Makefile. `make demo` and `make test` do everything on a bare Debian 12 with Swift
# and make: what is missing is installed with apt, and said. Set APT= to forbid that.

BUILD   ?= .build
APT     ?= apt-get
KINGLET  = $(BUILD)/release/kinglet
FASHION ?= /usr/share/datasets/fashion-mnist
SWIFT    = swift
# Compilations of C at once.
JOBS    ?= $(shell nproc)
# What makes the command for a test of it: `make test` tests the one that `swift test` has linked, and
# does not build everything once more with other flags.
COMMAND  = $(if $(filter test,$(MAKECMDGOALS)),test-swift,build)

# What each target needs: a Debian package and a file by which its presence is known.
DEPS_BUILD = libdnnl-dev:/usr/include/oneapi/dnnl/dnnl.h zlib1g-dev:/usr/include/zlib.h \
             libturbojpeg0-dev:/usr/include/turbojpeg.h
DEPS_DATA  = dataset-fashion-mnist:/usr/share/datasets/fashion-mnist
DEPS_EDGE  = gcc-arm-none-eabi:/usr/bin/arm-none-eabi-gcc \
             libnewlib-arm-none-eabi:/usr/lib/arm-none-eabi/include/stdint.h \
             qemu-system-arm:/usr/bin/qemu-system-arm
DEPS_RISCV = gcc-riscv64-unknown-elf:/usr/bin/riscv64-unknown-elf-gcc \
             picolibc-riscv64-unknown-elf:/usr/lib/picolibc/riscv64-unknown-elf/include/stdint.h \
             qemu-system-misc:/usr/bin/qemu-system-riscv32
DEPS_CHECK = gcc:/usr/bin/gcc clang:/usr/bin/clang libclang-rt-14-dev:/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.asan-$(shell uname -m).a \
             gcc-s390x-linux-gnu:/usr/bin/s390x-linux-gnu-gcc \
             libc6-dev-s390x-cross:/usr/s390x-linux-gnu/include/stdint.h \
             qemu-user-static:/usr/bin/qemu-s390x-static

DEPS_DROPIN = cmake:/usr/bin/cmake g++:/usr/bin/g++ \
              python3-kconfiglib:/usr/lib/python3/dist-packages/kconfiglib.py \
              python3-yaml:/usr/lib/python3/dist-packages/yaml/__init__.py

DEPS_DIST  = dpkg-dev:/usr/bin/dpkg-shlibdeps binutils:/usr/bin/strip
DEPS_CHROOT = debootstrap:/usr/sbin/debootstrap

# Without it tests of several ranks are left out, and said so.
DEPS_RANKS = openmpi-bin:/usr/bin/mpirun

DEPS_PYTHON = python3-venv:$(shell python3 -c 'import ensurepip; print(ensurepip.__file__)' 2>/dev/null || echo /missing)

.PHONY: help build demo edge test bench fuzz clean deps-build deps-data deps-edge deps-riscv \
        deps-check deps-dropin deps-python deps-ranks deps-dist deps-chroot size test-swift test-c test-builds test-firmware test-size test-operators test-dropin test-library test-tutorial test-python test-wake \
        install uninstall test-install dist test-dist

help:
	@echo 'make demo    compile the bundled network and run it in emulated firmware'
	@echo 'make edge    three small networks, in integers, on five emulated processors'
	@echo 'make test    the whole test suite: Swift, C, format vectors, firmware'
	@echo 'make build   the kinglet command alone, in $(KINGLET)'
	@echo 'make install the command, its pages and completions, and the runtime, below PREFIX=/usr/local'
	@echo 'make dist    a tarball and a Debian package of the command, for machines without Swift, in $(BUILD)/dist'
	@echo 'make dist-KIND the runtime as arduino, platformio, esp-idf or cmsis-pack takes it'
	@echo 'make size    code, constants, variables and stack of the runtime on five processors'
	@echo 'make bench   benchmarks, as ratios within one run; PART=coders, large, edge or open for one'
	@echo 'make fuzz    every fuzzing target for SECONDS=60 each'
	@echo 'make clean   remove what was built'

build: deps-build
	$(SWIFT) build -c release --product kinglet --scratch-path $(BUILD)

PREFIX  ?= /usr/local
DESTDIR ?=

# The command needs the libraries of the Swift that built it, and oneDNN, zlib and libjpeg-turbo.
install: $(COMMAND)
	KINGLET=$(KINGLET) PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) sh install.sh

uninstall:
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) sh install.sh remove

test-install: $(COMMAND)
	KINGLET=$(KINGLET) BUILD=$(BUILD)/install sh Tests/skips.sh sh Tests/Install/test.sh
	KINGLET=$(KINGLET) BUILD=$(BUILD)/dist-test sh Tests/skips.sh sh Tests/Install/dist.sh
	KINGLET=$(KINGLET) BUILD=$(BUILD)/package-test sh Tests/skips.sh sh Tests/Install/package.sh

# Swift's libraries go into the command, in a build of its own (ten minutes); oneDNN, zlib and libjpeg-turbo stay Debian's.
PACKED = $(BUILD)/static/release/kinglet
dist: deps-build deps-dist
	$(SWIFT) build -c release --product kinglet --static-swift-stdlib --scratch-path $(BUILD)/static
	rm -f $(BUILD)/dist/kinglet*
	KINGLET=$(PACKED) sh package.sh tar $(BUILD)/dist
	KINGLET=$(PACKED) sh package.sh deb $(BUILD)/dist

# Not part of `make test`: another build, and a Debian from its archive that only root may enter.
test-dist: dist deps-data deps-chroot
	KINGLET=$(PACKED) BUILD=$(BUILD)/package-test sh Tests/Install/package.sh
	DIST=$(BUILD)/dist FASHION=$(FASHION) BUILD=$(BUILD)/chroot sh Tests/Install/chroot.sh

# The runtime as Arduino, PlatformIO, ESP-IDF and CMSIS take it (Runtime-C/dist).
dist-%: $(COMMAND)
	KINGLET=$(KINGLET) sh Runtime-C/dist/dist.sh $* $(BUILD)/dist/$*

demo: deps-data deps-edge build
	KINGLET=$(KINGLET) FASHION=$(FASHION) BUILD=$(BUILD)/demo sh Samples/fashion-cnn/demo.sh

edge: deps-data deps-edge deps-riscv build
	KINGLET=$(KINGLET) FASHION=$(FASHION) BUILD=$(BUILD)/edge sh Samples/edge/edge.sh

test: deps-build deps-data deps-edge deps-riscv deps-check deps-dropin deps-python deps-ranks test-swift test-c test-builds test-size \
      test-dropin test-firmware test-wake test-python test-install test-tutorial test-operators test-library

test-swift:
	KINGLET_CHECKS=1 sh Tests/skips.sh $(SWIFT) test -c release --scratch-path $(BUILD)

test-c:
	$(MAKE) -j$(JOBS) -C Tests/RuntimeC check BUILD=$(abspath $(BUILD))/runtime-c

# The same blobs through seven builds of the runtime.
test-builds:
	$(MAKE) -j$(JOBS) -s -C Tests/Fuzz short BUILD=$(abspath $(BUILD))/fuzz

test-firmware: $(COMMAND)
	KINGLET=$(KINGLET) FASHION=$(FASHION) BUILD=$(BUILD)/firmware sh Samples/firmware/test.sh

# The wake word's front end against TensorFlow Lite Micro's, on the host.
test-wake: deps-check
	BUILD=$(BUILD)/wake sh Samples/wake-word/test.sh

# The Python package, in an environment of its own; left out, and said so, where PyPI cannot be reached.
test-python: $(COMMAND)
	KINGLET=$(KINGLET) BUILD=$(BUILD)/python sh Tests/skips.sh sh Runtime-C/python/test.sh

# The list of files that an operator touches, held to its word in a copy of the tree.
test-operators:
	BUILD=$(BUILD)/operators CHECKOUTS=$(BUILD) sh Tests/Operators/toy.sh

# What the tutorial tells its reader to type.
test-tutorial: $(COMMAND)
	KINGLET=$(KINGLET) FASHION=$(FASHION) BUILD=$(BUILD)/tutorial sh Samples/tutorial/test.sh

# The library's two examples, a package of their own: in the same copy, whose modules are compiled already.
test-library: test-operators
	BUILD=$(abspath $(BUILD))/operators/scratch sh $(BUILD)/operators/tree/Samples/library/test.sh

test-dropin:
	BUILD=$(BUILD)/dropin/cmake sh Tests/DropIn/cmake.sh
	BUILD=$(BUILD)/dropin/manifests sh Tests/skips.sh sh Tests/DropIn/manifests.sh

test-size:
	BUILD=$(BUILD)/test-size sh Runtime-C/size/test.sh

size: deps-edge deps-riscv
	@$(MAKE) -s -C Runtime-C size BUILD=$(abspath $(BUILD))/runtime-size

fuzz: deps-build deps-check
	$(SWIFT) package resolve --scratch-path $(BUILD)
	$(MAKE) -C Tests/Fuzz BUILD=$(abspath $(BUILD))/fuzz SECONDS=$(or $(SECONDS),60) \
	  PROTOBUF=$(abspath $(BUILD))/checkouts/swift-protobuf/Sources/SwiftProtobuf

bench: deps-data deps-edge deps-riscv build
ifeq ($(filter edge open,$(PART)),)
	KINGLET=$(KINGLET) FASHION=$(FASHION) \
	$(SWIFT) run -c release -Xswiftc -enable-testing --package-path Tests/Benchmarks \
	  --scratch-path $(abspath $(BUILD))/bench kinglet-bench '$(PART)'
endif
ifneq ($(filter edge,$(or $(PART),edge)),)
	KINGLET=$(KINGLET) FASHION=$(FASHION) BUILD=$(BUILD)/bench-edge sh Tests/Benchmarks/edge/edge.sh
endif
ifneq ($(filter open,$(or $(PART),open)),)
	BUILD=$(BUILD)/bench-open sh Tests/Benchmarks/open/open.sh
	KINGLET=$(KINGLET) BUILD=$(BUILD)/bench-open sh Tests/Benchmarks/open/vela.sh
endif

clean:
	rm -rf $(BUILD)

# $(1): package:file pairs. Installs the packages whose file is missing, naming them first.
define install_missing
	@missing=''; \
	for pair in $(1); do [ -e "$${pair#*:}" ] || missing="$$missing $${pair%%:*}"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ -z '$(APT)' ]; then echo "missing Debian packages:$$missing" >&2; exit 1; fi; \
	echo "installing Debian packages:$$missing"; \
	if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	$$sudo $(APT) update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive $(APT) install -y -qq --no-install-recommends $$missing >/dev/null
endef

deps-build:
	$(call install_missing,$(DEPS_BUILD))
deps-data:
	$(call install_missing,$(DEPS_DATA))
deps-edge:
	$(call install_missing,$(DEPS_EDGE))
deps-riscv:
	$(call install_missing,$(DEPS_RISCV))
deps-dropin:
	$(call install_missing,$(DEPS_DROPIN))
deps-python:
	$(call install_missing,$(DEPS_PYTHON))
deps-dist:
	$(call install_missing,$(DEPS_DIST))
deps-chroot:
	$(call install_missing,$(DEPS_CHROOT))
deps-ranks:
	-$(call install_missing,$(DEPS_RANKS))
deps-check:
	$(call install_missing,$(DEPS_CHECK))
