/// What is fed with bytes that nobody has seen before. Each checks more than that nothing crashes.
enum FuzzTarget: String, CaseIterable, Sendable {
    case json, messages, schema, paths, descriptors, configuration

    /// What is wrong with what was made of these bytes; nil = nothing.
    func complaint(about bytes: [UInt8]) -> String? {
        switch self {
        case .json: JSONTarget.complaint(about: bytes)
        case .messages: MessagesTarget.complaint(about: bytes)
        case .schema: SchemaTarget.complaint(about: bytes)
        case .paths: PathsTarget.complaint(about: bytes)
        case .descriptors: DescriptorsTarget.complaint(about: bytes)
        case .configuration: ConfigurationTarget.complaint(about: bytes)
        }
    }
}
