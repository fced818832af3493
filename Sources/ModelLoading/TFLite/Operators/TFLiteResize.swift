// RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR. The reference works out places in float32 (nearest) or in
// 1024ths (bilinear of bytes); the graph has lines of exact fractions. Where float32 rounds so that its places
// lie on no such line, the image is made in parts.

import ModelGraph

extension TFLiteBuilder {
  /// Inputs: the image, its new height and width.
  mutating func resize(_ call: TFLiteOperator, _ mode: Resize.Mode, _ grid: TFLiteGrid, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let (image, size) = try image(call, node)
    let shape = outputShape(call)
    guard shape.count == 4, shape[0] == 1, shape[3] == size[0] else {
      throw node.unfit("\(shape) is not the shape of \(size[0]) channels at another size")
    }
    guard (size[1...2] + shape[1...2]).allSatisfy({ $0 <= 65535 }) else {
      throw node.unsupported("sizes \(size[1...2]) and \(shape[1...2]) are not of at most 65535")
    }
    try check(call, 1, says: Array(shape[1...2]), node)
    let lines = (1...2).map { TFLiteResizedAxis(count: size[$0], size: shape[$0], grid: grid) }
    if isExact, mode == .linear, let line = lines.first(where: \.readsBeyond) {
      throw node.unsupported(
        "from \(line.count) to \(line.size) places the reference, which rounds its steps, reads beyond the image: take "
          + "another size")
    }
    var parts = lines.map { line in
      switch mode {
      case .nearest: return line.nearest
      case .linear: return [isExact ? line.ofBytes : line.line]
      }
    }
    // Parts of one axis at a time: the other is resized with the first of them.
    let columns = parts[1].count > 1 && parts[0].count > 1 ? parts[1] : []
    if !columns.isEmpty { parts[1] = [Resize.Axis(size: size[2], step: 1)] }
    var id = try resized(image, mode, parts, node)
    if !columns.isEmpty {
      id = try resized(id, mode, [[Resize.Axis(size: shape[1], step: 1)], columns], node)
    }
    return value(id, TFLiteLayout.image, shape)
  }

  /// An image of which one axis may have several parts.
  private mutating func resized(
    _ image: ValueID, _ mode: Resize.Mode, _ parts: [[Resize.Axis]], _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ValueID {
    var ids: [ValueID] = []
    for rows in parts[0] {
      for columns in parts[1] {
        ids.append(try add(.resize(Resize(mode: mode, axes: [rows, columns])), [image], node))
      }
    }
    if ids.count == 1 { return ids[0] }
    return try add(.concat(axis: parts[0].count > 1 ? 1 : 2), ids, node, part: "parts")
  }
}

/// Where the places of an axis are.
struct TFLiteResizedAxis {
  /// Of the input and of the output; 1...65535.
  let count, size: Int
  let grid: TFLiteGrid

  private var alignsCorners: Bool { grid.alignsCorners && size > 1 }

  /// As fractions.
  var line: Resize.Axis {
    let (long, short) = alignsCorners ? (count - 1, size - 1) : (count, size)
    return grid.hasHalfPixels
      ? Resize.Axis.reduced(size, step: 2 * long, start: long - short, unit: 2 * short)
      : Resize.Axis.reduced(size, step: long, start: 0, unit: short)
  }

  /// As TensorFlow Lite Micro has them for bytes.
  var ofBytes: Resize.Axis {
    let (long, short) = alignsCorners ? (count - 1, size - 1) : (count, size)
    let step = (1024 * long + short / 2) / short
    return Resize.Axis(
      size: size, step: step, start: grid.hasHalfPixels ? step / 2 - 512 : 0, unit: 1024)
  }

  /// Whether these go on behind the last place, where the reference takes what lies there in memory.
  var readsBeyond: Bool { ofBytes.place(size - 1).whole >= count }

  /// Lines that give the places which float32 gives, one behind the other; mostly one.
  var nearest: [Resize.Axis] {
    let (line, places) = (line, places)
    let isRounded = grid.alignsCorners || grid.hasHalfPixels
    let rounded = isRounded
      ? Resize.Axis.reduced(size, step: 2 * line.step, start: 2 * line.start + line.unit, unit: 2 * line.unit) : line
    if places.indices.allSatisfy({ rounded.neighbours($0, of: count).low == places[$0] }) { return [rounded] }
    return Resize.Axis.lines(places[...])
  }

  /// By float32, as the reference works them out.
  private var places: [Int] {
    let scale = alignsCorners ? Float(count - 1) / Float(size - 1) : Float(count) / Float(size)
    return (0..<size).map { index in
      let place = (Float(index) + (grid.hasHalfPixels ? 0.5 : 0)) * scale
      let whole = place.rounded(grid.alignsCorners ? .toNearestOrAwayFromZero : .down)
      return min(max(Int(whole), 0), count - 1)
    }
  }
}
