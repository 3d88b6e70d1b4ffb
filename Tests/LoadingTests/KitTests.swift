import Calls
import Foundation
import PluginTesting
import TestSupport
import Testing

@testable import Loading
@testable import Locking

/// A plugin that is built out of tree with swiftc, as authors do.
@Suite("A plugin made with InterlockKit")
struct KitTests {
    private let workshop: Workshop
    private let file: String

    init() throws {
        workshop = try Workshop()
        file = try workshop.buildSwift(Workshop.fixtures + "/words.swift")
    }

    private func invoke(_ plugin: any LoadedPlugin, _ tool: String, _ arguments: String, _ services: FakeServices)
        -> Completion
    {
        plugin.invoke(Grant(call: CallNumber(1)), tool: tool, arguments: arguments, services: services)
    }

    @Test(
        "declares what stands in the source, runs, and tells each audience its errors", arguments: PluginMode.allCases)
    func wholeLife(mode: PluginMode) throws {
        let plugin = try mode.open(file)
        #expect(plugin.tools.map(\.name) == ["word_count", "refuser", "whereabouts"])
        let tool = try #require(plugin.tools.first)
        #expect(tool.traits == [.readOnly, .reentrant])
        #expect(
            tool.contract.claims == [
                ClaimTemplate(.path(.shared, .exact, []), from: .pointer("/path", ifMissing: nil)),
                ClaimTemplate(
                    .units(pool: "readers", capacity: 2), from: .literal("1"), when: [.equals(pointer: "/n", 3)]),
            ])
        #expect(
            tool.inputSchema.text == #"{"type":"object","properties":{"path":{"type":"string","description":"#
                + #""The file, relative to the workspace."},"n":{"type":"integer","minimum":0,"maximum":9}},"#
                + #""required":["path"],"additionalProperties":false}"#)
        try plugin.start(configuration: #"{"limit":1}"#)

        let services = FakeServices(files: ["a": "one two\nthree"])
        #expect(invoke(plugin, "word_count", #"{"path":"a"}"#, services).status == 0)
        #expect(services.output == "3 words")
        #expect(services.state.withLock { $0.result } == ["words": 3])
        let places = FakeServices()
        #expect(invoke(plugin, "whereabouts", "{}", places).status == 0)
        #expect(places.lines == ["workspace at /work", "other at /other"])
        #expect(invoke(plugin, "word_count", #"{"path":"b"}"#, services).code == .tool)
        #expect(invoke(plugin, "word_count", #"{"path":7}"#, services).code == .arguments)
        #expect(invoke(plugin, "refuser", #"{"how":"tool"}"#, services).code == .tool)
        #expect(invoke(plugin, "refuser", #"{"how":"host"}"#, services).code == .tool)
        #expect(invoke(plugin, "refuser", #"{"how":"other"}"#, services).code == .internal)
        let failures = services.state.withLock { $0.failures }
        #expect(failures.map(\.code) == [.tool, .arguments, .tool, .tool, .internal])
        #expect(failures.first?.message == "there is no file b")
        #expect(failures[2].message == "it is \"broken\"\n")
        #expect(failures[2].details == ["how": "entirely"])
        #expect(failures[3].message == "there is no file missing")
        plugin.quiesce()
    }

    @Test("a configuration that it does not take refuses it with its own words", arguments: PluginMode.allCases)
    func configuration(mode: PluginMode) throws {
        let plugin = try mode.open(file)
        let failure = #expect(throws: LoadFailure.self) { try plugin.start(configuration: #"{"limit":-1}"#) }
        #expect(failure?.reason == "its init failed (status -2): the limit is below 0")
    }
}
