import CSandbox
import Foundation
import Testing

/// The host's looks at what a process attempts, by themselves. The process is this one.
@Suite("An attempt, looked at by the host")
struct NoticeTests {
    #if arch(x86_64)
        private static let kill = 62
    #else
        private static let kill = 129
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
        "a link in the place of a private directory makes nothing there the process's own",
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
        try FileManager.default.removeItem(atPath: top + "/own")
        symlink(top + "/others", top + "/own")
        let swapped = Self.place(notice, top + "/own")
        #expect(swapped.kind == SANDBOX_PLACE_ELSEWHERE && swapped.path == top + "/others/file", "\(swapped)")
    }

    @Test("a signal to everybody is none to itself, though nothing be known of the thread", arguments: [-1, 0])
    func signals(process: Int) {
        let permission = sandbox_permission(grants: 0, held: 0, is_call: 1, may_fork: 0)
        for thread in [getpid(), 0] {
            var notice = Self.notice(
                Int(SANDBOX_OPERATION_SIGNAL), number: Self.kill, arguments: [process, Int(SIGKILL)])
            notice.thread = thread
            #expect(withUnsafePointer(to: permission) { sandbox_notice_is_permitted(&notice, $0) } == 0)
        }
        var own = Self.notice(
            Int(SANDBOX_OPERATION_SIGNAL), number: Self.kill, arguments: [Int(getpid()), Int(SIGURG)])
        #expect(withUnsafePointer(to: permission) { sandbox_notice_is_permitted(&own, $0) } == 1)
    }

    @Test("who hears where nobody speaks goes on at once, and is told when nobody is left")
    func nobodySpeaks() throws {
        #expect(try Driver().hearings() == ["ENOENT", "ENOTCONN"])
    }
}
