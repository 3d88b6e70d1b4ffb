import Foundation
import Testing

/// As whom, and with what of the kernel, the layers are put on.
struct Setting: Sendable, CustomTestStringConvertible {
    /// An ordinary user; nil = as the tests themselves run.
    var user: UInt32?
    var hasNamespaces = true

    var options: [String] {
        (user.map { ["--user", "\($0)"] } ?? []) + (hasNamespaces ? [] : ["--no-namespaces"])
    }

    var testDescription: String {
        let who = user != nil ? "an ordinary user" : geteuid() == 0 ? "root" : "the user of the tests"
        return hasNamespaces ? who : "\(who), without namespaces"
    }

    var isRoot: Bool { user == nil && geteuid() == 0 }

    private static let nobody: UInt32 = 65534

    /// Root, an ordinary user, and both without namespaces. Who is no root cannot become somebody else.
    static let all: [Setting] =
        geteuid() == 0
        ? [
            Setting(), Setting(user: nobody), Setting(hasNamespaces: false),
            Setting(user: nobody, hasNamespaces: false),
        ]
        : [Setting(), Setting(hasNamespaces: false)]
}

/// A line of the driver: what came of one tool without layers, and with them.
struct AttemptOutcome: Sendable {
    var tool: String
    /// "done", "missing", the name of an errno, "signal 11" or "exit 1".
    var unconfined: String
    var unconfinedChanged: Bool
    var confined: String
    var confinedChanged: Bool
    /// Such as "call refused:write:/tmp/x".
    var told: [String]
    var expected: String
    var changesFiles: Bool
    /// SANDBOX_HELD_* before the call.
    var held: UInt32
    var text: String

    init(line: Substring) throws {
        var fields: [Substring: String] = [:]
        for field in line.split(separator: "\t", omittingEmptySubsequences: false) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[parts[0]] = String(parts[1]) }
        }
        func value(_ name: Substring) throws -> String {
            guard let value = fields[name] else { throw Driver.Failure(description: "no \(name) in: \(line)") }
            return value
        }
        tool = try value("tool")
        unconfined = try value("open")
        unconfinedChanged = try value("open-changed") == "1"
        confined = try value("kernel")
        confinedChanged = try value("kernel-changed") == "1"
        told = try value("told").split(separator: "|").map(String.init)
        expected = try value("expected")
        changesFiles = try value("changes") == "1"
        held = UInt32(try value("held")) ?? 0
        text = try value("text")
    }

    /// Whether the host refused this operation to the call, or, for what happens before any call, to the worker.
    func wasTold(_ operation: String, by who: String = "call") -> Bool {
        told.contains { $0.hasPrefix("\(who) refused:\(operation):") }
    }
}
