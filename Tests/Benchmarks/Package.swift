// swift-tools-version:6.0
import PackageDescription

// Benchmarks, a package of their own so that building Kinglet does not know them: `make bench`.

let package = Package(
  name: "kinglet-bench",
  dependencies: [.package(name: "kinglet", path: "../..")],
  targets: [
    .executableTarget(
      name: "kinglet-bench", dependencies: [.product(name: "KingletParts", package: "kinglet")], path: ".",
      exclude: ["README.md", "deepcabac.py", "torch_trials.py", "edge", "open"])
  ],
  swiftLanguageModes: [.v6]
)
