import TestSupport

/// Random starts and turns.
enum ModelTurns {
    struct World {
        var system = MemoryFileSystem()
        var calls: [ModelCall] = []
        var mayCancel = false
    }

    /// What a world has much of, so that every rule matters in some.
    private enum Flavor: CaseIterable {
        case mixed, hardLinks, moves, trees
    }

    private static let names: [MemoryFileSystem.Name] = ["a", "b"]

    static func world(_ generator: inout SeededGenerator) -> World {
        var world = World()
        let flavor = generator.pick(Flavor.allCases)
        for index in 0..<generator.below(8) {
            let operation = beginning(flavor, &generator)
            let call = ModelCall(operation: operation, text: "start \(index)", givesUp: false)
            _ = ModelRun.complete(call, in: &world.system)
        }
        for index in 0..<2 + generator.below(5) {
            var operation = operation(flavor, &generator)
            if generator.once(in: 40) { operation = .undeclared(operation) }
            world.calls.append(
                ModelCall(operation: operation, text: "call \(index)", givesUp: generator.once(in: 10)))
        }
        world.mayCancel = generator.once(in: 3)
        return world
    }

    private static func path(_ flavor: Flavor, _ generator: inout SeededGenerator) -> MemoryFileSystem.Path {
        switch flavor {
        // Few paths, so that calls meet.
        case .hardLinks: (0...(generator.once(in: 4) ? 1 : 0)).map { _ in generator.pick(["a", "b", "c"]) }
        case .moves: (0...generator.below(2)).map { _ in generator.pick(names) }
        case .mixed, .trees: (0...generator.below(3)).map { _ in generator.pick(names) }
        }
    }

    private static func beginning(_ flavor: Flavor, _ generator: inout SeededGenerator) -> ModelCall.Operation {
        let path = path(flavor, &generator)
        let other = self.path(flavor, &generator)
        switch (flavor, generator.below(6)) {
        case (.hardLinks, 0..<4): return .hardLink(path, to: other)
        case (_, 0..<2): return .write(path)
        case (_, 2): return .makeDirectory(path)
        case (_, 3): return .symlink(path, to: other)
        // Writing whole trees, and files with several names, do not go together: see `Footprint`.
        case (.trees, _): return .write(path)
        default: return generator.once(in: 2) ? .hardLink(path, to: other) : .write(path)
        }
    }

    private static func operation(_ flavor: Flavor, _ generator: inout SeededGenerator) -> ModelCall.Operation {
        let path = path(flavor, &generator)
        let other = self.path(flavor, &generator)
        switch (flavor, generator.below(8)) {
        case (.hardLinks, 0..<2): return .edit(path)
        case (.hardLinks, 2): return .hardLink(path, to: other)
        case (.moves, 0..<2): return .rename(path, to: other)
        case (.moves, 2): return .symlink(path, to: other)
        case (.moves, 3..<5): return .edit(path)
        case (.trees, 0): return .format(path)
        case (.trees, 1): return .search(path)
        default: break
        }
        return switch generator.below(16) {
        case 0, 1: .read(path)
        case 2: .list(path)
        case 3: .search(path)
        case 4, 5: .write(path)
        case 6, 7: .append(path)
        case 8: .edit(path)
        case 9: .remove(path)
        case 10: .removeTree(path)
        case 11: .makeDirectory(path)
        case 12: .symlink(path, to: other)
        case 13: .rename(path, to: other)
        case 14: .copy(path, to: other)
        default: flavor == .trees ? .format(path) : .hardLink(path, to: other)
        }
    }
}
