import StrictJSON
import Testing

@Suite struct EditingTests {
    @Test("two inserts into a missing file both survive")
    func accumulate() throws {
        let workspace = Workspace()
        let first = try FilesPlugin.run("file_edit_insert", #"{"path":"new/a","content":"A"}"#, in: workspace)
        let second = try FilesPlugin.run("file_edit_insert", #"{"path":"new/a","content":"B"}"#, in: workspace)
        #expect(workspace["new/a"] == "A\nB")
        #expect(first.structured?["created"] == .bool(true) && second.structured?["created"] == .bool(false))
        #expect(first.text == "--- /dev/null\n+++ b/new/a\n@@ -0,0 +1 @@\n+A\n\\ No newline at end of file\n")
    }

    @Test("an insert with an anchor into a missing file creates it, and says that no anchor was looked for")
    func anchorless() throws {
        let workspace = Workspace()
        let arguments = #"{"path":"a","content":"A\n","insert_after":"x"}"#
        let answer = try FilesPlugin.run("file_edit_insert", arguments, in: workspace)
        #expect(workspace["a"] == "A\n" && answer.text.hasSuffix("[there was no file, so no anchor was looked for]\n"))
    }

    @Test("two anchors are the arguments' fault")
    func twoAnchors() throws {
        let arguments = #"{"path":"a","content":"A","insert_after":"x","insert_before":"y"}"#
        #expect(try FilesPlugin.run("file_edit_insert", arguments, in: Workspace(["a": "xy"])).code == .arguments)
    }

    @Test("a file that somebody else makes between look and creation is not overwritten")
    func createdMeanwhile() throws {
        let workspace = Workspace()
        workspace.outsider = { [unowned workspace] in workspace.put("a", Array("theirs".utf8)) }
        let answer = try FilesPlugin.run("file_edit_insert", #"{"path":"a","content":"mine"}"#, in: workspace)
        #expect(answer.code == .tool && answer.message.contains("nothing was written"))
        #expect(workspace["a"] == "theirs")
    }

    @Test(
        "a change by an outside editor between read and write is reported, and nothing is overwritten",
        arguments: [
            ("file_edit_insert", #"{"path":"a","content":"x"}"#),
            ("file_edit_replace_string", #"{"path":"a","old_string":"one","new_string":"x"}"#),
            ("file_edit_replace_lines", #"{"path":"a","start_line":1,"end_line":1,"new_lines":["x"]}"#),
        ])
    func changedMeanwhile(_ tool: String, _ arguments: String) throws {
        for theirs in ["theirs", nil] {
            let workspace = Workspace(["a": "one\n"])
            workspace.outsider = { [unowned workspace] in
                if let theirs { workspace.put("a", Array(theirs.utf8)) } else { workspace.remove("a") }
            }
            let answer = try FilesPlugin.run(tool, arguments, in: workspace)
            #expect(answer.code == .tool && answer.message.contains("nothing was written"))
            #expect(workspace["a"] == theirs)
        }
    }

    @Test("a string is replaced; the answer is a diff, and how many")
    func replace() throws {
        let workspace = Workspace(["a": "50\r\n75\r\n"])
        let arguments = #"{"path":"a","old_string":"50\n7","new_string":"FIFTY\n7"}"#
        let answer = try FilesPlugin.run("file_edit_replace_string", arguments, in: workspace)
        #expect(workspace["a"] == "FIFTY\r\n75\r\n")
        #expect(answer.text == "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n-50\r\n+FIFTY\r\n 75\r\n")
        #expect(answer.structured?["replacements"] == .number(JSONNumber(1)))
    }

    @Test("a string that is not there, or there too often, changes nothing and says why")
    func notReplaced() throws {
        let workspace = Workspace(["a": "one\ntwo\none\n"])
        let twice = try FilesPlugin.run(
            "file_edit_replace_string", #"{"path":"a","old_string":"one","new_string":"x"}"#, in: workspace)
        #expect(twice.code == .tool && twice.message.hasPrefix("a: old_string was found twice, at lines 1 and 3;"))
        #expect(twice.details?["reason"] == .string("ambiguous"))
        let never = try FilesPlugin.run(
            "file_edit_replace_string", #"{"path":"a","old_string":"twoo","new_string":"x"}"#, in: workspace)
        #expect(never.message == "a: old_string was not found: `twoo`; nearest is line 2: `two`")
        let zero = try FilesPlugin.run(
            "file_edit_replace_string", #"{"path":"a","old_string":"t","new_string":"x","replace_count":0}"#,
            in: workspace)
        #expect(zero.code == .arguments && workspace["a"] == "one\ntwo\none\n")
    }

    @Test(
        "an edit of a missing file does not create it",
        arguments: [
            ("file_edit_replace_string", #"{"path":"a","old_string":"one","new_string":"x"}"#),
            ("file_edit_replace_lines", #"{"path":"a","start_line":1,"end_line":1,"new_lines":["x"]}"#),
        ])
    func missing(_ tool: String, _ arguments: String) throws {
        let workspace = Workspace()
        let answer = try FilesPlugin.run(tool, arguments, in: workspace)
        #expect(answer.code == .tool && answer.message == "a does not exist" && workspace["a"] == nil)
    }

    @Test("lines are replaced if they are what was expected")
    func lines() throws {
        let workspace = Workspace(["a": "one\ntwo\n"])
        let wrong = #"{"path":"a","start_line":2,"end_line":2,"new_lines":["2"],"expected_lines":["three"]}"#
        #expect(
            try FilesPlugin.run("file_edit_replace_lines", wrong, in: workspace).message.hasSuffix(":\n-three\n+two"))
        let right = #"{"path":"a","start_line":2,"end_line":2,"new_lines":["2"],"expected_lines":["two"]}"#
        #expect(try FilesPlugin.run("file_edit_replace_lines", right, in: workspace).code == nil)
        #expect(workspace["a"] == "one\n2\n")
    }

    @Test(
        "binary and other files that are not UTF-8 are left as they are",
        arguments: [
            ("file_edit_insert", #"{"path":"a","content":"x"}"#),
            ("file_edit_replace_string", #"{"path":"a","old_string":"c","new_string":"x","replace_count":-1}"#),
            ("file_edit_replace_lines", #"{"path":"a","start_line":1,"end_line":1,"new_lines":["x"]}"#),
        ])
    func notText(_ tool: String, _ arguments: String) throws {
        for bytes in [[99, 0], [99, 0xE9]] as [[UInt8]] {
            let workspace = Workspace()
            workspace.put("a", bytes)
            let answer = try FilesPlugin.run(tool, arguments, in: workspace)
            #expect(answer.code == .tool && answer.message.hasSuffix("it was left as it is"))
            #expect(workspace.nodes["a"]?.bytes == bytes)
        }
    }

    @Test("an edit that changes nothing writes nothing")
    func nothing() throws {
        let workspace = Workspace(["a": "one\n"])
        let version = workspace.nodes["a"]?.version
        let answer = try FilesPlugin.run("file_edit_insert", #"{"path":"a","content":""}"#, in: workspace)
        #expect(answer.text == "[nothing changed in a]\n" && workspace.nodes["a"]?.version == version)
    }
}
