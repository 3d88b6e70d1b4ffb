import Testing

@Suite("The plan under random events")
struct PlanSimulationTests {
    /// `INTERLOCK_SIMULATION_SEED` runs one seed again, `INTERLOCK_SIMULATIONS` sets how many are tried.
    @Test("starts or settles each call once, within its limits, wakes who can run, and forgets all in the end")
    func simulate() {
        let count = UInt64(environment("INTERLOCK_SIMULATIONS") ?? "") ?? 150
        let seeds = UInt64(environment("INTERLOCK_SIMULATION_SEED") ?? "").map { [$0] } ?? Array(1...count)
        var complaints: [String] = []
        var starts = 0
        var abandoned = 0
        var killed = 0
        for seed in seeds where complaints.count < 3 {
            var simulation = PlanSimulation(seed: seed)
            if let complaint = simulation.run(steps: 250) { complaints.append("seed \(seed): \(complaint)") }
            starts += simulation.starts
            abandoned += simulation.abandoned
            killed += simulation.killed
        }
        #expect(complaints == [])
        #expect(starts > seeds.count * 20)
        #expect(seeds.count == 1 || abandoned > 20 && killed > 20)
    }
}
