// How steps read for people.

extension BlobStep {
  /// The step's name for people.
  public var name: String {
    switch self {
    case .convolution: "convolution"
    case .dense: "dense"
    case .activation: "activation"
    case .prelu: "prelu"
    case .softmax: "softmax"
    case .maxPool: "max-pool"
    case .averagePool: "average-pool"
    case .spatialMean: "spatial-mean"
    case .binary: "binary"
    case .copy: "copy"
    case .pad: "pad"
    case .transpose: "transpose"
    case .constant: "constant"
    case .affine: "affine"
    case .select: "select"
    case .integer(let step): step.name
    }
  }
}

extension BlobIntegerStep {
  /// The step's name for people, with the types of what it reads and writes: `convolution u8 i8`.
  public var name: String {
    var words = [form.step.name]
    if case .map = fields { words = ["map"] }
    if case .convolution(.some) = fields { words.append("with residual") }
    if case .constant = fields {} else { words.append(xIsSigned ? "i8" : "u8") }
    if case .binary = form.step { words.append(bIsSigned ? "i8" : "u8") }
    return (words + [yIsSigned ? "i8" : "u8"]).joined(separator: " ")
  }
}
