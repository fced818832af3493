import Report
import Testing

struct TextTests {
  @Test func markupIsEscaped() {
    let text = "<a href=\"x\">'&'</a>".escaped
    #expect(text == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;")
    #expect("é漢🐦".escaped == "é漢🐦")
    let unwelcome = ["\u{0}", "\u{B}", "\n", "\u{7F}", "\u{202E}", "\u{2066}", "\u{FFFE}"]
    for text in unwelcome { #expect(text.escaped == "\u{FFFD}") }
  }

  @Test func longNamesAreClipped() {
    #expect("abcdefghij".clipped(to: 10) == "abcdefghij")
    #expect("abcdefghijk".clipped(to: 10) == "abc…fghijk")
    #expect("abc".clipped(to: 1) == "…")
  }

  @Test func sharedPartsOfNamesAreLeftOut() {
    #expect(distinctParts(of: ["/m/a/Conv", "/m/b/Conv"]) == ["a", "b"])
    #expect(distinctParts(of: ["/f/f.0/Conv", "/f/f.1/Gemm"]) == ["f.0/Conv", "f.1/Gemm"])
    #expect(distinctParts(of: ["a/a", "a/a/a"]) == ["a", "a/a"])
    #expect(distinctParts(of: ["fc1", "fc2"]) == ["fc1", "fc2"])
    #expect(distinctParts(of: ["/", "x"]) == ["/", "x"])
    #expect(distinctParts(of: ["/f/one"]) == ["/f/one"])
    #expect(distinctParts(of: []) == [])
  }

  @Test func numbersAreShort() {
    let cases: [(Double, String)] = [
      (0, "0"), (0.0123456, "0.0123"), (1.2, "1.2"), (123.4, "123"), (-0.5, "−0.5"),
      (1.234e-5, "1.23×10⁻⁵"), (1e-7, "10⁻⁷"), (2.5e12, "2.5×10¹²"), (100_000, "100000"),
    ]
    for (value, text) in cases { #expect(Numbers.short(value) == text) }
    #expect(Numbers.short(nil as Double?) == "–")
  }

  @Test func countsSharesAndTimes() {
    #expect(Numbers.grouped(0) == "0")
    #expect(Numbers.grouped(999) == "999")
    #expect(Numbers.grouped(235_200) == "235,200")
    #expect(Numbers.percent(0.98214) == "98.21\u{202F}%")
    #expect(Numbers.percent(-1e60) == "−10⁶²\u{202F}%")
    #expect(Numbers.fixed(-0.001, 1) == "0.0")
    #expect(Numbers.duration(3.25) == "3.2 s")
    #expect(Numbers.duration(600) == "10.0 min")
    #expect(Numbers.duration(7200) == "2.0 h")
  }

  @Test func placesHaveOneDecimal() {
    let cases: [(Double, String)] = [(0, "0"), (12.34, "12.3"), (-0.04, "0"), (-1.26, "-1.3")]
    for (value, text) in cases { #expect(Numbers.place(value) == text) }
  }
}
