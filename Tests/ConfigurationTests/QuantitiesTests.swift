import Configuration
import Interlock
import Testing

@Suite struct QuantitiesTests {
    @Test(
        "a duration is read, and written as short as it goes",
        arguments: [
            ("0s", Duration.zero, "0s"), ("250ms", .milliseconds(250), "250ms"), ("90s", .seconds(90), "1m30s"),
            ("1h30m", .seconds(5400), "1h30m"), ("1d", .seconds(86_400), "1d"),
            ("1m5ms", .milliseconds(60_005), "1m5ms"),
        ])
    func duration(text: String, value: Duration, written: String) throws {
        #expect(try Quantities.duration(text) == value)
        #expect(Quantities.text(value) == written)
        #expect(try Quantities.duration(written) == value)
    }

    @Test("what is not a duration is refused", arguments: ["", "s", "5", "1.5s", "-1s", "1s1s", "1m1h", "٣s", "1 s"])
    func badDuration(text: String) {
        #expect(throws: Quantities.Malformed.self) { try Quantities.duration(text) }
    }

    @Test(
        "a size is read and written", arguments: [("1B", 1), ("64KiB", 65_536), ("4MiB", 4 << 20), ("1GiB", 1 << 30)])
    func size(text: String, value: Int) throws {
        #expect(try Quantities.size(text) == value)
        #expect(Quantities.text(bytes: value) == text)
    }

    @Test("what is not a size is refused", arguments: ["", "4", "4mb", "4 MiB", "MiB", "9999999999GiB", "1KiB1B"])
    func badSize(text: String) {
        #expect(throws: Quantities.Malformed.self) { try Quantities.size(text) }
    }
}

@Suite struct NearestNameTests {
    @Test(
        "the nearest name is found, and none when all are far",
        arguments: [
            ("jbos", "jobs"), ("Jobs", "jobs"), ("time", nil), ("timeot", "timeout"), ("gracee", "grace"),
            ("zzz", nil), ("", nil),
        ] as [(String, String?)])
    func nearest(name: String, expected: String?) {
        #expect(name.nearest(in: ["jobs", "timeout", "grace"]) == expected)
    }
}
