import Calls
import System
import Testing

@testable import ProcessLocks

@Suite struct HolderRecordTests {
    private static let record = HolderRecord(
        state: .holds, call: CallNumber(12), tool: "file_write", since: 3_000_000_000, told: 4_000_000_000, ownByte: 77,
        regions: [5, 6 | HolderRecord.wholeBit])

    @Test("a record is read as it was written")
    func roundTrip() {
        let bytes = Self.record.bytes
        #expect(bytes.count <= HolderRecord.size)
        #expect(HolderRecord(bytes[...]) == Self.record)
        #expect(HolderRecord((bytes + [UInt8](repeating: 9, count: 100))[...]) == Self.record)
    }

    @Test("a record that is only half there is none")
    func torn() {
        let bytes = Self.record.bytes
        for count in 0..<bytes.count { #expect(HolderRecord(bytes.prefix(count)) == nil) }
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            let isPadding = (50..<104).contains(place)
            #expect(HolderRecord(changed[...]) == nil || isPadding, "byte \(place)")
        }
    }

    @Test("names and regions that are too many do not make a record too large")
    func bounded() throws {
        var record = Self.record
        record.tool = String(repeating: "x", count: 500)
        record.regions = Array(0..<5_000)
        let bytes = record.bytes
        #expect(bytes.count <= HolderRecord.size)
        let read = try #require(HolderRecord(bytes[...]))
        #expect(read.tool.count == 64 && read.regions.count > 200)
    }

    @Test("who holds a range is known by its own byte, or by the region")
    func mayHaveLocked() {
        func range(_ region: UInt64, _ byte: UInt64, _ count: UInt64, waiting: Bool = false) -> ByteRange {
            ByteRange(start: region << 32 | byte | (waiting ? Region.waiting : 0), count: count)
        }
        #expect(Self.record.mayHaveLocked(range(5, 77, 1)))
        #expect(!Self.record.mayHaveLocked(range(5, 78, 1)))
        #expect(!Self.record.mayHaveLocked(range(5, 0, Region.size)))
        #expect(Self.record.mayHaveLocked(range(6, 0, Region.size)))
        #expect(Self.record.mayHaveLocked(range(6, 78, Region.size - 78)))
        #expect(!Self.record.mayHaveLocked(range(7, 77, 1)))
        #expect(Self.record.mayHaveLocked(range(6, 0, Region.size, waiting: true)))
    }

    @Test("two calls may need the same where one takes all of a region, and one of them exclusively")
    func exclusion() {
        func record(_ regions: [UInt32]) -> HolderRecord {
            var record = Self.record
            record.regions = regions
            return record
        }
        let (whole, exclusive) = (HolderRecord.wholeBit, HolderRecord.exclusiveBit)
        for (mine, theirs, may) in [
            (5, 5, false), (5 | exclusive, 5 | exclusive, false), (5 | whole, 5 | whole, false),
            (5 | whole, 5 | exclusive, true), (5 | whole | exclusive, 5, true), (5 | whole | exclusive, 6, false),
        ] as [(UInt32, UInt32, Bool)] {
            #expect(record([1, mine]).mayExclude(record([theirs, 2])) == may, "\(mine) and \(theirs)")
            #expect(record([theirs]).mayExclude(record([mine])) == may, "\(theirs) and \(mine)")
        }
        #expect(record(Array(0..<5_000)).mayExclude(record([9_000])))
    }
}
