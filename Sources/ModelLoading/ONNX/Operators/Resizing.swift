// Resize and Upsample. Where the places of an axis lie is a line of exact fractions (`Resize.Axis`); the nearest
// place is worked out in float32, as onnxruntime does it, and a line is laid through what comes of it. Cubic ones and
// antialiasing: `WeightedResize.swift`.

import ModelGraph

extension GraphBuilder {
  /// Sizes along some axes of a sample, one after another unless they are those of an image.
  mutating func resize(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let axes = try resizedAxes(of: x, node)
    if let kernel = try resizeKernel(axes.map(\.1), node) {
      var id = x.id
      for (place, axis) in axes { id = try weighted(id, axis: place, axis, kernel, node) }
      return ComputedValue(id: id, batchAxis: x.batchAxis)
    }
    let mode = try resizeMode(node)
    let shape = graph[x.id].shape
    var lines: [Int: [Resize.Axis]] = [:]
    for (place, axis) in axes {
      guard axis.count <= 65535, axis.size <= 65535, let found = axis.lines(mode, isOld: node.opset < 11) else {
        throw node.unsupported("from \(axis.count) to \(axis.size) places by \(axis.scale) is beyond what a resize holds")
      }
      lines[place] = found
    }
    var id = x.id
    if shape.count == 3, lines[0] == nil, lines.values.allSatisfy({ $0.count == 1 }), lines.count > 0 {
      let both = (1...2).map { lines[$0]?[0] ?? Resize.Axis(size: shape[$0], step: 1) }
      id = try add(.resize(Resize(mode: mode, axes: both)), [id], node)
    } else {
      for (place, found) in lines.sorted(by: { $0.key < $1.key }) {
        id = try resized(id, axis: place, found, mode, node)
      }
    }
    return ComputedValue(id: id, batchAxis: x.batchAxis)
  }

  /// One axis of a sample, in parts that stand one behind the other.
  private mutating func resized(
    _ x: ValueID, axis: Int, _ lines: [Resize.Axis], _ mode: Resize.Mode, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ValueID {
    var shape = graph[x].shape
    let inner = saturatingProduct(shape[(axis + 1)...])
    guard inner <= 65535 else {
      throw node.unsupported("\(inner) numbers lie behind axis \(axis) of \(shape), and at most 65535 are read")
    }
    let view = try viewed(x, as: [saturatingProduct(shape[..<axis]), shape[axis], inner], node)
    var parts: [ValueID] = []
    for line in lines {
      let axes = [line, Resize.Axis(size: inner, step: 1)]
      parts.append(try add(.resize(Resize(mode: mode, axes: axes)), [view], node))
    }
    let whole = parts.count == 1 ? parts[0] : try add(.concat(axis: 1), parts, node, part: "parts")
    shape[axis] = graph[whole].shape[1]
    return try viewed(whole, as: shape, node)
  }

  private func resizeMode(_ node: ONNXNode) throws(ModelLoadingError) -> Resize.Mode {
    switch try node.string("mode", or: "nearest") {
    case "nearest": return .nearest
    case "linear", "bilinear": return .linear
    case let mode: throw node.unsupported("mode \(mode) is not read")
    }
  }

  /// The axes of a sample that change, and how.
  private mutating func resizedAxes(of x: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> [(Int, ONNXResizedAxis)]
  {
    let rank = rank(x)
    var axes = Array(0..<rank)
    if let given = try node.integers("axes") {
      axes = []
      for axis in given { axes.append(try self.axis(axis, rank: rank, node)) }
    }
    let grid = try resizeGrid(node)
    let wanted = try wantedSizes(of: x, axes, node)
    guard wanted.count == axes.count, Set(axes).count == axes.count else {
      throw node.unfit("its scales or sizes are not one for each of \(axes.count) axes")
    }
    var found: [(Int, ONNXResizedAxis)] = []
    for (axis, wanted) in zip(axes, wanted) {
      if axis == x.batchAxis {
        guard wanted.isSame else { throw node.mixesSamples("it resizes the batch axis") }
        continue
      }
      let place = sampleAxis(axis, of: x)
      let count = graph[x.id].shape[place]
      let size = wanted.size ?? Self.whole((Float(count) * wanted.scale).rounded(.down))
      guard (1...1 << 24).contains(size) else { throw node.unfit("axis \(axis) of \(sizes(x)) would have \(size) places") }
      if size == count, wanted.scale == 1 { continue }
      guard grid.line != .alignedCorners || Float(size) == wanted.scale * Float(count) else {
        throw node.unsupported(
          "scale \(wanted.scale) of \(count) places gives no whole number of them, and where the last corner then is "
            + "runtimes disagree: give sizes")
      }
      found.append((place, ONNXResizedAxis(count: count, size: size, scale: wanted.scale, grid: grid)))
    }
    return found
  }

  /// What is asked of an axis.
  private struct WantedSize {
    /// nil: as the scale says.
    var size: Int?
    var scale: Float
    var isSame: Bool
  }

  /// By scales, or by sizes: one for each axis.
  private mutating func wantedSizes(of x: ComputedValue, _ axes: [Int], _ node: ONNXNode)
    throws(ModelLoadingError) -> [WantedSize]
  {
    let own = axes.map { sizes(x)[$0] }
    if let literal = try constant(node, 3, "list of sizes"), literal.count > 0 {
      guard case .sizes(let list) = literal.content, list.count == own.count else {
        throw node.unfit("its sizes are not one for each of \(own.count) axes")
      }
      return try bySizes(zip(own, list).map { ($0, $1) }, node)
    }
    var scales: [Float]
    if node.operator == "Upsample", node.opset < 9 {
      scales = try node.floats("scales") ?? []
      if node.opset < 7 {
        scales = [1, 1, try node.float("height_scale", or: 1), try node.float("width_scale", or: 1)]
      }
    } else {
      guard let literal = try constant(node, node.opset < 11 ? 1 : 2, "list of scales") else {
        throw node.unfit("it has neither scales nor sizes")
      }
      scales = try floats(literal, "list of scales", node)
    }
    guard scales.count == own.count, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw node.unfit("scales \(scales) are not one above 0 for each of \(own.count) axes")
    }
    return scales.map { WantedSize(size: nil, scale: $0, isSame: $0 == 1) }
  }

  private func bySizes(_ pairs: [(own: Size, wanted: Size)], _ node: ONNXNode)
    throws(ModelLoadingError) -> [WantedSize]
  {
    let policy = try node.string("keep_aspect_ratio_policy", or: "stretch")
    guard ["stretch", "not_larger", "not_smaller"].contains(policy) else {
      throw node.unsupported("keep_aspect_ratio_policy \(policy) is not known")
    }
    var wanted: [WantedSize] = []
    for (own, size) in pairs {
      if own == size || own == .batch && extent(size) == batch && batch != nil {
        wanted.append(WantedSize(size: extent(own), scale: 1, isSame: true))
      } else if let count = extent(own), let size = extent(size), size >= 1 {
        wanted.append(WantedSize(size: size, scale: Float(size) / Float(count), isSame: false))
      } else {
        throw node.mixesSamples("its sizes change the batch")
      }
    }
    guard policy != "stretch", let first = wanted.first else { return wanted }
    let scale = wanted.reduce(first.scale) { policy == "not_larger" ? min($0, $1.scale) : max($0, $1.scale) }
    return zip(pairs, wanted).map { pair, _ in
      let count = extent(pair.own) ?? 1
      let size = Self.whole((scale * Float(count)).rounded())
      return WantedSize(size: size, scale: scale, isSame: pair.own == .batch && scale == 1)
    }
  }

  /// A number of places, of which more than any axis has are as good as others.
  private static func whole(_ number: Float) -> Int { number < 0x1p30 ? Int(number) : 1 << 30 }

  private func resizeGrid(_ node: ONNXNode) throws(ModelLoadingError) -> ONNXResizedAxis.Grid {
    let isOld = node.opset < 11
    let name = try node.string("coordinate_transformation_mode", or: isOld ? "asymmetric" : "half_pixel")
    guard let line = ONNXResizedAxis.Line(rawValue: name) else {
      throw node.unsupported("coordinate_transformation_mode \(name) is not read")
    }
    let rounding = try node.string("nearest_mode", or: "round_prefer_floor")
    guard let nearest = ONNXResizedAxis.Rounding(rawValue: rounding) else {
      throw node.unsupported("nearest_mode \(rounding) is not known")
    }
    let isNearest = try node.string("mode", or: "nearest") == "nearest"
    guard !isNearest || line != .symmetric || nearest != .floor && nearest != .ceil else {
      throw node.unsupported("nearest_mode \(rounding) of \(name) is not read: runtimes round its places apart")
    }
    return ONNXResizedAxis.Grid(line: line, rounding: nearest)
  }
}

/// Where the places of an axis are.
struct ONNXResizedAxis {
  enum Line: String {
    case halfPixel = "half_pixel"
    case symmetric = "half_pixel_symmetric"
    case pytorch = "pytorch_half_pixel"
    case asymmetric
    case alignedCorners = "align_corners"
    case nearestHalf = "tf_half_pixel_for_nn"
  }

  enum Rounding: String {
    case preferFloor = "round_prefer_floor"
    case preferCeiling = "round_prefer_ceil"
    case floor
    case ceil
  }

  struct Grid {
    let line: Line
    let rounding: Rounding
  }

  /// Of the input and of the output.
  let count, size: Int
  /// Places of the output for one of the input.
  let scale: Float
  let grid: Grid

  /// Lines one behind the other; nil where there are none.
  ///
  /// - Parameter isOld: whether the nearest place is that of operator sets before 11.
  func lines(_ mode: Resize.Mode, isOld: Bool) -> [Resize.Axis]? {
    switch mode {
    case .nearest: Resize.Axis.lines(nearest(isOld: isOld)[...])
    case .linear: line.map { [$0] }
    }
  }

  /// By float32.
  private func nearest(isOld: Bool) -> [Int] {
    (0..<size).map { index in
      let place = self.place(Float(index))
      let whole: Float =
        if isOld {
          place.rounded(scale < 1 ? .up : .down)
        } else {
          switch grid.rounding {
          case .preferFloor:
            place == place.rounded(.towardZero) + 0.5
              ? place.rounded(.down) : place.rounded(.toNearestOrAwayFromZero)
          case .preferCeiling: place.rounded(.toNearestOrAwayFromZero)
          case .floor: place.rounded(.down)
          case .ceil: place.rounded(.up)
          }
        }
      return min(max(Int(whole), 0), count - 1)
    }
  }

  func place(_ index: Float) -> Float {
    switch grid.line {
    case .halfPixel: return (index + 0.5) / scale - 0.5
    case .pytorch: return size > 1 ? (index + 0.5) / scale - 0.5 : 0
    case .asymmetric: return index / scale
    case .nearestHalf: return (index + 0.5) / scale
    case .alignedCorners: return size > 1 ? index * Float(count - 1) / Float(size - 1) : 0
    case .symmetric:
      let adjustment = Float(size) / (scale * Float(count))
      return Float(count) / 2 * (1 - adjustment) + (index + 0.5) / scale - 0.5
    }
  }

  /// As fractions; nil where they are beyond what a line holds.
  private var line: Resize.Axis? {
    let (p, q) = step
    let (step, start, unit) =
      switch grid.line {
      case .halfPixel: (2 * p, p - q, 2 * q)
      case .pytorch: size > 1 ? (2 * p, p - q, 2 * q) : (0, 0, 1)
      case .asymmetric: (p, 0, q)
      case .nearestHalf: (2 * p, p, 2 * q)
      case .alignedCorners: size > 1 ? (count - 1, 0, size - 1) : (0, 0, 1)
      case .symmetric: (2 * p, count * q - size * p + p - q, 2 * q)
      }
    let line = Resize.Axis.reduced(size, step: step, start: start, unit: unit)
    return line.isPossible ? line : nil
  }

  /// Places of the input for one of the output, as a fraction: sizes over each other where they are the scale, else the
  /// first that differs from it by no more than float32 does.
  private var step: (Int, Int) {
    if Float(size) / Float(count) == scale { return (count, size) }
    let wanted = 1 / Double(scale)
    var (a, b, rest) = ((1, Int(wanted)), (0, 1), wanted - wanted.rounded(.down))
    while abs(Double(a.1) / Double(b.1) - wanted) > wanted * 0x1p-23, rest > 1e-9 {
      let next = 1 / rest
      let whole = Int(next)
      guard b.0 + whole * b.1 < Resize.Axis.finest / 2 else { break }
      (a, b) = ((a.1, a.0 + whole * a.1), (b.1, b.0 + whole * b.1))
      rest = next - next.rounded(.down)
    }
    return (a.1, b.1)
  }
}
