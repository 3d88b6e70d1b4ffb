import Calls
import Messages
import StrictJSON
import Testing

private let read = Tool(
    name: "read_file", plugin: "org.example.files", title: "Read a file", description: "Reads a file.",
    inputSchema: [
        "type": "object",
        "properties": [
            "path": ["type": "string", "description": "Which file."], "kind": ["enum": ["a", 1]],
            "list": ["type": "array", "items": ["type": "integer"]],
        ],
        "required": ["path"],
    ],
    outputSchema: ["type": "object"], traits: [.readOnly, .idempotent, .reentrant],
    contract: Contract(claims: [ClaimTemplate(.path(.shared, .exact, []), from: .pointer("/path", ifMissing: nil))]))

private let shell = Tool(
    name: "shell", plugin: "org.example.shell", inputSchema: ["properties": [:]], outputSchema: ["type": "array"],
    traits: [.spawns], contract: Contract(claims: []))

private func definitions(_ format: ToolDefinitions.Format) -> JSON {
    ToolDefinitions.json([read, shell], format)
}

private let told =
    "Reads a file.\n\nReads the file at `path`. Runs beside other readers; "
    + "waits for earlier calls that change what it reads."

@Test("each API is told in its own form, with the contract in words")
func forms() {
    let schema = read.inputSchema
    let function: JSON = ["name": "read_file", "description": .string(told), "parameters": schema]
    #expect(definitions(.openai).array?[0] == ["type": "function", "function": function])
    #expect(
        definitions(.responses).array?[0] == [
            "type": "function", "name": "read_file", "description": .string(told), "parameters": schema,
            "strict": false,
        ])
    #expect(
        definitions(.anthropic).array?[0]
            == ["name": "read_file", "description": .string(told), "input_schema": schema])
    let gemini = definitions(.gemini).array
    #expect(gemini?.count == 1)
    #expect(
        gemini?[0]["functionDeclarations"]?.array?[0]
            == ["name": "read_file", "description": .string(told), "parametersJsonSchema": schema])
}

@Test("MCP gets title, schemas and hints; a tool that declares nothing keeps the cautious defaults")
func mcp() throws {
    let tools = try #require(definitions(.mcp).array)
    #expect(
        tools[0] == [
            "name": "read_file", "title": "Read a file", "description": .string(told), "inputSchema": read.inputSchema,
            "outputSchema": ["type": "object"],
            "annotations": [
                "readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false,
            ],
        ])
    #expect(
        tools[1]["annotations"]
            == ["readOnlyHint": false, "destructiveHint": true, "idempotentHint": false, "openWorldHint": true])
    #expect(tools[1]["title"] == nil && tools[1]["outputSchema"] == nil)
    #expect(tools[1]["inputSchema"] == ["type": "object", "properties": [:]])
    #expect(tools[1]["description"]?.string?.hasPrefix("Declares no contract") == true)
}

@Test("people get a list that fits 80 columns")
func text() {
    let text = ToolDefinitions.text([read, shell])
    #expect(
        text == """
            read_file (read-only, idempotent), of org.example.files
                Reads a file.
                Reads the file at `path`. Runs beside other readers; waits for earlier calls
                that change what it reads.
                path: string, required
                    Which file.
                kind: "a" | 1
                list: array of integer

            shell (runs programs), of org.example.shell
                Declares no contract, so it has the whole workspace for itself: it waits for
                every earlier call, and every later call waits for it.

            """)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
}

@Test("control characters of a description do not reach the terminal")
func controls() {
    var tool = read
    tool.description = "a\u{1B}[2Jb\u{9B}c\r\nd\te"
    let text = ToolDefinitions.text([tool])
    #expect(text.contains("a [2Jb c d e"))
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
}
