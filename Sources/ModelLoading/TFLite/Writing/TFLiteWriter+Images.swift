// Layers, pools, borders and images of another size.

import IntegerExecution
import ModelGraph
import Tensors

/// [C, H, W] as it lies in the file.
private let image = [1, 2, 0]

// MARK: - Layers

extension TFLiteWriter {
  mutating func writeFilters(_ node: Node) throws(ModelWritingError) {
    guard let layer = node.operation.layer, let weights = graph[layer.weight].integers else {
      throw .unsupported(node: node.name, reason: "its weights are not of bytes")
    }
    guard let window = layer.window else { return writeDense(layer, weights, node) }
    let size = graph[node.inputs[0]].shape
    let isDepthwise = layer.groups == size[0] && layer.groups > 1
    let (input, padding) = try padded(node, window, .constant(0))
    let shape = weights.shape
    let order = isDepthwise ? [1, 2, 3, 0] : [0, 2, 3, 1]
    let filters = tensor(
      weights, graph[layer.weight].name, order.map { shape[$0] }, transposed(shape, order), axis: isDepthwise ? 3 : 0)
    let (function, result) = fusing(node)
    var fields: FlatFields = [0: .number(padding)]
    fields[1] = .number(Int32(window.strides[1]))
    fields[2] = .number(Int32(window.strides[0]))
    let next = isDepthwise ? 4 : 3
    if isDepthwise { fields[3] = .number(Int32(shape[0] / layer.groups)) }
    fields[next] = .number(function)
    fields[next + 1] = .number(Int32(window.dilations[1]))
    fields[next + 2] = .number(Int32(window.dilations[0]))
    file.add(
      isDepthwise ? .depthwiseConv2D : .conv2D, version: 3, [input, filters] + bias(layer),
      [output(result, order: image)], TFLiteOptionFields(type: isDepthwise ? 2 : 1, fields: fields))
  }

  private mutating func writeDense(_ layer: LayerForm, _ weights: IntegerTensor, _ node: Node) {
    let (input, shape) = (node.inputs[0], weights.shape)
    let last = graph[input].shape.count - 1
    let order = order(of: input).filter { $0 != last } + [last]
    let columns = columns[input] ?? Array(0..<shape[1])
    let places = (0..<shape[0]).flatMap { row in columns.map { row * shape[1] + $0 } }
    let matrix = tensor(weights, graph[layer.weight].name, shape, places, axis: 0)
    let (function, result) = fusing(node)
    let options = TFLiteOptionFields(type: 8, fields: [0: .number(function), 1: .number(Int8(0)), 2: .flag(false)])
    let version = weights.encoding.scales.count > 1 ? 12 : 5
    let x = arranged(input, order)
    guard last > 0 else {
      return file.add(.fullyConnected, version: version, [x, matrix] + bias(layer), [output(result, order: order)], options)
    }
    // Rows of a plane are seen as rows of a matrix.
    let rows = graph[input].shape.dropLast().reduce(1, *)
    let plain = reshaped(x, to: [rows, shape[1]], "\(node.name)/rows", content(of: input))
    let found = file.tensor("\(node.name)/products", [rows, shape[0]], content(of: result))
    file.add(.fullyConnected, version: version, [plain, matrix] + bias(layer), [found], options)
    let whole = [1] + order.map { graph[result].shape[$0] }
    store(result, reshaped(found, to: whole, graph[result].name, content(of: result)), order: order)
  }

  /// Weights with their elements in other places: scales of rows that are all one are one.
  private mutating func tensor(
    _ weights: IntegerTensor, _ name: String, _ shape: [Int], _ places: [Int], axis: Int
  ) -> Int {
    let data = places.map { UInt8(truncatingIfNeeded: weights.integers[$0]) }
    return file.tensor(name, shape, TFLiteContent(weights.encoding, axis: axis, data: data))
  }

  private mutating func bias(_ layer: LayerForm) -> [Int?] {
    guard let id = layer.bias, let integers = graph[id].integers else { return [nil] }
    let data = integers.integers.flatMap(\.littleEndianBytes)
    return [file.tensor(graph[id].name, integers.shape, TFLiteContent(integers.encoding, data: data))]
  }
}

// MARK: - Windows

extension TFLiteWriter {
  mutating func writePool(_ builtin: TFLiteBuiltin, _ window: Window, _ node: Node) throws(ModelWritingError) {
    guard window.dilations == [1, 1] else {
      throw .unsupported(node: node.name, reason: "a pool of TensorFlow Lite has no dilations")
    }
    let border: Padding.Mode? = builtin == .maxPool2D ? .constant(-.infinity) : nil
    let (input, padding) = try padded(node, window, border)
    let (function, result) = fusing(node)
    file.add(
      builtin, version: 2, [input], [output(result, order: image)],
      TFLiteOptionFields(
        type: 5,
        fields: [
          0: .number(padding), 1: .number(Int32(window.strides[1])), 2: .number(Int32(window.strides[0])),
          3: .number(Int32(window.kernel[1])), 4: .number(Int32(window.kernel[0])), 5: .number(function),
        ]))
  }

  /// A node's image, and how its window meets the border: SAME, VALID, or VALID behind a PAD.
  ///
  /// - Parameter border: what may be put around it; nil: nothing.
  private mutating func padded(_ node: Node, _ window: Window, _ border: Padding.Mode?)
    throws(ModelWritingError) -> (tensor: Int, padding: Int8)
  {
    let (input, places) = (node.inputs[0], graph[node.output].shape)
    let size = graph[input].shape
    let tensor = arranged(input, image)
    for padding in [TFLitePadding.valid, .same] {
      let fits = (0..<2).allSatisfy { axis in
        let own = padding.places(
          size: size[axis + 1], kernel: window.kernel[axis], stride: window.strides[axis],
          dilation: window.dilations[axis])
        return own.count == places[axis + 1] && own.before == window.padBefore[axis]
      }
      if fits { return (tensor, padding.rawValue) }
    }
    guard let border else {
      throw .unsupported(
        node: node.name, reason: "its padding is neither of SAME nor of VALID, and what is around the image is not counted")
    }
    let after = (0..<2).map { axis in
      let end = (places[axis + 1] - 1) * window.strides[axis] + (window.kernel[axis] - 1) * window.dilations[axis] + 1
      return max(end - size[axis + 1] - window.padBefore[axis], 0)
    }
    let amounts = Padding(before: [0] + window.padBefore, after: [0] + after, mode: border)
    return (padded(tensor, input, image, amounts, "\(node.name)/padded"), TFLitePadding.valid.rawValue)
  }

  mutating func writeMean(_ node: Node) throws(ModelWritingError) {
    let (order, rank) = (order(of: node.inputs[0]), graph[node.inputs[0]].shape.count)
    guard rank > 1 else { throw .unsupported(node: node.name, reason: "it is the mean of one element each") }
    let axes = (1..<rank).map { (order.firstIndex(of: $0) ?? 0) + 1 }.sorted()
    let x = arranged(node.inputs[0], order)
    file.add(
      .mean, version: 2, [x, file.integers(axes, "\(node.name)/axes")], [output(node.output, order: order)],
      TFLiteOptionFields(type: 27, fields: [0: .flag(true)]))
  }
}

// MARK: - Borders and sizes

extension TFLiteWriter {
  mutating func write(_ padding: Padding, _ node: Node) throws(ModelWritingError) {
    if case .edge = padding.mode {
      throw .unsupported(node: node.name, reason: "a border that repeats the edge is none of TensorFlow Lite's")
    }
    let order = order(of: node.inputs[0])
    let x = arranged(node.inputs[0], order)
    store(node.output, padded(x, node.inputs[0], order, padding, graph[node.output].name), order: order)
  }

  /// A border around a tensor.
  ///
  /// - Parameter value: whose tensor it is: the result is of its encoding.
  private mutating func padded(_ tensor: Int, _ value: ValueID, _ order: [Int], _ padding: Padding, _ name: String) -> Int {
    let shape = graph[value].shape
    let sizes = [1] + order.map { shape[$0] + padding.before[$0] + padding.after[$0] }
    let result = file.tensor(name, sizes, content(of: value))
    let amounts = [0, 0] + order.flatMap { [padding.before[$0], padding.after[$0]] }
    let pads = file.integers(amounts, "\(name)/pads", shape: [order.count + 1, 2])
    switch padding.mode {
    case .constant(0): file.add(.pad, version: 2, [tensor, pads], [result], TFLiteOptionFields(type: 22))
    case .constant(let number):
      let encoding = graph[value].integers
      let border = file.tensor(
        "\(name)/border", [1], TFLiteContent(encoding, data: [UInt8(bitPattern: encoding?.byte(nearest: number) ?? 0)]))
      file.add(.padV2, version: 2, [tensor, pads, border], [result], TFLiteOptionFields(type: 43))
    case .reflect, .edge, .symmetric:
      let isSymmetric = padding.mode == .symmetric
      file.add(
        .mirrorPad, [tensor, pads], [result],
        TFLiteOptionFields(type: 77, fields: [0: .number(Int8(isSymmetric ? 1 : 0))]))
    }
    return result
  }

  /// By the grid that gives the same places, if there is one.
  mutating func write(_ resize: Resize, _ node: Node) throws(ModelWritingError) {
    let size = graph[node.inputs[0]].shape
    let grids = [(false, false), (true, false), (false, true)].map {
      TFLiteGrid(alignsCorners: $0.0, hasHalfPixels: $0.1)
    }
    let grid = grids.first { grid in
      (0..<2).allSatisfy { axis in
        let lines = TFLiteResizedAxis(count: size[axis + 1], size: resize.axes[axis].size, grid: grid)
        let own = resize.mode == .nearest ? lines.nearest : [lines.ofBytes]
        let other = Resize(mode: resize.mode, axes: [own[0], own[0]])
        return own.count == 1
          && other.readings(0, of: size[axis + 1]).elementsEqual(resize.readings(axis, of: size[axis + 1])) { a, b in
            a.map(\.place) == b.map(\.place) && a.map(\.weight) == b.map(\.weight)
          }
      }
    }
    guard let grid else {
      guard resize.mode == .nearest else {
        throw .unsupported(node: node.name, reason: "it takes places that no grid of TensorFlow Lite has")
      }
      return pick(node, (0..<2).map { axis in resize.readings(axis, of: size[axis + 1]).map { $0[0].place } })
    }
    let x = arranged(node.inputs[0], image)
    let sizes = file.integers(resize.axes.map(\.size), "\(node.name)/size")
    let isNearest = resize.mode == .nearest
    let first = isNearest ? 0 : 2
    file.add(
      isNearest ? .resizeNearestNeighbor : .resizeBilinear, version: 3, [x, sizes], [output(node.output, order: image)],
      TFLiteOptionFields(
        type: isNearest ? 74 : 15, fields: [first: .flag(grid.alignsCorners), first + 1: .flag(grid.hasHalfPixels)]))
  }

  /// The rows and columns at these places, one axis after the other.
  private mutating func pick(_ node: Node, _ places: [[Int]]) {
    let (channels, width) = (graph[node.output].shape[0], graph[node.inputs[0]].shape[2])
    let rows = file.tensor("\(node.name)/rows", [1, places[0].count, width, channels], content(of: node.output))
    let x = arranged(node.inputs[0], image)
    gather(x, places[0], axis: 1, rows, node)
    gather(rows, places[1], axis: 2, output(node.output, order: image), node)
  }
}
