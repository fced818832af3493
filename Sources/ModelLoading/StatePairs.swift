// Which inputs of a file are what an output of the frame before has left: as the user says, or else those of which
// names and shapes leave no doubt.

/// Inputs that are states, each with the output that it is of the frame before.
struct StatePairs {
  struct Pair: Equatable {
    let input: String
    let output: String
  }

  /// An input or output of the file.
  struct End {
    let name: String
    /// As the file declares it; nil where a size is free. Empty: nothing is said of it.
    let sizes: [Int?]
  }

  /// In the order of the file's inputs.
  private(set) var pairs: [Pair] = []
  /// What was found without being said, a sentence each.
  private(set) var remarks: [String] = []

  /// - Parameter named: outputs by inputs; nil: found by names and shapes.
  /// - Throws: where a name is none, or an output is said to be two states.
  init(_ named: [String: String]?, inputs: [End], outputs: [End]) throws(ModelLoadingError) {
    guard let named else {
      findPairs(inputs, outputs)
      return
    }
    let (given, made) = (inputs.map(\.name), outputs.map(\.name))
    for input in named.keys.sorted() where !given.contains(input) {
      throw .input(name: input, reason: "there is no such input to be a state: there are \(given.joined(separator: ", "))")
    }
    for (input, output) in named.sorted(by: { $0.key < $1.key }) where !made.contains(output) {
      throw .output(
        name: output,
        reason: "there is no such output to be the state \(input): there are \(made.joined(separator: ", "))")
    }
    pairs = given.compactMap { input in named[input].map { Pair(input: input, output: $0) } }
    guard Set(pairs.map(\.output)).count == pairs.count else {
      throw .model(reason: "--state names one output for two inputs")
    }
    guard pairs.count < inputs.count, pairs.count < outputs.count else {
      throw .model(reason: "--state names every input or every output, and then nothing is given or answered")
    }
  }

  private mutating func findPairs(_ inputs: [End], _ outputs: [End]) {
    let found = inputs.flatMap { input in
      outputs.filter { Self.fit(input, $0) && Self.follows($0.name, input.name) }
        .map { Pair(input: input.name, output: $0.name) }
    }
    pairs = found.filter { pair in
      found.count { $0.input == pair.input } == 1 && found.count { $0.output == pair.output } == 1
    }
    guard pairs.count < inputs.count, pairs.count < outputs.count else {
      pairs = []
      return
    }
    remarks = pairs.map {
      "input \($0.input) is a state, what output \($0.output) of the frame before has left "
        + "(--state none takes it for an input)"
    }
  }

  private static func fit(_ a: End, _ b: End) -> Bool {
    guard !a.sizes.isEmpty else { return false }
    guard !b.sizes.isEmpty else { return true }
    return a.sizes.count == b.sizes.count && zip(a.sizes, b.sizes).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
  }

  /// What states are called, as a whole or as a part of a name.
  private static let wholeNames: Set<String> = ["h", "c", "h0", "c0", "hx", "cx", "hc", "hidden", "memory", "mem"]
  private static let partNames = ["state", "hidden", "cell", "cache", "lstm", "gru", "rnn", "memory"]
  /// Endings and beginnings of what a frame finds and of what it leaves.
  private static let endings = [
    ("", "n"), ("", "_n"), ("", "_out"), ("", "out"), ("", "_next"), ("", "_new"), ("_in", "_out"), ("in", "out"),
    ("0", "n"), ("_0", "_n"), ("_prev", "_next"), ("_prev", ""), ("_old", "_new"), ("_input", "_output"),
  ]
  private static let beginnings = [
    ("in_", "out_"), ("input_", "output_"), ("prev_", "next_"), ("prev_", ""), ("old_", "new_"), ("", "new_"), ("", "next_"),
    ("", "out_"), ("past_", "present_"),
  ]

  /// Whether an output is called as the next of what an input is.
  private static func follows(_ output: String, _ input: String) -> Bool {
    let (a, b) = (input.lowercased(), output.lowercased())
    guard a != b, wholeNames.contains(a) || partNames.contains(where: a.contains) || isNumbered(a) else { return false }
    return endings.contains { a.hasSuffix($0.0) && b == a.dropLast($0.0.count) + $0.1 }
      || beginnings.contains { a.hasPrefix($0.0) && b == $0.1 + a.dropFirst($0.0.count) }
  }

  /// `h_in`, `c_0` and the like.
  private static func isNumbered(_ name: String) -> Bool {
    guard let first = name.split(separator: "_").first else { return false }
    return wholeNames.contains(String(first))
  }
}
