import Interlock
import StrictJSON

/// What one file says, as written: nothing filled in, every value with its place. The tables of fields are the schema.
package struct Settings: Section {
    package var bundled: Located<Bool>?
    package var plugins: Located<[PluginSettings]>?
    package var tools: [Named<ToolSettings>] = []
    package var limits = LimitSettings()
    package var roots: Located<[RootSettings]>?
    package var pools: [Named<Int>] = []
    package var protected: [String] = []
    package var policy: Located<Policy>?
    /// A path, or `none`.
    package var locks: Located<String>?

    package init() {}

    static var inWords: String { "the configuration" }
    static var fields: [Field<Self>] {
        [
            Field("bundled", \.bundled, .flag),
            Field("plugins", \.plugins, .list(of: PluginSettings.reader)),
            Field("tools", \.tools, .named(ToolSettings.reader)),
            Field("limits", \.limits, LimitSettings.reader),
            Field("roots", \.roots, .list(of: RootSettings.reader)),
            Field("pools", \.pools, .named(.count(1...1_000_000))),
            Field("protected", \.protected, .list(of: .inside)),
            Field("policy", \.policy, .word("policy")),
            Field("locks", \.locks, .text),
        ]
    }

    /// Reads a file's text; an empty file is a configuration that says nothing.
    package static func parse(_ text: String, file: String) throws(ConfigurationFailure) -> Settings {
        guard let node = try NodeParser.parse(text, file: file) else { return Settings() }
        return try reader.read(node)
    }
}

package struct PluginSettings: Section {
    package var file: Located<String>?
    package var sha256: String?
    package var configuration: JSON = [:]
    package var tools: [String]?
    package var isolation: Deployment.IsolationLevel?
    package var grants: [Deployment.WorkerGrant] = []
    package var limits = WorkerSettings()

    package init() {}

    static var inWords: String { "a plugin" }
    static var fields: [Field<Self>] {
        [
            Field("file", required: true, \.file, Reader.text.located.map(Optional.some)),
            Field("sha256", \.sha256, Reader.sha256.map(Optional.some)),
            Field("config", \.configuration, .object),
            Field("tools", \.tools, Reader.list(of: .text).map(Optional.some)),
            Field(
                "isolation", \.isolation, Reader<Deployment.IsolationLevel>.word("isolation").map(Optional.some)),
            Field("grants", \.grants, .list(of: .word("grant"))),
            Field("limits", \.limits, WorkerSettings.reader),
        ]
    }
}

package struct ToolSettings: Section {
    package var enabled: Located<Bool>?
    package var exclusive: Located<Bool>?
    package var keys: [String] = []
    package var concurrency: Located<Int>?
    package var timeout: Located<Duration>?

    package init() {}

    static var inWords: String { "a tool" }
    static var fields: [Field<Self>] {
        [
            Field("enabled", \.enabled, .flag),
            Field("exclusive", \.exclusive, .flag),
            Field("keys", \.keys, .list(of: .text)),
            Field("concurrency", \.concurrency, .count(1...100_000)),
            Field("timeout", \.timeout, .duration),
        ]
    }
}

package struct LimitSettings: Section {
    package var jobs: Located<Int>?
    package var queue: Located<Int>?
    package var wait: Located<Duration>?
    package var timeout: Located<Duration>?
    package var grace: Located<Duration>?
    package var output: Located<Int>?
    package var plugins: [Named<Int>] = []
    package var workers = WorkerSettings()

    package init() {}

    static var inWords: String { "limits" }
    static var fields: [Field<Self>] {
        [
            Field("jobs", \.jobs, .count(1...4096)),
            Field("queue", \.queue, .count(1...10_000_000)),
            Field("wait", \.wait, .duration),
            Field("timeout", \.timeout, .duration),
            Field("grace", \.grace, .durationOrZero),
            Field("output", \.output, .size),
            Field("plugins", \.plugins, .named(.count(1...100_000))),
            Field("workers", \.workers, WorkerSettings.reader),
        ]
    }
}

/// What one process of a worker may use.
package struct WorkerSettings: Section {
    package var memory: Located<Int>?
    package var files: Located<Int>?
    package var fileSize: Located<Int>?
    package var cpu: Located<Duration>?
    package var processes: Located<Int>?
    package var privateFiles: Located<Int>?

    package init() {}

    static var inWords: String { "what a process of a plugin may use" }
    static var fields: [Field<Self>] {
        [
            Field("memory", \.memory, .size),
            Field("files", \.files, .count(16...1_000_000)),
            Field("file_size", \.fileSize, .size),
            Field("cpu", \.cpu, .duration),
            Field("processes", \.processes, .count(1...1_000_000)),
            Field("private_files", \.privateFiles, .size),
        ]
    }

    var isEmpty: Bool {
        memory == nil && files == nil && fileSize == nil && cpu == nil && processes == nil && privateFiles == nil
    }
}

package struct RootSettings: Section {
    package var name: Located<String>?
    package var path: Located<String>?
    package var writable = false

    package init() {}

    static var inWords: String { "a root" }
    static var fields: [Field<Self>] {
        [
            Field("name", required: true, \.name, Reader.text.located.map(Optional.some)),
            Field("path", required: true, \.path, Reader.text.located.map(Optional.some)),
            Field("writable", \.writable, .flag),
        ]
    }
}
