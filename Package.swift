// swift-tools-version:6.0
import PackageDescription

// Data flows down this list, and imports only point back up it; Sources/README.md is the map.

/// A module of Sources/ with its page.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [])
  -> Target
{
  .target(name: name, dependencies: dependencies, exclude: ["README.md"] + exclude)
}

/// The tests of one module, or of several together. Large ones that compute little themselves are not optimized: that took
/// longer than it saved.
func tests(_ name: String, _ dependencies: [Target.Dependency], isOptimized: Bool = true) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, swiftSettings: isOptimized ? [] : [.unsafeFlags(["-Onone"])])
}

let package = Package(
  name: "kinglet",
  products: [
    .executable(name: "kinglet", targets: ["kinglet"]),
    .library(name: "Kinglet", targets: ["Compiler", "Delivery", "Edge"]),
    // For the packages of benchmarks and experiments: no promise to anyone else.
    .library(
      name: "KingletParts",
      targets: [
        "Blob", "Compiler", "Datasets", "EntropyCoding", "Evolution", "Execution", "Lowering", "ModelGraph",
        "ModelLoading", "Quantization", "Tensors", "Trials",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
    module("Tensors"),
    module("FixedPoint"),
    module("ModelGraph", ["Tensors"], exclude: ["Streaming/README.md"]),
    module("IntegerExecution", ["FixedPoint", "ModelGraph", "Tensors"]),
    module(
      "ModelLoading",
      ["Files", "IntegerExecution", "ModelGraph", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["ONNX/onnx-subset.proto"]),
    module("Files", ["CZlib"]),
    module("Datasets", ["Files", "Tensors", "CTurboJPEG", "CZlib"]),
    module("CKernels"),
    module("Detection", ["ModelGraph", "Tensors"]),
    module("Execution", ["Detection", "ModelGraph", "Tensors", "CDNNL", "CKernels"]),
    module("Trials", ["Execution", "Detection", "Datasets", "ModelGraph", "Tensors", "CKernels"]),
    module("CRanks"),
    module("Ranks", ["CRanks", "Execution", "Files", "Trials"]),
    module("Evolution", ["Trials", "Execution", "Datasets", "ModelGraph", "Tensors"]),
    module("Quantization", ["Tensors"]),
    module("Sharing", ["Execution", "Quantization", "ModelGraph", "Tensors"]),
    module("EntropyCoding"),
    module("Blob", ["EntropyCoding", "Files", "Tensors"]),
    module("Emulation", ["Blob", "FixedPoint"]),
    module("Planning"),
    module("Edge", ["Blob", "Emulation", "CKinglet"]),
    module("Die", ["Blob", "Planning", "Tensors"]),
    module("Emission", ["Blob", "Edge", "Files"]),
    module("Simplification", ["FixedPoint", "IntegerExecution", "ModelGraph", "Tensors"]),
    module(
      "Lowering",
      [
        "Blob", "FixedPoint", "IntegerExecution", "ModelGraph", "Planning", "Quantization", "Simplification",
        "Tensors",
      ]),
    module(
      "Verification",
      ["Blob", "Edge", "Emulation", "Execution", "IntegerExecution", "Trials", "ModelGraph", "Tensors"]),
    module(
      "Calibration",
      ["Verification", "Lowering", "Blob", "Execution", "Trials", "Datasets", "ModelGraph", "Tensors"]),
    module(
      "Intake",
      ["Files", "ModelLoading", "Datasets", "Trials", "Execution", "Edge", "Blob", "ModelGraph", "Tensors"]),
    module(
      "Tables",
      ["Evolution", "Trials", "Quantization", "Lowering", "Blob", "Execution", "ModelGraph", "Tensors"]),
    module("Record"),
    module("Report", ["Record"]),
    .target(
      name: "CKinglet", path: "Runtime-C", exclude: [
        "README.md", "SECURITY.md", "UPDATE.md", "Makefile", "size", "CMakeLists.txt", "cmake", "zephyr", "library.json",
        "library.properties", "idf_component.yml", "python", "dist",
      ],
      sources: ["src"], publicHeadersPath: "include", linkerSettings: [.linkedLibrary("m")]),
    module(
      "Compiler",
      [
        "Files", "Record", "ModelGraph", "ModelLoading", "Datasets", "Execution", "Trials", "Evolution",
        "Quantization", "Sharing", "Simplification", "Lowering", "Intake", "Tables", "Calibration",
        "Verification", "Blob", "Edge", "Planning", "Die", "Tensors",
      ]),
    module(
      "Delivery",
      [
        "Compiler", "Intake", "Verification", "Emission", "Lowering", "Simplification", "IntegerExecution", "Die",
        "Edge", "Blob", "Detection", "Files", "FixedPoint", "Planning", "ModelLoading", "Datasets", "Execution", "Trials",
        "ModelGraph", "Tensors",
      ]),
    .executableTarget(
      name: "kinglet",
      dependencies: [
        "Blob", "CKernels", "Compiler", "Datasets", "Delivery", "Evolution", "Intake", "ModelLoading", "Planning",
        "Quantization", "Ranks", "Record", "Report", "Sharing", "Tables", "Trials", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["README.md"]),
    .target(
      name: "TestSupport",
      dependencies: ["Trials", "Execution", "Datasets", "ModelGraph", "Tensors"], path: "Tests/Support",
      exclude: ["README.md"]),
    tests("FixedPointTests", ["FixedPoint"]),
    tests("IntegerExecutionTests", ["IntegerExecution", "FixedPoint", "ModelGraph", "Tensors"]),
    tests("ModelGraphTests", ["ModelGraph", "Tensors"]),
    tests("ReportTests", ["Record", "Report"], isOptimized: false),
    tests("PlanningTests", ["Planning", "Tensors"]),
    tests(
      "SimplificationTests",
      ["IntegerExecution", "ModelLoading", "ModelGraph", "Simplification", "Tensors", "TestSupport"]),
    tests(
      "LoweringTests",
      ["FixedPoint", "Lowering", "ModelLoading", "ModelGraph", "Simplification", "Tensors", "TestSupport"]),
    tests("FilesTests", ["Files", "TestSupport"]),
    tests("DatasetsTests", ["TestSupport", "Datasets", "Tensors", "CZlib"], isOptimized: false),
    tests("EntropyCodingTests", ["EntropyCoding"]),
    tests("TensorsTests", ["Tensors"]),
    tests("QuantizationTests", ["Quantization", "Tensors"]),
    tests(
      "SharingTests",
      ["Sharing", "Execution", "Quantization", "ModelGraph", "Tensors", "TestSupport"]),
    tests("ModelLoadingTests", ["Files", "ModelLoading", "ModelGraph", "Tensors", "TestSupport"], isOptimized: false),
    tests(
      "ExecutionTests", ["Detection", "Execution", "ModelGraph", "Tensors", "CKernels", "TestSupport"]),
    tests(
      "ModelExecutionTests",
      ["Execution", "IntegerExecution", "ModelLoading", "ModelGraph", "Tensors", "TestSupport"]),
    tests(
      "TrialsTests",
      ["Trials", "Execution", "Datasets", "ModelGraph", "Tensors", "CKernels", "TestSupport"]),
    tests(
      "RanksTests",
      ["Ranks", "Evolution", "Trials", "Execution", "Datasets", "ModelGraph", "Tensors", "TestSupport"]),
    tests("DetectionTests", ["CKinglet", "Detection", "ModelGraph", "Tensors"]),
    tests(
      "EvolutionTests",
      ["Evolution", "Trials", "Execution", "Datasets", "ModelGraph", "Tensors", "TestSupport"]),
    tests(
      "CompilerTests",
      [
        "kinglet", "Delivery", "Compiler", "Record", "Report", "Trials", "Evolution", "Emulation", "Execution", "Datasets",
        "Quantization", "Simplification", "Lowering", "Intake", "Tables", "Calibration", "Verification", "Edge",
        "Die", "Emission", "Files", "Blob", "ModelGraph", "ModelLoading", "Planning", "Tensors", "CZlib", "TestSupport",
      ], isOptimized: false),
    tests(
      "TablesTests",
      [
        "Tables", "Trials", "Quantization", "Lowering", "Blob", "Execution", "Datasets", "ModelGraph", "Tensors",
        "TestSupport",
      ]),
    tests("VerificationTests", ["Verification", "Execution", "ModelGraph", "TestSupport"]),
    tests("CommandTests", ["kinglet", "Datasets", "Tensors"], isOptimized: false),
    tests("BlobTests", ["Blob", "EntropyCoding", "Tensors"]),
    tests("EmulationTests", ["Emulation", "Blob", "FixedPoint", "Tensors"]),
    tests("FormatTests", ["Blob", "EntropyCoding", "Emulation", "CKinglet", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)
