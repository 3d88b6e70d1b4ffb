import Testing

@Suite struct ReadingTests {
    private let workspace = Workspace(
        [
            "a.txt": "one\ntwo\nthree\nfour", "src/b.c": "int x;\nint y;\n", "src/deep/b.h": "int x;\n",
            "x.log": "int x",
            "out/b.o": "int x", ".gitignore": "*.log\n/out/\n", ".git/HEAD": "int x", "empty": "", "zero": "int x\0",
        ], links: ["link"])

    @Test("a file is read as it is")
    func whole() throws {
        #expect(try FilesPlugin.run("file_read", #"{"path":"a.txt"}"#, in: workspace).text == "one\ntwo\nthree\nfour")
        #expect(try FilesPlugin.run("file_read", #"{"path":"empty"}"#, in: workspace).text == "[the file is empty]\n")
    }

    @Test("some lines are read, numbered, with a note on how to go on")
    func lines() throws {
        let arguments = #"{"path":"a.txt","offset":2,"limit":2,"line_numbers":true}"#
        #expect(
            try FilesPlugin.run("file_read", arguments, in: workspace).text
                == "2: two\n3: three\n[lines 2 to 3 of 4; read on with offset 4]\n")
    }

    @Test("lines behind the end, and what is no text, are refused with the reason")
    func refused() throws {
        let behind = try FilesPlugin.run("file_read", #"{"path":"a.txt","offset":9}"#, in: workspace)
        #expect(behind.code == .tool && behind.message == "a.txt has 4 lines; there is no line 9")
        let binary = try FilesPlugin.run("file_read", #"{"path":"zero"}"#, in: workspace)
        #expect(binary.code == .tool && binary.message == "zero is binary: there is a zero byte at offset 5")
        #expect(try FilesPlugin.run("file_read", #"{"path":"no"}"#, in: workspace).message == "no does not exist")
    }

    @Test("a file beyond one piece is read on, and its lines are counted")
    func pieces() throws {
        let lines = (1...200_000).map { "line \($0)\n" }.joined()
        let workspace = Workspace(["big": lines])
        let answer = try FilesPlugin.run("file_read", #"{"path":"big","offset":150000,"limit":1}"#, in: workspace)
        #expect(answer.text == "line 150000\n[lines 150000 to 150000 of 200000; read on with offset 150001]\n")
    }

    @Test("a change by an outside editor between two pieces is reported")
    func changed() throws {
        let workspace = Workspace(["big": String(repeating: "x\n", count: 1 << 20)])
        workspace.outsider = { [unowned workspace] in workspace.put("big", [120]) }
        let answer = try FilesPlugin.run("file_read", #"{"path":"big"}"#, in: workspace)
        #expect(answer.code == .tool && answer.message.contains("was changed by somebody else"))
    }

    @Test("a directory is listed with marks, and with only its names claimed")
    func list() throws {
        #expect(
            try FilesPlugin.run("file_list", "{}", in: workspace).text
                == ".git/\n.gitignore\na.txt\nempty\nlink@\nout/\nsrc/\nx.log\nzero\n")
    }

    @Test("everything below is listed without what is ignored, as deep as asked for")
    func recursive() throws {
        let all = try FilesPlugin.run("file_list", #"{"recursive":true}"#, in: workspace).text
        #expect(
            all == """
                .git/
                .gitignore
                a.txt
                empty
                link@
                src/
                src/b.c
                src/deep/
                src/deep/b.h
                zero
                [2 ignored entries are not shown; include_ignored shows them]

                """)
        let some = try FilesPlugin.run(
            "file_list", #"{"path":"src/","recursive":true,"depth":1,"include_ignored":true}"#, in: workspace)
        #expect(some.text == "b.c\ndeep/\n")
    }

    @Test("a search finds lines in what is not ignored, binary or .git, in the order of paths")
    func search() throws {
        #expect(
            try FilesPlugin.run("file_search", #"{"pattern":"int [xy]"}"#, in: workspace).text
                == "src/b.c:1: int x;\nsrc/b.c:2: int y;\nsrc/deep/b.h:1: int x;\n[not searched, as binary: 1 (zero)]\n"
        )
    }

    @Test("a search can be narrowed, and takes a pattern literally")
    func narrowed() throws {
        let byGlob = #"{"pattern":"INT","ignore_case":true,"glob":"*.{h,o}","path":"./","include_ignored":true}"#
        #expect(
            try FilesPlugin.run("file_search", byGlob, in: workspace).text
                == "./out/b.o:1: int x\n./src/deep/b.h:1: int x;\n".replacing("./", with: ""))
        #expect(
            try FilesPlugin.run("file_search", #"{"pattern":"x;","literal":true,"path":"src/deep/b.h"}"#, in: workspace)
                .text == "src/deep/b.h:1: int x;\n")
        #expect(
            try FilesPlugin.run("file_search", #"{"pattern":"[xy]","literal":true,"path":"src"}"#, in: workspace).text
                == "[no matches in 2 files]\n")
    }

    @Test("a file is searched to its end, however long; what is binary or too large is said")
    func long() throws {
        let filler = String(repeating: "filler\n", count: 30_000)
        let workspace = Workspace(["a": filler + "needle\n", "b": filler + "needle\0"])
        workspace.put("c", [UInt8](repeating: 97, count: 16 << 20 | 1))
        #expect(
            try FilesPlugin.run("file_search", #"{"pattern":"needle"}"#, in: workspace).text == """
                a:30001: needle
                [not searched, as binary: 1 (b)]
                [not searched, as larger than 16 MiB: 1 (c)]

                """)
    }

    @Test("no more results than asked for, and that is said")
    func capped() throws {
        let answer = try FilesPlugin.run(
            "file_search", #"{"pattern":"int","path":"src","max_results":2}"#, in: workspace)
        #expect(
            answer.text == """
                src/b.c:1: int x;
                src/b.c:2: int y;
                [there are more matches; narrow path, glob or pattern, or raise max_results]

                """)
    }

    @Test("a pattern or glob that is malformed is the arguments' fault")
    func malformed() throws {
        #expect(try FilesPlugin.run("file_search", #"{"pattern":"(a"}"#, in: workspace).code == .arguments)
        #expect(try FilesPlugin.run("file_search", #"{"pattern":"a","glob":"[a"}"#, in: workspace).code == .arguments)
    }
}
