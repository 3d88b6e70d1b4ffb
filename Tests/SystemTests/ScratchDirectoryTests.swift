import Foundation
import TestSupport
import Testing

@testable import System

@Suite("A directory for one process")
struct ScratchDirectoryTests {
    private static func name(_ process: Int, _ number: UInt64) -> String {
        String(
            decoding: ScratchDirectory.name(owner: ProcessIdentity(number: process, started: 1), number: number),
            as: UTF8.self)
    }

    @Test("the first that a process makes removes those of owners that are gone, and nothing else")
    func leftovers() throws {
        let base = try TemporaryDirectory()
        let beside = try TemporaryDirectory()
        let gone = 1 << 30
        let living = try ProcessIdentity.current(Kernel())
        let own = String(decoding: ScratchDirectory.name(owner: living, number: 1), as: UTF8.self)
        let (left, reused, locked, foreign) = (
            Self.name(gone, 1), Self.name(living.number, 2), Self.name(gone, 3), Self.name(gone, 4)
        )
        let others = [
            own, locked, "interlock-1", "interlock-\(gone).1.x", "interlock-\(gone).01.1", "interlock-\(gone).1.1.1",
        ]
        for name in others + [left, reused, foreign] {
            try FileManager.default.createDirectory(
                atPath: "\(base.path)/\(name)/d", withIntermediateDirectories: true)
        }
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(base.path)/\(left)/d/f"))
        let (link, file) = (Self.name(gone, 5), Self.name(gone, 6))
        try FileManager.default.createDirectory(atPath: beside.path + "/d", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: "\(base.path)/\(link)", withDestinationPath: beside.path)
        #expect(FileManager.default.createFile(atPath: "\(base.path)/\(file)", contents: nil))
        // Only the superuser can give one away.
        let isForeign = chown("\(base.path)/\(foreign)", 54_321, 54_321) == 0
        let holder = open("\(base.path)/\(locked)", O_RDONLY)
        defer { close(holder) }
        try #require(flock(holder, LOCK_EX | LOCK_NB) == 0)

        let made = try ScratchDirectory(in: base.path)
        let kept =
            others + [link, file] + (isForeign ? [foreign] : []) + [
                made.path.split(separator: "/").last.map(String.init) ?? ""
            ]
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: base.path)) == Set(kept))
        #expect(try FileManager.default.contentsOfDirectory(atPath: beside.path) == ["d"])

        try FileManager.default.createDirectory(atPath: "\(base.path)/\(left)", withIntermediateDirectories: false)
        try ScratchDirectory(in: base.path).remove()
        #expect(FileManager.default.fileExists(atPath: "\(base.path)/\(left)"))
        try made.remove()
        #expect(!FileManager.default.fileExists(atPath: made.path))
    }

    /// Who claims the place that it is made in could have it empty any directory of this user's when it ends.
    @Test(
        "what somebody puts in its place while it is made is not taken for it, and not touched",
        arguments: [true, false])
    func exchanged(isLink: Bool) throws {
        let (base, beside) = (try TemporaryDirectory(), try TemporaryDirectory())
        let victim = beside.path + "/victim"
        try FileManager.default.createDirectory(
            atPath: victim, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        #expect(FileManager.default.createFile(atPath: victim + "/kept", contents: nil))
        let exchanges = Guarded(0)
        var kernel = Kernel()
        kernel.intercept = { _ in
            guard let made = try? FileManager.default.contentsOfDirectory(atPath: base.path).first else { return }
            guard
                exchanges.withLock({
                    $0 += 1; return $0
                }) == 1
            else { return }
            _ = rename("\(base.path)/\(made)", beside.path + "/made")
            _ = isLink ? symlink(victim, "\(base.path)/\(made)") : rename(victim, "\(base.path)/\(made)")
        }
        #expect(throws: SystemError.self) { try ScratchDirectory(in: base.path, kernel: kernel) }
        let place =
            isLink ? victim : "\(base.path)/\(try FileManager.default.contentsOfDirectory(atPath: base.path)[0])"
        #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["kept"])
    }

    @Test("its owner is known by its name, and it is locked as long as somebody has it")
    func held() throws {
        let base = try TemporaryDirectory()
        let made = try ScratchDirectory(in: base.path)
        let name = (made.path.split(separator: "/").last ?? "").utf8
        #expect(try ScratchDirectory.owner(of: Array(name)) == .current(Kernel()))
        let other = open(made.path, O_RDONLY)
        defer { close(other) }
        #expect(flock(other, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        try made.remove()
    }
}
