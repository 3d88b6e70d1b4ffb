import FileEditing
import InterlockKit

/// What a search has found so far.
struct SearchRun {
    static let maximumFileBytes = 16 << 20
    /// Read first: most binary files show themselves here.
    static let headBytes = 64 << 10
    static let maximumOutputBytes = 64 << 10

    let search: LineSearch
    var filter: PathFilter?
    let context: Int
    let maximum: Int
    /// What the walk to the files left out.
    var left = TreeWalk.LeftOut()

    private(set) var lines: [String] = []
    private(set) var isFull = false
    private var found = 0
    private var outputBytes = 0
    private var searched = 0
    /// Files that were not searched, by why.
    private var skipped: [(reason: String, files: [String])] = []

    init(search: LineSearch, filter: PathFilter?, context: Int, maximum: Int) {
        self.search = search
        self.filter = filter
        self.context = context
        self.maximum = maximum
    }

    /// One file: the names below the root of the walk.
    mutating func visit(_ path: [[UInt8]], _ walk: TreeWalk, _ call: Call) throws {
        guard filter?.matches(path) ?? true else { return }
        try call.checkCancellation()
        let name = walk.shown(path)
        guard let document = try document(at: walk.location(path), name, call) else { return }
        searched += 1
        // One more than may be shown tells whether there is more.
        let matches = search.matches(in: document, limit: maximum - found + 1)
        if matches.count > maximum - found { isFull = true }
        let shown = Array(matches.prefix(maximum - found))
        found += shown.count
        add(LineSearch.render(shown, in: document, path: name, context: context))
    }

    /// Nil, and the reason noted, if it cannot be searched.
    private mutating func document(at location: [UInt8], _ name: String, _ call: Call) throws -> TextDocument? {
        do {
            var content = try call.files.read(location, atMost: UInt64(Self.headBytes))
            if content.bytes.count == Self.headBytes, !content.bytes.contains(0) {
                content = try call.files.read(location, atMost: UInt64(Self.maximumFileBytes) + 1)
            }
            guard content.bytes.count <= Self.maximumFileBytes else {
                skip(name, "larger than \(Self.maximumFileBytes >> 20) MiB")
                return nil
            }
            return try TextDocument(content.bytes)
        } catch let error as NotText {
            if case .zeroByte = error { skip(name, "binary") } else { skip(name, "not UTF-8") }
        } catch let error as HostError where [.io, .notFound, .limit].contains(error.code) {
            // Not readable for this user, its path too long, or taken away by somebody who takes no claims: the others still count.
            skip(name, "not readable")
        }
        return nil
    }

    private mutating func skip(_ name: String, _ reason: String) {
        if let place = skipped.firstIndex(where: { $0.reason == reason }) {
            skipped[place].files.append(name)
        } else {
            skipped.append((reason, [name]))
        }
    }

    private mutating func add(_ new: [String]) {
        if context > 0, !lines.isEmpty, !new.isEmpty { lines.append("--") }
        for line in new {
            outputBytes += line.utf8.count + 1
            guard outputBytes <= Self.maximumOutputBytes else {
                isFull = true
                return
            }
            lines.append(line)
        }
    }

    /// What the lines do not say.
    var notes: [String] {
        var notes: [String] = []
        if lines.isEmpty { notes.append("no matches in \(searched) files") }
        if isFull { notes.append("there are more matches; narrow path, glob or pattern, or raise max_results") }
        for (reason, files) in skipped {
            notes.append("not searched, as \(reason): \(files.briefly)")
        }
        if let note = left.unreadableNote { notes.append(note) }
        return notes
    }
}
