import Testing

@testable import JSONSchema

@Test(
    "references are resolved as RFC 3986 shows",
    arguments: [
        ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"), ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"), ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("..", "http://a/b/"),
        ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), ("./g/.", "http://a/b/c/g/"),
        ("g/../h", "http://a/b/c/h"),
    ])
func resolution(reference: String, expected: String) {
    let base = SchemaURI("http://a/b/c/d;p?q")
    #expect(SchemaURI(reference).resolved(against: base).document == expected)
}

@Test("fragments are decoded")
func fragments() {
    #expect(SchemaURI("#a%25b%22%C3%A9%").decodedFragment == "a%b\"é%")
    #expect(SchemaURI("#%FF").decodedFragment == nil)
}
