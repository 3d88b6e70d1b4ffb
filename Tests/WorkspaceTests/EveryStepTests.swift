import Foundation
import System
import Testing
import file_services_driver

@testable import Workspace

/// Every change of files, with a fault or a death at each of its system calls.
@Suite("A change of files", .timeLimit(.minutes(20)))
struct EveryStepTests {
    /// How one system call goes wrong.
    enum Fault: CaseIterable, Sendable {
        case inputOutput, noSpace
        /// A signal came in between.
        case interrupted
        /// Every transfer moves three bytes at most, and one of them fails.
        case shortAndInputOutput

        var error: SystemError {
            switch self {
            case .inputOutput, .shortAndInputOutput: .inputOutput
            case .noSpace: .noSpace
            case .interrupted: .interrupted
            }
        }
    }

    @Test(
        "whichever system call fails, all is old or new, nothing is left over, and no success is false",
        arguments: FileChange.allCases, Fault.allCases)
    func faults(change: FileChange, fault: Fault) throws {
        let tree = try ChangedTree(change)
        var steps = 0
        while true {
            let sandbox = try tree.sandbox()
            let faulty = FaultyKernel()
            var kernel = faulty.kernel
            if fault == .shortAndInputOutput { kernel.longestTransfer = 3 }
            let workspace = try Workspace(root: sandbox.root, durability: .full, kernel: kernel)
            faulty.fail(at: steps, with: fault.error)
            let failure = code { try change.run(on: FileServices(workspace: workspace, coverage: WholeGrant())) }
            let found = try Shape(sandbox.root)
            let complaint = tree.complaint(found)
            #expect(complaint == nil, "\(change), call \(steps) (\(faulty.failed.map { "\($0)" } ?? "none")), \(fault)")
            if failure == nil { #expect(found == tree.after, "\(change), call \(steps), \(fault): a false success") }
            // A signal is no error.
            if fault == .interrupted { #expect(failure == nil, "\(change), call \(steps)") }
            guard faulty.hasFailed else { break }
            steps += 1
        }
        #expect(steps > 5)
    }

    @Test(
        "whenever its process is killed, all is old or new, and the next start of a host leaves nothing over",
        arguments: FileChange.allCases)
    func kills(change: FileChange) throws {
        let tree = try ChangedTree(change)
        var steps = 0
        var leftovers = 0
        while true {
            let sandbox = try tree.sandbox()
            let status = try Self.run(change, in: sandbox, killedBefore: steps + 1)
            leftovers += try Workspace(root: sandbox.root, durability: .none).reapTemporaryFiles().count
            let found = try Shape(sandbox.root)
            let complaint = tree.complaint(found)
            #expect(complaint == nil, "\(change), killed before call \(steps + 1)")
            if status == 0 {
                #expect(found == tree.after)
                break
            }
            try #require(status == SIGKILL, "\(change) ended with \(status)")
            steps += 1
        }
        #expect(steps > 5)
        // Not because it never had any.
        let makesFile = change == .replace || change == .create || change == .createBelowMissing
        #expect((leftovers > 0) == makesFile)
    }

    /// The exit code, or the signal that ended it.
    private static func run(_ change: FileChange, in sandbox: Sandbox, killedBefore step: Int) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("file-services-driver")
        process.arguments = [sandbox.root, change.rawValue, "\(step)"]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// What a change starts from, and what it comes to when nothing disturbs it.
struct ChangedTree {
    private let change: FileChange
    let before: Shape
    let after: Shape

    init(_ change: FileChange) throws {
        self.change = change
        let sandbox = try Self.sandbox()
        before = try Shape(sandbox.root)
        try change.run(on: sandbox.services())
        after = try Shape(sandbox.root)
        try #require(before != after)
    }

    func sandbox() throws -> Sandbox { try Self.sandbox() }

    private static func sandbox() throws -> Sandbox {
        // Where synchronizing costs nothing: here it counts when it is done, not that it is.
        let sandbox = try Sandbox(inMemory: true)
        for (name, content) in FileChange.files { try sandbox.file("ws/" + name, content, mode: 0o751) }
        for name in FileChange.directories { try sandbox.directory("ws/" + name) }
        _ = try sandbox.setNote("ws/f", "kept")
        for (name, target) in FileChange.links { try sandbox.link("ws/" + name, to: target) }
        for (name, target) in FileChange.hardLinks { try sandbox.hardLink("ws/" + name, to: "ws/" + target) }
        return sandbox
    }

    /// What is wrong with a tree in which the change was disturbed; nil = nothing.
    func complaint(_ found: Shape) -> String? {
        if found == before || found == after { return nil }
        guard change.hasSteps else { return "it has \(found.entries)" }
        let names = Set(found.entries.keys).union(before.entries.keys).union(after.entries.keys)
        for name in names.sorted() {
            let entry = found.entries[name]
            if entry != before.entries[name], entry != after.entries[name] {
                return "\(name) is \(entry ?? "missing")"
            }
        }
        return nil
    }
}

/// All that is in a directory: what each name is, with its mode and its content.
struct Shape: Equatable {
    var entries: [String: String] = [:]

    init(_ root: String) throws {
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            let path = root + "/" + name
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let type = attributes[.type] as? FileAttributeType
            let mode = String((attributes[.posixPermissions] as? Int) ?? 0, radix: 8)
            entries[name] =
                switch type {
                case .typeDirectory?: "a directory"
                case .typeSymbolicLink?: "a link to \(try FileManager.default.destinationOfSymbolicLink(atPath: path))"
                default:
                    "\(mode): " + String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
                }
        }
    }
}
