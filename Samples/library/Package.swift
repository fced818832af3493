// swift-tools-version:6.0
import PackageDescription

// Kinglet as a library, from a package of one's own.

let kinglet = Target.Dependency.product(name: "Kinglet", package: "kinglet")

let package = Package(
  name: "library",
  dependencies: [.package(name: "kinglet", path: "../..")],
  targets: [
    .executableTarget(name: "compile-a-model", dependencies: [kinglet]),
    .executableTarget(name: "run-a-blob", dependencies: [kinglet]),
  ],
  swiftLanguageModes: [.v6]
)
