import CInterlock
import Calls
import Testing

// The vocabulary does not import the header, and carries its numbers: here they are held against it.

@Suite("The numbers of the vocabulary are the header's")
struct NumbersTests {
    @Test("effects of claims")
    func effects() {
        #expect(Effects.createsFile.rawValue == UInt32(ILK_CREATES_FILE))
        #expect(Effects.creates.rawValue == UInt32(ILK_CREATES))
        #expect(Effects.removes.rawValue == UInt32(ILK_REMOVES))
        #expect(Effects.entry.rawValue == UInt32(ILK_ENTRY))
        #expect(Effects.createsDirectory.rawValue == UInt32(ILK_CREATES_DIRECTORY))
        #expect(Effects.receives.rawValue == UInt32(ILK_RECEIVES))
    }

    @Test("traits of tools")
    func traits() {
        let headers: [(Tool.Traits, UInt64)] = [
            (.readOnly, ILK_TOOL_READ_ONLY), (.idempotent, ILK_TOOL_IDEMPOTENT),
            (.destructive, ILK_TOOL_DESTRUCTIVE), (.openWorld, ILK_TOOL_OPEN_WORLD),
            (.reentrant, ILK_TOOL_REENTRANT), (.stateful, ILK_TOOL_STATEFUL), (.spawns, ILK_TOOL_SPAWNS),
            (.network, ILK_TOOL_NETWORK), (.sharesState, ILK_TOOL_SHARES),
        ]
        for (traits, bit) in headers { #expect(traits.rawValue == bit) }
    }

    @Test("statuses of services")
    func statuses() {
        let headers: [(ServiceError.Code, ilk_status)] = [
            (.tool, ILK_E_TOOL), (.arguments, ILK_E_ARGS), (.cancelled, ILK_E_CANCELLED), (.denied, ILK_E_DENIED),
            (.internal, ILK_E_INTERNAL), (.stale, ILK_E_STALE), (.notFound, ILK_E_NOT_FOUND), (.exists, ILK_E_EXISTS),
            (.changed, ILK_E_CHANGED), (.kind, ILK_E_KIND), (.limit, ILK_E_LIMIT), (.io, ILK_E_IO),
        ]
        for (code, status) in headers { #expect(code.rawValue == status) }
    }

    @Test("log levels")
    func levels() {
        let headers: [(LogLevel, Int32)] = [
            (.debug, ILK_LOG_DEBUG), (.info, ILK_LOG_INFO), (.warning, ILK_LOG_WARNING), (.error, ILK_LOG_ERROR),
        ]
        for (level, number) in headers { #expect(level.rawValue == number) }
    }
}
