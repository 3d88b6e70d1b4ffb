import Glibc
import System
import Testing

@Suite("A flag that is raised once")
struct CancelSignalTests {
    private func isReadable(_ descriptor: Int32) -> Bool {
        var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&look, 1, 0) == 1 && look.revents & Int16(POLLIN) != 0
    }

    @Test("its descriptor is readable then, and not before, whenever it was asked for", arguments: [true, false])
    func readable(isAskedBefore: Bool) {
        let signal = CancelSignal()
        if isAskedBefore { #expect(!isReadable(signal.pollable)) }
        #expect(!signal.isRaised && signal.raise() && signal.isRaised)
        #expect(isReadable(signal.pollable) && !signal.raise())
    }
}
