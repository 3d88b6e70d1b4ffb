import Calls
import PluginTesting
import TestSupport
import Testing

@testable import Loading

@Suite("A descriptor is believed in nothing")
struct DescriptorReaderTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var flags: [String]
        var reason: String
        var testDescription: String { "\(flags.joined(separator: " ")) → \(reason)" }

        init(_ macro: String, _ value: String, _ reason: String) {
            flags = ["-D\(macro)=\(value)"]
            self.reason = reason
        }
    }

    static let faults: [Fault] = [
        Fault("ENTRY", "ilk_plugin_v9", "it exports ilk_plugin_v9: made for another major version"),
        Fault("ENTRY", "hello", "does not export ilk_plugin_v1"),
        Fault("ANSWER", "NULL", "cannot live with this host"),
        Fault("ANSWER", "(const ilk_plugin*)((const char*)&wide+1)", "not aligned"),
        Fault("PLUGIN", ".struct_size=40", "ilk_plugin.struct_size is 40"),
        Fault("PLUGIN", ".min_host_minor=3", "needs a host of version 1.3"),
        Fault("PLUGIN", ".id={0,0}", "its id \"\" is not of the form"),
        Fault("PLUGIN", ".id=ILK_STR(\"files\")", "is not of the form"),
        Fault("PLUGIN", ".version=ILK_STR(\"1.x\")", "is not a semantic version"),
        Fault("PLUGIN", ".tools=NULL", "it says 1 tools, but the array is NULL"),
        Fault("PLUGIN", ".n_tools=0", "it has no tools"),
        Fault("PLUGIN", ".n_tools=4000000000u", "at most 1024"),
        Fault("TOOLS", "NULL", "tool 0 is NULL"),
        Fault("TOOLS", "&good_tool,&good_tool", "two of its tools are called \"good\""),
        Fault("TOOL", ".struct_size=16", "tool number 0: ilk_tool.struct_size is 16"),
        Fault("TOOL", ".name=ILK_STR(\"a b\")", "other characters"),
        Fault("TOOL", ".name=ILK_STR(\"\(String(repeating: "x", count: 65))\")", "its name is longer than 64 bytes"),
        Fault("TOOL", ".name={NULL,3}", "its name is NULL but has a length"),
        Fault("TOOL", ".name=ILK_STR(\"\\xff\")", "its name is not valid UTF-8"),
        Fault("TOOL", ".title=ILK_STR(\"a\\xe2\\x80\\xae\")", "invisible or unassigned character U+202E"),
        Fault("TOOL", ".description=ILK_STR(\"a\\x1b[2J\")", "character U+1B"),
        Fault("TOOL", ".execute=NULL", "tool \"good\": execute is NULL"),
        Fault("TOOL", ".flags=1ull<<40", "unknown flags 0x10000000000"),
        Fault("TOOL", ".input_schema={0,0}", "no input_schema"),
        Fault("TOOL", ".input_schema=ILK_STR(\"{\\\"a\\\":}\")", "input_schema is not valid JSON: line 1, column 6"),
        Fault("TOOL", ".output_schema=ILK_STR(\"[]\")", "output_schema is not a JSON object"),
        Fault("TOOL", ".n_claims=1,.claims=NULL", "it says 1 claims, but the array is NULL"),
        Fault("TOOL", ".n_claims=65", "at most 64"),
        Fault("CLAIMS", "NULL", "claim 0 is NULL"),
        Fault("CLAIM", ".struct_size=8", "tool \"good\": claim 0: ilk_claim.struct_size is 8"),
        Fault("CLAIM", ".type=9", "unknown type 9"),
        Fault("CLAIM", ".mode=0", "unknown mode 0"),
        Fault("CLAIM", ".scope=7", "unknown scope 7"),
        Fault("CLAIM", ".flags=1u<<9", "unknown flags 0x200"),
        Fault("CLAIM", ".flags=ILK_CREATES", "a shared claim cannot create"),
        Fault("CLAIM", ".kind=ILK_STR(\"a/b\")", "its kind \"a/b\""),
        Fault("CLAIM", ".kind=ILK_STR(\"repo\"),.flags=ILK_REMOVES", "only a claim on a path"),
        Fault("CLAIM", ".kind=ILK_STR(\"repo\"),.scope=ILK_SUBTREE", "no scope but ILK_EXACT"),
        Fault("CLAIM", ".pointer=ILK_STR(\"path\")", "must be empty or begin with '/'"),
        Fault("CLAIM", ".pointer=ILK_STR(\"/~2\")", "'~' must be followed by 0 or 1"),
        Fault("CLAIM", ".pointer={0,0}", "it needs a pointer, or a key"),
        Fault("CLAIM", ".key=ILK_STR(\"k\")", "a pointer beside a key"),
        Fault("CLAIM", ".units=2", "a key has no units"),
        Fault("CLAIM", ".type=ILK_CLAIM_UNITS,.pointer={0,0},.units=5,.capacity=4", "5 units of a pool of 4"),
        Fault("CLAIM", ".type=ILK_CLAIM_UNITS,.units=3", "a pointer beside a key"),
        Fault("CLAIM", ".type=ILK_CLAIM_UNITS,.if_missing=ILK_STR(\"many\")", "not a number of units"),
        Fault("CLAIM", ".when=NULL", "it says 1 conditions, but the array is NULL"),
        Fault("WHEN", ".struct_size=0", "condition 0: ilk_when.struct_size is 0"),
        Fault("WHEN", ".op=8", "unknown op 8"),
        Fault("WHEN", ".op=ILK_WHEN_IN", "not an array"),
        Fault("WHEN", ".op=ILK_WHEN_ABSENT", "takes no value_json"),
        Fault("WHEN", ".value_json=ILK_STR(\"01\")", "value_json is not valid JSON"),
    ]

    // Later designators win on purpose; fixtures that refuse early leave parts unused.
    static let tolerant = ["-Wno-override-init", "-Wno-unused-variable", "-Wno-unused-function", "-Wno-return-type"]

    @Test("what is out of order refuses the plugin, and says what", arguments: faults, PluginMode.allCases)
    func faulty(_ fault: Fault, mode: PluginMode) throws {
        let workshop = try Workshop()
        let file = try workshop.buildC(Workshop.fixtures + "/descriptor.c", Self.tolerant + fault.flags)
        let failure = #expect(throws: LoadFailure.self) { try mode.open(file) }
        #expect(failure?.file == file)
        #expect(failure?.reason.contains(fault.reason) == true, "\(failure?.reason ?? "")")
        #expect(failure?.help.isEmpty == false)
    }

    @Test("an exclusive claim beside READ_ONLY refuses the plugin", arguments: PluginMode.allCases)
    func readOnly(mode: PluginMode) throws {
        let workshop = try Workshop()
        let file = try workshop.buildC(
            Workshop.fixtures + "/descriptor.c",
            Self.tolerant + ["-DTOOL=.flags=ILK_TOOL_READ_ONLY", "-DCLAIM=.mode=ILK_EXCLUSIVE"])
        let failure = #expect(throws: LoadFailure.self) { try mode.open(file) }
        #expect(failure?.reason == "tool \"good\": claim 0: an exclusive claim beside ILK_TOOL_READ_ONLY")
    }

    @Test(
        "a plugin made with a header of the future loads, with what version 1 knows of it",
        arguments: PluginMode.allCases)
    func future(mode: PluginMode) throws {
        let workshop = try Workshop()
        let plugin = try mode.open(
            workshop.buildC(Workshop.fixtures + "/descriptor.c", Self.tolerant))
        #expect(plugin.id == "org.example.good")
        #expect(plugin.version == "1.2.3")
        let expected = ClaimTemplate(
            .path(.shared, .exact, []), from: .pointer("/path", ifMissing: nil), when: [.equals(pointer: "/a", 1)])
        #expect(plugin.tools.map(\.name) == ["good"])
        #expect(plugin.tools.first?.contract.claims == [expected])
    }

    @Test("a tool without claims is taken, and is not declared", arguments: PluginMode.allCases)
    func undeclared(mode: PluginMode) throws {
        let workshop = try Workshop()
        let file = try workshop.buildC(
            Workshop.fixtures + "/descriptor.c", Self.tolerant + ["-DTOOL=.n_claims=0,.claims=NULL"])
        #expect(try mode.open(file).tools.first?.contract.isDeclared == false)
    }

    @Test(
        "an init that fails refuses the plugin with its words, and nothing is called again",
        arguments: PluginMode.allCases)
    func failingInit(mode: PluginMode) throws {
        let workshop = try Workshop()
        let file = try workshop.buildC(
            Workshop.fixtures + "/descriptor.c", Self.tolerant + ["-DPLUGIN=.init=failing_init"])
        let plugin = try mode.open(file)
        let failure = #expect(throws: LoadFailure.self) { try plugin.start(configuration: "{}") }
        #expect(failure?.reason == "its init failed (status -2): no such database")
        let again = #expect(throws: LoadFailure.self) { try plugin.start(configuration: "{}") }
        #expect(again?.reason == "its init has failed before")
    }
}
