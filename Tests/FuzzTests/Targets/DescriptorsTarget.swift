import CInterlock
import Calls
import Contracts
import StrictJSON

@testable import Loading

/// A descriptor is refused in words, or what it became can be used: claims of any arguments, without a step aside.
enum DescriptorsTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        var bytes = ByteSource(bytes)
        let arguments = bytes.pick(arguments)
        let memory = DescriptorMemory()
        defer { memory.free() }
        let plugin = memory.plugin(&bytes)
        let contents: PluginContents
        do throws(DescriptorFault) {
            contents = try DescriptorReader.read(plugin, hostMinor: 0)
        } catch {
            return "\(error)".isEmpty ? "a refusal without words" : nil
        }
        if contents.description.tools.count != contents.toolDescriptors.count { return "tools that cannot be called" }
        for tool in contents.description.tools {
            if tool.name.isEmpty || tool.inputSchema.object == nil { return "a tool without a name or a schema" }
            guard let arguments = try? JSONParser.parse(arguments) else {
                return "the target's own arguments are wrong"
            }
            guard let demands = Contracts.demands(of: tool, arguments: arguments) else {
                return "more demands than the arguments have values"
            }
            if demands.isEmpty, tool.contract.claims.contains(where: \.when.isEmpty) {
                return "a claim without conditions came to nothing"
            }
            if tool.traits.contains(.readOnly), demands.contains(where: \.writes) { return "a read-only tool writes" }
        }
        return nil
    }

    private static let arguments = [
        "{}", #"{"path":"a"}"#, #"{"path":["a","b"],"a":1}"#, #"{"path":7,"a":{"b":[{"c":"x"}]}}"#, #"{"path":null}"#,
    ]
}

extension Demand {
    fileprivate var writes: Bool {
        if case .path(let path) = resource { path.mode == .exclusive && path.path != nil } else { false }
    }
}

/// Takes values off bytes; zeros when there are none left.
struct ByteSource {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }
    mutating func word() -> UInt32 { (0..<4).reduce(0) { word, _ in word << 8 | UInt32(byte()) } }
    mutating func pick<T>(_ choices: [T]) -> T { choices[Int(byte()) % choices.count] }
    /// Mostly the value that is in order.
    mutating func odd<T>(_ value: T, _ other: (inout ByteSource) -> T) -> T { byte() < 200 ? value : other(&self) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

/// A descriptor made of bytes, each part of it in memory of its own and no larger than it says, so that a step aside is seen.
final class DescriptorMemory {
    private var blocks: [UnsafeMutableRawPointer] = []

    func free() { for block in blocks { block.deallocate() } }

    private func zeros<T>(of _: T.Type) -> UnsafeMutablePointer<T> {
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<T>.size, alignment: MemoryLayout<T>.alignment)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<T>.size)
        blocks.append(block)
        return block.assumingMemoryBound(to: T.self)
    }

    private func slice(_ text: [UInt8]) -> ilk_str {
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(text.count, 1), alignment: 1)
        block.copyMemory(from: text, byteCount: text.count)
        blocks.append(block)
        return ilk_str(ptr: UnsafePointer(block.assumingMemoryBound(to: CChar.self)), len: text.count)
    }

    /// One of the texts, or bytes at will, or NULL with and without a length.
    private func text(_ bytes: inout ByteSource, _ good: [String]) -> ilk_str {
        let kind = bytes.byte()
        if kind < 200 { return slice(Array(bytes.pick(good).utf8)) }
        if kind < 245 { return slice(bytes.bytes(Int(bytes.byte()) % 70)) }
        return ilk_str(ptr: nil, len: kind < 250 ? 0 : Int(bytes.byte()))
    }

    /// Pointers to parts, one of which may be NULL; and their count.
    private func array<T>(
        _ bytes: inout ByteSource, most: Int, _ element: (inout ByteSource) -> UnsafePointer<T>
    ) -> (UnsafePointer<UnsafePointer<T>>?, UInt32) {
        let count = Int(bytes.byte()) % (most + 1)
        let block = UnsafeMutablePointer<UnsafePointer<T>?>.allocate(capacity: max(count, 1))
        for place in 0..<count { block[place] = bytes.odd(element(&bytes)) { _ in nil } }
        blocks.append(UnsafeMutableRawPointer(block))
        // More than there may be, or than there are when the array is NULL.
        if bytes.byte() > 250 { return (nil, bytes.word()) }
        let array = UnsafeRawPointer(block).assumingMemoryBound(to: UnsafePointer<T>.self)
        return (array, bytes.byte() > 250 ? 1 << 30 | bytes.word() : UInt32(count))
    }

    private func condition(_ bytes: inout ByteSource) -> UnsafePointer<ilk_when> {
        let when = zeros(of: ilk_when.self)
        when.pointee.struct_size = bytes.odd(UInt32(MemoryLayout<ilk_when>.size)) { $0.word() }
        when.pointee.op = bytes.odd(1 + UInt32(bytes.byte() % 4)) { $0.word() }
        when.pointee.pointer = text(&bytes, ["/a", "", "/a/b/[]/c", "/path", "/~1"])
        when.pointee.value_json = text(&bytes, ["", "1", "[1, \"x\"]", "{\"a\": null}"])
        return UnsafePointer(when)
    }

    private func claim(_ bytes: inout ByteSource) -> UnsafePointer<ilk_claim> {
        let claim = zeros(of: ilk_claim.self)
        claim.pointee.struct_size = bytes.odd(UInt32(MemoryLayout<ilk_claim>.size)) { $0.word() }
        claim.pointee.type = bytes.odd(1 + UInt32(bytes.byte() % 3)) { $0.word() }
        claim.pointee.mode = bytes.odd(UInt32(bytes.byte() % 3)) { $0.word() }
        claim.pointee.scope = bytes.odd(UInt32(bytes.byte() % 4)) { $0.word() }
        claim.pointee.flags = bytes.odd(UInt32(bytes.byte() % 128)) { $0.word() }
        claim.pointee.units = bytes.odd(UInt32(bytes.byte() % 3)) { $0.word() }
        claim.pointee.capacity = bytes.odd(UInt32(bytes.byte() % 3)) { $0.word() }
        claim.pointee.kind = text(&bytes, ["path", "repo", "process", ""])
        claim.pointee.key = text(&bytes, ["", "a", "src/x", ".."])
        claim.pointee.pointer = text(&bytes, ["/path", "", "/path/[]", "/a/b/[]/c"])
        claim.pointee.if_missing = text(&bytes, ["", "."])
        (claim.pointee.when, claim.pointee.n_when) = array(&bytes, most: 2) { condition(&$0) }
        return UnsafePointer(claim)
    }

    private func tool(_ bytes: inout ByteSource) -> UnsafePointer<ilk_tool> {
        let tool = zeros(of: ilk_tool.self)
        let address = UnsafeMutableRawPointer(tool)
        tool.pointee.struct_size = bytes.odd(UInt32(MemoryLayout<ilk_tool>.size)) { $0.word() }
        tool.pointee.flags = bytes.odd(UInt64(bytes.byte())) { UInt64($0.word()) << 8 }
        tool.pointee.name = text(&bytes, ["good", "other", "third_tool"])
        tool.pointee.title = text(&bytes, ["", "A title"])
        tool.pointee.description = text(&bytes, ["Is good.", "Two\nlines"])
        tool.pointee.input_schema = text(&bytes, [#"{"type":"object"}"#, "{}", "[]"])
        tool.pointee.output_schema = text(&bytes, ["", "{}"])
        (tool.pointee.claims, tool.pointee.n_claims) = array(&bytes, most: 3) { claim(&$0) }
        let execute = bytes.odd(UInt(1)) { _ in 0 }
        address.storeBytes(of: execute, toByteOffset: Self.executeOffset, as: UInt.self)
        return UnsafePointer(tool)
    }

    func plugin(_ bytes: inout ByteSource) -> UnsafePointer<ilk_plugin> {
        let plugin = zeros(of: ilk_plugin.self)
        plugin.pointee.struct_size = bytes.odd(UInt32(MemoryLayout<ilk_plugin>.size)) { $0.word() }
        plugin.pointee.min_host_minor = bytes.odd(0) { $0.word() }
        plugin.pointee.id = text(&bytes, ["org.example.good", "a.b"])
        plugin.pointee.version = text(&bytes, ["1.2.3", "0.0.1-rc.1+b"])
        (plugin.pointee.tools, plugin.pointee.n_tools) = array(&bytes, most: 3) { tool(&$0) }
        return UnsafePointer(plugin)
    }

    private static let executeOffset = MemoryLayout<ilk_tool>.offset(of: \.claims).map { $0 + 8 } ?? 0
}
