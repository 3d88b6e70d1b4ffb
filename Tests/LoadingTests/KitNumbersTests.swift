import CInterlock
import InterlockKit
import Testing

// Raw values of an enumeration are literals in Swift: here they are held against the header.

@Suite("The numbers of the kit are the header's")
struct KitNumbersTests {
    @Test("claims")
    func claims() {
        #expect(Claim.Mode.shared.rawValue == UInt32(ILK_SHARED))
        #expect(Claim.Mode.exclusive.rawValue == UInt32(ILK_EXCLUSIVE))
        #expect(Claim.Scope.exact.rawValue == UInt32(ILK_EXACT))
        #expect(Claim.Scope.entries.rawValue == UInt32(ILK_ENTRIES))
        #expect(Claim.Scope.subtree.rawValue == UInt32(ILK_SUBTREE))
    }

    @Test("statuses of services")
    func statuses() {
        let headers: [(HostError.Code, ilk_status)] = [
            (.cancelled, ILK_E_CANCELLED), (.denied, ILK_E_DENIED), (.internal, ILK_E_INTERNAL), (.stale, ILK_E_STALE),
            (.notFound, ILK_E_NOT_FOUND), (.exists, ILK_E_EXISTS), (.changed, ILK_E_CHANGED), (.wrongKind, ILK_E_KIND),
            (.limit, ILK_E_LIMIT), (.io, ILK_E_IO),
        ]
        for (code, status) in headers { #expect(code.rawValue == status) }
    }

    @Test("kinds of files, log levels")
    func kinds() {
        #expect(FileKind.file.rawValue == UInt32(ILK_KIND_FILE))
        #expect(FileKind.directory.rawValue == UInt32(ILK_KIND_DIRECTORY))
        #expect(FileKind.symlink.rawValue == UInt32(ILK_KIND_SYMLINK))
        #expect(FileKind.other.rawValue == UInt32(ILK_KIND_OTHER))
        #expect(LogLevel.debug.rawValue == ILK_LOG_DEBUG)
        #expect(LogLevel.info.rawValue == ILK_LOG_INFO)
        #expect(LogLevel.warning.rawValue == ILK_LOG_WARNING)
        #expect(LogLevel.error.rawValue == ILK_LOG_ERROR)
    }
}
