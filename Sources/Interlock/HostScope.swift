import Calls

/// Makes a host for a scope: when `body` is over, however it ends, every call has ended, the plugins are let go and no
/// thread of the host is left.
///
/// ```swift
/// let outcomes = try await withHost(deployment) { host in
///     await host.run(turn)
/// }
/// ```
///
/// Calls that still run when `body` returns are cancelled. Cancelling the task cancels the turns that it waits for; the
/// scope still ends in order.
///
/// - Parameters:
///   - deployment: What serves, and what may be touched.
///   - log: As in ``Host/init(_:log:)``.
///   - body: What the host is there for. Runs in the caller's isolation.
/// - Throws: ``HostFailure`` if there can be no host; otherwise what `body` throws.
public nonisolated(nonsending) func withHost<Result>(
    _ deployment: Deployment, log: (@Sendable (LogLevel, String) -> Void)? = nil,
    _ body: (Host) async throws -> Result
) async throws -> Result {
    let host = try Host(deployment, log: log)
    do {
        let result = try await body(host)
        await host.stop()
        return result
    } catch {
        await host.stop()
        throw error
    }
}

extension Host {
    /// Ends the host: cancels the calls that have not ended, waits for their ends, and lets the plugins and the threads go.
    ///
    /// A running call ends at the latest when the deployment's ``Deployment/Limits/grace`` is over. Calls that come later end
    /// as cancelled. May be called from anywhere, and more than once. Cancelling the task does not shorten it.
    public func stop() async {
        await turns.close()
        shutDown()
    }

    /// Runs a whole turn, and hands its events to `watching` as they happen.
    ///
    /// ```swift
    /// let outcomes = await host.run(turn) { events in
    ///     for await event in events { show(event) }
    /// }
    /// ```
    ///
    /// The events end with the turn, which a cancelled task ends early: then they say what became of each call.
    ///
    /// - Parameters:
    ///   - turn: The calls, in the model's order.
    ///   - watching: Reads the events, in the caller's isolation. It may return before their end.
    /// - Returns: The outcomes of the calls, in their order, when all have ended and `watching` has returned.
    public nonisolated(nonsending) func run(
        _ turn: Turn, watching: (TurnEvents) async -> Void
    ) async -> [Outcome] {
        let events = TurnEvents()
        let running = begin(observing: { events.tell($0) })
        return await withTaskCancellationHandler {
            for call in turn.calls { running.ingest(call) }
            events.close(after: running.close())
            await watching(events)
            return await running.outcomes()
        } onCancel: {
            running.cancel()
        }
    }

    /// Runs a turn whose calls come one by one, as a streaming model writes them: each starts as soon as it may.
    ///
    /// ```swift
    /// let outcomes = try await host.run { turn in
    ///     for try await call in model.calls { turn.ingest(call) }
    /// }
    /// ```
    ///
    /// The turn has all its calls when `body` returns. If it throws, or the task is cancelled, the turn is cancelled.
    ///
    /// - Parameters:
    ///   - watching: Reads the turn's events, while `body` runs and until the turn has ended.
    ///   - body: Enters the calls, in the caller's isolation.
    /// - Returns: The outcomes of the calls, in their order, when all have ended and `watching` has returned.
    /// - Throws: What `body` throws, when every call has ended.
    public nonisolated(nonsending) func run<Failure: Error>(
        watching: (@Sendable (TurnEvents) async -> Void)? = nil,
        ingesting body: (RunningTurn) async throws(Failure) -> Void
    ) async throws(Failure) -> [Outcome] {
        let events = TurnEvents()
        let running = watching == nil ? begin() : begin(observing: { events.tell($0) })
        async let watched: Void? = watching?(events)
        // As a result, because the handler forgets what its operation throws.
        let result = await withTaskCancellationHandler {
            let result = await running.ingestAll(from: body)
            events.close(after: running.close())
            _ = await running.outcomes()
            return result
        } onCancel: {
            running.cancel()
        }
        await watched
        try result.get()
        return await running.outcomes()
    }
}

extension RunningTurn {
    fileprivate nonisolated(nonsending) func ingestAll<Failure: Error>(
        from body: (RunningTurn) async throws(Failure) -> Void
    ) async -> Result<Void, Failure> {
        do throws(Failure) {
            return .success(try await body(self))
        } catch {
            cancel()
            return .failure(error)
        }
    }
}
