// swift-tools-version: 6.2
import PackageDescription

// A program of your own has `.package(url: …)` in place of the path.
let package = Package(
    name: "agent",
    dependencies: [.package(name: "interlock", path: "../..")],
    targets: [.executableTarget(name: "agent", dependencies: [.product(name: "Interlock", package: "interlock")])],
    swiftLanguageModes: [.v6]
)
