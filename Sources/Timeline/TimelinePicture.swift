import Calls

/// A turn as a picture for the terminal: a bar a call on a common axis of time, waiting and running told apart, and for
/// whom and on what each waited.
///
///      #  call                0        100 ms    200 ms    300 ms
///      1  edit src/a.swift    ████████████▌        ·         ·       ✓  125 ms
///      2  edit src/a.swift    ░░░░░░░░░░░░████████████▎      ·       ✓  120 ms
///         └ waits for 1 on src/a.swift (exclusive)
package struct TimelinePicture {
    private let timeline: Timeline
    private let totals: TimelineTotals
    private let style: PictureStyle
    private let layout: Layout
    private let scale: TimeScale
    private let shown: [Timeline.Row]

    /// The whole picture, each line ended by a line feed; empty when there is nothing to show.
    package static func draw(_ timeline: Timeline, _ style: PictureStyle = PictureStyle()) -> String {
        guard !timeline.rows.isEmpty else { return "" }
        let picture = TimelinePicture(timeline, style)
        let lines = [picture.head] + picture.shown.flatMap(picture.lines) + picture.foot
        return lines.map { $0.trimmingTrailingSpaces + "\n" }.joined()
    }

    private init(_ timeline: Timeline, _ style: PictureStyle) {
        self.timeline = timeline
        self.style = style
        totals = TimelineTotals(timeline)
        shown = Self.interesting(timeline, totals, style.maximumRows)
        layout = Layout(shown, style)
        let origin = timeline.rows.map(\.ingested).min() ?? 0
        scale = TimeScale(from: origin, to: timeline.latest, columns: layout.bar)
    }

    /// Columns of the parts of a row.
    private struct Layout {
        var number: Int
        var label: Int
        var bar: Int

        /// Between the parts.
        static let gap = 2
        /// The mark, a space, and a span of time.
        static let result = 9

        init(_ rows: [Timeline.Row], _ style: PictureStyle) {
            number = max(2, rows.map { String($0.number).count }.max() ?? 0)
            let widest = rows.map { row in
                Terminal.columns(row.label.tool)
                    + (row.label.argument.isEmpty ? 0 : Terminal.columns(row.label.argument) + 1)
            }
            label = min(max(widest.max() ?? 0, 8), style.width * 36 / 100)
            bar = style.width - number - label - Self.result - 3 * Self.gap
        }

        var indent: Int { number + Self.gap }
    }

    // MARK: - What is shown

    /// The rows of a large turn that tell the most: what went wrong, the longest chain, what waited long, what ran long.
    private static func interesting(
        _ timeline: Timeline, _ totals: TimelineTotals, _ limit: Int
    ) -> [Timeline.Row] {
        guard timeline.rows.count > limit else { return timeline.rows }
        let chain = Set(totals.chain)
        func rank(_ row: Timeline.Row) -> (Int, Int, UInt64, UInt64) {
            (
                row.outcome.map { $0.kind == .succeeded } ?? true ? 1 : 0, chain.contains(row.place) ? 0 : 1,
                row.obstacles.isEmpty && row.blockades.isEmpty ? 0 : row.waitTime(now: timeline.latest),
                row.runTime(now: timeline.latest)
            )
        }
        let ranked = timeline.rows.map { (row: $0, rank: rank($0)) }.sorted { a, b in
            let order = ((a.rank.0, a.rank.1), (b.rank.2, b.rank.3), a.row.place)
            let other = ((b.rank.0, b.rank.1), (a.rank.2, a.rank.3), b.row.place)
            return order.0 != other.0 ? order.0 < other.0 : order.1 != other.1 ? order.1 < other.1 : order.2 < other.2
        }
        return ranked.prefix(limit).map(\.row).sorted { $0.place < $1.place }
    }

    // MARK: - The axis

    private var head: String {
        var line = String(repeating: " ", count: layout.number - 1) + "#"
        line = Terminal.padded(line + "  call", to: layout.indent + layout.label + Layout.gap)
        let start = Terminal.columns(line)
        for tick in scale.ticks {
            let label = DurationText.tick(tick.time, step: scale.step, unicode: style.usesUnicode)
            guard start + tick.column + Terminal.columns(label) <= style.width else { break }
            line = Terminal.padded(line, to: start + tick.column) + label
        }
        return style.inked(line, .faint)
    }

    // MARK: - A call

    private func lines(_ row: Timeline.Row) -> [String] {
        let number = String(repeating: " ", count: layout.number - String(row.number).count) + String(row.number)
        let gap = String(repeating: " ", count: Layout.gap)
        let label = Terminal.padded(row.label.shortened(to: layout.label, style), to: layout.label)
        let line = [number, label, bar(row), result(row)].joined(separator: gap)
        return [line] + notes(row)
    }

    private func bar(_ row: Timeline.Row) -> String {
        let now = timeline.latest
        let end = row.ended ?? now
        let granted = row.granted ?? row.started ?? end
        var bar = TimelineBar(scale, style)
        bar.fill(from: row.ingested, to: granted, with: style.waits, .yellow)
        bar.fill(from: granted, to: row.started ?? end, with: style.waitsForSlot, .faint)
        if let started = row.started { bar.run(from: started, to: end, ink(row)) }
        return bar.text
    }

    private func result(_ row: Timeline.Row) -> String {
        let time =
            row.started == nil
            ? "-"
            : DurationText.text(nanoseconds: row.runTime(now: timeline.latest), unicode: style.usesUnicode)
        let padding = String(repeating: " ", count: max(1, Layout.result - 1 - Terminal.columns(time)))
        return style.inked(mark(row), ink(row)) + padding + time
    }

    private func mark(_ row: Timeline.Row) -> String {
        guard let outcome = row.outcome else { return style.usesUnicode ? "…" : "~" }
        switch outcome.kind {
        case .succeeded: return style.usesUnicode ? "✓" : "+"
        case .cancelled, .interrupted: return style.usesUnicode ? "○" : "o"
        case .refused: return style.usesUnicode ? "⊘" : "!"
        case .failed, .timedOut, .crashed, .violated: return style.usesUnicode ? "✗" : "x"
        }
    }

    private func ink(_ row: Timeline.Row) -> PictureStyle.Ink {
        guard let outcome = row.outcome else { return .cyan }
        return outcome.kind == .succeeded ? .green : .red
    }

    // MARK: - What stands below a call

    private func notes(_ row: Timeline.Row) -> [String] {
        var notes = waits(row.obstacles) + waits(row.blockades)
        if let outcome = row.outcome, outcome.kind != .succeeded {
            let kind = outcome.kind == .timedOut ? "timed out" : outcome.kind.rawValue
            let message = Printable.text(outcome.message)
            notes.append(message.isEmpty ? kind : "\(kind): \(message)")
        }
        return notes.enumerated().map { place, note in
            let corner = style.usesUnicode ? (place == notes.count - 1 ? "└ " : "├ ") : "| "
            let room = style.width - layout.indent - 2
            let text = Terminal.truncated(style.plain(note), to: room, style.ellipsis)
            return String(repeating: " ", count: layout.indent) + style.inked(corner + text, .faint)
        }
    }

    /// "waits for 1 and 2 on src/a.swift (exclusive)"; a line for each resource, but few of them.
    private func waits(_ obstacles: [Obstacle]) -> [String] {
        var groups: [(on: String, calls: [String])] = []
        for obstacle in obstacles {
            let on = "\(Printable.text(obstacle.resource)) (\(obstacle.mode.rawValue))"
            let call = timeline.row(of: obstacle.call).map { String($0.number) } ?? "another turn's \(obstacle.call)"
            if let group = groups.firstIndex(where: { $0.on == on }) {
                groups[group].calls.append(call)
            } else {
                groups.append((on, [call]))
            }
        }
        let most = 2
        let lines = groups.prefix(most).map { "waits for \(Self.list($0.calls)) on \($0.on)" }
        return lines + (groups.count > most ? ["waits for calls on \(groups.count - most) more"] : [])
    }

    /// "waits for process 4242, call file_write, on src/a.swift (exclusive)".
    private func waits(_ blockades: [Blockade]) -> [String] {
        let most = 2
        let lines = blockades.prefix(most).map { blockade in
            let holder = blockade.holder.map { Printable.text("\($0)") } ?? "another process"
            return "waits for \(holder), on \(Printable.text(blockade.resource)) (\(blockade.mode.rawValue))"
        }
        return lines
            + (blockades.count > most ? ["waits for \(blockades.count - most) more calls of other processes"] : [])
    }

    private static func list(_ calls: [String]) -> String {
        let most = 4
        guard calls.count > 1 else { return calls.first ?? "" }
        guard calls.count <= most else {
            return calls.prefix(most - 1).joined(separator: ", ") + " and \(calls.count - most + 1) more"
        }
        return calls.dropLast().joined(separator: ", ") + " and \(calls[calls.count - 1])"
    }

    // MARK: - Below all calls

    private var foot: [String] {
        let lines = [hidden.map { style.inked(fitted($0), .faint) }, ""] + [style.inked(fitted(gain), .bold)]
        let rest = [fitted(order), style.inked(fitted(legend), .faint)]
        return (lines.compactMap { $0 } + rest).map { String(repeating: " ", count: layout.indent) + $0 }
    }

    private func fitted(_ text: String) -> String {
        Terminal.truncated(text, to: style.width - layout.indent, style.ellipsis)
    }

    private var hidden: String? {
        let places = Set(shown.map(\.place))
        let hidden = timeline.rows.filter { !places.contains($0.place) }
        guard !hidden.isEmpty else { return nil }
        var counts: [String: Int] = [:]
        for row in hidden { counts[row.outcome.map { $0.kind.rawValue } ?? "unfinished", default: 0] += 1 }
        let list = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        return "\(hidden.count) more calls are not shown: \(list.joined(separator: ", "))"
    }

    private var gain: String {
        "\(time(totals.makespan)) for calls that ran \(time(totals.running)) in all"
    }

    private var order: String {
        let waited = totals.waited == 0 ? "none waited" : "\(totals.waited) of \(totals.calls) waited"
        guard totals.chain.count > 1 else { return waited }
        let places = totals.chain.map { String($0 + 1) }
        let most = 8
        let shown = places.count > most ? places.prefix(most - 2) + [style.ellipsis] + places.suffix(1) : places[...]
        let chain = shown.joined(separator: style.usesUnicode ? " → " : " > ")
        return "\(waited); the longest chain \(chain) ran \(time(totals.longestChain))"
    }

    private var legend: String {
        var parts = ["\(style.runs) runs"]
        if totals.waited > 0 { parts.append("\(style.waits) waits for a call") }
        let hasSlotWait = shown.contains { row in
            guard let granted = row.granted else { return false }
            return scale.column(row.started ?? row.ended ?? timeline.latest) > scale.column(granted)
        }
        if hasSlotWait { parts.append("\(style.waitsForSlot) ready to start") }
        return parts.joined(separator: "   ")
    }

    private func time(_ nanoseconds: UInt64) -> String {
        DurationText.text(nanoseconds: nanoseconds, unicode: style.usesUnicode)
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
