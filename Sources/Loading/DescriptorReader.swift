import CInterlock
import CWorker
import Calls
import StrictJSON

/// A plugin's descriptor as values.
package struct PluginDescription: Sendable {
    package var id: String
    package var version: String
    package var tools: [Tool]

    /// Where each tool stands in the descriptor.
    package var places: [String: Int] {
        Dictionary(uniqueKeysWithValues: tools.enumerated().map { ($1.name, $0) })
    }
}

/// The same; and, to call it, where its functions are.
struct PluginContents: @unchecked Sendable {  // The pointers are to memory that interlock.h wants constant for ever.
    var description: PluginDescription
    var descriptor: UnsafePointer<ilk_plugin>
    /// In the order of the description's tools.
    var toolDescriptors: [UnsafePointer<ilk_tool>]
}

/// Reads a descriptor and believes nothing of it: every field is checked before it is used.
enum DescriptorReader {
    static let maximumTools = Int(IW_DESCRIBED_TOOLS)
    static let maximumNameLength = 64
    static let maximumTitleLength = 256
    static let maximumDescriptionLength = 64 << 10
    static let maximumSchemaLength = Int(IW_DESCRIBED_SLICE)

    static func read(
        _ descriptor: UnsafePointer<ilk_plugin>, hostMinor: UInt32
    ) throws(DescriptorFault) -> PluginContents {
        try checkSize(descriptor, "ilk_plugin")
        let plugin = descriptor.pointee
        guard plugin.min_host_minor <= hostMinor else {
            throw DescriptorFault(
                "it needs a host of version \(ILK_ABI_MAJOR).\(plugin.min_host_minor); this is \(ILK_ABI_MAJOR).\(hostMinor)",
                help: "use a newer Interlock, or an older version of the plugin")
        }
        let id = try text(plugin.id, "id", limit: 256)
        guard Syntax.isReverseDNS(id) else {
            throw DescriptorFault("its id \(quoted(id)) is not of the form org.example.name")
        }
        let version = try text(plugin.version, "version", limit: 64)
        guard Syntax.isSemanticVersion(version) else {
            throw DescriptorFault("its version \(quoted(version)) is not a semantic version such as 1.0.0")
        }
        let pointers = try elements(plugin.tools, count: plugin.n_tools, limit: maximumTools, "tool")
        guard !pointers.isEmpty else { throw DescriptorFault("it has no tools") }
        var tools: [Tool] = []
        for (place, pointer) in pointers.enumerated() {
            let tool = try tool(pointer, place: place, plugin: id)
            guard !tools.contains(where: { $0.name == tool.name }) else {
                throw DescriptorFault("two of its tools are called \(quoted(tool.name))")
            }
            tools.append(tool)
        }
        return PluginContents(
            description: PluginDescription(id: id, version: version, tools: tools), descriptor: descriptor,
            toolDescriptors: pointers)
    }

    private static func tool(
        _ pointer: UnsafePointer<ilk_tool>, place: Int, plugin: String
    ) throws(DescriptorFault) -> Tool {
        var name = "number \(place)"
        do throws(DescriptorFault) {
            try checkSize(pointer, "ilk_tool")
            let tool = pointer.pointee
            let known = try text(tool.name, "name", limit: maximumNameLength)
            guard Syntax.isName(known) else {
                throw DescriptorFault("its name \(quoted(known)) has other characters than a-z A-Z 0-9 _ -")
            }
            name = quoted(known)
            guard unsafeBitCast(tool.execute, to: UInt.self) != 0 else { throw DescriptorFault("execute is NULL") }
            let traits = Tool.Traits(rawValue: tool.flags)
            guard traits.isSubset(of: .known) else {
                let unknown = traits.subtracting(.known).rawValue
                throw DescriptorFault("unknown flags 0x\(String(unknown, radix: 16))")
            }
            let output = try schema(tool.output_schema, "output_schema")
            guard let input = try schema(tool.input_schema, "input_schema") else {
                throw DescriptorFault("it has no input_schema")
            }
            return Tool(
                name: known, plugin: plugin, title: try text(tool.title, "title", limit: maximumTitleLength),
                description: try text(
                    tool.description, "description", limit: maximumDescriptionLength, allowingLines: true),
                inputSchema: input, outputSchema: output, traits: traits,
                contract: try ClaimReader.contract(tool, isReadOnly: traits.contains(.readOnly)))
        } catch {
            throw error.in("tool \(name)")
        }
    }

    private static func schema(_ slice: ilk_str, _ what: String) throws(DescriptorFault) -> JSON? {
        let lent = Lent(slice, limit: maximumSchemaLength)
        guard let bytes = lent.bytes() else {
            throw DescriptorFault("\(what) \(lent.fault(limit: maximumSchemaLength))")
        }
        guard !bytes.isEmpty else { return nil }
        let value: JSON
        do throws(JSONParser.Failure) {
            value = try JSONParser.parse(bytes)
        } catch {
            throw DescriptorFault("\(what) is not valid JSON: \(error)")
        }
        guard value.object != nil else { throw DescriptorFault("\(what) is not a JSON object") }
        return value
    }

    // MARK: Parts that every struct has

    /// A larger struct comes from a newer header: what is known here stands at its beginning.
    static func checkSize<T>(_ pointer: UnsafePointer<T>, _ name: String) throws(DescriptorFault) {
        let address = UnsafeRawPointer(pointer)
        guard UInt(bitPattern: address) % UInt(MemoryLayout<T>.alignment) == 0 else {
            throw DescriptorFault("a pointer to \(name) is not aligned")
        }
        let size = Int(address.load(as: UInt32.self))
        guard size >= MemoryLayout<T>.size else {
            throw DescriptorFault("\(name).struct_size is \(size), less than the \(MemoryLayout<T>.size) of version 1")
        }
    }

    /// The pointers of an array, none of them NULL.
    static func elements<T>(
        _ array: UnsafePointer<UnsafePointer<T>>?, count: UInt32, limit: Int, _ what: String
    ) throws(DescriptorFault) -> [UnsafePointer<T>] {
        guard count <= UInt32(limit) else { throw DescriptorFault("\(count) \(what)s; at most \(limit) are possible") }
        guard count > 0 else { return [] }
        guard let array else { throw DescriptorFault("it says \(count) \(what)s, but the array is NULL") }
        var pointers: [UnsafePointer<T>] = []
        for place in 0..<Int(count) {
            let element = UnsafeRawPointer(array + place).loadUnaligned(as: UnsafePointer<T>?.self)
            guard let element else { throw DescriptorFault("\(what) \(place) is NULL") }
            pointers.append(element)
        }
        return pointers
    }

    static func text(
        _ slice: ilk_str, _ what: String, limit: Int, allowingLines: Bool = false
    ) throws(DescriptorFault) -> String {
        let lent = Lent(slice, limit: limit)
        guard let text = lent.text() else {
            throw DescriptorFault("its \(what) \(lent.fault(limit: limit))")
        }
        if let scalar = ForeignText.invisible(in: text, allowingLines: allowingLines) {
            let code = String(scalar.value, radix: 16, uppercase: true)
            throw DescriptorFault("its \(what) has the invisible or unassigned character U+\(code)")
        }
        return text
    }

    static func quoted(_ text: String) -> String { JSON.string(text).text }
}

extension Tool.Traits {
    fileprivate static let known: Tool.Traits = [
        .readOnly, .idempotent, .destructive, .openWorld, .reentrant, .stateful, .spawns, .network, .sharesState,
    ]
}

/// The forms that names have.
enum Syntax {
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= DescriptorReader.maximumNameLength && text.utf8.allSatisfy(isNameByte)
    }

    /// Of keys, unique names and pools.
    static func isKind(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= DescriptorReader.maximumNameLength
            && text.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ".") }
    }

    static func isReverseDNS(_ text: String) -> Bool {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty && $0.allSatisfy(isNameByte) }
    }

    static func isSemanticVersion(_ text: String) -> Bool {
        let core = text.utf8.prefix { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }
        let numbers = core.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isPlain = numbers.count == 3 && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
        let rest = text.utf8.dropFirst(core.count)
        return isPlain && rest.count != 1
            && rest.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "+") }
    }

    /// `type/subtype`, with parameters.
    static func isMediaType(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        return text.utf8.count <= 256 && parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
