/// Negative numbers as values of options.
///
/// What begins with a hyphen is taken for an option's name, and the option before it for one without a
/// value. `--input-mean -0.5` therefore becomes `--input-mean=-0.5` before anything is parsed, whatever
/// the command and the option.
enum NegativeNumbers {
  /// The arguments, each number of a minus sign joined to the long option before it.
  static func joined(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    for (index, argument) in arguments.enumerated() {
      let isAfterEnd = arguments[..<index].contains("--")
      if let option = joined.last, !isAfterEnd, isNumber(argument), isOption(option) {
        joined[joined.count - 1] = option + "=" + argument
      } else {
        joined.append(argument)
      }
    }
    return joined
  }

  /// A long option without a value of its own.
  private static func isOption(_ argument: String) -> Bool {
    argument.hasPrefix("--") && argument.count > 2 && !argument.contains("=")
  }

  /// `-1`, `-.5`, `-1/255`, `-0.5,1`, `-inf`.
  private static func isNumber(_ argument: String) -> Bool {
    guard argument.hasPrefix("-") else { return false }
    let rest = argument.dropFirst()
    return rest.first?.isNumber == true || rest.first == "." || ["inf", "nan"].contains(rest.lowercased())
  }
}
