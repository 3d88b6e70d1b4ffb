import Calls
import StrictJSON

/// Tools as a model's API wants to be told of them.
public enum ToolDefinitions {
    /// Whose API.
    public enum Format: String, CaseIterable, Sendable {
        /// OpenAI chat completions.
        case openai
        /// OpenAI Responses.
        case responses
        /// Anthropic messages.
        case anthropic
        /// Gemini's `generateContent`.
        case gemini
        /// `tools/list` of the Model Context Protocol.
        case mcp
    }

    /// The value of a request's `tools`, with every tool's contract said in its description.
    public static func json(_ tools: [Tool], _ format: Format) -> JSON {
        switch format {
        case .openai: list(tools, openAI)
        case .responses: list(tools, responses)
        case .anthropic: list(tools, anthropic)
        case .gemini: gemini(tools)
        case .mcp: list(tools, mcp)
        }
    }

    /// For people, at 80 columns.
    package static func text(_ tools: [Tool]) -> String { ToolListing.text(tools) }

    private static func list(_ tools: [Tool], _ definition: (Tool) -> JSON) -> JSON { .array(tools.map(definition)) }

    /// The description for a model: the author's, and the contract in words.
    public static func description(of tool: Tool) -> String {
        let words = ContractWords.sentences(tool.contract, tool.traits)
        return tool.description.isEmpty ? words : tool.description + "\n\n" + words
    }

    private static func openAI(_ tool: Tool) -> JSON {
        let function: JSON = [
            "name": .string(tool.name), "description": .string(description(of: tool)),
            "parameters": parameters(of: tool),
        ]
        return ["type": "function", "function": function]
    }

    private static func responses(_ tool: Tool) -> JSON {
        // There, strict is on unless it is turned off, and allows a subset of JSON Schema only.
        [
            "type": "function", "name": .string(tool.name), "description": .string(description(of: tool)),
            "parameters": parameters(of: tool), "strict": false,
        ]
    }

    private static func anthropic(_ tool: Tool) -> JSON {
        [
            "name": .string(tool.name), "description": .string(description(of: tool)),
            "input_schema": parameters(of: tool),
        ]
    }

    /// One tool with all functions. `parameters` there is a subset of its own; `parametersJsonSchema` is JSON Schema.
    private static func gemini(_ tools: [Tool]) -> JSON {
        let declarations = list(tools) { tool in
            [
                "name": .string(tool.name), "description": .string(description(of: tool)),
                "parametersJsonSchema": parameters(of: tool),
            ]
        }
        return [["functionDeclarations": declarations]]
    }

    /// A tool as `tools/list` of the Model Context Protocol gives it.
    package static func mcp(_ tool: Tool) -> JSON {
        var definition = JSONObject([("name", .string(tool.name))])
        if !tool.title.isEmpty { definition["title"] = .string(tool.title) }
        definition["description"] = .string(description(of: tool))
        definition["inputSchema"] = parameters(of: tool)
        // Before version 2026-07-28 a structured result could only be an object.
        if let schema = tool.outputSchema, schema["type"] == "object" { definition["outputSchema"] = schema }
        definition["annotations"] = annotations(of: tool)
        return .object(definition)
    }

    /// A tool that declares nothing keeps the protocol's cautious defaults.
    private static func annotations(of tool: Tool) -> JSON {
        let traits = tool.traits
        let isReadOnly = traits.contains(.readOnly)
        let isUnknown = !tool.contract.isDeclared && !isReadOnly
        return [
            "readOnlyHint": .bool(isReadOnly),
            "destructiveHint": .bool(traits.contains(.destructive) || isUnknown),
            "idempotentHint": .bool(traits.contains(.idempotent)),
            "openWorldHint": .bool(!traits.isDisjoint(with: [.openWorld, .network]) || isUnknown),
        ]
    }

    /// Arguments are an object with properties, and every API wants the schema to say so, even when there are none.
    private static func parameters(of tool: Tool) -> JSON {
        let members = tool.inputSchema.object?.members ?? []
        let said = Set(members.map(\.0))
        let needed: [(String, JSON)] = [("type", "object"), ("properties", [:])]
        return .object(JSONObject(needed.filter { !said.contains($0.0) } + members))
    }
}
