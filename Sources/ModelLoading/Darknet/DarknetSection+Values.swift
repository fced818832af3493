// Values of options. Whole numbers and numbers have to be written whole: Darknet's own atoi reads the beginning
// of anything, and 0 where there is none.

extension DarknetSection {
  /// The text of an option; nil where it is not given.
  func text(_ option: String) throws(ModelLoadingError) -> String? {
    if let second = repeated[option], let first = options[option] {
      let value = first.value.prefix(40)
      throw fault("\(option) is \(value) on line \(first.line) and another value here: leave one", at: second)
    }
    return options[option]?.value
  }

  func integer(_ option: String, or usual: Int, in range: ClosedRange<Int>) throws(ModelLoadingError) -> Int {
    guard let text = try text(option) else { return usual }
    guard let number = Int(text) else { throw wrong(option, "is not a whole number") }
    guard range.contains(number) else {
      throw wrong(option, "is not one of \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Whether an option is given and not 0.
  func isSet(_ option: String) throws(ModelLoadingError) -> Bool {
    try integer(option, or: 0, in: Int(Int32.min)...Int(Int32.max)) != 0
  }

  func number(_ option: String, or usual: Double) throws(ModelLoadingError) -> Double {
    guard let text = try text(option) else { return usual }
    guard let number = Double(text), number.isFinite else { throw wrong(option, "is not a number") }
    return number
  }

  /// Numbers with commas between; nil where the option is not given.
  func numbers(_ option: String) throws(ModelLoadingError) -> [Double]? {
    guard let text = try text(option) else { return nil }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    guard numbers.allSatisfy(\.isFinite) else { throw wrong(option, "is not numbers with commas between") }
    return numbers
  }

  func integers(_ option: String) throws(ModelLoadingError) -> [Int]? {
    guard let text = try text(option) else { return nil }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard !numbers.contains(nil) else { throw wrong(option, "is not whole numbers with commas between") }
    return numbers.compactMap { $0 }
  }

  /// A fault of an option's value.
  func wrong(_ option: String, _ reason: String) -> ModelLoadingError {
    let given = options[option]
    return fault("\(option)=\((given?.value ?? "").prefix(40)) \(reason)", at: given?.line)
  }
}
