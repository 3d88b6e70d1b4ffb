import System
import Testing

@Test("increments from many tasks are all counted")
func allCounted() async {
    let counter = Guarded(0)
    await withTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
            group.addTask {
                for _ in 0..<1_000 { counter.withLock { $0 += 1 } }
            }
        }
    }
    #expect(counter.withLock { $0 } == 8_000)
}

@Test("the lock is free again after an error, and the error keeps its type")
func freeAfterError() {
    struct Refusal: Error, Equatable {}
    let list = Guarded([Int]())
    #expect(throws: Refusal()) {
        try list.withLock { (list) throws(Refusal) in
            list.append(1)
            throw Refusal()
        }
    }
    #expect(list.withLock { $0 } == [1])
}
