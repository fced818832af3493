import Testing
@Test func stub() { #expect(1 + 1 == 2) }
