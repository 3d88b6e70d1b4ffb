import Foundation
import Testing

/// What was found by `make fuzz`, and the seeds that it begins with, in every test run.
@Suite struct FuzzTests {
    private static func corpus(_ target: FuzzTarget) throws -> [URL] {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Corpus/\(target.rawValue)")
        return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    }

    @Test("the corpus holds what each target promises", arguments: FuzzTarget.allCases)
    func replay(target: FuzzTarget) throws {
        let files = try Self.corpus(target)
        #expect(!files.isEmpty)
        for file in files {
            let complaint = target.complaint(about: Array(try Data(contentsOf: file)))
            #expect(complaint == nil, "\(file.lastPathComponent)")
        }
    }
}
