// Numbers, and C structs of nothing but numbers, as they lie in memory: what two processes of one machine say to each other.

package func plainBytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
    withUnsafeBytes(of: value, Array.init)
}

/// What lies there; nil if the bytes are not as many as it has.
package func plainValue<Value: BitwiseCopyable>(_ bytes: ArraySlice<UInt8>) -> Value? {
    guard bytes.count == MemoryLayout<Value>.size else { return nil }
    return bytes.withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
}
