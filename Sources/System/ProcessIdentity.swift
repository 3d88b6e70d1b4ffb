/// A process, told apart from a later one that got the same number.
package struct ProcessIdentity: Sendable, Hashable {
    package var number: Int
    /// Clock ticks from the start of the machine.
    package var started: UInt64

    package init(number: Int, started: UInt64) {
        self.number = number
        self.started = started
    }

    package static func current(_ kernel: Kernel) throws(SystemError) -> ProcessIdentity {
        try of("self", kernel)
    }

    /// Whether the process still runs. False as well for one of another machine or process namespace: whoever must know
    /// about those holds a kernel lock.
    package func isAlive(_ kernel: Kernel) throws(SystemError) -> Bool {
        do {
            return try Self.of("\(number)", kernel) == self
        } catch .notFound {
            return false
        } catch .noProcess {
            return false
        }
    }

    private static func of(_ process: String, _ kernel: Kernel) throws(SystemError) -> ProcessIdentity {
        let text = try kernel.contents(ofTrusted: "/proc/\(process)/stat")
        // "4242 (a name) that may be) anything) S 1 …": the number, and the 22nd field.
        let end = text.lastIndex(of: UInt8(ascii: ")")) ?? text.startIndex
        let fields = text[end...].split(separator: UInt8(ascii: " "))
        let first = text.prefix { $0 != UInt8(ascii: " ") }
        guard fields.count > 20, let number = Int(String(decoding: first, as: UTF8.self)),
            let started = UInt64(String(decoding: fields[20], as: UTF8.self))
        else { throw .inputOutput }
        return ProcessIdentity(number: number, started: started)
    }
}

// Files that are one process's have names from which others can tell whose they are: `<process>.<its start>.<number>`.

extension ProcessIdentity {
    package func name(_ number: UInt64) -> [UInt8] {
        Array("\(self.number).\(started).\(number)".utf8)
    }

    /// Nil if it is not exactly such a name.
    package init?(ofName name: some Collection<UInt8>) {
        let fields = name.split(separator: UInt8(ascii: ".")).map { UInt64(String(decoding: $0, as: UTF8.self)) }
        guard fields.count == 3, let process = fields[0].flatMap({ Int(exactly: $0) }), let started = fields[1],
            let number = fields[2]
        else { return nil }
        self.init(number: process, started: started)
        guard self.name(number).elementsEqual(name) else { return nil }
    }
}
