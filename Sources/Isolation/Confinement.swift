import CSandbox

/// What holds of a worker, as its own code said before any of the plugin's had run.
struct Confinement: Sendable {
    /// Bits of SANDBOX_HELD_ constants.
    var held: UInt32 = 0

    var hasProcessNamespace: Bool { held & UInt32(SANDBOX_HELD_PID) != 0 }
}
