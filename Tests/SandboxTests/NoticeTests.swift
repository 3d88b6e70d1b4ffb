import CSandbox
import Foundation
import Testing

/// The host's looks at what a process attempts, by themselves. The process is this one.
@Suite("An attempt, looked at by the host")
struct NoticeTests {
    #if arch(x86_64)
        private static let (clone, kill) = (56, 62)
    #else
        private static let (clone, kill) = (220, 129)
    #endif

    private static func notice(
        _ operation: Int, _ path: String = "", number: Int = 0, arguments: [Int] = []
    ) -> sandbox_notice {
        var notice = sandbox_notice()
        notice.thread = getpid()
        notice.number = Int32(number)
        notice.operation = UInt32(operation)
        notice.descriptor = -1
        withUnsafeMutableBytes(of: &notice.path) { $0.copyBytes(from: Array(path.utf8)) }
        withUnsafeMutableBytes(of: &notice.arguments) { bytes in
            for (place, argument) in arguments.enumerated() {
                bytes.storeBytes(of: UInt64(bitPattern: Int64(argument)), toByteOffset: 8 * place, as: UInt64.self)
            }
        }
        return notice
    }

    private static func place(_ notice: sandbox_notice, _ directory: String) -> (kind: Int, path: String) {
        var (notice, place) = (notice, sandbox_place())
        sandbox_notice_find(&notice, 0, directory, &place)
        if place.target >= 0 { close(place.target) }
        let path = withUnsafeBytes(of: place.path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return (Int(place.kind), path)
    }

    @Test(
        "the way out of a private directory, and a link in its place, lead to nothing of the process's own",
        arguments: [SANDBOX_OPERATION_WRITE, SANDBOX_OPERATION_MODE, SANDBOX_OPERATION_REMOVE].map(Int.init))
    func swappedDirectory(operation: Int) throws {
        let directory = try TemporaryDirectory()
        let top = try #require(realpath(directory.path, nil).map { String(cString: $0) })
        for name in ["own", "others"] {
            try FileManager.default.createDirectory(atPath: "\(top)/\(name)", withIntermediateDirectories: false)
            try Data().write(to: URL(fileURLWithPath: "\(top)/\(name)/file"))
        }
        let notice = Self.notice(operation, top + "/own/file")
        #expect(Self.place(notice, top + "/own").kind == SANDBOX_PLACE_OWN)
        let out = Self.place(Self.notice(operation, top + "/own/../others/file"), top + "/own")
        #expect(out.kind == SANDBOX_PLACE_ELSEWHERE && out.path == top + "/others/file", "\(out)")
        // Looked up in it, and not below it.
        let above = Self.place(Self.notice(operation, top + "/own/.."), top + "/own")
        #expect(above.kind == SANDBOX_PLACE_ELSEWHERE, "\(above)")
        // Itself it may only be opened and mended: a name that could be taken away could lead elsewhere.
        let itself = Self.place(Self.notice(operation, top + "/own"), top + "/own")
        #expect((itself.kind == SANDBOX_PLACE_OWN) == (operation != SANDBOX_OPERATION_REMOVE), "\(itself)")
        try FileManager.default.removeItem(atPath: top + "/own")
        symlink(top + "/others", top + "/own")
        let swapped = Self.place(notice, top + "/own")
        #expect(swapped.kind == SANDBOX_PLACE_ELSEWHERE && swapped.path == top + "/others/file", "\(swapped)")
    }

    /// As this worker's host would: `mayFork` is what it expects of the zygote.
    private static func isPermitted(
        _ notice: sandbox_notice, grants: Int = 0, held: Int = 0, isCall: Bool = true, mayFork: Bool = false
    ) -> Bool {
        var notice = notice
        var permission = sandbox_permission(
            grants: UInt32(grants), held: UInt32(held), is_call: isCall ? 1 : 0, may_fork: mayFork ? 1 : 0)
        return sandbox_notice_is_permitted(&notice, &permission) != 0
    }

    private static func signal(to process: Int, thread: Int32 = getpid()) -> sandbox_notice {
        var notice = notice(Int(SANDBOX_OPERATION_SIGNAL), number: kill, arguments: [process, Int(SIGURG)])
        notice.thread = thread
        return notice
    }

    @Test("a signal to everybody is none to itself, though nothing be known of the thread", arguments: [-1, 0])
    func signals(process: Int) {
        #expect(!Self.isPermitted(Self.signal(to: process)))
        #expect(!Self.isPermitted(Self.signal(to: process, thread: 0)))
        #expect(Self.isPermitted(Self.signal(to: Int(getpid()))))
    }

    @Test("programs send signals only where something keeps them inside")
    func signalsOfPrograms() {
        let (other, programs) = (Self.signal(to: Int(getppid())), Int(SANDBOX_GRANT_PROGRAMS))
        #expect(!Self.isPermitted(other, grants: programs))
        #expect(!Self.isPermitted(other, held: Int(SANDBOX_HELD_PID)))
        #expect(Self.isPermitted(other, grants: programs, held: Int(SANDBOX_HELD_PID)))
        #expect(Self.isPermitted(other, grants: programs, held: Int(SANDBOX_HELD_SIGNALS)))
    }

    /// CLONE_VM, CLONE_FS, CLONE_FILES: through each of them it would be touched after the call what only the call may touch.
    @Test("a process for a call shares nothing with whoever makes it, and is made by who is expected to")
    func birth() {
        let (parents, namespaces) = (0x8000, 0x2000_0000)
        func permits(_ flags: Int, mayFork: Bool = true) -> Bool {
            let notice = Self.notice(
                Int(SANDBOX_OPERATION_PROCESS), number: Self.clone, arguments: [flags | Int(SIGCHLD)])
            return Self.isPermitted(notice, isCall: false, mayFork: mayFork)
        }
        for flags in [parents, namespaces, parents | namespaces] {
            #expect(permits(flags) && !permits(flags, mayFork: false))
            for shared in [0x100, 0x200, 0x400] { #expect(!permits(flags | shared), "\(shared)") }
        }
        #expect(!permits(0))
    }

    @Test("who hears where nobody speaks goes on at once, and is told when nobody is left")
    func nobodySpeaks() throws {
        #expect(try Driver().hearings() == ["ENOENT", "ENOTCONN"])
    }
}
