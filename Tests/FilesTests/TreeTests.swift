import StrictJSON
import Testing

@Suite struct TreeTests {
    @Test("a file is written whole: made at first, then replaced")
    func write() throws {
        let workspace = Workspace()
        let first = try FilesPlugin.run("file_write", #"{"path":"d/a","content":"one"}"#, in: workspace)
        let second = try FilesPlugin.run("file_write", #"{"path":"d/a","content":"two\n"}"#, in: workspace)
        #expect(workspace["d/a"] == "two\n")
        #expect(first.text == "created d/a (3 bytes)\n" && second.text == "replaced d/a (4 bytes)\n")
        #expect(first.structured?["created"] == .bool(true) && second.structured?["created"] == .bool(false))
    }

    @Test("what is moved is at its new path, and what is there is not replaced unasked")
    func move() throws {
        let workspace = Workspace(["a": "A", "b": "B"])
        let refused = try FilesPlugin.run("file_move", #"{"source":"a","destination":"b"}"#, in: workspace)
        #expect(refused.message == "b exists; overwrite lets a file replace a file" && workspace["b"] == "B")
        let moved = try FilesPlugin.run(
            "file_move", #"{"source":"a","destination":"b","overwrite":true}"#, in: workspace)
        #expect(moved.code == nil && workspace["a"] == nil && workspace["b"] == "A")
    }

    @Test("a directory with something in it is removed only if that is said")
    func remove() throws {
        let workspace = Workspace(["d/a": "A", "b": "B"])
        #expect(try FilesPlugin.run("file_remove", #"{"path":"d"}"#, in: workspace).code == .tool)
        #expect(try FilesPlugin.run("file_remove", #"{"path":"d","recursive":true}"#, in: workspace).code == nil)
        #expect(workspace["d/a"] == nil && workspace["b"] == "B")
    }

    @Test("a directory that is there already is fine, a file in its place is not")
    func makeDirectory() throws {
        let workspace = Workspace(["a": "A"])
        #expect(try FilesPlugin.run("file_mkdir", #"{"path":"x/y"}"#, in: workspace).text == "made x/y/\n")
        #expect(try FilesPlugin.run("file_mkdir", #"{"path":"x/y"}"#, in: workspace).text == "x/y/ was already there\n")
        #expect(try FilesPlugin.run("file_mkdir", #"{"path":"a"}"#, in: workspace).message == "a exists")
    }
}
