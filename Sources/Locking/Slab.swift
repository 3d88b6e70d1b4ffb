/// The number of a place in a ``Slab``. Lists are linked by such numbers: they cost no reference counting.
typealias ID = Int32

extension ID {
    /// No place: the end of a list.
    static let absent: ID = -1
}

/// Elements that come and go, each at a numbered place. A place that was left is the next to be used, so that memory follows
/// what is in use at once.
struct Slab<Element> {
    /// Those that were removed still stand where they were.
    private(set) var elements: [Element]
    private var free: [ID] = []

    init(_ elements: [Element] = []) {
        self.elements = elements
    }

    mutating func insert(_ element: Element) -> ID {
        guard let id = free.popLast() else {
            elements.append(element)
            return ID(elements.count - 1)
        }
        elements[Int(id)] = element
        return id
    }

    mutating func remove(_ id: ID) {
        free.append(id)
    }

    /// All places, those that were left too.
    var ids: Range<ID> { 0..<ID(elements.count) }

    subscript(id: ID) -> Element {
        get { elements[Int(id)] }
        _modify { yield &elements[Int(id)] }
    }
}

extension Slab: Sendable where Element: Sendable {}
