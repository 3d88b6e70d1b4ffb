import CLinux
import Glibc

/// How a process ended.
package enum ProcessEnd: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// Somebody else took the answer.
    case unknown

    /// - Parameter status: What the system's wait says; -1 = nobody knows.
    package init(waitStatus status: Int32) {
        if status == -1 {
            self = .unknown
        } else if status & 0x7F == 0 {
            self = .exited(status >> 8 & 0xFF)
        } else {
            self = .signalled(status & 0x7F)
        }
    }

    /// "SIGSEGV".
    package static func name(ofSignal number: Int32) -> String {
        linux_signal_name(number).map { "SIG" + String(cString: $0) } ?? "signal \(number)"
    }
}

/// A process, whatever becomes of its number: a descriptor of it.
package struct ProcessHandle: Sendable {
    let descriptor: Descriptor

    package init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    /// Of a child of this process that nobody has waited for. One of which there can be no descriptor is ended.
    package init(child number: Int32) throws(SystemError) {
        let result = linux_hold_child(number)
        try SystemError.check(result)
        descriptor = Descriptor(owning: Int32(result))
    }

    /// Its number, as this process sees it; nil if it is reaped, or out of sight.
    package var number: Int32? {
        let path = descriptor.withNumber { "/proc/self/fdinfo/\($0)" }
        guard let text = try? Kernel().contents(ofTrusted: path) else { return nil }
        return withExtendedLifetime(descriptor) {
            String(decoding: text, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Pid:") }
                .flatMap { Int32($0.dropFirst(4).drop { $0 == "\t" || $0 == " " }) }.flatMap { $0 > 0 ? $0 : nil }
        }
    }

    /// Ends it at once, wherever it is.
    package func kill() {
        // There is nothing to do about one that may not be killed; whoever waits for its end will say so.
        _ = descriptor.withNumber { linux_kill($0) }
    }

    /// Waits until it runs no more: none of its threads, and in a process namespace of its own nobody there either. False
    /// if that took longer.
    package func waitForEnd(milliseconds: Int32? = nil) -> Bool {
        let ready = try? Descriptor.waitReadable([descriptor], milliseconds: milliseconds)
        return ready.map { !$0.isEmpty } ?? false
    }

    /// Waits for the end of a child, and takes it off the system's list.
    package func reap() -> ProcessEnd {
        var status: Int32 = -1
        _ = descriptor.withNumber { linux_reap($0, &status) }
        return ProcessEnd(waitStatus: status)
    }
}

/// A program to start: with nothing of this process but what is said here.
package struct ProcessStart: Sendable {
    package var executable: String
    /// What the program sees as its own name; there are no other arguments.
    package var name: String
    package var environment: [String: String]
    /// Become 3, 4, …; 0 and 1 are /dev/null.
    package var descriptors: [Descriptor]
    /// Becomes 2; nil = /dev/null.
    package var errors: Descriptor?

    package init(
        executable: String, name: String, environment: [String: String], descriptors: [Descriptor],
        errors: Descriptor? = nil
    ) {
        self.executable = executable
        self.name = name
        self.environment = environment
        self.descriptors = descriptors
        self.errors = errors
    }

    /// Starts it, in a session of its own. Returns its number, which is its own until the process is reaped.
    package func spawn() throws(SystemError) -> Int32 {
        let environment = environment.map { "\($0)=\($1)" }.sorted()
        let result = CStrings.with([executable, name] + environment) { strings in
            withExtendedLifetime((descriptors, errors)) {
                descriptors.map { $0.withNumber { $0 } }.withUnsafeBufferPointer { numbers in
                    spawn(strings, numbers)
                }
            }
        }
        try SystemError.check(result)
        return Int32(result)
    }

    private func spawn(
        _ strings: [UnsafePointer<CChar>?], _ descriptors: UnsafeBufferPointer<Int32>
    ) -> Int {
        guard let executable = strings[0], let name = strings[1], let first = descriptors.baseAddress else {
            return -22
        }
        return strings[2...].withUnsafeBufferPointer { environment in
            guard let variables = environment.baseAddress else { return -22 }
            var start = linux_start(
                executable: executable, name: name, environment: variables, descriptors: first,
                count: Int32(descriptors.count), error: errors?.withNumber { $0 } ?? -1)
            return linux_spawn(&start)
        }
    }
}

/// A variable of this process's environment.
package func environmentValue(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// Strings as C wants them.
private enum CStrings {
    /// `body` gets the strings, and a nil behind them.
    static func with<Result>(_ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
        let bytes = strings.flatMap { Array($0.utf8CString) }
        return bytes.withUnsafeBufferPointer { buffer in
            var places: [UnsafePointer<CChar>?] = []
            var at = 0
            for string in strings {
                places.append(buffer.baseAddress.map { $0 + at })
                at += string.utf8.count + 1
            }
            return body(places + [nil])
        }
    }
}
