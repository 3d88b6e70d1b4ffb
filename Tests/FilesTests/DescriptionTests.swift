import Calls
import StrictJSON
import Testing

@Suite struct DescriptionTests {
    @Test("the plugin has these tools")
    func tools() throws {
        #expect(
            try FilesPlugin.loaded.get().tools.map(\.name) == [
                "file_read", "file_list", "file_search", "file_write", "file_edit_insert", "file_edit_replace_string",
                "file_edit_replace_lines", "file_move", "file_remove", "file_mkdir",
            ])
    }

    @Test("every tool is re-entrant and declares a contract; what only reads has no exclusive claim")
    func contracts() throws {
        for tool in try FilesPlugin.loaded.get().tools {
            #expect(tool.traits.contains(.reentrant) && tool.contract.isDeclared, "\(tool.name)")
            let writes = tool.contract.claims.contains { claim in
                if case .path(.exclusive, _, _) = claim.resource { true } else { false }
            }
            #expect(writes != tool.traits.contains(.readOnly), "\(tool.name)")
        }
    }

    @Test("every argument that a contract names is in the schema; a path that may be missing has a default")
    func pointers() throws {
        for tool in try FilesPlugin.loaded.get().tools {
            let properties = tool.inputSchema["properties"]?.object
            let required = tool.inputSchema["required"]?.array ?? []
            for claim in tool.contract.claims {
                guard case .pointer(let pointer, let ifMissing) = claim.source else { continue }
                let name = String(pointer.text.dropFirst())
                #expect(properties?[name]?["type"] == .string("string"), "\(tool.name) \(pointer.text)")
                #expect(required.contains(.string(name)) == (ifMissing == nil), "\(tool.name) \(pointer.text)")
            }
        }
    }

    @Test("every argument is described, and what is said to the model stays short")
    func descriptions() throws {
        for tool in try FilesPlugin.loaded.get().tools {
            #expect(tool.description.utf8.count < 500, "\(tool.name)")
            for (name, schema) in tool.inputSchema["properties"]?.object?.members ?? [] {
                #expect(schema["description"]?.string?.isEmpty == false, "\(tool.name) \(name)")
            }
        }
    }
}
