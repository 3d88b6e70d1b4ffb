// swift-tools-version: 6.2
import PackageDescription

// The rooms, from the ground up. A room may import only what stands in its list; CI checks it.
// The architecture page, docs/architecture.md, says what each is for.

/// A Swift room of the host.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies)
}

let package = Package(
    name: "interlock",
    products: [
        .executable(name: "interlock", targets: ["interlock"]),
        .library(name: "InterlockKit", targets: ["InterlockKit"]),
        .library(name: "files", type: .dynamic, targets: ["files"]),
        .library(name: "leases", type: .dynamic, targets: ["leases"]),
    ],
    dependencies: [
        // Each is justified in docs/dependencies.md.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The boundary, and what plugins are made with.
        .target(name: "CInterlock"),
        room("InterlockKit", ["CInterlock"]),

        // Libraries of this package that know nothing of calls.
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        room("LinearRegex", ["CRE2"]),
        room("StrictJSON"),
        .target(name: "CLinux"),
        room("System", ["CLinux"]),
        .target(name: "CSandbox"),

        // The host, in the order in which a call passes.
        room("Calls", ["StrictJSON"]),
        room("Messages", ["Calls", "StrictJSON"]),
        room("JSONSchema", ["StrictJSON", "LinearRegex"]),
        room("Contracts", ["Calls", "StrictJSON", "JSONSchema"]),
        room("Locking", ["Calls"]),
        room(
            "Scheduling",
            ["Calls", "Locking", "System", .product(name: "HeapModule", package: "swift-collections")]),
        room("Workspace", ["Calls", "System"]),
        room("Loading", ["Calls", "Locking", "StrictJSON", "System", "CInterlock"]),
        room(
            "Interlock",
            [
                "Calls", "StrictJSON", "JSONSchema", "Contracts", "Locking", "Scheduling", "System", "Workspace",
                "Loading",
            ]),

        // The command.
        room("Timeline", ["Calls", "StrictJSON"]),
        room("Configuration", ["Interlock", "Calls", "StrictJSON", .product(name: "Yams", package: "Yams")]),
        .executableTarget(
            name: "interlock",
            dependencies: [
                "Interlock", "Configuration", "Timeline", "Calls", "Messages", "StrictJSON", "CLinux", "System",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Plugins: public ABI only.
        .target(name: "FileEditing", path: "Plugins/files/Editing"),
        .target(
            name: "files", dependencies: ["InterlockKit", "FileEditing", "LinearRegex"], path: "Plugins/files/Tools"),
        .target(name: "leases", dependencies: ["CInterlock"], path: "Plugins/leases"),

        // What SandboxTests run: each attempt of Examples/misbehaving, without and with the layers.
        .executableTarget(
            name: "sandbox-driver", dependencies: ["CSandbox", "CInterlock"], path: "Tests/SandboxDriver"),
        .testTarget(
            name: "SandboxTests", dependencies: ["CSandbox", "sandbox-driver"], exclude: ["Fixtures"]),
        .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"]),
        .testTarget(name: "SystemTests", dependencies: ["System"]),
        .testTarget(name: "LinearRegexTests", dependencies: ["LinearRegex"]),
        .testTarget(name: "JSONSchemaTests", dependencies: ["JSONSchema", "LinearRegex", "StrictJSON"]),
        .testTarget(name: "MessagesTests", dependencies: ["Messages", "Calls", "StrictJSON"]),
        .testTarget(name: "LockingTests", dependencies: ["Locking", "Calls"]),
        .testTarget(
            name: "SchedulingTests", dependencies: ["Scheduling", "Locking", "Calls"], exclude: ["Scripts"]),
        .testTarget(name: "WorkspaceTests", dependencies: ["Workspace", "Calls", "System"]),
        .testTarget(
            name: "LoadingTests", dependencies: ["Loading", "Calls", "Locking", "StrictJSON", "System"],
            exclude: ["Fixtures"]),
        .testTarget(name: "FileEditingTests", dependencies: ["FileEditing", "LinearRegex"]),
        .testTarget(name: "FilesTests", dependencies: ["Loading", "Calls", "Locking", "StrictJSON"]),
        .testTarget(name: "EquivalenceTests", dependencies: ["Interlock", "Calls", "StrictJSON"]),
        .testTarget(name: "TimelineTests", dependencies: ["Timeline", "Calls", "StrictJSON"], exclude: ["expected"]),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "Interlock", "Calls", "StrictJSON"]),
        .testTarget(name: "CommandTests", dependencies: ["interlock", "StrictJSON"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)

// On in CI: a newer toolchain's new warnings must not keep a user from building.
if Context.environment["INTERLOCK_WARNINGS_ARE_ERRORS"] != nil {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
        target.cSettings = (target.cSettings ?? []) + [.treatAllWarnings(as: .error)]
        target.cxxSettings = (target.cxxSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
