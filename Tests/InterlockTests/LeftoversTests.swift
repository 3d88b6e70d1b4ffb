import Foundation
import Interlock
import TestSupport
import Testing

@Suite("What killed hosts have left", .timeLimit(.minutes(20)))
struct LeftoversTests {
    @Test("a host that finds another gone has looked through the whole tree when it is shut down")
    func shortHost() throws {
        let temporary = try TemporaryDirectory()
        let (workspace, hosts) = (temporary.path + "/workspace", temporary.path + "/locks.hosts")
        let leftovers = (0..<400).map { "\(workspace)/\($0 % 20)/\($0)/.interlock-1073741824.1.\($0).tmp" }
        for file in leftovers { try Self.make(file) }
        try Self.make(hosts + "/4194304.1.5")
        var deployment = Deployment(workspace: workspace)
        deployment.locks = temporary.path + "/locks"
        deployment.removesLeftovers = true
        let host = try Interlock.Host(deployment) { _, _ in }
        host.shutDown()
        #expect(!leftovers.contains(where: FileManager.default.fileExists(atPath:)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: hosts).isEmpty)
    }

    private static func make(_ file: String) throws {
        let url = URL(fileURLWithPath: file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: url)
    }
}
