import CInterlock
import CWorker

/// A descriptor that a worker wrote down (IW_DESCRIBED in worker_protocol.h), laid out again in this process's memory, so that
/// the one reader of descriptors judges it. Functions are there or not, and cannot be called.
///
/// The bytes come from a process that ran the plugin's code, or from a cache: nothing is believed of them. What the reader
/// would refuse is laid out as the worker saw it, so that it refuses it in its own words.
package final class DescriptorCopy {
    private var fields: FieldReader
    private var memory: [UnsafeMutableRawPointer] = []

    private init(_ bytes: [UInt8]) {
        fields = FieldReader(bytes)
    }

    deinit {
        for block in memory { block.deallocate() }
    }

    /// What `DescriptorReader` makes of a descriptor.
    package static func describe(
        _ bytes: [UInt8], file: String, hostMinor: UInt32 = UInt32(ILK_ABI_MINOR)
    ) throws(LoadFailure) -> PluginDescription {
        let copy = DescriptorCopy(bytes)
        // The copy's memory is read until here, and not later: a description is made of values.
        return try withExtendedLifetime(copy) { () throws(LoadFailure) in
            do {
                let plugin = try copy.plugin()
                try copy.fields.end()
                return try DescriptorReader.read(plugin, hostMinor: hostMinor).description
            } catch let fault as DescriptorFault {
                throw LoadFailure(file: file, reason: fault.reason, help: fault.help)
            } catch {
                throw LoadFailure(
                    file: file, reason: "what its worker says of it makes no sense",
                    help: "the plugin has overwritten memory that is not its own: this is for its author")
            }
        }
    }

    // MARK: Structs

    private func plugin() throws -> UnsafePointer<ilk_plugin> {
        try structure(of: ilk_plugin.self) { plugin in
            plugin.abi_minor = try fields.u32()
            plugin.min_host_minor = try fields.u32()
            plugin.n_tools = try fields.u32()
            plugin.id = try lent()
            plugin.version = try lent()
            plugin.tools = try array(plugin.n_tools, limit: DescriptorReader.maximumTools) { try tool() }
        }
    }

    private func tool() throws -> UnsafePointer<ilk_tool> {
        try structure(of: ilk_tool.self) { tool in
            tool.n_claims = try fields.u32()
            tool.flags = try fields.u64()
            tool.name = try lent()
            tool.title = try lent()
            tool.description = try lent()
            tool.input_schema = try lent()
            tool.output_schema = try lent()
            if try fields.flag() { Self.pretend(&tool.execute) }
            if try fields.flag() { Self.pretend(&tool.cancel) }
            tool.claims = try array(tool.n_claims, limit: ClaimReader.maximumClaims) { try claim() }
        }
    }

    private func claim() throws -> UnsafePointer<ilk_claim> {
        try structure(of: ilk_claim.self) { claim in
            claim.type = try fields.u32()
            claim.mode = try fields.u32()
            claim.scope = try fields.u32()
            claim.flags = try fields.u32()
            claim.units = try fields.u32()
            claim.capacity = try fields.u32()
            claim.kind = try lent()
            claim.key = try lent()
            claim.pointer = try lent()
            claim.if_missing = try lent()
            claim.n_when = try fields.u32()
            claim.when = try array(claim.n_when, limit: ClaimReader.maximumConditions) { try condition() }
        }
    }

    private func condition() throws -> UnsafePointer<ilk_when> {
        try structure(of: ilk_when.self) { when in
            when.op = try fields.u32()
            when.pointer = try lent()
            when.value_json = try lent()
        }
    }

    /// A function that is there in the plugin, and not here.
    private static func pretend<Function>(_ function: inout Function) {
        function = unsafeBitCast(UInt(1), to: Function.self)
    }

    /// Zeros but for what `fill` reads: in the plugin's own alignment, with the plugin's own size.
    private func structure<T>(of type: T.Type, _ fill: (inout T) throws -> Void) throws -> UnsafePointer<T> {
        let alignment = MemoryLayout<T>.alignment
        let misalignment = Int(try fields.u32())
        let size = try fields.u32()
        guard misalignment < alignment else { throw ProtocolFault("a struct that lies nowhere") }
        let length = MemoryLayout<T>.size
        let block = allocate(length + alignment, alignment: alignment)
        let place = block + misalignment
        if misalignment == 0, Int(size) >= length { try fill(&place.assumingMemoryBound(to: T.self).pointee) }
        place.storeBytes(of: size, as: UInt32.self)
        return UnsafePointer(place.assumingMemoryBound(to: T.self))
    }

    /// Nil if the plugin has none. Of one that is too long for any reader the elements are not there.
    private func array<T>(
        _ count: UInt32, limit: Int, _ element: () throws -> UnsafePointer<T>
    ) throws -> UnsafePointer<UnsafePointer<T>>? {
        guard try fields.flag() else { return nil }
        let isHere = count <= UInt32(limit)
        let size = MemoryLayout<UnsafePointer<T>>.size
        let block = allocate(isHere ? Int(count) * size : size, alignment: size)
        for place in 0..<(isHere ? Int(count) : 0) where try fields.flag() {
            block.storeBytes(of: try element(), toByteOffset: place * size, as: UnsafePointer<T>?.self)
        }
        return UnsafePointer(block.assumingMemoryBound(to: UnsafePointer<T>.self))
    }

    private func allocate(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(size, alignment), alignment: alignment)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: max(size, alignment))
        memory.append(block)
        return block
    }

    private func lent() throws -> ilk_str {
        let (slice, length) = try fields.slice()
        let block: UnsafeMutableRawPointer
        switch slice {
        case .bytes([]): return ilk_str(ptr: nil, len: 0)
        case .bytes(let bytes):
            block = allocate(bytes.count, alignment: 1)
            block.copyMemory(from: bytes, byteCount: bytes.count)
        case .null: return ilk_str(ptr: nil, len: Int(truncatingIfNeeded: length))
        case .tooLong:
            // Refused by its length, before anybody would read it.
            guard length > UInt64(IW_DESCRIBED_SLICE) else { throw ProtocolFault("a slice that could be whole") }
            block = allocate(1, alignment: 1)
        }
        return ilk_str(
            ptr: UnsafePointer(block.assumingMemoryBound(to: CChar.self)), len: Int(truncatingIfNeeded: length))
    }
}
