import Glibc

// What libFuzzer calls. `INTERLOCK_FUZZ_TARGET` names the target.

private let target: FuzzTarget = {
    let name = getenv("INTERLOCK_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        fatalError("INTERLOCK_FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue))")
    }
    return target
}()

/// One input for the target; ends the process if there is a complaint.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let complaint = target.complaint(about: bytes) { fatalError("\(target.rawValue): \(complaint)") }
    return 0
}
