import Foundation
import StrictJSON
import TestSupport
import Testing

/// How the process ends: with every answer, whatever plugins and signals do.
@Suite struct EndingTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardized.path

    @Test(
        "the answers are out before plugins have the last word; in a worker it changes nothing",
        arguments: [true, false])
    func quiesce(isInWorker: Bool) throws {
        try withWorkspace(["last.c": Self.lastWord]) { workspace in
            try build("last", in: workspace)
            let call = #"{"id": "c", "type": "function", "function": {"name": "last_run", "arguments": "{}"}}"#
            let configuration = workspace + "/config.yaml"
            try "plugins: [{file: last.so, isolation: \(isInWorker ? "worker" : "in-process")}]\n".write(
                toFile: configuration, atomically: true, encoding: .utf8)
            let run = try Run(
                ["run", "--config", configuration], input: #"{"role": "assistant", "tool_calls": [\#(call)]}"#,
                workspace: workspace)
            #expect(run.status == (isInWorker ? 0 : 77), "\(run.error)")
            let answer = try #require(try JSONParser.parse(run.output).array?.first)
            #expect(answer["content"] == "done")
        }
    }

    @Test("a file that may not become so large fails the call that writes it, and ends nobody")
    func limitOfFileSizes() throws {
        try withWorkspace { workspace in
            let arguments: JSON = ["path": "large", "content": .string(String(repeating: "x", count: 100_000))]
            let run = try Run(
                ["call", "file_write", "-"], input: arguments.text, workspace: workspace, limit: "-S -f 8")
            #expect(run.status == 1 && run.error.contains("File too large"), "\(run.status) \(run.error)")
            #expect(!FileManager.default.fileExists(atPath: workspace + "/large"))
        }
    }

    @Test(
        "where few files may be open fewer calls run at once, which is said, and all succeed",
        arguments: [48, 100, 160])
    func fewDescriptors(limit: Int) throws {
        let names = (0..<40).map { "f\($0)" }
        try withWorkspace(Dictionary(uniqueKeysWithValues: names.map { ($0, "text\n") })) { workspace in
            let lines = (0..<200).map {
                #"{"tool": "file_edit_insert", "arguments": {"path": "f\#($0 % 40)", "content": "\#($0)\n"}}"#
            }
            let run = try Run(
                ["run", "--strict"], input: lines.joined(separator: "\n"), workspace: workspace, limit: "-n \(limit)")
            #expect(run.status == 0, "\(run.output)")
            let notes = run.error.split(separator: "\n")
            #expect(notes.count == 1 && run.error.contains("this process may have \(limit) open files"), "\(run.error)")
        }
    }

    @Test("where next to no file may be open nothing runs inside the host for it", arguments: [20, 24, 28, 30, 32, 36])
    func hardlyAnyDescriptors(limit: Int) throws {
        try withWorkspace(["a": "text"]) { workspace in
            let run = try Run(["call", "file_read", #"{"path": "a"}"#], workspace: workspace, limit: "-n \(limit)")
            #expect(!run.error.contains("inside the host"), "\(run.error)")
            #expect(run.status == 0 ? run.output == "text" : !run.error.isEmpty, "\(run.output)\(run.error)")
        }
    }

    @Test("a TMPDIR that is no directory is not used")
    func missingTemporaryDirectory() throws {
        try withWorkspace(["a": "text"]) { workspace in
            let run = try Run(
                ["call", "file_read", #"{"path": "a"}"#], workspace: workspace,
                environment: ["TMPDIR": workspace + "/none"])
            #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
        }
    }

    private func build(_ name: String, in workspace: String) throws {
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/cc")
        compiler.arguments =
            ["-std=c11", "-shared", "-fPIC", "-I", Self.repository + "/Sources/CInterlock/include"]
            + ["\(workspace)/\(name).c", "-o", "\(workspace)/\(name).so"]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
    }

    @Test("progress that is faster than its reader is not kept, but for the newest", .timeLimit(.minutes(20)))
    func fastProgress() throws {
        let execute = """
            static ilk_status run(void *self, const ilk_tool *t, ilk_call *call, ilk_str args) {
              (void)self, (void)t, (void)args;
              for (int i = 0; i < 5000; i++) host->progress(call, i, 5000, (ilk_str)ILK_STR("on its way"));
              fclose(fopen("made", "w"));
            """
        let source = Self.lastWord.replacingOccurrences(
            of: "static ilk_status run(void *self, const ilk_tool *t, ilk_call *call, ilk_str args) {\n"
                + "  (void)self, (void)t, (void)args;", with: execute
        ).replacingOccurrences(of: "_exit(77)", with: "(void)0")
        try withWorkspace(["fast.c": "#include <stdio.h>\n" + source]) { workspace in
            try build("fast", in: workspace)
            try Data("plugins: [{file: fast.so, isolation: in-process}]\n".utf8).write(
                to: URL(fileURLWithPath: workspace + "/config.yaml"))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Bundled.command)
            process.arguments = ["run", "--events", "--format", "jsonl", "--config", "config.yaml"]
            process.currentDirectoryURL = URL(fileURLWithPath: workspace)
            process.environment = ["HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": Run.state]
            let (input, output) = (Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data(#"{"tool": "last_run"}"#.utf8))
            try input.fileHandleForWriting.close()
            // Nobody reads before all is said: more than a pipe holds.
            while !FileManager.default.fileExists(atPath: workspace + "/made") { usleep(10_000) }
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let lines = text.split(separator: "\n").filter { $0.contains("on its way") }
            #expect(lines.count < 5000 && lines.last?.contains("4999") == true, "\(lines.count)")
            #expect(process.terminationStatus == 0)
        }
    }

    /// Its quiesce ends the process.
    private static let lastWord = """
        #include <unistd.h>
        #include "interlock.h"
        #include "interlock_args.h"
        static const ilk_host *host;
        static ilk_status init(const ilk_plugin *p, const ilk_host *h, ilk_str c, void **self, char *e, size_t n) {
          (void)p, (void)c, (void)self, (void)e, (void)n;
          host = h;
          return ILK_OK;
        }
        static void quiesce(void *self) { (void)self, _exit(77); }
        static ilk_status run(void *self, const ilk_tool *t, ilk_call *call, ilk_str args) {
          (void)self, (void)t, (void)args;
          return host->emit(call, (ilk_str){0, 0}, (ilk_str)ILK_STR("done"));
        }
        static const ilk_tool tool = {.struct_size = sizeof tool, .name = ILK_STR("last_run"),
          .input_schema = ILK_STR("{\\"type\\":\\"object\\"}"), .execute = run};
        static const ilk_tool *const tools[] = {&tool};
        static const ilk_plugin plugin = {.struct_size = sizeof plugin, .abi_minor = ILK_ABI_MINOR, .n_tools = 1,
          .id = ILK_STR("org.example.last"), .version = ILK_STR("1.0.0"), .tools = tools, .init = init,
          .quiesce = quiesce};
        const ilk_plugin *ilk_plugin_v1(uint32_t minor) { (void)minor; return &plugin; }
        """

    @Test("a signal ends a turn whose input never ends, and what came is answered", arguments: [SIGINT, SIGTERM])
    func interrupt(signal: Int32) throws {
        try withRunningTurn(calls: 1) { process, output in
            kill(process.processIdentifier, signal)
            #expect(output.readDataToEndOfFile().isEmpty)
            process.waitUntilExit()
            #expect(process.terminationStatus == 128 + signal)
        }
    }

    @Test("a second signal leaves at once, though nobody reads the answers", .timeLimit(.minutes(20)))
    func secondInterrupt() throws {
        // The calls fit into a pipe, the answers do not: whoever writes them waits.
        try withRunningTurn(calls: 2500) { process, _ in
            // Two kinds, for two of one kind may be told as one.
            kill(process.processIdentifier, SIGINT)
            kill(process.processIdentifier, SIGTERM)
            process.waitUntilExit()
            #expect([128 + SIGINT, 128 + SIGTERM].contains(process.terminationStatus))
        }
    }

    /// Calls as JSON Lines, without an end; `body` begins when the first answer is there, and with it the watch for
    /// signals.
    private func withRunningTurn(calls: Int, _ body: (Process, FileHandle) throws -> Void) throws {
        try withWorkspace { workspace in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Bundled.command)
            process.arguments = ["run", "--format", "jsonl", "--workspace", workspace]
            process.environment = ["HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": Run.state]
            let (input, output) = (Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let line = #"{"tool": "file_list"}"# + "\n"
            try input.fileHandleForWriting.write(contentsOf: Data(String(repeating: line, count: calls).utf8))
            let answer = output.fileHandleForReading.availableData.prefix { $0 != 0x0A }
            #expect(try JSONParser.parse(Array(answer))["line"] == 1)
            try body(process, output.fileHandleForReading)
            try input.fileHandleForWriting.close()
        }
    }
}
