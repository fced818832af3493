// swift-tools-version:6.0
import PackageDescription

// Experiments on methods, a package of their own so that building Kinglet does not know them.

let package = Package(
  name: "kinglet-strength",
  dependencies: [.package(name: "kinglet", path: "../..")],
  targets: [
    .executableTarget(
      name: "kinglet-strength", dependencies: [.product(name: "KingletParts", package: "kinglet")], path: ".",
      exclude: ["README.md", "networks.sh", "paper.sh", "rows", "networks"])
  ],
  swiftLanguageModes: [.v6]
)
