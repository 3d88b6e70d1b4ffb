import Glibc
import Testing

@testable import System

@Suite("A pool of threads", .timeLimit(.minutes(20)))
struct ThreadPoolTests {
    /// As many threads as there are to be had.
    private static func starter(_ most: Int) -> ThreadPool.Starter {
        let made = Guarded(0)
        return { (body) throws(SystemError) in
            let isOne = made.withLock { made in
                made += 1
                return made <= most
            }
            guard isOne else { throw SystemError(EAGAIN) }
            try makeThread(body)
        }
    }

    @Test("where no more threads are to be had jobs wait for those that are there", arguments: [1, 3])
    func few(most: Int) throws {
        let pool = ThreadPool(starter: Self.starter(most))
        defer { pool.close() }
        try pool.start()
        let left = Monitor(200)
        for _ in 0..<200 { pool.run { left.updateAndWakeAll { $0 -= 1 } } }
        left.wait(until: nil) { $0 == 0 ? () : nil }
    }

    @Test("without any the beginning fails, and no job is taken")
    func none() {
        let pool = ThreadPool(starter: Self.starter(0))
        #expect(throws: SystemError(EAGAIN)) { try pool.start() }
    }
}
