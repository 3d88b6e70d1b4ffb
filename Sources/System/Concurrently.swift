/// Does something with each input, all at once: each on a thread of its own, or, where the system gives none, on this one.
/// Returns what came of them, in their order, when all are done.
package func concurrently<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], _ body: @escaping @Sendable (Input) -> Output
) -> [Output] {
    let outputs = Monitor([Int: Output]())
    for (place, input) in inputs.enumerated() {
        let step: @Sendable () -> Void = {
            let output = body(input)
            outputs.updateAndWakeAll { $0[place] = output }
        }
        do throws(SystemError) {
            // The last is this thread's.
            if place == inputs.count - 1 { step() } else { try makeThread(step) }
        } catch {
            step()
        }
    }
    return outputs.wait { done in
        let all = inputs.indices.compactMap { done[$0] }
        return all.count == inputs.count ? .done(all) : .wait(until: nil)
    }
}
