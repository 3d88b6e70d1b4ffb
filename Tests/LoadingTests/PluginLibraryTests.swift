import Foundation
import TestSupport
import Testing

@testable import Loading

@Suite("What is no plugin is refused before any of it runs")
struct PluginLibraryTests {
    private func refusal(_ file: String) -> String {
        let failure = #expect(throws: LoadFailure.self) { try PluginLibrary.open(file: file) }
        return failure?.reason ?? ""
    }

    @Test("a missing file, an empty one, a text and a directory")
    func noLibrary() throws {
        let workshop = try Workshop()
        #expect(refusal(workshop.directory + "/none.so") == "No such file or directory")
        #expect(refusal(try workshop.write([], named: "empty.so")) == "it is not an ELF file")
        #expect(refusal(try workshop.write("int main;".utf8, named: "text.so")) == "it is not an ELF file")
        #expect(refusal(workshop.directory) == "it is not a regular file")
    }

    @Test("a pipe is refused, and is not waited for")
    func pipe() throws {
        let workshop = try Workshop()
        try workshop.run(["mkfifo", "pipe.so"])
        #expect(refusal(workshop.directory + "/pipe.so") == "it is not a regular file")
    }

    @Test("libraries of other machines and types, each with its own words")
    func otherMachines() throws {
        let workshop = try Workshop()
        let good = try library(workshop)
        for (place, value, reason) in [
            (4, 1, "it is a 32-bit library"), (5, 2, "it is a big-endian library"),
            (18, 40, "it is for another machine (ELF machine 40)"),
            (16, 2, "it is an ELF file of another type (2) than a shared library"),
        ] {
            var bytes = good
            bytes[place] = UInt8(value)
            #expect(refusal(try workshop.write(bytes, named: "other.so")) == reason)
        }
    }

    @Test("a library that is cut short, wherever the cut is")
    func truncated() throws {
        let workshop = try Workshop()
        let good = try library(workshop)
        for length in [1, 4, 63, 64, 65, good.count / 2, good.count - 1] {
            let reason = refusal(try workshop.write(good.prefix(length), named: "cut.so"))
            #expect(reason == "it is not an ELF file" || reason.hasPrefix("the file is cut short or damaged"))
        }
    }

    @Test("a damaged header never leads outside of the file")
    func damaged() throws {
        let workshop = try Workshop()
        let good = try library(workshop)
        let sections = (0..<8).reduce(0) { $0 | Int(good[40 + $1]) << (8 * $1) }
        for place in Array(4..<64) + Array(sections..<good.count) {
            for value: UInt8 in [0, 0x7F, 0xFF] {
                var bytes = good
                bytes[place] = value
                let file: ELFFile?
                do {
                    file = try ELFFile { offset, count in
                        guard let start = Int(exactly: offset), count <= bytes.count, start <= bytes.count - count
                        else { return nil }
                        return Array(bytes[start..<start + count])
                    }
                } catch {
                    file = nil
                    #expect(!error.reason.isEmpty)
                }
                // Whatever is found is what the library's table of names can spell.
                #expect(file.map { $0.exports.count <= bytes.count } ?? true)
            }
        }
    }

    @Test("a library that needs what is not there is refused with the loader's words")
    func unresolved() throws {
        let workshop = try Workshop()
        let text = """
            extern int absent(void);
            __attribute__((visibility("default"))) int ilk_plugin_v1(void) { return absent(); }

            """
        let source = try workshop.write(text.utf8, named: "needs.c")
        #expect(refusal(try workshop.buildC(source)).contains("undefined symbol: absent"))
    }

    @Test("a pinned file is loaded only if it is that file, and none of another one runs")
    func pinned() throws {
        let workshop = try Workshop()
        // It would say so on standard error, and leave.
        let text = """
            #include <stdlib.h>
            __attribute__((constructor)) static void start(void) { exit(99); }
            __attribute__((visibility("default"))) const void *ilk_plugin_v1(void) { return 0; }

            """
        let file = try workshop.buildC(try workshop.write(text.utf8, named: "changed.c"))
        let pin = String(repeating: "0", count: 64)
        let failure = #expect(throws: LoadFailure.self) { try PluginLibrary.open(file: file, sha256: pin) }
        let sum = try workshop.run(["sha256sum", file]).prefix(64)
        #expect(failure?.reason == "its SHA-256 is \(sum), and the configuration pins \(pin)")

        let good = try workshop.buildC(Workshop.fixtures + "/descriptor.c", DescriptorReaderTests.tolerant)
        let known = try String(workshop.run(["sha256sum", good]).prefix(64))
        #expect(throws: Never.self) { try PluginLibrary.open(file: good, sha256: known) }
    }

    private func library(_ workshop: Workshop) throws -> [UInt8] {
        let file = try workshop.buildC(Workshop.fixtures + "/descriptor.c", DescriptorReaderTests.tolerant)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    }
}
