// ConvTranspose, as a convolution whose outputs are woven together (`TransposedWindow`).

import ModelGraph

extension GraphBuilder {
  /// Weights [I, O / groups, kernel].
  mutating func transposedConvolution(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let image = try image(node)
    guard let weight = try constant(node, 1, "weight tensor") else { throw node.unfit("it has no weights") }
    guard weight.shape.count == image.spatialRank + 2 else {
      throw node.unfit("weights \(weight.shape) do not fit \(image.spatialRank) axes of space")
    }
    let (channels, groups) = (graph[image.id].shape[0], try node.integer("group", or: 1))
    guard groups >= 1, weight.shape[0] == channels, channels % groups == 0, weight.count > 0 else {
      throw node.unfit("weights \(weight.shape) in \(groups) groups do not fit \(channels) input channels")
    }
    let window = try transposedWindow(node, kernel: Array(weight.shape[2...]), image)
    let (rows, columns) = (weight.shape[1] * groups, channels / groups)
    let shape = window.shape(rows: rows, columns: columns)
    try reserveDerived(weight.count, node)
    try reserveDerived(window.picks, node)
    let filters = weight.reshaped(to: [groups, columns, weight.shape[1]] + window.kernel)
      .transposed([0, 2, 1, 3, 4])
    let id = try parameter(filters, .weight, shape: shape, node, form: "phases \(window) \(groups)") {
      window.filters($0, columns: columns)
    }
    let convolution = Convolution(
      weight: id, bias: try bias(node, rows: rows, copies: window.phases), window: window.window,
      groups: groups)
    var value = try add(.convolution(convolution), [image.id], node)
    for operation in window.weaving(rows: rows) { value = try add(operation, [value], node, part: "woven") }
    return try unlifted(value, image, node)
  }

  /// One number a row of the file, for each of its phases.
  private mutating func bias(_ node: ONNXNode, rows: Int, copies: Int)
    throws(ModelLoadingError) -> ParameterID?
  {
    guard let bias = try constant(node, 2, "bias") else { return nil }
    guard bias.shape == [rows] else {
      throw node.unfit("bias \(bias.shape) is not one number for each of \(rows) channels")
    }
    return try parameter(bias, .bias, shape: [rows * copies], node, form: "copies \(copies)") {
      $0.flatMap { repeatElement($0, count: copies) }
    }
  }

  private func transposedWindow(_ node: ONNXNode, kernel: [Int], _ image: Image)
    throws(ModelLoadingError) -> TransposedWindow
  {
    func list(_ name: String, or standard: [Int], _ allowed: Range<Int>) throws(ModelLoadingError) -> [Int] {
      let numbers = try node.integers(name) ?? standard
      guard numbers.count == standard.count, numbers.allSatisfy(allowed.contains) else {
        throw node.unfit("\(name) \(numbers) does not fit \(image.spatialRank) axes of space")
      }
      return numbers
    }
    let (axes, sizes) = (0..<image.spatialRank, 1..<1 << 16)
    let (ones, zeros) = (axes.map { _ in 1 }, axes.map { _ in 0 })
    let strides = try list("strides", or: ones, sizes)
    let dilations = try list("dilations", or: ones, sizes)
    guard try list("kernel_shape", or: kernel, sizes) == kernel else {
      throw node.unfit("its weights do not have the kernel of kernel_shape, but \(kernel)")
    }
    let more = try list("output_padding", or: zeros, 0..<1 << 16)
    var pads = try list("pads", or: zeros + zeros, 0..<1 << 16)
    let mode = try node.string("auto_pad", or: "NOTSET")
    guard ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER", ""].contains(mode) else {
      throw node.unsupported("auto_pad \(mode) is not known")
    }
    if mode == "VALID" { pads = zeros + zeros }
    // Without any pads.
    let whole = axes.map {
      strides[$0] * (image.extents[$0] - 1) + more[$0] + (kernel[$0] - 1) * dilations[$0] + 1
    }
    var output = axes.map { whole[$0] - pads[$0] - pads[$0 + axes.count] }
    var wanted = try node.integers("output_shape")
    if wanted == nil, mode.hasPrefix("SAME") { wanted = axes.map { image.extents[$0] * strides[$0] } }
    if let wanted {
      guard wanted.count == axes.count else {
        throw node.unfit("output_shape \(wanted) does not fit \(image.spatialRank) axes of space")
      }
      output = wanted
      pads = axes.map { axis in
        let total = max(whole[axis] - wanted[axis], 0)
        return mode == "SAME_UPPER" ? total / 2 : total - total / 2
      }
    }
    guard output.allSatisfy({ $0 >= 1 && $0 < 1 << 24 }), kernel.allSatisfy(sizes.contains) else {
      throw node.unfit("nothing is left of its output: it would be \(output)")
    }
    return TransposedWindow(
      input: lifted(image.extents, with: 1, image), output: lifted(output, with: 1, image),
      kernel: lifted(kernel, with: 1, image), strides: lifted(strides, with: 1, image),
      dilations: lifted(dilations, with: 1, image),
      before: lifted(Array(pads.prefix(axes.count)), with: 0, image))
  }
}
