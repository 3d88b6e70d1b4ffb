import Testing

@testable import System

@Suite("Things that are done side by side", .timeLimit(.minutes(5)))
struct ConcurrentlyTests {
    @Test("wait for one another if they want, and are answered in their order")
    func rendezvous() {
        let arrived = Monitor(Set<Int>())
        let answers = concurrently([3, 1, 2]) { number in
            arrived.updateAndWakeAll { $0.insert(number) }
            return arrived.wait { $0.count == 3 ? .done(number * 10) : .wait(until: nil) }
        }
        #expect(answers == [30, 10, 20])
        #expect(concurrently([Int]()) { $0 }.isEmpty)
    }
}
