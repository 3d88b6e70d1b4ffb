import Calls
import Foundation
import PluginTesting
import TestSupport
import Testing

@testable import Loading
@testable import Locking

@Suite("A plugin that runs")
struct PluginTests {
    private static func started(
        _ file: String, _ mode: PluginMode, configuration: String = "{}"
    ) throws -> any LoadedPlugin {
        let plugin = try mode.open(file)
        try plugin.start(configuration: configuration)
        return plugin
    }

    private static func invoke(
        _ plugin: any LoadedPlugin, _ tool: String, _ arguments: String, _ services: FakeServices, call: UInt64 = 1
    ) -> Completion {
        plugin.invoke(Grant(call: CallNumber(call)), tool: tool, arguments: arguments, services: services)
    }

    private static func behaviour(_ workshop: Workshop, _ mode: PluginMode) throws -> any LoadedPlugin {
        try started(workshop.buildC(Workshop.fixtures + "/behaviour.c", ["-Wno-nonnull", "-pthread"]), mode)
    }

    @Test(
        "misuse of the services is answered with a status and a reason, and harms nobody",
        arguments: PluginMode.allCases)
    func misuse(mode: PluginMode) throws {
        let workshop = try Workshop()
        let services = FakeServices(files: ["f": "content"])
        let completion = Self.invoke(try Self.behaviour(workshop, mode), "misuse", "{}", services)
        #expect(completion.code == .internal)
        let expected = [
            "utf8 -2 the text is not valid UTF-8",
            "null -2 the content is NULL but has a length",
            "negative -2 the content is longer than 268435456 bytes",
            "mime -2 \"text\" is not a media type such as text/plain",
            "json -2 the structured result is not valid JSON: line 1, column 8: expected a member's name in double quotes",
            "nan -2 progress nan of 1.0: both must be finite and not below 0",
            "infinite -2 progress 1.0 of inf: both must be finite and not below 0",
            "below -2 progress -1.0 of 0.0: both must be finite and not below 0",
            "positive -2 a call cannot fail with status 3: it is not below 0",
            "details -2 the details is not valid JSON: line 1, column 2: expected a member's name in double quotes",
            "sink -2 the sink is NULL",
            "small -2 ilk_stat.struct_size is 4, not 48",
            "stat -2 the stat is NULL",
            "flags -2 write flags 64: 0, ILK_WRITE_NEW or ILK_WRITE_PRESENT",
            "stopped 77 ",
            "enroll -2 a registered thing needs a kind and a name",
            "roots -2 the sink is NULL", "enough 77 ",
            "nosink -2 ", "forged -6 ", "zero -6 ", "unknown 0 ", "unnamed 0 ",
        ]
        #expect(services.lines == expected)
        #expect(services.state.withLock { $0.logged } == ["error (a message that is not valid UTF-8)"])
        #expect(services.content("f") == "content")
        #expect(services.state.withLock { $0.failures.count } == 0)
    }

    @Test("a call says once why it fails: the first reason counts", arguments: PluginMode.allCases)
    func failTwice(mode: PluginMode) throws {
        let workshop = try Workshop()
        let services = FakeServices()
        let completion = Self.invoke(try Self.behaviour(workshop, mode), "fail_twice", "{}", services)
        #expect(completion.code == .tool)
        let failures = services.state.withLock { $0.failures }
        #expect(failures.map(\.message) == ["the first"])
        #expect(failures.map(\.details) == [["n": 1]])
        #expect(services.output.hasPrefix("second -8 the call has said why it fails already"))
    }

    @Test("a thread of the plugin that goes on after its call gets STALE, and reaches no other call")
    func late() throws {
        let workshop = try Workshop()
        let plugin = try Self.behaviour(workshop, .inProcess)
        let first = FakeServices(files: ["f": ""])
        let second = FakeServices()
        #expect(Self.invoke(plugin, "start_late", "{}", first).status == 0)
        // The second call takes the first one's place in the table of handles.
        #expect(Self.invoke(plugin, "report_late", "{}", second, call: 2).status == 0)
        #expect(second.output == "-6 -6 -6 -6 -6 1 -1 -6")
        #expect(first.output.isEmpty)
    }

    @Test("a running call gets its cancel hint", arguments: PluginMode.allCases)
    func cancel(mode: PluginMode) async throws {
        let workshop = try Workshop()
        let plugin = try Self.behaviour(workshop, mode)
        let (running, report) = AsyncStream.makeStream(of: Void.self)
        let services = FakeServices(onProgress: { report.yield() })
        let (ended, end) = AsyncStream.makeStream(of: Completion.self)
        Thread.detachNewThread { end.yield(Self.invoke(plugin, "wait", "{}", services, call: 7)) }
        for await _ in running { break }
        plugin.cancel(CallNumber(8))  // Not a call that runs: nothing happens.
        plugin.cancel(CallNumber(7))
        for await completion in ended {
            #expect(completion.code == .cancelled)
            break
        }
        plugin.cancel(CallNumber(7))
    }

    @Test("a quiesced plugin can be started again, and runs nothing in between", arguments: PluginMode.allCases)
    func quiesce(mode: PluginMode) throws {
        let workshop = try Workshop()
        let plugin = try Self.behaviour(workshop, mode)
        plugin.quiesce()
        let services = FakeServices()
        #expect(Self.invoke(plugin, "fail_twice", "{}", services).code == .internal)
        #expect(services.output.isEmpty)
        try plugin.start(configuration: "{}")
        #expect(Self.invoke(plugin, "fail_twice", "{}", services).code == .tool)
    }

    @Test("a plugin is not told that no call runs while one does", arguments: PluginMode.allCases)
    func quiesceBesideCall(mode: PluginMode) async throws {
        let workshop = try Workshop()
        let plugin = try Self.behaviour(workshop, mode)
        let (running, report) = AsyncStream.makeStream(of: Void.self)
        let services = FakeServices(onProgress: { report.yield() })
        let (ended, end) = AsyncStream.makeStream(of: Completion.self)
        Thread.detachNewThread { end.yield(Self.invoke(plugin, "wait", "{}", services, call: 7)) }
        for await _ in running { break }
        plugin.quiesce()
        // It is as it was: it serves.
        #expect(Self.invoke(plugin, "fail_twice", "{}", FakeServices(), call: 8).code == .tool)
        plugin.cancel(CallNumber(7))
        for await _ in ended { break }
    }

    // MARK: Plugins of this repository

    private static let templateSource = Workshop.repository + "/Examples/template-c/template.c"
    private static let leasesSource = Workshop.repository + "/Plugins/leases/leases.c"

    @Test("the template counts and appends, and makes a missing file", arguments: PluginMode.allCases)
    func template(mode: PluginMode) throws {
        let workshop = try Workshop()
        let plugin = try Self.started(workshop.buildC(Self.templateSource), mode)
        #expect(plugin.tools.map(\.name) == ["template_count", "template_append"])
        let services = FakeServices(files: ["a.txt": "one\ntwo"])
        #expect(Self.invoke(plugin, "template_count", #"{"path": "a.txt"}"#, services).status == 0)
        #expect(services.output == "1 lines, 7 bytes")
        let line = #"{"line":"thr\u00e9e \"\ud83d\ude00\"", "more":[{"path":"x"},"]"], "path":"a.txt"}"#
        #expect(Self.invoke(plugin, "template_append", line, services).status == 0)
        #expect(services.content("a.txt") == "one\ntwo\nthrée \"😀\"\n")
        #expect(Self.invoke(plugin, "template_append", #"{"path":"new","line":""}"#, services).status == 0)
        #expect(services.content("new") == "\n")
        #expect(Self.invoke(plugin, "template_count", #"{"path":"none"}"#, services).code == .tool)
        #expect(services.state.withLock { $0.failures.map(\.message) } == ["there is no file none"])
    }

    @Test(
        "arguments of any shape, cut anywhere, do no harm to the C reader",
        arguments: [
            #"{"path":"a\u00e9\ud83d\ude00\n","line":"x"}"#, #"{"a":[1,{"b":"}"},[[]]],"path":"p","line":"\\"}"#,
            #"["path"]"#, #"{"path":1,"line":null}"#, "", "nonsense", #"{"path":"\ud83d"}"#, #"{"x":\#0"#,
        ])
    func argumentsInC(_ text: String) throws {
        let workshop = try Workshop()
        let flags = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
        let plugin = try Self.started(workshop.buildC(Self.templateSource, flags), .inProcess)
        for length in 0...text.utf8.count {
            let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            let services = FakeServices()
            let completion = Self.invoke(plugin, "template_append", cut, services)
            // Where both members can be read, it does what they say; otherwise it says that they are missing.
            #expect(completion.code == (services.output.isEmpty ? .arguments : nil), "\(cut)")
        }
    }

    @Test("a lease is named by the host, enrolled, listed and ended", arguments: PluginMode.allCases)
    func leases(mode: PluginMode) throws {
        let workshop = try Workshop()
        let plugin = try Self.started(workshop.buildC(Self.leasesSource), mode)
        let services = FakeServices(names: [0: "gpu-2"])
        #expect(Self.invoke(plugin, "lease_take", #"{"wish":"gpu"}"#, services).status == 0)
        #expect(services.output == "gpu-2")
        #expect(services.state.withLock { $0.enrolled } == ["lease/gpu-2": "lease gpu-2"])
        #expect(Self.invoke(plugin, "lease_list", "{}", services).status == 0)
        #expect(services.output == "gpu-2gpu-2\n")
        #expect(Self.invoke(plugin, "lease_end", #"{"name":"gpu-2"}"#, services).status == 0)
        #expect(Self.invoke(plugin, "lease_end", #"{"name":"gpu-2"}"#, services).code == .tool)
        #expect(services.state.withLock { $0.failures.map(\.message) } == ["there is no lease \"gpu-2\""])
        #expect(Self.invoke(plugin, "lease_list", "{}", services).status == 0)
        #expect(services.output == "gpu-2gpu-2\nendedthere are no leases")
    }

    @Test("the plugins in C export their entry and nothing else", arguments: [templateSource, leasesSource])
    func exports(_ source: String) throws {
        let workshop = try Workshop()
        let symbols = try workshop.run(["nm", "-D", "--defined-only", try workshop.buildC(source, sanitized: false)])
        #expect(symbols.split(separator: "\n").map { $0.suffix(15) } == ["T ilk_plugin_v1"])
    }
}
