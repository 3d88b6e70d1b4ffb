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

    /// The turn that the README shows.
    static var refactoring: Story {
        var story = Story()
        story.call("read", ["path": "Sources/App/Parser.swift"], started: 0.2, ended: 38)
        story.call("search", ["pattern": "parseHeader", "path": "Sources"], started: 0.3, ended: 412)
        story.call(
            "edit", ["path": "Sources/App/Parser.swift", "old": "a", "new": "b"],
            started: 412, ended: 690,
            waitsFor: [(1, "Sources/App/Parser.swift", .shared), (2, "everything below Sources/", .shared)])
        story.call(
            "edit", ["path": "Sources/App/Parser.swift", "old": "c", "new": "d"],
            started: 690, ended: 940, waitsFor: [(3, "Sources/App/Parser.swift", .exclusive)])
        story.call("write", ["path": "docs/parser.md", "content": "x"], started: 0.4, ended: 260)
        story.call("list", ["path": "docs"], started: 260, ended: 290, waitsFor: [(5, "names in docs/", .exclusive)])
        story.call(
            "run", ["command": "swift build --target App --configuration release"],
            granted: 0.5, started: 300, ended: 1180)
        story.call(
            "edit", ["path": "Sources/App/Missing.swift"], started: 0.6, ended: 31, .failed,
            message: "\"parseHeader(\" is not in the file")
        return story
    }
}

private func expected(_ name: String) throws -> String {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("expected")
    return try String(contentsOf: folder.appendingPathComponent(name + ".txt"), encoding: .utf8)
}

@Suite struct TimelinePictureTests {
    @Test("a turn is drawn at 80 columns")
    func turn() throws {
        #expect(Story.refactoring.picture() == (try expected("turn")))
    }

    @Test("show")
    func show() {
        print(Story.refactoring.picture())
        print(Story.refactoring.picture(PictureStyle(usesUnicode: false)))
        print(Story.refactoring.picture(PictureStyle(width: 120, usesColor: true)))
    }
}
