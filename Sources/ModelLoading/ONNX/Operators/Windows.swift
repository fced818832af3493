// Operators that sweep a window over an image: Conv, MaxPool, AveragePool; and the global pools. Transposed.swift has
// ConvTranspose.
//
// One-dimensional images [C, L] are lifted to [C, 1, L] by a reshape before and one after. Padding
// that `auto_pad` leaves to us is worked out from the input's size, as ONNX defines it.

import ModelGraph

extension GraphBuilder {
  mutating func convolution(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let image = try image(node)
    guard let weight = try constant(node, 1, "weight tensor") else {
      throw node.unfit("it has no weights")
    }
    guard weight.shape.count == image.spatialRank + 2 else {
      throw node.unfit("weights \(weight.shape) do not fit \(image.spatialRank) axes of space")
    }
    let kernel = Array(weight.shape.suffix(image.spatialRank))
    if let declared = try node.integers("kernel_shape"), declared != kernel {
      throw node.unfit("weights \(weight.shape) do not have the kernel \(declared)")
    }
    let window = try window(node, kernel: kernel, image)
    let bias = try constant(node, 2, "bias")
    if let bias, bias.shape != [weight.shape[0]] {
      throw node.unfit(
        "bias \(bias.shape) is not one number for each of \(weight.shape[0]) channels")
    }
    let shape = Array(weight.shape.prefix(2)) + lifted(kernel, with: 1, image)
    let weightID = try parameter(weight, .weight, shape: shape, node)
    var biasID: ParameterID?
    if let bias { biasID = try parameter(bias, .bias, shape: bias.shape, node) }
    let groups = try node.integer("group", or: 1)
    let operation = Operation.convolution(
      Convolution(weight: weightID, bias: biasID, window: window, groups: groups))
    let id = try add(operation, [image.id], node)
    if bias == nil { layerNodes[id] = graph.nodes.count - 1 }
    return try unlifted(id, image, node)
  }

  mutating func maxPool(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let image = try image(node)
    let window = try window(node, kernel: try kernel(node, image), image)
    try checkCoverage(window, image, node)
    return try unlifted(try add(.maxPool(window), [image.id], node), image, node)
  }

  mutating func averagePool(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let image = try image(node)
    let window = try window(node, kernel: try kernel(node, image), image)
    try checkCoverage(window, image, node)
    let countsPadding = try node.integer("count_include_pad", or: 0) != 0
    let operation = Operation.averagePool(window, countsPadding: countsPadding)
    return try unlifted(try add(operation, [image.id], node), image, node)
  }

  mutating func globalAveragePool(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try rebatched(try data(node), node)
    guard x.batchAxis == 0, rank(x) >= 2 else {
      throw node.mixesSamples("the first axis of its input \(sizes(x)) is not the batch alone")
    }
    return ComputedValue(id: try add(.globalAveragePool, [x.id], node), batchAxis: 0)
  }
}

// MARK: - Images

/// The input of a windowed operator, as a two-dimensional image.
struct Image {
  /// [C, H, W]
  let id: ValueID
  /// 1 where the file's image is one-dimensional.
  let spatialRank: Int
  /// Height and width, or the length alone.
  let extents: [Int]
}

extension GraphBuilder {
  mutating func image(_ node: ONNXNode) throws(ModelLoadingError) -> Image {
    let x = try rebatched(try data(node), node)
    guard x.batchAxis == 0 else {
      throw node.mixesSamples("the first axis of its input \(sizes(x)) is not the batch alone")
    }
    let shape = graph[x.id].shape
    switch shape.count {
    case 3: return Image(id: x.id, spatialRank: 2, extents: Array(shape[1...]))
    case 2:
      let id = try add(.reshape([shape[0], 1, shape[1]]), [x.id], node, part: "lift")
      return Image(id: id, spatialRank: 1, extents: [shape[1]])
    default:
      throw node.unsupported("its input \(sizes(x)) is not an image of one or two dimensions")
    }
  }

  /// The result for a lifted image without the axis of height 1.
  mutating func unlifted(_ id: ValueID, _ image: Image, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    guard image.spatialRank == 1 else { return ComputedValue(id: id, batchAxis: 0) }
    let shape = graph[id].shape
    let flat = try add(.reshape([shape[0], shape[2]]), [id], node, part: "lower")
    return ComputedValue(id: flat, batchAxis: 0)
  }

  /// One number an axis of space for both axes of a lifted image.
  func lifted(_ numbers: [Int], with other: Int, _ image: Image) -> [Int] {
    image.spatialRank == 1 ? [other] + numbers : numbers
  }

  private func kernel(_ node: ONNXNode, _ image: Image) throws(ModelLoadingError) -> [Int] {
    guard let kernel = try node.integers("kernel_shape") else {
      throw node.unfit("it has no kernel_shape")
    }
    guard kernel.count == image.spatialRank else {
      throw node.unfit("kernel \(kernel) does not fit \(image.spatialRank) axes of space")
    }
    return kernel
  }

  private func window(_ node: ONNXNode, kernel: [Int], _ image: Image) throws(ModelLoadingError)
    -> Window
  {
    func list(_ name: String) throws(ModelLoadingError) -> [Int] {
      let numbers = try node.integers(name) ?? Array(repeating: 1, count: image.spatialRank)
      guard numbers.count == image.spatialRank, numbers.allSatisfy({ $0 >= 1 && $0 < 1 << 24 })
      else {
        throw node.unfit("\(name) \(numbers) does not fit \(image.spatialRank) axes of space")
      }
      return numbers
    }
    let (strides, dilations) = (try list("strides"), try list("dilations"))
    guard kernel.allSatisfy({ $0 >= 1 && $0 < 1 << 24 }) else {
      throw node.unfit("a kernel \(kernel) is not possible")
    }
    let spans = zip(kernel, dilations).map { ($0 - 1) * $1 + 1 }
    let (before, after) = try pads(node, image, spans: spans, strides: strides)
    // With the pads of SAME, rounding up and down give the same size; with VALID, as with given pads, a
    // last window may hang over the end.
    let autoPad = try node.string("auto_pad", or: "NOTSET")
    let ceilMode =
      try node.integer("ceil_mode", or: 0) != 0 && ["NOTSET", "VALID", ""].contains(autoPad)
    return Window(
      kernel: lifted(kernel, with: 1, image), strides: lifted(strides, with: 1, image),
      dilations: lifted(dilations, with: 1, image), padBefore: lifted(before, with: 0, image),
      padAfter: lifted(after, with: 0, image), ceilMode: ceilMode)
  }

  /// Padding before and after each axis of space.
  private func pads(_ node: ONNXNode, _ image: Image, spans: [Int], strides: [Int])
    throws(ModelLoadingError) -> ([Int], [Int])
  {
    let none = Array(repeating: 0, count: image.spatialRank)
    switch try node.string("auto_pad", or: "NOTSET") {
    case "NOTSET", "":
      let pads = try node.integers("pads") ?? none + none
      guard pads.count == 2 * image.spatialRank, pads.allSatisfy({ $0 < 1 << 16 }) else {
        throw node.unfit("pads \(pads) do not fit \(image.spatialRank) axes of space")
      }
      guard pads.allSatisfy({ $0 >= 0 }) else {
        throw node.unsupported("pads \(pads) are negative")
      }
      return (Array(pads.prefix(image.spatialRank)), Array(pads.suffix(image.spatialRank)))
    case "VALID": return (none, none)
    case let mode where mode == "SAME_UPPER" || mode == "SAME_LOWER":
      let totals = image.extents.indices.map { axis in
        let count = (image.extents[axis] + strides[axis] - 1) / strides[axis]
        return max((count - 1) * strides[axis] + spans[axis] - image.extents[axis], 0)
      }
      let (less, more) = (totals.map { $0 / 2 }, totals.map { $0 - $0 / 2 })
      return mode == "SAME_UPPER" ? (less, more) : (more, less)
    case let mode: throw node.unsupported("auto_pad \(mode) is not known")
    }
  }

  /// Refuses a pool of which some window sees padding only: it would have no largest number and no
  /// mean.
  private func checkCoverage(_ window: Window, _ image: Image, _ node: ONNXNode)
    throws(ModelLoadingError)
  {
    let shape = graph[image.id].shape
    for axis in 0..<2 {
      let size = shape[axis + 1]
      // A window that does not fit at all is the graph's to refuse.
      guard let count = window.outputSize(size, axis: axis), count > 0 else { continue }
      let (stride, dilation) = (window.strides[axis], window.dilations[axis])
      func seesImage(_ index: Int) -> Bool {
        let start = index * stride - window.padBefore[axis]
        let tap = start >= 0 ? 0 : (-start + dilation - 1) / dilation
        return tap < window.kernel[axis] && start + tap * dilation < size
      }
      // Only windows that begin before the image, and the last one, may miss it.
      let early = min((window.padBefore[axis] + stride - 1) / stride, count)
      guard (0..<early).allSatisfy(seesImage), seesImage(count - 1) else {
        throw node.unsupported(
          "a window sees nothing of the image: all its taps fall on padding (\(window.description))")
      }
    }
  }
}
