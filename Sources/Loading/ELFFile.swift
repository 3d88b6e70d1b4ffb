/// What can be known of a shared library without running any of it: its machine, and the functions that it exports.
struct ELFFile {
    struct Fault: Error, Equatable {
        var reason: String
        var help: String
    }

    /// Names of the functions that the library defines for others.
    let exports: [String]

    // Offsets, sizes and values of the ELF-64 format, from its specification.
    private static let headerSize = 64
    private static let sectionHeaderSize = 64
    private static let symbolSize = 24
    private static let sharedObject: UInt16 = 3
    private static let dynamicSymbols: UInt32 = 11
    #if arch(x86_64)
        static let machine: UInt16 = 62
        static let machineName = "x86-64"
    #elseif arch(arm64)
        static let machine: UInt16 = 183
        static let machineName = "AArch64"
    #endif
    /// More sections or symbols than any library has that was not made to confuse.
    private static let maximumSections = 1 << 16
    private static let maximumTable = 256 << 20

    /// - Parameter read: Exactly `count` bytes from `offset` of the file, or nil if it has not so many.
    init(_ read: (_ offset: UInt64, _ count: Int) -> [UInt8]?) throws(Fault) {
        guard let magic = read(0, 4), magic == [0x7F, 0x45, 0x4C, 0x46] else {
            throw Fault(
                reason: "it is not an ELF file",
                help: "name the built shared library (.so), not its source, an archive or a script")
        }
        guard let header = read(0, Self.headerSize) else { throw Self.truncated("its header") }
        try Self.check(Bytes(header))
        exports = try Self.exports(Bytes(header), read)
    }

    private static func check(_ header: Bytes) throws(Fault) {
        let other = "build the plugin for this machine (64-bit \(machineName), little-endian)"
        guard header.bytes[4] == 2 else { throw Fault(reason: "it is a 32-bit library", help: other) }
        guard header.bytes[5] == 1 else { throw Fault(reason: "it is a big-endian library", help: other) }
        guard header.u16(18) == machine else {
            throw Fault(reason: "it is for another machine (ELF machine \(header.u16(18)))", help: other)
        }
        guard header.u16(16) == sharedObject else {
            throw Fault(
                reason: "it is an ELF file of another type (\(header.u16(16))) than a shared library",
                help: "link it with -shared (cc) or -emit-library (swiftc)")
        }
    }

    private static func exports(
        _ header: Bytes, _ read: (UInt64, Int) -> [UInt8]?
    ) throws(Fault) -> [String] {
        let count = Int(header.u16(60))
        guard header.u16(58) == sectionHeaderSize, count > 0, count <= maximumSections else {
            throw Fault(
                reason: "it has no section headers, so what it exports cannot be read before it runs",
                help: "do not strip them: `strip --strip-unneeded` keeps what is needed")
        }
        guard let table = read(header.u64(40), count * sectionHeaderSize) else {
            throw truncated("its section headers")
        }
        let sections = Bytes(table)
        let places = (0..<count).map { $0 * sectionHeaderSize }
        guard let symbols = places.first(where: { sections.u32($0 + 4) == dynamicSymbols }) else {
            throw Fault(reason: "it exports nothing", help: "link it with -shared (cc) or -emit-library (swiftc)")
        }
        let strings = Int(sections.u32(symbols + 40))
        guard strings < count else { throw truncated("its table of names") }
        let symbolTable = try section(symbols, of: sections, read, "its table of symbols")
        let names = try section(places[strings], of: sections, read, "its table of names")
        return (0..<symbolTable.bytes.count / symbolSize).compactMap { place in
            definedFunction(at: place * symbolSize, in: symbolTable, names)
        }
    }

    private static func section(
        _ place: Int, of sections: Bytes, _ read: (UInt64, Int) -> [UInt8]?, _ what: String
    ) throws(Fault) -> Bytes {
        let size = sections.u64(place + 32)
        guard size <= UInt64(maximumTable), let bytes = read(sections.u64(place + 24), Int(size)) else {
            throw truncated(what)
        }
        return Bytes(bytes)
    }

    /// The name of a symbol, if it is a function that stands in this library and that others can see.
    private static func definedFunction(at place: Int, in symbols: Bytes, _ names: Bytes) -> String? {
        let info = symbols.bytes[place + 4]
        let isVisible = symbols.bytes[place + 5] & 3 == 0 || symbols.bytes[place + 5] & 3 == 3
        let isFunction = info & 0xF == 2
        let isGlobal = info >> 4 == 1 || info >> 4 == 2
        let isDefined = symbols.u16(place + 6) != 0
        let name = Int(symbols.u32(place))
        guard isVisible, isFunction, isGlobal, isDefined, name < names.bytes.count else { return nil }
        return String(decoding: names.bytes[name...].prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func truncated(_ what: String) -> Fault {
        Fault(reason: "the file is cut short or damaged: \(what) lies outside of it", help: "build or copy it again")
    }

    /// Little-endian numbers at places that the caller knows to be inside.
    private struct Bytes {
        let bytes: [UInt8]

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func u16(_ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }
        func u32(_ at: Int) -> UInt32 { UInt32(u16(at)) | UInt32(u16(at + 2)) << 16 }
        func u64(_ at: Int) -> UInt64 { UInt64(u32(at)) | UInt64(u32(at + 4)) << 32 }
    }
}
