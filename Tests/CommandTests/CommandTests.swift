import Foundation
import StrictJSON
import Testing

@Suite struct CommandTests {
    @Test("--version and --help answer on standard output", arguments: [["--version"], ["--help"], ["run", "--help"]])
    func information(arguments: [String]) throws {
        let run = try Run(arguments)
        #expect(run.status == 0 && !run.output.isEmpty && run.error.isEmpty)
    }

    @Test(
        "a wrong command line is a usage error",
        arguments: [
            ["rum"], ["run", "--jobs", "0"], ["run", "--timeout", "30"], ["run", "--format", "xml"], ["call"],
            ["list", "--json", "--format", "openai"], ["run", "--policy", "chaos"],
        ])
    func usage(arguments: [String]) throws {
        let run = try Run(arguments)
        #expect(run.status == 64 && run.output.isEmpty)
        #expect(run.error.hasPrefix("error: "), "\(run.error)")
    }

    @Test(
        "what stops a turn is said as error and help, with status 1",
        arguments: [
            (["run", "nowhere.json"], "", "nowhere.json"), (["run"], "{", "not valid JSON"),
            (["run"], "{\"x\": 1}", "format"), (["run", "--config", "nowhere.yaml"], "[]", "nowhere.yaml"),
            (["list", "--workspace", "nowhere"], "", "not a directory"), (["call", "x", "{"], "", "not valid JSON"),
        ])
    func failure(arguments: [String], input: String, words: String) throws {
        try withWorkspace { workspace in
            let run = try Run(arguments, input: input, workspace: workspace)
            #expect(run.status == 1 && run.output.isEmpty)
            #expect(run.error.contains("error: ") && run.error.contains("\nhelp: "), "\(run.error)")
            #expect(run.error.contains(words), "\(run.error)")
        }
    }

    @Test("a workspace that loosens stops the turn with the place")
    func hostileWorkspace() throws {
        try withWorkspace([".interlock.yaml": "limits:\n  jobs: 1000\n"]) { workspace in
            let run = try Run(["list"], workspace: workspace)
            #expect(run.status == 1)
            #expect(run.error.contains(".interlock.yaml:2:3: \"limits.jobs: 1000\" would loosen"), "\(run.error)")
        }
    }

    @Test("the model is told why a directory cannot be moved into itself")
    func moveIntoItself() throws {
        try withWorkspace { workspace in
            try FileManager.default.createDirectory(atPath: workspace + "/d/e", withIntermediateDirectories: true)
            let run = try Run(
                ["call", "file_move", #"{"source": "d", "destination": "d/e/g"}"#, "--json"], workspace: workspace)
            #expect(run.status == 1 && run.output.contains("a directory cannot be moved into itself"), "\(run.output)")
        }
    }

    @Test("each line of JSON Lines is answered, in order, whatever it is")
    func jsonLines() throws {
        try withWorkspace { workspace in
            let input = #"{"id": "a", "tool": "nothing"}"# + "\n{\n" + #"{"id": 7, "tool": "nothing", "arguments": {}}"#
            let run = try Run(["run"], input: input, workspace: workspace)
            let lines = try run.output.split(separator: "\n").map { try JSONParser.parse(String($0)) }
            #expect(lines.map { $0["id"] } == ["a", 2, 7])
            #expect(lines.allSatisfy { $0["outcome"] == "refused" })
            #expect(run.status == 0, "\(run.error)")
            #expect(try Run(["run", "--strict"], input: input, workspace: workspace).status == 1)
        }
    }

    @Test(
        "the first line decides what the input is, wherever it begins and ends",
        arguments: [0, 1, 65_535, 65_536, 200_000])
    func firstLine(length: Int) throws {
        try withWorkspace { workspace in
            let space = String(repeating: " ", count: length)
            let call = #"{"tool": "nothing"}"#
            let inputs = [
                "\(space)\n\(call)\n\(call)\n", "\(call)\(space)\n\(space)\(call)", "\n\(space)\(call)\(space)",
            ]
            for input in inputs {
                let run = try Run(["run"], input: input, workspace: workspace)
                let lines = run.output.split(separator: "\n")
                #expect(lines.count == input.components(separatedBy: "tool").count - 1, "\(run.error)\(run.output)")
                #expect(lines.allSatisfy { $0.contains("there is no tool") })
            }
            let asked = #"{"type": "function_call", "call_id": "c", "name": "nothing", "arguments": "{}"}"#
            let run = try Run(["run"], input: "[\n\(space)\(asked)]", workspace: workspace)
            #expect(try JSONParser.parse(run.output).array?.first?["call_id"] == "c", "\(run.error)")
        }
    }

    @Test("a line that cannot be read is said so, and once")
    func unreadableLine() throws {
        try withWorkspace { workspace in
            let run = try Run(["run", "--format", "jsonl"], input: "[1]\n{", workspace: workspace)
            let lines = try run.output.split(separator: "\n").map { try JSONParser.parse(String($0)) }
            #expect(
                lines.map { $0["message"] } == [
                    "a line is an object; found an array, at line 1",
                    "the line is not valid JSON: expected a member's name in double quotes, at line 2, column 2",
                ])
        }
    }

    @Test(
        "what decides over programs that run later is refused, and not the tool's fault",
        arguments: [
            ("file_write", #"{"path": ".git/commondir", "content": ""}"#, "refused"),
            ("file_write", #"{"path": ".git/config.worktree", "content": ""}"#, "refused"),
            ("file_write", #"{"path": ".git/modules/m/config", "content": ""}"#, "refused"),
            ("file_write", #"{"path": ".git/worktrees/w/commondir", "content": ""}"#, "refused"),
            ("file_write", #"{"path": ".config/interlock/config.yaml", "content": ""}"#, "refused"),
            ("file_remove", #"{"path": ".", "recursive": true}"#, "refused"),
            ("file_move", #"{"source": ".", "destination": "x"}"#, "refused"),
            ("file_move", #"{"source": "a", "destination": ".git"}"#, "refused"),
            ("file_write", #"{"path": ".", "content": ""}"#, "failed"),
        ])
    func protected(tool: String, arguments: String, outcome: String) throws {
        try withWorkspace(["a": ""]) { workspace in
            let run = try Run(
                ["run", "--format", "jsonl"], input: #"{"tool": "\#(tool)", "arguments": \#(arguments)}"#,
                workspace: workspace, home: workspace)
            #expect(try JSONParser.parse(run.output)["outcome"] == .string(outcome), "\(run.output)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: workspace) == ["a"])
        }
    }

    @Test("a tree deeper than any path is listed, searched and removed as far as paths reach")
    func deepTree() throws {
        try withWorkspace(["f": "needle\n"]) { workspace in
            let name = String(repeating: "d", count: 250)
            var directory = open(workspace, O_RDONLY)
            for _ in 0..<20 {
                try #require(mkdirat(directory, name, 0o755) == 0)
                let below = openat(directory, name, O_RDONLY)
                close(directory)
                directory = below
            }
            close(directory)
            let search = try Run(["call", "file_search", #"{"pattern": "needle"}"#], workspace: workspace)
            #expect(search.output.hasPrefix("f:1: needle\n[directories that could not be read: 1 ("), "\(search.error)")
            let list = try Run(["call", "file_list", #"{"recursive": true}"#], workspace: workspace)
            #expect(list.status == 0 && list.output.hasSuffix(")]\n"), "\(list.error)")
            let remove = try Run(
                ["call", "file_remove", #"{"path": "\#(name)", "recursive": true}"#], workspace: workspace)
            #expect(remove.status == 0, "\(remove.error)")
        }
    }

    @Test("a number that a tool cannot hold is said to be too large")
    func largeNumber() throws {
        try withWorkspace(["a": "text"]) { workspace in
            let run = try Run(["call", "file_read", #"{"path": "a", "offset": 1e300}"#], workspace: workspace)
            #expect(run.status == 1)
            #expect(run.error.contains("a number is too large"), "\(run.error)")
        }
    }

    @Test("an answer has the shape of its message, and the picture is on standard error")
    func document() throws {
        try withWorkspace { workspace in
            let call = #"{"id": "c", "type": "function", "function": {"name": "nothing", "arguments": "{}"}}"#
            let input = #"{"role": "assistant", "tool_calls": [\#(call)]}"#
            let run = try Run(["run", "-", "--timeline"], input: input, workspace: workspace)
            #expect(try JSONParser.parse(run.output).array?.first?["tool_call_id"] == "c", "\(run.output)")
            #expect(run.error.contains(" 1  nothing"), "\(run.error)")
            #expect(run.status == 0)
        }
    }
}
