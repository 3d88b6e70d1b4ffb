import Glibc
import Testing

@testable import System

@Suite("Limits of the system")
struct ResourceLimitTests {
    /// Others that are raised in this process at the same time must say the same of before.
    @Test("open files are raised as far as they may be, and what others should have is remembered")
    func descriptors() throws {
        let highest = try #require(ResourceLimit.descriptors.highest)
        var lower = rlimit(rlim_cur: rlim_t(highest) - 200, rlim_max: rlim_t(highest))
        #expect(setrlimit(Int32(RLIMIT_NOFILE.rawValue), &lower) == 0)
        ResourceLimit.raiseDescriptors()
        #expect(ResourceLimit.descriptors.current == highest)
        let others = ResourceLimit.descriptorsOfOthers
        #expect(others == highest - 200)
        ResourceLimit.raiseDescriptors()
        #expect(ResourceLimit.descriptorsOfOthers == others)
    }
}
