import CInterlock

/// A plugin's descriptor in memory that is never given back: the host may read it as long as the process lives.
struct DescriptorMemory: @unchecked Sendable {  // Written by `init` and `bind` alone, before the entry hands it out.
    /// The descriptors, each with what a C callback must find again from its address. The descriptor comes first, so that
    /// a pointer to the record is a pointer to it.
    struct PluginRecord {
        var descriptor: ilk_plugin
        var plugin: Unmanaged<Plugin>?
    }

    struct ToolRecord {
        var descriptor: ilk_tool
        /// The place in `Plugin.tools`.
        var place: Int
    }

    private let record: UnsafeMutablePointer<PluginRecord>

    var plugin: UnsafePointer<ilk_plugin> {
        UnsafeRawPointer(record).assumingMemoryBound(to: ilk_plugin.self)
    }

    init(id: String, version: String, tools: [any Tool.Type]) {
        var plugin = ilk_plugin()
        plugin.struct_size = UInt32(MemoryLayout<ilk_plugin>.size)
        plugin.abi_minor = UInt32(ILK_ABI_MINOR)
        plugin.min_host_minor = 0
        plugin.n_tools = UInt32(tools.count)
        plugin.id = Self.keep(id)
        plugin.version = Self.keep(version)
        plugin.tools = Self.keep(tools.enumerated().map { Self.tool($1, place: $0) })
        plugin.`init` = { Entries.initialize($0, $1, $2, $3, $4, $5) }
        plugin.quiesce = { Entries.quiesce($0) }
        record = Self.keep(PluginRecord(descriptor: plugin, plugin: nil))
    }

    /// From now on callbacks that are given the descriptor find `plugin`, which lives as long.
    func bind(to plugin: Plugin) {
        record.pointee.plugin = .passRetained(plugin)
    }

    private static func tool(_ type: any Tool.Type, place: Int) -> UnsafePointer<ilk_tool> {
        let claims = type.contract.claims
        let tool = ilk_tool(
            struct_size: UInt32(MemoryLayout<ilk_tool>.size), n_claims: UInt32(claims.count),
            flags: type.traits.rawValue, name: keep(type.name), title: keep(type.title),
            description: keep(type.description), input_schema: keep(type.input.text),
            output_schema: keep(type.output?.text ?? ""), claims: keep(claims.map { UnsafePointer(keep(claim($0))) }),
            execute: { Entries.execute($0, $1, $2, $3) }, cancel: nil)
        let record = keep(ToolRecord(descriptor: tool, place: place))
        return UnsafeRawPointer(record).assumingMemoryBound(to: ilk_tool.self)
    }

    private static func claim(_ claim: Claim) -> ilk_claim {
        var result = ilk_claim()
        result.struct_size = UInt32(MemoryLayout<ilk_claim>.size)
        result.type = claim.type
        result.mode = claim.mode.rawValue
        result.scope = claim.scope.rawValue
        result.flags = claim.effects.rawValue | (claim.isReleasable ? UInt32(ILK_RELEASABLE) : 0)
        result.units = UInt32(clamping: claim.units)
        result.capacity = UInt32(clamping: claim.capacity)
        result.kind = keep(claim.kind)
        switch claim.source {
        case .pointer(let pointer): result.pointer = keep(pointer)
        case .literal(let key): result.key = keep(key)
        case nil: break
        }
        result.if_missing = keep(claim.ifMissing ?? "")
        result.n_when = UInt32(claim.when.count)
        result.when = keep(claim.when.map { UnsafePointer(keep(condition($0))) })
        return result
    }

    private static func condition(_ condition: Claim.Condition) -> ilk_when {
        var result = ilk_when()
        result.struct_size = UInt32(MemoryLayout<ilk_when>.size)
        switch condition {
        case .equals(let pointer, let value):
            (result.op, result.pointer, result.value_json) = (UInt32(ILK_WHEN_EQUALS), keep(pointer), keep(value.json))
        case .isIn(let pointer, let values):
            let json = JSONText.array(values.map(\.json))
            (result.op, result.pointer, result.value_json) = (UInt32(ILK_WHEN_IN), keep(pointer), keep(json))
        case .present(let pointer):
            (result.op, result.pointer) = (UInt32(ILK_WHEN_PRESENT), keep(pointer))
        case .absent(let pointer):
            (result.op, result.pointer) = (UInt32(ILK_WHEN_ABSENT), keep(pointer))
        }
        return result
    }

    // MARK: Memory that stays

    private static func keep<T>(_ value: T) -> UnsafeMutablePointer<T> {
        let memory = UnsafeMutablePointer<T>.allocate(capacity: 1)
        memory.initialize(to: value)
        return memory
    }

    private static func keep<T>(_ pointers: [UnsafePointer<T>]) -> UnsafePointer<UnsafePointer<T>>? {
        guard !pointers.isEmpty else { return nil }
        let memory = UnsafeMutablePointer<UnsafePointer<T>>.allocate(capacity: pointers.count)
        memory.initialize(from: pointers, count: pointers.count)
        return UnsafePointer(memory)
    }

    private static func keep(_ text: String) -> ilk_str {
        let bytes = text.utf8.map { CChar(bitPattern: $0) }
        guard !bytes.isEmpty else { return ilk_str() }
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        memory.initialize(from: bytes, count: bytes.count)
        return ilk_str(ptr: memory, len: bytes.count)
    }
}
