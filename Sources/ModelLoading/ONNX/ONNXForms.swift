// What stands in the way of a node whatever its shapes are: forms that attributes, and which of its
// inputs are constants, show alone. The sentences are those that converting gives.

extension ONNXNode {
  /// The first such fault; nil where only shapes could show one.
  func formFault(_ isConstant: (String) -> Bool) -> ModelLoadingError? {
    do throws(ModelLoadingError) {
      try checkForm { position in input(position).map(isConstant) ?? true }
      return nil
    } catch {
      return error
    }
  }

  private func checkForm(_ isConstant: (Int) -> Bool) throws(ModelLoadingError) {
    switch `operator` {
    case "Gather": if !isConstant(0), !isConstant(1) { throw computed("list of indices") }
    case "Slice" where opset >= 10:
      for (position, what) in [(1, "starts"), (2, "ends"), (3, "axes"), (4, "steps")] where !isConstant(position) {
        throw computed(what)
      }
    case "Expand": if !isConstant(1) { throw computed("shape") }
    case "Tile": if !isConstant(1) { throw computed("list of repeats") }
    case "Split": if !isConstant(1) { throw computed("list of sizes") }
    case "Resize", "Upsample": try checkResize()
    case "Conv", "ConvTranspose":
      if !isConstant(1) { throw computed("weight tensor") }
      try checkSpace(attributes: ["kernel_shape", "strides", "dilations"])
    case "AveragePool", "MaxPool": try checkSpace(attributes: ["kernel_shape"])
    case "PRelu": if !isConstant(1) { throw computed("slope") }
    case "Cast": if !isConstant(0), try !castsToTruth() { try checkCast() }
    case "Pad":
      let mode = try string("mode", or: "constant")
      if !["constant", "reflect", "edge"].contains(mode) { throw unsupported("mode \(mode) is not read") }
    case "BatchNormalization", "Dropout":
      if try integer("training_mode", or: 0) != 0 { throw trains() }
    default: break
    }
  }

  /// Windows over one or two axes of space, padded by what is there.
  private func checkSpace(attributes: [String]) throws(ModelLoadingError) {
    for name in attributes {
      if let list = try integers(name), list.count > 2 {
        throw unsupported("\(name) \(list) is of \(list.count) dimensions, and images of one or two are read")
      }
    }
    if let pads = try integers("pads"), pads.contains(where: { $0 < 0 }) {
      throw unsupported("pads \(pads) are negative")
    }
  }

  private func checkResize() throws(ModelLoadingError) {
    let mode = try string("mode", or: "nearest")
    guard ["nearest", "linear", "bilinear"].contains(mode) else { throw unsupported("mode \(mode) is not read") }
  }

  /// Whether it asks which numbers are not 0.
  func castsToTruth() throws(ModelLoadingError) -> Bool {
    guard `operator` == "Cast" else { return false }
    return try integer("to", or: 0) == Int(ElementType.bool.rawValue)
  }

  func checkCast() throws(ModelLoadingError) {
    let to = try integer("to", or: 0)
    guard let type = Int32(exactly: to).flatMap(ElementType.init(rawValue:)), type.isFloat else {
      throw unsupported("a computed value cannot become \(ElementType.name(Int32(clamping: to)))")
    }
  }

  func computed(_ what: String) -> ModelLoadingError {
    ["starts", "ends", "axes", "steps"].contains(what)
      ? unsupported("its \(what) are computed, not constant") : unsupported("its \(what) is computed, not constant")
  }

  func trains() -> ModelLoadingError {
    unsupported("it is in training mode; export for inference")
  }
}
