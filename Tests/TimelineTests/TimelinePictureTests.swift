import Calls
import Foundation
import StrictJSON
import Testing
import Timeline

/// A turn that is told instead of run. Times in milliseconds.
struct Story {
    var calls: [Call] = []
    var events: [Event] = []

    /// nil for what did not happen.
    mutating func call(
        _ tool: String, _ arguments: JSON, from ingested: Double = 0, granted: Double? = nil, started: Double? = nil,
        ended: Double? = nil, _ kind: Outcome.Kind = .succeeded, message: String = "",
        waitsFor obstacles: [(number: Int, resource: String, mode: Mode)] = []
    ) {
        let place = calls.count
        calls.append(Call(id: "c\(place)", tool: tool, arguments: .json(arguments, text: arguments.text)))
        func add(_ time: Double, _ kind: Event.Kind) {
            // The monotonic clock begins anywhere.
            let time = 5_000_000_000 + UInt64((time * 1_000_000).rounded())
            events.append(
                Event(call: Self.number(place), place: place, turn: TurnNumber(1), time: time, kind: kind))
        }
        let obstacles = obstacles.map {
            Obstacle(call: Self.number($0.number - 1), resource: $0.resource, mode: $0.mode)
        }
        add(ingested, .ingested(waitsFor: obstacles))
        if let granted = granted ?? started { add(granted, .granted) }
        if let started { add(started, .started) }
        if let ended { add(ended, .ended(Outcome(kind, message: message), .advisory)) }
    }

    /// The host's numbers are not the turn's.
    private static func number(_ place: Int) -> CallNumber { CallNumber(UInt64(40 + place)) }

    func picture(_ style: PictureStyle = PictureStyle()) -> String {
        TimelinePicture.draw(Timeline(events: events, calls: calls), style)
    }

    /// The turn of Examples/turn.json, which the README shows, told with slower tools.
    static var example: Story {
        var story = Story()
        let replace = "file_edit_replace_string"
        story.call("file_read", ["path": "README.md"], started: 0.2, ended: 38)
        story.call("file_search", ["pattern": "TIMEOUT|RETRIES", "path": "src"], started: 0.3, ended: 412)
        story.call(
            replace, ["path": "src/server.py"], started: 412, ended: 690,
            waitsFor: [(2, "everything below src", .shared)])
        story.call(
            replace, ["path": "src/server.py"], started: 690, ended: 940,
            waitsFor: [(2, "everything below src", .shared), (3, "src/server.py", .exclusive)])
        let notes: JSON = ["path": "docs/changes/2.0.md", "content": "x"]
        story.call("file_edit_insert", notes, started: 0.5, ended: 360)
        story.call(
            "file_edit_insert", notes, started: 360, ended: 620, waitsFor: [(5, "docs/changes/2.0.md", .exclusive)])
        story.call("file_move", ["source": "notes/todo.md", "destination": "docs/todo.md"], started: 0.6, ended: 260)
        story.call(
            replace, ["path": "docs/todo.md"], started: 260, ended: 530, waitsFor: [(7, "docs/todo.md", .exclusive)])
        story.call(
            replace, ["path": "README.md"], started: 38, ended: 288, waitsFor: [(1, "README.md", .shared)])
        story.call(
            "file_list", ["path": "docs"], started: 360, ended: 390,
            waitsFor: [
                (5, "the name docs/changes", .exclusive), (6, "the name docs/changes", .exclusive),
                (7, "the name docs/todo.md", .exclusive),
            ])
        return story
    }
}

extension Story {
    /// 300 reads, in which a chain of edits and one failure are hidden.
    static var large: Story {
        var story = Story()
        for place in 0..<300 {
            let start = Double(place / 8) * 4
            switch place {
            case 40, 90, 200:
                let before =
                    place == 40 ? [] : [(number: place == 90 ? 41 : 91, resource: "a.txt", mode: Mode.exclusive)]
                let begin = place == 40 ? 20.0 : place == 90 ? 70 : 120
                story.call(
                    "edit", ["path": "a.txt"], granted: begin, started: begin, ended: begin + 50, waitsFor: before)
            case 123:
                story.call(
                    "read", ["path": "gone.txt"], granted: 0, started: start, ended: start + 1, .failed,
                    message: "no such file")
            default:
                story.call("read", ["path": .string("src/f\(place).txt")], granted: 0, started: start, ended: start + 4)
            }
        }
        return story
    }
}

/// Compares with `expected/NAME.txt`. With INTERLOCK_RECORD in the environment the file is written instead, to be looked
/// at before it is committed.
private func expect(_ picture: String, is name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("expected")
    let file = folder.appendingPathComponent(name + ".txt")
    if ProcessInfo.processInfo.environment["INTERLOCK_RECORD"] != nil { try Data(picture.utf8).write(to: file) }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(picture == expected, "\(picture)")
}

@Suite struct TimelinePictureTests {
    @Test("a turn is drawn at 80 columns")
    func turn() throws {
        try expect(Story.example.picture(), is: "turn")
    }

    @Test("the README shows this turn")
    func readme() throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let readme = try String(contentsOf: repository.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(readme.contains("```\n" + Story.example.picture() + "```"))
    }

    @Test("a turn is drawn in ASCII where the locale has no more")
    func ascii() throws {
        let picture = Story.example.picture(PictureStyle(usesUnicode: false))
        try expect(picture, is: "turn-ascii")
        let isASCII = picture.utf8.allSatisfy { $0 < 0x80 }
        #expect(isASCII)
    }

    @Test("of a large turn the interesting calls are drawn, and the others counted")
    func large() throws {
        try expect(Story.large.picture(PictureStyle(maximumRows: 12)), is: "large")
    }

    @Test("no line is wider than the terminal", arguments: [60, 80, 100, 160])
    func width(columns: Int) {
        for line in Story.example.picture(PictureStyle(width: columns)).split(separator: "\n") {
            #expect(Terminal.columns(String(line)) <= columns, "\(line)")
        }
    }

    @Test("colours only add escape sequences")
    func color() {
        let picture = Story.example.picture(PictureStyle(usesColor: true))
        let plain = picture.replacing(#/\u{1B}\[\d+m/#, with: "")
        func trimmed(_ text: String) -> [String] {
            text.split(separator: "\n").map { String($0.reversed().drop { $0 == " " }.reversed()) }
        }
        #expect(trimmed(plain) == trimmed(Story.example.picture()))
        #expect(picture != plain)
    }

    @Test("a stranger's text cannot steer the terminal")
    func hostileText() {
        var story = Story()
        story.call(
            "x\u{1B}[2J", ["path": "a\u{202E}b\r\u{7}"], started: 0, ended: 1, .failed, message: "\u{1B}]0;t\u{7}\nx")
        let picture = story.picture()
        let controls = picture.unicodeScalars.filter {
            $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
        }
        #expect(controls.isEmpty, "\(picture)")
    }

    @Test("an empty turn has no picture")
    func empty() {
        #expect(Story().picture() == "")
    }

    @Test("what a turn has won is counted")
    func totals() {
        let story = Story.example
        let totals = TimelineTotals(Timeline(events: story.events, calls: story.calls))
        #expect(totals.calls == 10 && totals.waited == 6)
        #expect(totals.makespan == 940_000_000)
        #expect(totals.chain == [1, 2, 3])
        #expect(totals.longestChain == 939_700_000)
    }

    @Test("the longest chain has only calls that waited for the end of the one before")
    func chain() {
        var story = Story()
        story.call("search", ["path": "src"], started: 0, ended: 100)
        // In its way at first: then one of them was narrowed, and they ran side by side.
        story.call("edit", ["path": "docs/a"], started: 10, ended: 90, waitsFor: [(1, "src", .shared)])
        story.call("edit", ["path": "docs/a"], started: 90, ended: 95, waitsFor: [(2, "docs/a", .exclusive)])
        story.call("edit", ["path": "src/b"], ended: 96, .cancelled, waitsFor: [(1, "src", .shared)])
        let totals = TimelineTotals(Timeline(events: story.events, calls: story.calls))
        #expect(totals.chain == [0] && totals.longestChain == 100_000_000)
        #expect(totals.longestChain <= totals.makespan)
    }
}

@Suite struct TurnProgressTests {
    @Test("the line counts what runs, waits and is done")
    func counts() {
        let story = Story.example
        var progress = TurnProgress()
        var lines: [String] = []
        for event in story.events.sorted(by: { $0.time < $1.time }) where progress.record(event) {
            lines.append(progress.line(width: 80))
        }
        #expect(lines.contains("3 running, 6 waiting, 1 done"), "\(lines)")
        #expect(lines.last == "0 running, 0 waiting, 10 done")
    }
}
