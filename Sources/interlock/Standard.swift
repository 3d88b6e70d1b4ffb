import Calls
import Glibc
import System
import Timeline

/// The end of the output.
enum OutputFailure: Error {
    /// Nobody reads any more; there is nobody to tell.
    case closed

    /// As the shell reports a program that SIGPIPE ended.
    static let closedStatus: Int32 = 128 + SIGPIPE
}

/// The process's own streams: results on standard output, everything for people on standard error.
enum Standard {
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    static let inputIsTerminal = isatty(STDIN_FILENO) == 1

    /// Back to the line's beginning, and clear it: a status line may stand there.
    private static let clearLine = "\r\u{1B}[K"

    /// What is opened gets the lowest number that is free. Where one of the streams is closed, something of the host's would
    /// come to be read from and written to; so its place is taken, by what can still be neither read nor written.
    static func fillClosed() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// All of it on standard output.
    static func write(_ bytes: [UInt8]) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(STDOUT_FILENO, rest, rest.count)
            if count < 0 {
                if comesAgain(STDOUT_FILENO, for: POLLOUT) { continue }
                guard errno != EPIPE else { throw OutputFailure.closed }
                throw CommandFailure(
                    "standard output cannot be written: \(String(cString: strerror(errno)))",
                    help: "give the output a place that takes it")
            }
            rest = count == rest.count ? [] : Array(rest[count...])
        }
    }

    /// A line or more for people. It is lost when standard error is closed, as people then wanted.
    static func note(_ text: String) {
        picture(
            text.split(separator: "\n", omittingEmptySubsequences: false).map { Printable.text(String($0)) }.joined(
                separator: "\n"))
    }

    /// The same, of what may have escape sequences of our own.
    static func picture(_ text: String) {
        writeError((errorIsTerminal ? clearLine : "") + text + (text.hasSuffix("\n") ? "" : "\n"))
    }

    /// The line that is written over by the next; only on a terminal.
    static func status(_ line: String) {
        if errorIsTerminal { writeError(clearLine + line) }
    }

    private static func writeError(_ text: String) {
        var rest = Array(text.utf8)
        while !rest.isEmpty {
            let count = Glibc.write(STDERR_FILENO, rest, rest.count)
            if count < 0, comesAgain(STDERR_FILENO, for: POLLOUT) { continue }
            guard count > 0 else { return }
            rest = Array(rest[count...])
        }
    }

    /// After a call that failed: whether it is to be made again. A stream that somebody made non-blocking, as others do with a
    /// pipe or terminal that we share with them, is waited for here.
    static func comesAgain(_ descriptor: Int32, for events: Int32) -> Bool {
        let error = errno
        guard error == EAGAIN || error == EWOULDBLOCK else { return error == EINTR }
        var look = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        // Interrupted or not: the next call says how things are.
        let isHeard = poll(&look, 1, -1) >= 0 || errno == EINTR
        errno = error
        return isHeard
    }

    // MARK: - The terminal

    /// `COLUMNS`, else the terminal's own width, else 80.
    static var width: Int {
        if let columns = environmentValue("COLUMNS").flatMap(Int.init), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return PictureStyle.standardWidth
        }
        return Int(size.ws_col)
    }

    /// Whether the locale's characters are UTF-8.
    static var usesUnicode: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environmentValue).first { !$0.isEmpty } ?? ""
        let name = locale.uppercased()
        return name.contains("UTF-8") || name.contains("UTF8")
    }

    static func usesColor(_ choice: ColorChoice) -> Bool {
        switch choice {
        case .always: true
        case .never: false
        case .auto:
            errorIsTerminal && (environmentValue("NO_COLOR") ?? "").isEmpty && environmentValue("TERM") != "dumb"
        }
    }
}

enum ColorChoice: String, CaseIterable {
    case auto, always, never
}
