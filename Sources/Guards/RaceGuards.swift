/// Which race guards stand: all of them. A test can be without one, to see that it is needed.
///
/// A value, handed on by who makes the host, its plan and its services. In a release build there is nothing in it and nothing
/// to choose: a guard cannot be switched off there.
package struct RaceGuards: Sendable, Equatable {
    package static var all: RaceGuards {
        @inlinable get { RaceGuards() }
    }

    #if DEBUG
        private var missing: RaceGuard?

        package init() {}

        package static func allBut(_ guard: RaceGuard) -> RaceGuards {
            var guards = RaceGuards()
            guards.missing = `guard`
            return guards
        }

        /// Whether the rule holds.
        package func has(_ guard: RaceGuard) -> Bool { missing != `guard` }
    #else
        @inlinable package init() {}

        /// Whether the rule holds: always.
        @inlinable package func has(_ guard: RaceGuard) -> Bool { true }
    #endif
}
