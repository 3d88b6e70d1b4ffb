// swift-tools-version: 6.3
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
        .library(name: "Interlock", targets: ["Interlock"]),
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
        .target(name: "CDigest", linkerSettings: [.linkedLibrary("crypto")]),
        room("StrictJSON"),
        room("Guards"),
        .target(name: "CLinux"),
        .target(name: "CSandbox"),
        .target(name: "CWorker", dependencies: ["CInterlock", "CSandbox"]),
        room("System", ["Guards", "CLinux", "CSandbox"]),

        // The host, in the order in which a call passes.
        room("Calls", ["StrictJSON"]),
        room("Messages", ["Calls", "StrictJSON"]),
        room("JSONSchema", ["StrictJSON", "LinearRegex"]),
        room("Contracts", ["Calls", "StrictJSON"]),
        room("Locking", ["Calls", "Guards"]),
        room("ProcessLocks", ["Calls", "Guards", "System"]),
        room(
            "Scheduling",
            [
                "Calls", "Guards", "Locking", "ProcessLocks", "System",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        room("Workspace", ["Calls", "Guards", "System"]),
        room("Loading", ["Calls", "Locking", "StrictJSON", "System", "CInterlock", "CDigest", "CWorker"]),
        room("Isolation", ["Calls", "Locking", "System", "Loading", "CInterlock", "CSandbox", "CWorker"]),
        room(
            "Interlock",
            [
                "Calls", "Guards", "Messages", "StrictJSON", "JSONSchema", "Contracts", "Locking", "ProcessLocks",
                "Scheduling", "System", "Workspace", "Loading", "Isolation",
                .product(name: "DequeModule", package: "swift-collections"),
            ]),

        // The command.
        room("Timeline", ["Calls", "StrictJSON"]),
        room(
            "Configuration",
            ["Interlock", "Isolation", "StrictJSON", "System", .product(name: "Yams", package: "Yams")]),
        room("Doctor", ["Interlock", "Calls", "StrictJSON", "System", "Workspace", "ProcessLocks", "CSandbox"]),
        .executableTarget(
            name: "interlock",
            dependencies: [
                "Interlock", "Configuration", "Doctor", "Timeline", "Calls", "Messages", "StrictJSON", "CLinux",
                "System",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Plugins: public ABI only.
        .target(name: "FileEditing", path: "Plugins/files/Editing"),
        .target(
            name: "files", dependencies: ["CInterlock", "InterlockKit", "FileEditing", "LinearRegex"],
            path: "Plugins/files/Tools"),
        .target(name: "leases", dependencies: ["CInterlock"], path: "Plugins/leases"),

        // What tests share: building plugins, and a host to put them through their paces.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .target(
            name: "HostSupport", dependencies: ["TestSupport", "Interlock", "Calls", "StrictJSON", "System"],
            path: "Tests/HostSupport", exclude: ["Fixtures"]),
        .target(
            name: "PluginTesting", dependencies: ["Calls", "Loading", "Isolation", "System", "TestSupport"],
            path: "Tests/PluginTesting"),
        // What tests and the soak share.
        .target(
            name: "Equivalence", dependencies: ["Interlock", "Calls", "Guards", "StrictJSON", "System", "TestSupport"],
            path: "Tests/Equivalence"),
        .target(
            name: "SeveralHosts", dependencies: ["StrictJSON", "System", "TestSupport"], path: "Tests/SeveralHosts",
            exclude: ["Fixtures"]),
        .executableTarget(
            name: "soak",
            dependencies: [
                "Equivalence", "Guards", "SeveralHosts",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Soak"),
        .executableTarget(
            name: "paces",
            dependencies: ["PluginTesting", "TestSupport", "Isolation", "Loading", "Locking", "Calls"],
            path: "Tests/Paces"),

        // What is measured, and the least that a program in C must do for the same.
        .target(name: "Floors", path: "Tests/Bench/Floors"),
        .executableTarget(
            name: "bench",
            dependencies: [
                "Floors", "Interlock", "Scheduling", "Locking", "ProcessLocks", "Workspace", "Calls", "StrictJSON",
                "System",
                "TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Bench", exclude: ["Floors", "Tools", "Peers"]),

        // What SandboxTests run: each attempt of Examples/misbehaving, without and with the layers.
        .executableTarget(
            name: "sandbox-driver", dependencies: ["CSandbox", "CInterlock"], path: "Tests/SandboxDriver"),
        .testTarget(
            name: "SandboxTests", dependencies: ["CSandbox", "sandbox-driver"], exclude: ["Fixtures"]),
        .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"]),
        .testTarget(name: "SystemTests", dependencies: ["System"]),
        .testTarget(name: "LinearRegexTests", dependencies: ["LinearRegex", "TestSupport"]),
        .testTarget(name: "JSONSchemaTests", dependencies: ["JSONSchema", "LinearRegex", "StrictJSON"]),
        .testTarget(name: "MessagesTests", dependencies: ["Messages", "Calls", "StrictJSON", "TestSupport"]),
        .testTarget(name: "LockingTests", dependencies: ["Locking", "Calls", "TestSupport"]),
        .testTarget(
            name: "SchedulingTests",
            dependencies: ["Scheduling", "Guards", "Locking", "ProcessLocks", "Calls", "System", "TestSupport"],
            exclude: ["Scripts"]),
        .testTarget(
            name: "ProcessLocksTests", dependencies: ["ProcessLocks", "Locking", "Calls", "System", "TestSupport"]),
        // What WorkspaceTests run: a change of files, killed at one of its system calls.
        .executableTarget(
            name: "file-services-driver", dependencies: ["Workspace", "Calls", "System"],
            path: "Tests/FileServicesDriver"),
        .testTarget(
            name: "WorkspaceTests",
            dependencies: ["Workspace", "Locking", "Calls", "System", "TestSupport", "file-services-driver"]),
        .testTarget(
            name: "LoadingTests",
            dependencies: [
                "Loading", "Calls", "Locking", "System", "CInterlock", "InterlockKit", "TestSupport", "PluginTesting",
            ],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "IsolationTests",
            dependencies: [
                "Isolation", "Interlock", "Loading", "Calls", "Locking", "StrictJSON", "System", "CSandbox",
                "ProcessLocks", "Guards", "HostSupport", "PluginTesting", "TestSupport", "ProcessLocksTests",
                "sandbox-driver", "paces", "interlock",
            ],
            exclude: ["Fixtures"]),
        .testTarget(name: "FileEditingTests", dependencies: ["FileEditing", "LinearRegex", "TestSupport"]),
        .testTarget(
            name: "FilesTests",
            dependencies: ["Loading", "PluginTesting", "Calls", "Locking", "StrictJSON", "System", "TestSupport"]),
        .testTarget(
            name: "InterlockTests", dependencies: ["Interlock", "Calls", "StrictJSON", "HostSupport", "TestSupport"]),
        .testTarget(
            name: "CasesTests",
            dependencies: ["Interlock", "interlock", "Calls", "StrictJSON", "System", "HostSupport", "TestSupport"]),
        .testTarget(name: "EquivalenceTests", dependencies: ["Equivalence", "Guards", "Interlock", "TestSupport"]),
        // Each guard against races: needed, and where the page on architecture says.
        .testTarget(
            name: "RaceGuardTests",
            dependencies: [
                "Guards", "Scheduling", "Locking", "ProcessLocks", "Workspace", "Interlock", "Calls", "System",
                "HostSupport", "TestSupport", "SchedulingTests", "ProcessLocksTests", "WorkspaceTests",
                "IsolationTests", "file-services-driver",
            ]),
        .testTarget(name: "PendingEventsTests", dependencies: ["Interlock", "Calls"]),
        // What a program outside the package can do.
        .testTarget(
            name: "EmbeddingTests", dependencies: ["Interlock"], exclude: ["Fixtures"], packageAccess: false),
        .testTarget(name: "TimelineTests", dependencies: ["Timeline", "Calls", "StrictJSON"], exclude: ["expected"]),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: ["Configuration", "Interlock", "Isolation", "StrictJSON", "TestSupport"]),
        .testTarget(
            name: "CommandTests", dependencies: ["interlock", "sandbox-driver", "StrictJSON", "TestSupport"],
            exclude: ["expected"]),
        .testTarget(name: "BenchTests", dependencies: ["bench", "StrictJSON", "TestSupport"]),
        .testTarget(name: "ProcessesTests", dependencies: ["interlock", "SeveralHosts", "StrictJSON"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)

// What `make fuzz` builds: the targets of FuzzTests, with libFuzzer's entry instead of the tests. libFuzzer has the main
// function, so that it is a library, which scripts/fuzz links.
let fuzzing: [Target.Dependency] = [
    "Configuration", "Contracts", "Interlock", "JSONSchema", "Loading", "Messages", "Workspace", "Calls", "CInterlock",
    "StrictJSON", "System",
]
if Context.environment["INTERLOCK_FUZZ"] != nil {
    package.targets.append(
        .target(
            name: "Fuzzer", dependencies: fuzzing, path: "Tests/FuzzTests", exclude: ["Corpus", "FuzzTests.swift"]))
    package.products.append(.library(name: "Fuzzer", type: .static, targets: ["Fuzzer"]))
} else {
    package.targets.append(.testTarget(name: "FuzzTests", dependencies: fuzzing, exclude: ["Corpus", "Fuzzer"]))
}

// On in CI: a newer toolchain's new warnings must not keep a user from building.
if Context.environment["INTERLOCK_WARNINGS_ARE_ERRORS"] != nil {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
        target.cSettings = (target.cSettings ?? []) + [.treatAllWarnings(as: .error)]
        target.cxxSettings = (target.cxxSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
