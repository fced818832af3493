import ModelGraph

/// An activation by Darknet's name for it.
enum DarknetActivation: String, CaseIterable {
  case linear, leaky, relu, relu6, logistic, swish, mish, tanh
  /// x where positive, x (x + 2) / 2 down to -2, else 0.
  case hardMish = "hard_mish"
  /// Not Darknet's own; forks have it under these names.
  case hardSwish = "hardswish"
  case hardSwishInTwoWords = "hard_swish"
  case hardSwishInShort = "hswish"

  /// Of a section.
  ///
  /// - Parameter usual: what Darknet takes where the section says none.
  init(_ section: DarknetSection, or usual: DarknetActivation) throws(ModelLoadingError) {
    guard let name = try section.text("activation") else {
      self = usual
      return
    }
    guard let activation = DarknetActivation(rawValue: name) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw section.wrong("activation", "is not read, only \(known)")
    }
    self = activation
  }

  /// What computes it of a value x: nothing, one operation, or one whose result x is multiplied by.
  var operation: (Operation, multiplies: Bool)? {
    switch self {
    case .linear: nil
    case .leaky: (.activation(.leakyRelu(alpha: 0.1)), false)
    case .relu: (.activation(.relu), false)
    case .relu6: (.activation(.clip(low: 0, high: 6)), false)
    case .logistic: (.activation(.sigmoid), false)
    case .swish: (.function(MathFunction(.silu)), false)
    case .mish: (.function(MathFunction(.mish)), false)
    case .tanh: (.activation(.tanh), false)
    case .hardMish: (.activation(.hardSigmoid(alpha: 0.5, beta: 1)), true)
    case .hardSwish, .hardSwishInTwoWords, .hardSwishInShort: (.activation(.hardSwish), false)
    }
  }
}
