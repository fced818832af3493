// swift-tools-version:6.0
import PackageDescription

/// Every target builds in Swift 6 language mode. Data flows down this list, and imports only point
/// back up it; Sources/README.md is the map.
let package = Package(
  name: "kinglet",
  products: [
    .executable(name: "kinglet", targets: ["kinglet"]),
    .library(name: "Kinglet", targets: ["Compiler"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
    .target(name: "Tensors"),
    .target(name: "ModelGraph", dependencies: ["Tensors"]),
    .target(
      name: "ModelLoading",
      dependencies: ["ModelGraph", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["ONNX/onnx-subset.proto"]),
    .target(name: "Datasets", dependencies: ["Tensors", "CZlib"]),
    .target(name: "CKernels"),
    .target(name: "Execution", dependencies: ["ModelGraph", "CDNNL", "CKernels"]),
    .target(name: "Evolution", dependencies: ["Execution", "Datasets"]),
    .target(name: "Quantization", dependencies: ["Tensors"]),
    .target(name: "EntropyCoding"),
    .target(name: "Blob", dependencies: ["EntropyCoding", "CZlib"]),
    .target(name: "Planning", dependencies: ["ModelGraph"]),
    .target(
      name: "CKinglet", path: "Runtime-C", exclude: ["README.md", "Makefile"],
      sources: ["src"], publicHeadersPath: "include"),
    .target(
      name: "Compiler",
      dependencies: [
        "ModelLoading", "Datasets", "Execution", "Evolution", "Quantization", "Blob", "Planning",
        "CKinglet",
      ]),
    .executableTarget(
      name: "kinglet",
      dependencies: [
        "Compiler", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
