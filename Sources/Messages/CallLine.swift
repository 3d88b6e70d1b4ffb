import Calls
import StrictJSON

/// One call of JSON Lines, and its answer.
///
/// In, one object a line:
///
///     {"id": "a", "tool": "read_file", "arguments": {"path": "a.txt"}}
///
/// - `id`: a string or a number, given back as it came. Without one the line's number serves.
/// - `tool`: the tool's name; `name` is taken too.
/// - `arguments`: an object, or a string with the object's JSON inside (as OpenAI writes it).
///   Missing, null or empty: `{}`.
///
/// Any other member is refused: a misspelt `arguments` must not run a tool with none. A line that cannot be read is
/// answered like a call, as refused, and the lines after it are read.
///
/// Out, one object a line:
///
///     {"id": "a", "line": 1, "tool": "read_file", "outcome": "succeeded", "started": true, "text": "text of a.txt"}
///
/// - `outcome`: succeeded, failed, refused, cancelled, interrupted, timedOut, crashed or violated.
/// - `started`: whether the call began to run; if not, it had no effects.
/// - `text`: all that a model would be told, as one text.
/// - `message`: why it did not succeed; only then.
/// - `content`: only when there is more than text: all pieces, as MCP writes them (text, image, audio, resource).
/// - `enforcement`: what was promised while it ran: kernel, kernel (plugin) or advisory; not if none of its code ran.
/// - `denied`: what the kernel refused to programs that it ran; only if it did.
/// - `structured`, `details`: as the tool gave them; only if it did.
package struct CallLine: Sendable {
    /// For the scheduler.
    package var call: Call { asked.call(place: 0) }
    let asked: AskedCall

    package init(_ line: JSONLinesReader.Line) {
        var asked: AskedCall
        switch line.content {
        case .text(let bytes): asked = Self.read(bytes, at: "line \(line.number)")
        case .tooLong(let limit):
            asked = AskedCall(broken: "the line is longer than \(limit) bytes", at: "line \(line.number)")
        }
        asked.line = line.number
        self.asked = asked
    }

    /// The line that answers it.
    package func answer(_ outcome: Outcome) -> JSON {
        Self.answer(Answer(asked: asked, outcome: outcome))
    }

    private static let members: Set = ["id", "tool", "name", "arguments"]

    private static func read(_ bytes: [UInt8], at place: String) -> AskedCall {
        let value: JSON
        do throws(JSONParser.Failure) {
            value = try JSONParser.parse(bytes)
        } catch {
            return AskedCall(
                broken: "the line is not valid JSON: \(error.reason)", at: "\(place), column \(error.column)")
        }
        guard let object = value.object else {
            return AskedCall(broken: "a line is an object; found \(value.kindInWords)", at: place)
        }
        if let unknown = object.members.first(where: { !members.contains($0.name) }) {
            return AskedCall(
                broken: "unknown member \(JSON.quoted(unknown.name)); there are id, tool and arguments",
                id: object["id"],
                at: place)
        }
        if object["tool"] != nil && object["name"] != nil {
            return AskedCall(broken: "the line has \"tool\" and \"name\"; one is enough", id: object["id"], at: place)
        }
        return AskedCall(
            id: object["id"], name: object["tool"] ?? object["name"], arguments: .encoded(object["arguments"]),
            at: place)
    }

    static func answer(_ answer: Answer) -> JSON {
        let asked = answer.asked
        let outcome = answer.outcome
        var line = JSONObject()
        line["id"] = asked.id ?? asked.line.map(JSON.int)
        line["line"] = asked.line.map(JSON.int)
        line["tool"] = .string(asked.name)
        line["outcome"] = .string(outcome.kind.rawValue)
        line["started"] = .bool(outcome.started)
        let parts = AnswerParts(outcome)
        line["text"] = .string(parts.text(carrier: "a text"))
        if outcome.kind != .succeeded { line["message"] = .string(outcome.message) }
        if parts.hasData({ _ in true }) { line["content"] = .array(outcome.content.map(block)) }
        line["enforcement"] = outcome.enforcement.map { .string($0.rawValue) }
        if !outcome.denied.isEmpty { line["denied"] = .array(outcome.denied.map { .string($0) }) }
        line["structured"] = outcome.structured
        line["details"] = outcome.details
        return .object(line)
    }

    private static func block(_ content: Outcome.Content) -> JSON {
        switch content {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .data(let mime, let bytes):
            block(mime: mime, data: .string(Base64.encode(bytes)))
        }
    }

    private static func block(mime: String, data: JSON) -> JSON {
        for type in ["image", "audio"] where mime.hasPrefix(type + "/") {
            return ["type": .string(type), "data": data, "mimeType": .string(mime)]
        }
        // MCP wants a URI of an embedded resource; this one has no address of its own.
        let resource: JSON = ["uri": "urn:interlock:content", "mimeType": .string(mime), "blob": data]
        return ["type": "resource", "resource": resource]
    }
}
